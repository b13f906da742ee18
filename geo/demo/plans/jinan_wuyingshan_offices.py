"""Departments, utilities, property firms and the 23 organisations based in 无影山. Firms are invented."""

from geo.demo.plan import DepartmentPlan

__all__ = ["DEPARTMENTS"]

DEPARTMENTS = (
    DepartmentPlan("subdistrict_office", "无影山街道办事处", "Wuyingshan Subdistrict Office", "government"),
    DepartmentPlan("municipal_works", "天桥区市政养护站", "Tianqiao Municipal Works Station", "government"),
    DepartmentPlan("sanitation", "无影山环卫所", "Wuyingshan Sanitation Station", "government"),
    DepartmentPlan(
        "urban_management", "无影山综合行政执法中队", "Wuyingshan Enforcement Squad", "government"
    ),
    DepartmentPlan("landscape", "天桥区园林绿化所", "Tianqiao Landscape Station", "government"),
    DepartmentPlan("housing", "天桥区房管所", "Tianqiao Housing Office", "government"),
    DepartmentPlan("fire", "无影山消防救援站", "Wuyingshan Fire Station", "government"),
    DepartmentPlan("police", "无影山派出所", "Wuyingshan Police Station", "government"),
    DepartmentPlan(
        "traffic_police", "交警天桥大队无影山中队", "Traffic Police, Wuyingshan Squad", "government"
    ),
    DepartmentPlan("justice", "无影山司法所", "Wuyingshan Justice Office", "government"),
    DepartmentPlan("civil_affairs", "无影山民政办公室", "Wuyingshan Civil Affairs Office", "government"),
    DepartmentPlan("health", "无影山卫生健康办公室", "Wuyingshan Health Office", "government"),
    DepartmentPlan("sewer", "济南市排水管理服务中心", "Jinan Sewer Service", "utility", off_area=True),
    DepartmentPlan("water", "供水集团北区营业所", "Water Supply, Northern Branch", "utility", off_area=True),
    DepartmentPlan("gas", "燃气集团天桥服务站", "Gas Supply, Tianqiao Station", "utility", off_area=True),
    DepartmentPlan("power", "供电公司天桥供电所", "Power Supply, Tianqiao Station", "utility", off_area=True),
    DepartmentPlan(
        "heating", "热力集团北区服务中心", "Heating Supply, Northern Centre", "utility", off_area=True
    ),
    DepartmentPlan(
        "property-feicui",
        "翡翠物业服务公司",
        "Feicui Property Services",
        "property",
        authority="property",
        blocks=("翡翠郡", "望山阁", "锦泺佳园", "金泺国际"),
    ),
    DepartmentPlan(
        "property-luoan",
        "泺安物业服务公司",
        "Luo'an Property Services",
        "property",
        authority="property",
        blocks=("泺安花园", "影山雅居", "明湖西苑", "翠屏新居", "清泺苑"),
    ),
    DepartmentPlan(
        "property-quanjing",
        "泉景物业服务公司",
        "Quanjing Property Services",
        "property",
        authority="property",
        blocks=("泉景馨苑", "影秀家园", "天桥绿苑", "安泰花园", "康桥小区", "和瑞嘉园", "师范新居"),
    ),
    DepartmentPlan(
        "property-lianhe",
        "联合单位宿舍管理服务公司",
        "United Dormitory Services",
        "property",
        authority="property",
        blocks=(
            "北郊粮库宿舍",
            "市建四公司宿舍",
            "影山医院宿舍",
            "师范学校宿舍",
            "邮政转运站宿舍",
            "自来水五所宿舍",
        ),
    ),
    *(
        DepartmentPlan(f"based-here-{n:02d}", name, name_en, "based_here")
        for n, (name, name_en) in enumerate(
            (
                ("影山第一小学", "Yingshan First Primary School"),
                ("安泰小学", "Antai Primary School"),
                ("师范路实验小学", "Shifan Road Experimental Primary School"),
                ("师范学校", "Normal School"),
                ("北园初级中学", "Beiyuan Junior Middle School"),
                ("影山中心幼儿园", "Yingshan Kindergarten"),
                ("影山医院", "Yingshan Hospital"),
                ("堤北社区卫生服务中心", "Dibei Health Centre"),
                ("鲁中仪表厂", "Luzhong Instrument Works"),
                ("泉城印染厂", "Quancheng Dyeworks"),
                ("泺源机床附件厂", "Luoyuan Machine Parts"),
                ("齐鲁电缆厂", "Qilu Cable Works"),
                ("省运输三队", "Third Transport Team"),
                ("北郊粮库", "Northern Granary"),
                ("铁工机务段", "Railway Works Depot"),
                ("供销社仓库", "Supply Cooperative Store"),
                ("锦泺商务中心", "Jinluo Business Centre"),
                ("和瑞大厦", "Herui Tower"),
                ("邮政转运站", "Mail Transfer Station"),
                ("供水五所", "Fifth Waterworks"),
                ("金泺生活广场", "Jinluo Plaza"),
                ("翠屏农贸市场", "Cuiping Market"),
                ("兴泺便民市场", "Xingluo Market"),
            ),
            start=1,
        )
    ),
)
