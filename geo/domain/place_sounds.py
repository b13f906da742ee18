"""How the names of places sound: pinyin, its first letters, and one sign for all syllables that are mixed up."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count, islice, product
from typing import Any

from pypinyin import Style, lazy_pinyin, pinyin

__all__ = ["initials_of", "sounds", "spelled"]

_MAX_READINGS = 8
_next_sign = count(0xE000)
"""From the private use area of Unicode: room for 6,400 signs; Mandarin has some 400 syllables."""
_APART: Any = list  # what is no Chinese, letter by letter; the annotation of pypinyin knows texts only
_signs: dict[str, str] = {}


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


@lru_cache(maxsize=65536)
def sounds(text: str) -> str:
    """Return one sign for each character, the same for syllables that are mixed up by ear.

    zh, ch, sh are z, c, s; n and l one initial; an, en, in one final with ang, eng, ing. An edit distance over
    these strings is one over syllables. Letters and digits stay. The signs hold within one process.
    """
    return "".join(_sign(syllable) for syllable in lazy_pinyin(text, errors=_APART))


def _sign(syllable: str) -> str:
    if len(syllable) == 1 and syllable not in "aeo":
        return syllable.casefold()
    mixed = re.sub(r"^([zcs])h", r"\1", syllable.casefold())
    mixed = re.sub(r"^n(?=[aeiouvü])", "l", mixed)
    mixed = re.sub(r"(?<=[aei])ng$", "n", mixed)
    return _signs.get(mixed) or _signs.setdefault(mixed, chr(next(_next_sign)))
