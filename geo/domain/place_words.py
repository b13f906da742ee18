"""How people write and say a place: one spelling for each, building and unit numbers taken apart."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

__all__ = [
    "Numbers",
    "Said",
    "folded",
    "in_digits",
    "plain",
    "split_crossing",
    "split_door",
    "take_numbers",
    "understood",
]

_DIGITS = {c: str(n) for n, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2", "幺": "1"}
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰", "一二三四五六七八九十百")
_NUMERAL = "[零〇一二两三四五六七八九十百幺]{1,5}"
_HOUSE = "号楼|号院|幢|栋楼|栋|座|#楼|#|楼|号"
_UNIT = "单元|门洞|门栋|门"
# A letter before a number belongs to it (a12号楼) unless it ends a word in letters (fcj12号楼).
_NUMBER = r"(?:(?:(?<![a-z])[a-z甲乙丙丁戊])?\d{1,4}[a-z甲乙丙丁]?|(?<![a-z])[a-z甲乙丙丁](?=座|栋|幢|号楼))"
_ROOM = r"(?:\d{1,3}(?:层|楼))?(?:\d{2,4}(?:室|号|户)?)?"
_NUMERAL_BEFORE_WORD = re.compile(f"({_NUMERAL})(?={_HOUSE}|{_UNIT})")
_NUMERAL_AT_END = re.compile(f"(?:(?<=单元)|(?<=[楼栋幢门层]))({_NUMERAL})(?=(?:室|户)?$)")
_IN_WORDS = re.compile(
    rf"^(?P<rest>.*?)(?P<house>{_NUMBER})(?:{_HOUSE})(?:(?P<unit>\d{{1,2}})(?:{_UNIT}){_ROOM})?(?P<room>{_ROOM})$"
)
_BEFORE_THE_NAME = re.compile(
    rf"^(?:(?P<unit_first>\d{{1,2}})单元)?(?P<house>{_NUMBER})(?:号楼|幢|栋|座|#)(?:(?P<unit>\d{{1,2}})单元)?{_ROOM}(?P<rest>\D.*)$"
)
_WITH_DASHES = re.compile(
    rf"^(?P<rest>.*?)(?P<house>{_NUMBER})-(?P<unit>\d{{1,2}})(?:-\d{{1,4}}(?:室|户)?)?$"
)
_IN_ENGLISH = re.compile(
    r"^(?P<rest>.*?)(?:building|bldg|block)\.?\s*(?P<house>\w{1,5})(?:[\s,]*unit\s*(?P<unit>\d{1,2}))?$"
)
_BARE = re.compile(r"^(?P<rest>.*[^\d#-])(?P<house>\d{1,3})(?P<unit>)$")

_LEAD = re.compile(r"^(?:(?:我们?|俺们?|咱们?)(?:家|就)?(?:住|在)+|(?:我|俺|咱)家|家住在?|住在|就在|在|是)")
_AT = re.compile(r"(?:门口|楼下|楼上|里面|里头|院里|那边|这边|[那这]个院子?|那儿|这儿|(?<=[路街巷道])上)$")
_BESIDE = re.compile(
    r"(?:(?:的)?(?:旁边|边上|附近|对面|对过|斜对面|后面|前面|后头|前头|东边|西边|南边|北边))$"
)
_DORMITORY = re.compile(r"(?:职工|单位|老|旧)*(?:家属(?:宿舍|院|楼|区)|生活区|宿舍(?:大院|区|院|楼)?)$")
_YARD = re.compile(r"(?<=..)(?:院落|大院|院子)$")
_GATE = re.compile(r"(?<=\d号)院$")
_DOOR = re.compile(r"^(?P<door>.+?(?:路|街|巷|道|弄|胡同|里)\d{1,5}号?)院?(?P<rest>[^\d院楼号].*)$")
_CROSSING = re.compile(r"(?:的)?(?:十字路口|丁字路口|交叉路口|交叉口|交汇处|交界处|交口|路口|口)$")
_AND = re.compile(r"和|与|跟|同|、|/|&|交(?=.)")


@dataclass(frozen=True, slots=True)
class Numbers:
    """A query taken apart: what is left of the name, house number and unit number (empty where not said)."""

    rest: str
    house: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said without the words around it; `beside` where the place is only near it (对面, 旁边)."""

    words: str
    beside: bool = False


def plain(text: str) -> str:
    """Return a text in the one spelling that is compared: full-width folded, lower case, without blanks and signs.

    `#` and `-` stay: they part numbers.
    """
    wide = unicodedata.normalize("NFKC", text).casefold().replace("—", "-").replace("–", "-")
    return "".join(c for c in wide if c.isalnum() or c in "#-")


def understood(query: str) -> Said:
    """Return what was said of a place, without what comes before (我家住) and after it (门口, 对面)."""
    words = _LEAD.sub("", plain(query))
    near = _BESIDE.sub("", words)
    beside = near != words and bool(near)
    words = _AT.sub("", near if beside else words) or words
    return Said(words.strip("-"), beside)


def folded(name: str) -> str:
    """Return a plain name in the one form of what has several: 家属院 and 宿舍, 大院 and 院落, 第二 and 2.

    A 小区 after a name that stands without it stays: 堤北小区 and 堤北社区 are two.
    """
    one = _YARD.sub("院", _DORMITORY.sub("宿舍", _GATE.sub("", name)))
    return "".join(_DIGITS.get(c, c) for c in one if c not in "第的")


def split_door(name: str) -> tuple[str, str]:
    """Return (无影山中路15号, 翡翠郡) for 无影山中路15号翡翠郡; the first is empty where no door comes first."""
    match = _DOOR.match(name)
    return (match["door"], match["rest"]) if match else ("", name)


def split_crossing(words: str) -> tuple[tuple[str, str], ...]:
    """Return the ways of reading words as a crossing of two roads (A路与B路口); empty where they name none."""
    roads = _CROSSING.sub("", words)
    ends = roads != words
    if not ends:
        return ()
    ways = [(roads[: m.start()], roads[m.end() :]) for m in _AND.finditer(roads)]
    ways += [(roads[: m.end()], roads[m.end() :]) for m in re.finditer("路|街|巷|道", roads)]
    if words.endswith("路口"):  # 泺安大街与师范路口
        ways += [(first, f"{second}路") for first, second in ways]
    return tuple((first, second) for first, second in ways if len(first) > 1 and len(second) > 1)


def take_numbers(query: str) -> Numbers:
    """Take building and unit off what somebody wrote.

    Understood are 12号楼2单元, 12栋, 12#2单元, 十二号楼, 幺幺号楼, 拾贰号楼, 12-2, A座, building 12 unit 2, 8号楼
    before the name, and a bare number after a name; a room after them is left out, for a household is no shape.
    """
    english = _IN_ENGLISH.match(unicodedata.normalize("NFKC", query).casefold().strip())
    if english and english["house"]:
        return Numbers(plain(english["rest"]), _stripped(english["house"]), english["unit"] or "")
    text = in_digits(plain(query))
    for pattern in (_WITH_DASHES, _IN_WORDS, _BARE):
        match = pattern.match(text)
        if match:
            return _numbers(match["rest"], match["house"], match["unit"])
    match = _BEFORE_THE_NAME.match(text)
    if match:
        return _numbers(match["rest"], match["house"], match["unit"] or match["unit_first"])
    return Numbers(plain(query))


def in_digits(text: str) -> str:
    """Return a plain text with the numerals before 号楼, 单元 and the like, and of a room at the end, in digits."""
    text = text.translate(_FORMAL)
    text = _NUMERAL_BEFORE_WORD.sub(lambda match: _numeral(match[1]), text)
    return _NUMERAL_AT_END.sub(lambda match: _numeral(match[1]), text)


def _numbers(rest: str, house: str, unit: str | None) -> Numbers:
    return Numbers(rest.strip("-").removesuffix("的"), _stripped(house), _stripped(unit or ""))


def _numeral(text: str) -> str:
    """Return a Chinese numeral below 1000 in digits: 十二 is 12, 二十 is 20, 一百零三 is 103, 幺三 is 13."""
    if not any(c in text for c in "十百"):
        return "".join(_DIGITS[c] for c in text)
    total, digit = 0, 0
    for c in text:
        if c in "十百":
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = int(_DIGITS[c])
    return str(total + digit)


def _stripped(number: str) -> str:
    return number.lstrip("0") or number
