"""Find an area, a building, a unit, a street or a crossing by what people call it.

Names, former names, addresses, building and unit numbers, doors in a street, pinyin and its first letters, and slips
of the tongue and of the pen. The score says how sure a match is, from 0 to 1 (see `name_index` for names), so that
the one who asked chooses among few: what is equally likely has the same score, and nothing is left out for it.

A building or unit found by its number below a named area has the area's score; the number without a name, 0.5. What
lies beside (对面) has less than what is named. A crossing has what both its streets have, multiplied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from geo.domain.areas import LEVEL_RANK
from geo.domain.name_index import Agreement, NameIndex
from geo.domain.place_words import (
    Numbers,
    in_digits,
    plain,
    split_crossing,
    split_door,
    take_numbers,
    understood,
)

__all__ = ["Crossing", "Gazetteer", "Match", "NamedArea", "NamedRoad"]

_NUMBER_ALONE = 0.5
_UNIT_MISSING = 0.9
_HOUSE_MISSING = 0.6
_NUMBER_IGNORED = 0.75
"""A name that agrees only with the number taken for a part of it, when the number was understood apart."""
_BESIDE = 0.85
_ELSEWHERE = 0.8
"""Community or door that was said, and an area that lies elsewhere."""
_NOT_A_BLOCK = 0.95
_WHOLE = 0.9
"""Least score of a whole name."""
_NAMES_TRIED = 20
"""Named areas in which a building number is looked for."""
_SURE = 0.5
"""Least score of a name for its buildings to be offered."""
_ROAD_SURE = 0.7
_ROADS_TRIED = 3
_ABOVE_BLOCK = ("city", "district", "subdistrict", "community")


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
    door : str
        Of a building: street and number (无影山中路15号); empty where it has none. Many buildings of one block with
        the same door stand behind one gate: the door is then the block's.
    """

    id: int
    level: str
    code: str
    parent_id: int | None
    names: tuple[str, ...]
    number: str = ""
    door: str = ""


@dataclass(frozen=True, slots=True)
class NamedRoad:
    """A street with its names; `id` is none of an area or a crossing of the same gazetteer."""

    id: int
    code: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where two streets meet; `roads` are their ids."""

    id: int
    code: str
    roads: frozenset[int]


@dataclass(frozen=True, slots=True)
class Match:
    """A find: its id, how sure it is, and the name that agreed (empty for codes and numbers)."""

    id: int
    score: float
    name: str = ""


class Gazetteer:
    """Immutable index of the names of one boundary generation.

    Parameters
    ----------
    areas : iterable of NamedArea
        May be empty.
    roads : iterable of NamedRoad
    crossings : iterable of Crossing
    """

    __slots__ = (
        "_above",
        "_by_code",
        "_by_id",
        "_crossings",
        "_houses",
        "_names",
        "_ranks",
        "_roads",
        "_units",
    )

    def __init__(
        self,
        areas: Iterable[NamedArea],
        roads: Iterable[NamedRoad] = (),
        crossings: Iterable[Crossing] = (),
    ) -> None:
        self._by_id: Mapping[int, NamedArea] = MappingProxyType({area.id: area for area in areas})
        self._by_code: dict[str, list[int]] = {}
        self._houses: dict[tuple[int | None, str], list[int]] = {}
        self._units: dict[tuple[int, str], int] = {}
        self._ranks = {area.id: (LEVEL_RANK[area.level], area.code) for area in self._by_id.values()}
        for area in self._by_id.values():
            self._by_code.setdefault(area.code.casefold(), []).append(area.id)
            number = _number_of(area)
            if area.level == "unit" and area.parent_id is not None and number:
                self._units.setdefault((area.parent_id, number), area.id)
            if area.level == "building" and number:
                for above in (None, *self._ancestors(area.id)):
                    self._houses.setdefault((above, number), []).append(area.id)
        self._above = tuple(
            (plain(name), area.id)
            for area in self._by_id.values()
            if area.level in _ABOVE_BLOCK
            for name in area.names
        )
        known = tuple(roads)
        self._ranks |= {road.id: (len(LEVEL_RANK), road.code) for road in known}
        streets = [(name, road.id) for road in known for name in road.names]
        self._roads = NameIndex(streets)
        self._names = NameIndex([*self._area_names(), *self._doors(), *streets])
        met = tuple(crossings)
        self._crossings = {crossing.roads: crossing.id for crossing in met}
        self._ranks |= {crossing.id: (len(LEVEL_RANK), crossing.code) for crossing in met}

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
        ranked = sorted(found.values(), key=lambda m: (-round(m.score, 3), *self._ranks[m.id]))
        return tuple(ranked[:limit])

    def _matches(self, query: str) -> Iterator[Match]:
        for area_id in self._by_code.get(query.strip().casefold(), ()):
            yield Match(area_id, 1.0)
        whole = plain(query)
        if not whole:
            return
        said = understood(query)
        less = _BESIDE if said.beside else 1.0
        for match in self._found(said.words, query if said.words == whole else said.words):
            yield replace(match, score=match.score * less) if said.beside else match
        if said.words != whole:
            # A name may begin or end like such words.
            yield from (Match(a.owner, a.score, a.name) for a in self._names.search(whole) if a.score >= 1.0)

    def _found(self, words: str, query: str) -> Iterator[Match]:
        yield from self._crossed(words)
        numbers = take_numbers(query)
        ignored = _NUMBER_IGNORED if numbers.house and numbers.rest else 1.0
        for agreed in self._named(in_digits(words)):
            kept = 1.0 if agreed.score >= _WHOLE else ignored
            yield Match(agreed.owner, agreed.score * kept, agreed.name)
        if numbers.house:
            yield from self._by_number(numbers)

    def _named(self, words: str) -> list[Agreement]:
        """Return whose names agree, the context in front of the name (door, community) taken into account."""
        found = {agreed.owner: agreed for agreed in self._names.search(words)}
        for context, rest in self._contexts(words):
            for agreed in self._names.search(rest):
                within = agreed.owner in context or not context.isdisjoint(self._ancestors(agreed.owner))
                score = agreed.score * (1.0 if within else _ELSEWHERE)
                if agreed.owner in context:  # 无影山中路15号翡翠郡: two that say the same
                    score = max(score, _WHOLE)
                if agreed.owner not in found or found[agreed.owner].score < score:
                    found[agreed.owner] = replace(agreed, score=score)
        return sorted(found.values(), key=lambda agreed: -agreed.score)

    def _contexts(self, words: str) -> Iterator[tuple[frozenset[int], str]]:
        """Yield what stands before a name as the areas that it means, and the name."""
        door, rest = split_door(words)
        if door:
            yield frozenset(a.owner for a in self._names.search(door) if a.score >= _WHOLE), rest
        for name, area_id in self._above:
            at = words.find(name)
            if at >= 0 and len(words) > at + len(name) + 1:
                yield frozenset({area_id}), words[at + len(name) :]

    def _by_number(self, numbers: Numbers) -> Iterator[Match]:
        if not numbers.rest:
            for house in self._houses.get((None, numbers.house), ()):
                yield self._unit_of(house, numbers.unit, Match(house, _NUMBER_ALONE))
            return
        for agreed in self._named(understood(numbers.rest).words)[:_NAMES_TRIED]:
            if agreed.score < _SURE:
                break
            houses = self._houses.get((agreed.owner, numbers.house), ())
            score = agreed.score * (_NOT_A_BLOCK if self._is_wide(agreed) else 1.0)
            for house in houses:
                yield self._unit_of(house, numbers.unit, Match(house, score, agreed.name))
            if not houses:
                yield Match(agreed.owner, agreed.score * _HOUSE_MISSING, agreed.name)

    def _is_wide(self, agreed: Agreement) -> bool:
        """Tell whether a name that agrees in part is that of a community: houses are numbered by block."""
        area = self._by_id.get(agreed.owner)
        return agreed.score < _WHOLE and area is not None and area.level in _ABOVE_BLOCK

    def _unit_of(self, house: int, unit: str, match: Match) -> Match:
        if not unit:
            return match
        found = self._units.get((house, unit))
        if found is None:
            return Match(house, match.score * _UNIT_MISSING, match.name)
        return Match(found, match.score, match.name)

    def _crossed(self, words: str) -> Iterator[Match]:
        for first, second in split_crossing(words):
            ends = [
                [a for a in self._roads.search(road)[:_ROADS_TRIED] if a.score >= _ROAD_SURE]
                for road in (first, second)
            ]
            for one in ends[0]:
                for other in ends[1]:
                    met = self._crossings.get(frozenset((one.owner, other.owner)))
                    if met is not None:
                        yield Match(met, one.score * other.score)

    def _area_names(self) -> Iterator[tuple[str, int]]:
        for area in self._by_id.values():
            if area.level == "unit":
                continue
            for name in area.names:
                if area.level != "building" or take_numbers(name).rest:
                    yield from self._told(name, area)

    def _told(self, name: str, area: NamedArea) -> Iterator[tuple[str, int]]:
        """Yield a name; of 堤口路37号堤北小区12号楼, which ends in a mere number, what the block is called."""
        own = plain(area.names[0])
        numbered = area.level == "building" and not take_numbers(own).rest
        if numbered and plain(name) != own and plain(name).endswith(own):
            block = self._block_of(area)
            if block is not None:
                yield plain(name).removesuffix(own), block
                return
        yield name, area.id

    def _doors(self) -> Iterator[tuple[str, int]]:
        behind: dict[str, list[NamedArea]] = {}
        for area in self._by_id.values():
            if area.door:
                behind.setdefault(area.door, []).append(area)
        for door, areas in behind.items():
            blocks = {self._block_of(area) for area in areas}
            gate = blocks.pop() if len(blocks) == 1 and len(areas) > 1 else None
            yield from ((door, area.id) for area in areas) if gate is None else ((door, gate),)

    def _block_of(self, area: NamedArea) -> int | None:
        """Return the block above an area, else what lies just above; None at the top."""
        above = list(self._ancestors(area.id))
        return next((a for a in above if self._by_id[a].level == "block"), above[0] if above else None)

    def _ancestors(self, area_id: int) -> Iterator[int]:
        area = self._by_id.get(area_id)
        parent = self._by_id.get(area.parent_id) if area and area.parent_id is not None else None
        while parent is not None:
            yield parent.id
            parent = self._by_id.get(parent.parent_id) if parent.parent_id is not None else None


def _number_of(area: NamedArea) -> str:
    """Return the number that people say: the recorded one, else that in the name of a building.

    A shop's recorded number may be that of its door in the street: it is no 12号楼 of the block behind.
    """
    if area.number and not (area.door.endswith(f"{area.number}号") and not take_numbers(area.names[0]).house):
        return plain(area.number).lstrip("0")
    if area.level == "building" and area.names:
        return take_numbers(area.names[0]).house
    if area.level == "unit" and area.names:
        return "".join(c for c in plain(area.names[0]) if c.isdigit()).lstrip("0")
    return ""
