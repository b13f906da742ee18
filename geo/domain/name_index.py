"""Names of places with all their spellings, and how well words agree with each.

========  ==========================================================================
score     what agrees
========  ==========================================================================
1         the whole name
0.96      the whole name but for what has several forms (家属院 for 宿舍, 2 for 第二)
0.95      the whole name in pinyin
0.93      the whole name but for a 小区 after it
0.9–0.8   how the name begins, or a part of it, the more the better
0.85      the name as it sounds (翡翠君 for 翡翠郡); the first letters of its pinyin
0.85–0.5  a name with something around it, the more of it the better
0.75      the beginning of the first letters
< 0.85    a name with slips, by edit distance over characters and over syllables
========  ==========================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from geo.domain.place_sounds import initials_of, sounds, spelled
from geo.domain.place_words import folded, in_digits, plain

__all__ = ["Agreement", "NameIndex"]

_LEAST = 0.45
_SLIP = 0.84
_BY_EAR = 0.7
"""Share of the syllables in the likeness of two names, against that of the characters."""
_SOUND = 0.85
_MOST = 40


@dataclass(frozen=True, slots=True)
class Agreement:
    """A name that agrees: whose it is, how well, and the name as it is recorded."""

    owner: int
    score: float
    name: str


class NameIndex:
    """Immutable index of names; each may belong to several.

    Parameters
    ----------
    names : iterable of (str, int)
        Name and owner; repeated pairs count once. May be empty.
    """

    __slots__ = ("_firsts", "_folded", "_initials", "_names", "_owners", "_plain", "_sounds", "_spelled")

    def __init__(self, names: Iterable[tuple[str, int]]) -> None:
        owners: dict[str, dict[int, str]] = {}
        for name, owner in names:
            key = in_digits(plain(name))
            if key:
                owners.setdefault(key, {}).setdefault(owner, name)
        self._plain = list(owners)
        self._owners = [tuple(of.items()) for of in owners.values()]
        self._folded = [folded(name) for name in self._plain]
        self._sounds = [sounds(name) for name in self._folded]
        self._spelled = [spelled(name) for name in self._plain]
        self._initials = [initials_of(name) for name in self._plain]
        self._firsts = ["".join(letters[:1] for letters in ways) for ways in self._initials]

    def __len__(self) -> int:
        return len(self._plain)

    def search(self, words: str) -> list[Agreement]:
        """Return whose names agree, best first, each owner once; empty for nothing like it.

        Parameters
        ----------
        words : str
            As `in_digits` gives them.
        """
        if not words or not self._plain:
            return []
        scores = np.zeros(len(self._plain))
        for position, score in self._whole_or_part(words):
            scores[position] = max(scores[position], score)
        if any("a" <= c <= "z" for c in words):
            for position, score in self._letters(words):
                scores[position] = max(scores[position], score)
        np.maximum(scores, self._with_slips(words), out=scores)
        best: dict[int, Agreement] = {}
        for position in np.argsort(-scores, kind="stable")[:_MOST].tolist():
            score = float(scores[position])
            if score < _LEAST:
                break
            for owner, name in self._owners[position]:
                best.setdefault(owner, Agreement(owner, score, name))
        return list(best.values())

    def _whole_or_part(self, words: str) -> Iterator[tuple[int, float]]:
        form = folded(words)
        estate = form.removesuffix("小区")
        many = len(form) > 1
        for position, name in enumerate(self._folded):
            if form == name:
                yield position, 1.0 if words == self._plain[position] else 0.96
            elif many and form in name:
                yield position, (0.85 if name.startswith(form) else 0.8) + 0.05 * len(form) / len(name)
            elif many and name in form and len(name) > 1:
                yield position, 0.93 if name == estate else 0.5 + 0.35 * len(name) / len(form)

    def _letters(self, words: str) -> Iterator[tuple[int, float]]:
        letters = "".join(initials_of(words)[:1])
        several = len(letters) > 1
        for position, (spelling, initials) in enumerate(zip(self._spelled, self._initials, strict=True)):
            if words == spelling:
                yield position, 0.95
            elif len(words) > 2 and words in spelling:
                begins = 0.85 if spelling.startswith(words) else 0.8
                yield position, begins + 0.05 * len(words) / len(spelling)
            elif several and letters[0] in self._firsts[position]:
                if letters in initials:
                    yield position, _SOUND
                elif any(first.startswith(letters) for first in initials):
                    yield position, 0.75

    def _with_slips(self, words: str) -> np.ndarray:
        if words.isascii():
            return _SLIP * _likeness(words, self._spelled)
        form = folded(words)
        heard = sounds(form)
        by_ear = _likeness(heard, self._sounds)
        scores = _SLIP * (_BY_EAR * by_ear + (1.0 - _BY_EAR) * _likeness(form, self._folded))
        scores[by_ear == 1.0] = _SOUND
        return scores


def _likeness(words: str, names: list[str]) -> np.ndarray:
    ratios: np.ndarray = process.cdist([words], names, scorer=fuzz.ratio, dtype=np.float64)[0]
    return ratios / 100.0
