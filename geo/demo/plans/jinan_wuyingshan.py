"""济南 无影山街道: true location, main streets by their names; every estate, shop and firm but 翡翠郡 is invented."""

from geo.demo.plan import BlockPlan, CommunityPlan, StreetPlan, TownPlan, WaterPlan

__all__ = ["JINAN_WUYINGSHAN"]

STREETS = (
    StreetPlan("北园大街", "Beiyuan Street", "arterial", 50, ((-1010, 672), (-560, 690), (-120, 728), (300, 741), (640, 733), (1010, 748))),
    StreetPlan("堤口路", "Dikou Road", "arterial", 40, ((-1060, -492), (-620, -585), (-230, -668), (180, -742), (560, -796), (1060, -838))),
    StreetPlan("无影山路", "Wuyingshan Road", "arterial", 36, ((-868, 800), (-858, 420), (-838, 150), (-872, -190), (-918, -660))),
    StreetPlan("济泺路", "Jiluo Road", "arterial", 44, ((792, 860), (812, 430), (846, 120), (862, -260), (918, -960))),
    StreetPlan("无影山中路", "Wuyingshan Middle Road", "arterial", 36, ((-196, 850), (-170, 410), (-186, 60), (-232, -240), (-214, -800))),
    StreetPlan("无影山东路", "Wuyingshan East Road", "secondary", 26, ((296, 860), (352, 470), (398, 250), (352, 40), (286, -180), (318, -420), (360, -600), (352, -900))),
    StreetPlan("师范路", "Shifan Road", "secondary", 24, ((-960, 172), (-520, 118), (-180, 132), (140, 158), (520, 92), (960, 108))),
    StreetPlan("影山南街", "Yingshan South Street", "secondary", 22, ((250, -318), (520, -352), (700, -330), (1000, -356))),
    StreetPlan("泺安大街", "Luo'an Street", "secondary", 22, ((-980, -196), (-610, -232), (-380, -214), (-120, -238))),
)

WATERS = (
    WaterPlan("西工商河", "West Gongshang Canal", 14, ((326, 860), (382, 470), (428, 250), (382, 40), (316, -180), (348, -420), (390, -600), (382, -900))),
)

COMMUNITIES = (
    CommunityPlan("影山北社区", "Yingshan North Community", ((-500, 400),), 7),
    CommunityPlan("泺安社区", "Luo'an Community", ((-540, -60), (-540, -400)), 9),
    CommunityPlan("翡翠郡社区", "Feicuijun Community", ((80, -280),), 8),
    CommunityPlan("北园里社区", "Beiyuanli Community", ((80, 430), (580, 420)), 10),
    CommunityPlan("堤北社区", "Dibei Community", ((580, -120), (580, -580)), 8),
)

_E, _D, _C = "estate", "dormitory", "courtyard"
BLOCKS = (
    BlockPlan("翡翠郡", "Feicuijun", _E, "towers", "closed", None, ("翡翠郡小区", "翡翠郡花园"), (60, -130)),
    BlockPlan("泺安花园", "Luo'an Garden", _E, "slabs", "closed", "kindergarten"),
    BlockPlan("影山雅居", "Yingshan Yaju", _E, "slabs", "closed", "school"),
    BlockPlan("明湖西苑", "Minghu Xiyuan", _E, "slabs", "closed", None),
    BlockPlan("锦泺佳园", "Jinluo Jiayuan", _E, "towers", "closed", "office"),
    BlockPlan("翠屏新居", "Cuiping Xinju", _E, "slabs", "closed", "market"),
    BlockPlan("清泺苑", "Qingluo Yuan", _E, "slabs", "closed", None),
    BlockPlan("北园新村", "Beiyuan Xincun", _E, "old_slabs", "open", "school"),
    BlockPlan("泉景馨苑", "Quanjing Xinyuan", _E, "slabs", "closed", "kindergarten"),
    BlockPlan("堤北小区", "Dibei Xiaoqu", _E, "old_slabs", "open", "hospital", ("堤北新村",)),
    BlockPlan("影秀家园", "Yingxiu Jiayuan", _E, "slabs", "closed", None),
    BlockPlan("天桥绿苑", "Tianqiao Lüyuan", _E, "slabs", "closed", "park"),
    BlockPlan("金泺国际", "Jinluo International", _E, "towers", "closed", "mall"),
    BlockPlan("安泰花园", "Antai Garden", _E, "slabs", "closed", "school"),
    BlockPlan("康桥小区", "Kangqiao Xiaoqu", _E, "slabs", "closed", None),
    BlockPlan("兴泺小区", "Xingluo Xiaoqu", _E, "old_slabs", "open", "market", ("兴泺一村",)),
    BlockPlan("望山阁", "Wangshan Ge", _E, "towers", "closed", None),
    BlockPlan("和瑞嘉园", "Herui Jiayuan", _E, "slabs", "closed", "office"),
    BlockPlan("师范新居", "Shifan Xinju", _E, "slabs", "closed", "school"),
    BlockPlan("影苑小区", "Yingyuan Xiaoqu", _E, "old_slabs", "open", None),
    BlockPlan("鲁中仪表厂宿舍", "Luzhong Instrument Works Dormitory", _D, "old_slabs", "open", "factory", ("鲁中仪表厂家属院", "仪表厂宿舍")),
    BlockPlan("省运输三队宿舍", "Third Transport Team Dormitory", _D, "old_slabs", "open", "depot", ("省运输三队家属院",)),
    BlockPlan("泉城印染厂宿舍", "Quancheng Dyeworks Dormitory", _D, "old_slabs", "open", "factory", ("泉城印染厂家属院",)),
    BlockPlan("北郊粮库宿舍", "Northern Granary Dormitory", _D, "slabs", "closed", "depot", ("北郊粮库家属院",)),
    BlockPlan("铁工机务段宿舍", "Railway Works Depot Dormitory", _D, "old_slabs", "open", "depot", ("铁工机务段家属院",)),
    BlockPlan("泺源机床附件厂宿舍", "Luoyuan Machine Parts Dormitory", _D, "old_slabs", "open", "factory", ("机床附件厂家属院",)),
    BlockPlan("市建四公司宿舍", "Fourth Building Company Dormitory", _D, "slabs", "closed", None, ("建四公司家属院",)),
    BlockPlan("影山医院宿舍", "Yingshan Hospital Dormitory", _D, "slabs", "closed", "hospital", ("影山医院家属院",)),
    BlockPlan("师范学校宿舍", "Normal School Dormitory", _D, "old_slabs", "closed", "school", ("师范学校家属院",)),
    BlockPlan("第二食品公司宿舍", "Second Food Company Dormitory", _D, "old_slabs", "open", "market", ("二食公司家属院",)),
    BlockPlan("齐鲁电缆厂宿舍", "Qilu Cable Works Dormitory", _D, "slabs", "open", "factory", ("电缆厂家属院",)),
    BlockPlan("邮政转运站宿舍", "Mail Transfer Station Dormitory", _D, "slabs", "closed", "office", ("邮政转运站家属院",)),
    BlockPlan("供销社仓库宿舍", "Supply Cooperative Dormitory", _D, "old_slabs", "open", "depot", ("供销社家属院",)),
    BlockPlan("自来水五所宿舍", "Fifth Waterworks Dormitory", _D, "slabs", "closed", "office", ("自来水五所家属院",)),
    BlockPlan("东影里院落", "Dongyingli Courtyards", _C, "courtyards", "open", None, ("东影里",)),
    BlockPlan("西影里院落", "Xiyingli Courtyards", _C, "courtyards", "open", "park", ("西影里",)),
    BlockPlan("堤口北里", "Dikou Beili", _C, "courtyards", "open", "market", ("堤口北里大院",), (-780, -480)),
    BlockPlan("泺安南里", "Luo'an Nanli", _C, "old_slabs", "open", None),
    BlockPlan("师范北里", "Shifan Beili", _C, "courtyards", "open", None, (), (-60, 190)),
    BlockPlan("北园后街院落", "Beiyuan Back Street Courtyards", _C, "courtyards", "open", "kindergarten", (), (0, 690)),
    BlockPlan("兴济里", "Xingjili", _C, "old_slabs", "open", "market"),
    BlockPlan("影山前街院落", "Yingshan Front Street Courtyards", _C, "old_slabs", "open", "park"),
)

SMALL_STREETS = (
    ("影苑街", "Yingyuan Street"), ("泺安巷", "Luo'an Lane"), ("翠屏街", "Cuiping Street"), ("兴泺街", "Xingluo Street"),
    ("清影路", "Qingying Road"), ("影秀街", "Yingxiu Street"), ("北园后街", "Beiyuan Back Street"), ("师苑巷", "Shiyuan Lane"),
    ("堤北街", "Dibei Street"), ("康桥巷", "Kangqiao Lane"), ("仪表厂街", "Yibiaochang Street"), ("运输巷", "Yunshu Lane"),
    ("印染厂路", "Yinranchang Road"), ("粮库街", "Liangku Street"), ("影山前街", "Yingshan Front Street"), ("兴济巷", "Xingji Lane"),
    ("安泰街", "Antai Street"), ("和瑞街", "Herui Street"), ("锦泺街", "Jinluo Street"), ("望山巷", "Wangshan Lane"),
    ("泉景街", "Quanjing Street"), ("电缆厂街", "Dianlanchang Street"), ("邮政巷", "Youzheng Lane"), ("明湖西巷", "Minghu West Lane"),
    ("绿苑街", "Lüyuan Street"), ("金泺巷", "Jinluo Lane"), ("东影里街", "Dongyingli Street"), ("西影里街", "Xiyingli Street"),
    ("堤口北巷", "Dikou North Lane"), ("泺安南街", "Luo'an South Street"), ("清泺巷", "Qingluo Lane"), ("机床厂街", "Jichuangchang Street"),
    ("食品街", "Shipin Street"), ("水厂巷", "Shuichang Lane"), ("影安街", "Ying'an Street"), ("泺祥巷", "Luoxiang Lane"),
)

JINAN_WUYINGSHAN = TownPlan(
    slug="jinan-wuyingshan",
    name="无影山街道",
    name_en="Wuyingshan Subdistrict",
    seed=3701,
    lon=116.966,
    lat=36.684,
    metric_srid=4548,
    county_code="370105",
    subdistrict_code="001",
    population=47_000,
    residents_per_household=2.64,
    grids=260,
    streets=STREETS,
    waters=WATERS,
    communities=COMMUNITIES,
    blocks=BLOCKS,
    small_streets=SMALL_STREETS,
    parcel_names={
        "school": ("影山第一小学", "泺安小学", "师范路实验小学", "堤北中学", "北园初级中学"),
        "kindergarten": ("小海豚幼儿园", "泉景幼儿园", "影山中心幼儿园"),
        "market": ("翠屏农贸市场", "兴泺便民市场", "堤口北里菜市场", "二食生鲜市场", "兴济里菜市场"),
        "office": ("锦泺商务中心", "和瑞大厦", "邮政转运站", "供水五所", "泺安政务楼"),
        "factory": ("鲁中仪表厂", "泉城印染厂", "泺源机床附件厂", "齐鲁电缆厂"),
        "hospital": ("影山医院", "堤北社区卫生服务中心"),
        "park": ("影山街心公园", "泺安游园", "前街口袋公园"),
        "depot": ("省运输三队", "北郊粮库", "铁工机务段", "供销社仓库"),
        "mall": ("金泺生活广场",),
    },
    shop_names=(
        "便民超市", "家常菜馆", "五金土产", "把子肉快餐", "大药房", "理发店", "水果店", "早点铺", "烟酒店", "打印社",
        "干洗店", "电动车行", "面馆", "母婴店", "手机维修", "粮油店", "花店", "房产中介", "熟食店", "茶庄", "馒头房",
        "眼镜店", "文具店", "快递驿站", "宠物店", "诊所", "烧烤店", "蛋糕房", "窗帘店", "汽修店",
    ),
    unclaimed_street=(-40, 537),
)
