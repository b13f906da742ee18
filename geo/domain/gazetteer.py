"""Find an area, a building or a unit by what people call it.

Names, former names, addresses, building and unit numbers, pinyin and its first letters, and slips of the pen: the
score says how sure the match is, from 0 to 1, so that the one who asked chooses among few.

========  ==========================================================================
score     what agrees
========  ==========================================================================
1         the code, or a whole name
0.95      the whole name in pinyin
0.9–0.8   how the name begins, or a part of it, the more the better
0.85      the name as it sounds (翡翠君 for 翡翠郡); the first letters of its pinyin
0.75      the beginning of those letters
≤ 0.75    a name with slips, by edit distance
========  ==========================================================================

A building or unit found by its number below a named area has the area's score; the number without a name, 0.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rapidfuzz import fuzz, process

from geo.domain.areas import LEVEL_RANK
from geo.domain.place_words import Numbers, initials_of, plain, spelled, take_numbers

__all__ = ["Gazetteer", "Match", "NamedArea"]

_LEAST_RATIO = 55.0
_SLIP = 0.75
_SOUND = 0.85
_NUMBER_ALONE = 0.5
_UNIT_MISSING = 0.9
_HOUSE_MISSING = 0.6
_NAMES_TRIED = 20
"""Named areas in which a building number is looked for."""
_SURE = 0.55
"""Least score of a name for its buildings to be offered."""


@dataclass(frozen=True, slots=True)
class NamedArea:
    """An area as the gazetteer takes it in.

    Attributes
    ----------
    id, level, code : int, str, str
    parent_id : int or None
    names : tuple of str
        What it is called: official and English name, other and former names, address.
    number : str
        Of a building in its block or a unit in its building; empty where it has none.
    """

    id: int
    level: str
    code: str
    parent_id: int | None
    names: tuple[str, ...]
    number: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A find: the area's id, how sure it is, and the name that agreed (empty for codes and numbers)."""

    id: int
    score: float
    name: str = ""


class Gazetteer:
    """Immutable index of the names of one boundary generation.

    Parameters
    ----------
    areas : iterable of NamedArea
        May be empty.
    """

    __slots__ = (
        "_by_code",
        "_by_id",
        "_houses",
        "_initials",
        "_names",
        "_owners",
        "_plain",
        "_spelled",
        "_units",
    )

    def __init__(self, areas: Iterable[NamedArea]) -> None:
        self._by_id: Mapping[int, NamedArea] = MappingProxyType({area.id: area for area in areas})
        self._by_code: dict[str, list[int]] = {}
        self._houses: dict[tuple[int | None, str], list[int]] = {}
        self._units: dict[tuple[int, str], int] = {}
        self._names: list[str] = []
        self._owners: list[int] = []
        for area in self._by_id.values():
            self._by_code.setdefault(area.code.casefold(), []).append(area.id)
            number = _number_of(area)
            if area.level == "unit":
                if area.parent_id is not None and number:
                    self._units.setdefault((area.parent_id, number), area.id)
                continue
            if area.level == "building" and number:
                for above in (None, *self._ancestors(area)):
                    self._houses.setdefault((above, number), []).append(area.id)
            for name in dict.fromkeys(area.names):
                if name and (area.level != "building" or take_numbers(name).rest):
                    self._names.append(name)
                    self._owners.append(area.id)
        self._plain = [plain(name) for name in self._names]
        self._spelled = [spelled(name) for name in self._plain]
        self._initials = [initials_of(name) for name in self._plain]

    def search(self, query: str, limit: int = 10) -> tuple[Match, ...]:
        """Return the best matches, surest first; empty for an empty query.

        Parameters
        ----------
        query : str
            What somebody wrote or said.
        limit : int
        """
        found: dict[int, Match] = {}
        for match in self._matches(query):
            known = found.get(match.id)
            if known is None or match.score > known.score:
                found[match.id] = match
        ranked = sorted(found.values(), key=lambda m: (-round(m.score, 3), *self._rank(m.id)))
        return tuple(ranked[:limit])

    def _rank(self, area_id: int) -> tuple[int, str]:
        area = self._by_id[area_id]
        return LEVEL_RANK[area.level], area.code

    def _matches(self, query: str) -> Iterator[Match]:
        for area_id in self._by_code.get(query.strip().casefold(), ()):
            yield Match(area_id, 1.0)
        whole = plain(query)
        if not whole:
            return
        yield from self._by_name(whole)
        numbers = take_numbers(query)
        if numbers.house:
            yield from self._by_number(numbers)

    def _by_number(self, numbers: Numbers) -> Iterator[Match]:
        if not numbers.rest:
            for house in self._houses.get((None, numbers.house), ()):
                yield self._unit_of(house, numbers.unit, Match(house, _NUMBER_ALONE))
            return
        named = sorted(self._by_name(numbers.rest), key=lambda match: -match.score)[:_NAMES_TRIED]
        for match in named:
            if match.score < _SURE:
                break
            houses = self._houses.get((match.id, numbers.house), ())
            for house in houses:
                yield self._unit_of(house, numbers.unit, Match(house, match.score, match.name))
            if not houses:
                yield Match(match.id, match.score * _HOUSE_MISSING, match.name)

    def _unit_of(self, house: int, unit: str, match: Match) -> Match:
        if not unit:
            return match
        found = self._units.get((house, unit))
        if found is None:
            return Match(house, match.score * _UNIT_MISSING, match.name)
        return Match(found, match.score, match.name)

    def _by_name(self, query: str) -> Iterator[Match]:
        sound = spelled(query)
        in_letters = query.isascii()
        for position, name in enumerate(self._plain):
            score = _agreement(query, name)
            if in_letters:
                score = max(score, self._in_pinyin(query, position))
            elif sound == self._spelled[position]:
                score = max(score, _SOUND)
            if score:
                yield Match(self._owners[position], score, self._names[position])
        choices = self._spelled if in_letters else self._plain
        for _text, ratio, position in process.extract(
            query, choices, scorer=fuzz.ratio, limit=_NAMES_TRIED, score_cutoff=_LEAST_RATIO
        ):
            yield Match(self._owners[position], _SLIP * ratio / 100.0, self._names[position])

    def _in_pinyin(self, query: str, position: int) -> float:
        initials = self._initials[position]
        if query == self._spelled[position]:
            return 0.95
        if len(query) > 1 and query in initials:
            return _SOUND
        best = _agreement(query, self._spelled[position]) if len(query) > 2 else 0.0
        if len(query) > 1 and any(letters.startswith(query) for letters in initials):
            best = max(best, 0.75)
        return best

    def _ancestors(self, area: NamedArea) -> Iterator[int]:
        parent = self._by_id.get(area.parent_id) if area.parent_id is not None else None
        while parent is not None:
            yield parent.id
            parent = self._by_id.get(parent.parent_id) if parent.parent_id is not None else None


def _agreement(query: str, name: str) -> float:
    if query == name:
        return 1.0
    if len(query) < 2 or query not in name:
        return 0.0
    share = len(query) / len(name)
    return (0.85 if name.startswith(query) else 0.8) + 0.05 * share


def _number_of(area: NamedArea) -> str:
    """Return the number that people say: the recorded one, else that in the name of a building."""
    if area.number:
        return plain(area.number).lstrip("0")
    if area.level == "building" and area.names:
        return take_numbers(area.names[0]).house
    if area.level == "unit" and area.names:
        digits = "".join(c for c in plain(area.names[0]) if c.isdigit())
        return digits.lstrip("0")
    return ""
