"""How people write a place: one spelling for each, building and unit numbers taken apart, pinyin."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

from pypinyin import Style, lazy_pinyin, pinyin

__all__ = ["Numbers", "initials_of", "plain", "spelled", "take_numbers"]

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMERAL = "[零〇一二两三四五六七八九十百]{1,5}"
_HOUSE = "号楼|号院|幢|栋楼|栋|座|#楼|#|楼|号"
_UNIT = "单元|门洞|门栋|门"
# A letter before a number belongs to it (a12号楼) unless it ends a word in letters (fcj12号楼).
_NUMBER = r"(?:(?:(?<![a-z])[a-z甲乙丙丁戊])?\d{1,4}[a-z甲乙丙丁]?|(?<![a-z])[a-z甲乙丙丁](?=座|栋|幢|号楼))"
_ROOM = r"(?:\d{1,3}(?:层|楼))?(?:\d{2,4}(?:室|号|户)?)?"
_NUMERAL_BEFORE_WORD = re.compile(f"({_NUMERAL})(?={_HOUSE}|{_UNIT})")
_IN_WORDS = re.compile(
    rf"^(?P<rest>.*?)(?P<house>{_NUMBER})(?:{_HOUSE})(?:(?P<unit>\d{{1,2}})(?:{_UNIT}){_ROOM})?(?P<room>{_ROOM})$"
)
_WITH_DASHES = re.compile(rf"^(?P<rest>.*?)(?P<house>{_NUMBER})-(?P<unit>\d{{1,2}})(?:-\d{{1,4}})?$")
_IN_ENGLISH = re.compile(
    r"^(?P<rest>.*?)(?:building|bldg|block)\.?\s*(?P<house>\w{1,5})(?:[\s,]*unit\s*(?P<unit>\d{1,2}))?$"
)
_BARE = re.compile(r"^(?P<rest>.*[^\d#-])(?P<house>\d{1,3})(?P<unit>)$")
_MAX_READINGS = 8


@dataclass(frozen=True, slots=True)
class Numbers:
    """A query taken apart: what is left of the name, house number and unit number (empty where not said)."""

    rest: str
    house: str = ""
    unit: str = ""


def plain(text: str) -> str:
    """Return a text in the one spelling that is compared: full-width folded, lower case, without blanks and signs.

    `#` and `-` stay: they part numbers.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("—", "-").replace("–", "-")
    return "".join(c for c in folded if c.isalnum() or c in "#-")


def _numeral(text: str) -> str:
    """Return a Chinese numeral below 1000 in digits: 十二 is 12, 二十 is 20, 一百零三 is 103."""
    if not any(c in text for c in "十百"):
        return "".join(str(_DIGITS[c]) for c in text)
    total, digit = 0, 0
    for c in text:
        if c in "十百":
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[c]
    return str(total + digit)


def take_numbers(query: str) -> Numbers:
    """Take building and unit off the end of what somebody wrote.

    Understood are 12号楼2单元, 12栋, 12#2单元, 十二号楼, 12-2, A座, building 12 unit 2, and a bare number after a
    name; a room after them is left out, for a household is no shape.
    """
    english = _IN_ENGLISH.match(unicodedata.normalize("NFKC", query).casefold().strip())
    if english and english["house"]:
        return Numbers(plain(english["rest"]), _stripped(english["house"]), english["unit"] or "")
    text = _NUMERAL_BEFORE_WORD.sub(lambda match: _numeral(match[1]), plain(query))
    for pattern in (_WITH_DASHES, _IN_WORDS, _BARE):
        match = pattern.match(text)
        if match:
            return Numbers(
                match["rest"].strip("-"), _stripped(match["house"]), _stripped(match["unit"] or "")
            )
    return Numbers(plain(query))


def _stripped(number: str) -> str:
    return number.lstrip("0") or number


@lru_cache(maxsize=65536)
def spelled(text: str) -> str:
    """Return a text in pinyin without tones, everything else as it is: 翡翠郡 is feicuijun."""
    return "".join(lazy_pinyin(text)).casefold()


@lru_cache(maxsize=65536)
def initials_of(text: str) -> tuple[str, ...]:
    """Return the first letters of a text's pinyin, in each reading of characters that have several."""
    readings = pinyin(text, style=Style.FIRST_LETTER, heteronym=True)
    letters = [tuple(dict.fromkeys(reading)) for reading in readings]
    return tuple(dict.fromkeys("".join(way).casefold() for way in islice(product(*letters), _MAX_READINGS)))
