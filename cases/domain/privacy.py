"""What is taken out of a text, and how far a place is generalised, before others than those in charge see it.

Masking prefers to take out too much. It looks for what people write in complaints: telephone and identity
numbers, plates, the room behind building and unit, names after the words that introduce them. It is no
anonymisation of arbitrary prose, which is why sensitive kinds show no text at all.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from geo.domain.profile import LEVEL_ORDER

__all__ = ["MASK", "mask_text", "masked", "public_chain"]

MASK = "***"

# One character each, so that what is found in the folded text stands at the same place in the original.
_FOLD = str.maketrans(
    {code + 0xFEE0: chr(code) for code in range(0x21, 0x7F)}
    | {"　": " ", "—": "-", "–": "-", "−": "-", "〇": "零"}
)

_NUMERAL = "零一二三四五六七八九十百两幺"
_ROOM = rf"(?:\d{{3,4}}[A-Za-z]?|[{_NUMERAL}]{{2,5}})"
_SUFFIX = "(?:号?(?:室|房间|房|户|住户)|号)?"
_NOT_A_ROOM = (
    r"(?!\d|\.\d{1,2}(?!\d|\.|栋|幢|号)|[年月日平米元余个块辆点次斤℃%]|人(?!家)|多(?!次)|天(?!天)"
    r"|小时|分[贝钟]|公[里斤]|千[米克]|厘米|毫米|吨|户(?:居民|家庭|人))"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

_SURNAMES = (
    "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|夏侯|司徒|端木|令狐|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
    "吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万"
    "钱严覃武戴莫孔汤朴玄常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝"
    "包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳"
    "穆司卓古吉缪简车项连芦麦褚娄窦戚岑景党柏]"
)
# Words that begin like a surname and follow "业主", "住户" or "居民" in ordinary sentences.
_NO_NAMES = (
    "方便|高度|高层|高空|高龄|高声|白天|马上|马路|车位|车主|车辆|黄线|石头|石子|金属|路面|路灯|路过|路口|路边|路上|"
    "江边|安全|安装|常年|常常|成天|成立|成员|成群|易燃|易发|温度|房屋|房子|包括|司机|连续|连夜|文明|关于|关心|关闭|"
    "解决|单元|程度|于是|古树|毛病|施工|项目|严重|何时|何况|任何|任意|付款|付费|余下|段时|曾经|曾多|曾向|曾反|万一|"
    "明确|康复|华润|谷雨|顾虑|顾客|左右|左侧|左边|尚未|宁愿|宁可|夏天|夏季|党员|党组|田地|申请|申报|齐心|欧式|简单|"
    "景观|甘愿|凌晨|童车|贺年|符合|辛苦|谢谢|庄稼|阳台|盛夏|游客|季度|龙头|牛奶"
)
_END_OF_NAME = (
    r"(?=$|[\s,.;:!?、，。；：！？()（）\-]|家|的|说|称|反映|反应|投诉|举报|来电|电话|手机|先生|女士|本人"
    r"|住|在|因|将|把|与|和|于|又|也)"
)
_GIVEN = r"(?:(?![某的是了和于在对把被])[\u4e00-\u9fff])"
_NAME = rf"(?!{_NO_NAMES})(?:{_SURNAMES}){_GIVEN}{{1,2}}?"
_TITLES = "先生|女士|小姐|太太|大爷|大妈|大娘|大叔|大姐|大哥|阿姨|叔叔|奶奶|爷爷|师傅|老师|医生|老板|同志"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # E-mail and accounts, before digits are looked at.
        (r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", MASK),
        (r"(?i)((?:微信号?|QQ号?|wechat|weixin)[ :是为]{0,3})[A-Za-z0-9_-]{5,20}", rf"\1{MASK}"),
        # Identity number, 18 or the former 15 digits, written in groups or not.
        (
            r"(?<!\d)\d{6}[ -]?(?:18|19|20)\d{2}[ -]?(?:0\d|1[0-2])[ -]?[0-3]\d[ -]?\d{3}[\dXx]"
            r"(?![\dA-Za-z])",
            MASK,
        ),
        (r"(?<!\d)\d{8}(?:0\d|1[0-2])[0-3]\d{4}(?!\d)", MASK),
        # Bank cards: 16 to 19 digits, usually in fours.
        (r"(?<!\d)\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}(?:[ -]?\d{1,3})?(?!\d)", MASK),
        # Mobile numbers, also written in groups or in Chinese numerals.
        (r"(?<!\d)(?:(?:\+|00)?86[ -]?)?(1[3-9]\d)(?:[ -]?\d){8}(?!\d)", r"\1********"),
        (
            rf"(?<![{_NUMERAL}])[一幺][三四五六七八九](?:[ -]?[零一二三四五六七八九两幺]){{9}}"
            rf"(?![{_NUMERAL}])",
            MASK,
        ),
        # Landlines: with area code, or after a word that says so.
        (r"(?<!\d)\(?0(?:10|2\d|[3-9]\d{2})\)?[ -]?[2-8]\d{6,7}(?:-\d{1,5})?(?!\d)", MASK),
        (
            r"((?:电话|座机|手机|联系方式|号码|致电|tel)[号码]{0,2}[ :是为(]{0,3})"
            r"[2-8]\d{2,3}[ -]?\d{4}(?!\d)",
            rf"\1{MASK}",
        ),
        # Plates, also electric ones (six characters), and their last digits.
        (
            rf"([{_PROVINCES}][A-Za-z])[ ·•.-]?[A-HJ-NP-Za-hj-np-z0-9]{{4,5}}"
            r"[A-HJ-NP-Za-hj-np-z0-9挂学警港澳]",
            r"\1*****",
        ),
        (r"(尾号[ :是为]{0,3})[A-Za-z0-9]{3,5}", rf"\1{MASK}"),
        # The household: what follows building or unit, what a suffix marks, what neighbours call each other.
        (r"(?<!\d)(\d{1,3}[-/]\d{1,2}[-/])\d{3,4}(?:室|房|户)?(?!\d)", rf"\1{MASK}"),
        (rf"(?<![\d-])(\d{{1,2}}-)\d{{3,4}}(?:室|房|户)?{_NOT_A_ROOM}(?!-\d)", rf"\1{MASK}"),
        (
            rf"((?:单元|号楼|楼|栋|幢|座|门)(?:门牌)?[ ,、-]?){_ROOM}{_SUFFIX}{_NOT_A_ROOM}"
            rf"(?:[、,/~和及与至到-]{_ROOM}{_SUFFIX}{_NOT_A_ROOM})*",
            rf"\1{MASK}",
        ),
        (r"(?<![\d.])\d{3,4}[A-Za-z]?号?(?:室|房间|房(?!屋|子|价|租))", MASK),
        (rf"(?<![{_NUMERAL}])[零一二三四五六七八九]{{3,4}}室", MASK),
        (
            rf"(?:\d{{1,2}}|[{_NUMERAL}]{{1,3}})(?:楼|层)[ ,]?(?:东|西|南|北|中|左|右)(?:边|侧|面|手)?"
            r"(?:户|家|邻居|门|那家|那户|住户|业主)",
            MASK,
        ),
        (
            rf"((?:楼上|楼下|对门|隔壁|邻居|住户|业主|租户|门牌号?)[ :是]?)\d{{3,4}}{_NOT_A_ROOM}",
            rf"\1{MASK}",
        ),
        (r"(?<![\d.])\d{3,4}(?=的?(?:业主|住户|邻居|租户|那户|这户|那家|这家|家里|老人|老太))", MASK),
        # Names after the words that introduce them, and before a form of address.
        (rf"(我叫|名叫|叫做|姓名[ :是]{{0,2}}|联系人[ :是]{{0,2}}){_NAME}{_END_OF_NAME}", r"\1某某"),
        (
            r"((?:投诉|反映|举报|报修|当事|报案|申请)人|业主|住户|租户|租客|邻居|居民|户主|房东|村民|本人)"
            rf"([ :是]?){_NAME}{_END_OF_NAME}",
            r"\1\2某某",
        ),
        (rf"(?!{_NO_NAMES})(?:{_SURNAMES})(?:{_GIVEN}{{1,2}}?)?({_TITLES})", r"某\1"),
    )
)


_BUILDING = re.compile(r"(?:\d{1,3}|[零一二三四五六七八九十百]{1,4})\s*(?:#|号楼|号院|栋|幢|座|单元|楼门)")


def mask_text(text: str) -> str:
    """Return a text without telephone and identity numbers, plates, rooms and names.

    Full-width digits and letters are read like others. What is not masked stays as it was written. Masking a
    masked text changes nothing.

    Examples
    --------
    >>> mask_text("12号楼3单元502室漏水,电话13812345678")
    '12号楼3单元***漏水,电话138********'
    """
    folded = text.translate(_FOLD)
    for pattern, replacement in _RULES:
        pieces, folded_pieces, at = [], [], 0
        for match in pattern.finditer(folded):
            new = _filled(replacement, match, text)
            pieces += [text[at : match.start()], new]
            folded_pieces += [folded[at : match.start()], new.translate(_FOLD)]
            at = match.end()
        if at:
            text = "".join([*pieces, text[at:]])
            folded = "".join([*folded_pieces, folded[at:]])
    return text


def _filled(replacement: str, match: re.Match[str], text: str) -> str:
    """Return a replacement with its groups filled in as they were written, not as they were folded."""
    return re.sub(r"\\(\d)", lambda group: text[slice(*match.span(int(group[1])))], replacement)


def masked(text: str, *, private_place: bool) -> str:
    """Return a text as others than those in charge read it; at a home, without building and unit."""
    found = mask_text(text)
    return _BUILDING.sub(MASK, found) if private_place else found


A = TypeVar("A", bound=Mapping[str, Any])


def public_chain(chain: Sequence[A], *, private_place: bool) -> list[A]:
    """Return as much of a chain of areas as the public may see.

    Parameters
    ----------
    chain : sequence of mappings
        Each with its `level`, widest first.
    private_place : bool
        The case lies at a home or within a block's own ground.

    Returns
    -------
    list
        Nothing finer than the block for a private place, nothing finer than the grid for any. Places without
        blocks show the next wider level instead.
    """
    finest = LEVEL_ORDER.index("block" if private_place else "grid")
    return [area for area in chain if LEVEL_ORDER.index(area["level"]) <= finest]
