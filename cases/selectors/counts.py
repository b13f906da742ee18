"""Counts by area of a level: the list of the same asker, added up for a choropleth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, F, Q, Value, When
from django.db.models.functions import NullIf

from cases.models.access import FULL
from cases.selectors.cases import Reader, asker_of
from cases.selectors.filters import CaseFilters
from cases.selectors.projection import Asker
from cases.selectors.rollup import count_by
from geo.domain.profile import LEVEL_ORDER
from geo.models import Area

__all__ = ["COUNTED_LEVELS", "AreaCount", "AreaCounts", "cases_by_area"]

COUNTED_LEVELS = LEVEL_ORDER[: LEVEL_ORDER.index("grid") + 1]
"""Levels that may be counted by; a building or a unit is a household."""
_FINER_THAN_BLOCK = frozenset(LEVEL_ORDER[LEVEL_ORDER.index("block") + 1 :])
PER = 1000
_BIG = BigIntegerField()

AreaKey = tuple[int, str]
"""(place id, code): what stays of an area from one boundary generation to the next."""


@dataclass(frozen=True, slots=True)
class AreaCount:
    """Number of cases in an area.

    Attributes
    ----------
    former
        The active boundaries do not have the area: closed cases stay where they were closed.
    """

    place: str
    code: str
    name: str
    count: int
    population: int | None
    former: bool = False

    @property
    def rate(self) -> float | None:
        """Cases per `PER` inhabitants; None where `rate_missing` says why."""
        return round(self.count * PER / self.population, 3) if self.population else None

    @property
    def rate_missing(self) -> str | None:
        """Why there is no rate."""
        if self.population is None:
            return "population_unknown"
        return None if self.population else "population_zero"

    def as_json(self, *, with_rate: bool) -> dict[str, Any]:
        """Return one entry of the answer."""
        said: dict[str, Any] = {
            "place": self.place,
            "code": self.code,
            "name": self.name,
            "count": self.count,
            "population": self.population,
            "former": self.former,
        }
        return said | ({"rate": self.rate, "rate_missing": self.rate_missing} if with_rate else {})


@dataclass(frozen=True, slots=True)
class AreaCounts:
    """Counts by area.

    Attributes
    ----------
    areas : tuple of AreaCount
        All areas of the level by place and code, also those without a case.
    without_area : int
        Cases that are in the list but in no area: without a place, known to the asker by a wider area only, or
        sensitive, which are on no map.
    """

    level: str
    areas: tuple[AreaCount, ...]
    without_area: int

    @property
    def total(self) -> int:
        """Sum of the areas."""
        return sum(area.count for area in self.areas)

    def as_json(self, *, with_rate: bool = True) -> dict[str, Any]:
        """Return the contract's answer."""
        return {
            "level": self.level,
            "areas": [area.as_json(with_rate=with_rate) for area in self.areas],
            "total": self.total,
            "without_area": self.without_area,
        }


def cases_by_area(user: Reader, filters: CaseFilters, *, level: str) -> AreaCounts:
    """Return counts by area of a level: where the pin of a case lies, as far as its asker is shown it.

    Parameters
    ----------
    user, filters
    level
        One of `COUNTED_LEVELS`.
    """
    asker = asker_of(user)
    found = _by_own_area(user, filters, asker, level)
    tree = _Tree(asker, filters.place, level)
    keys, without_area = tree.lifted(found)
    return AreaCounts(level, tree.areas(keys), without_area)


def _by_own_area(
    user: Reader, filters: CaseFilters, asker: Asker, level: str
) -> Mapping[tuple[Any, ...], int]:
    """Return numbers by place and finest area; None for what the level must not tell."""
    hidden = Q(is_sensitive=True)
    if level in _FINER_THAN_BLOCK:
        hidden |= Q(private_place=True) & ~Q(projection=FULL)
    own = NullIf(F("area_id"), Value(0, _BIG))
    keys = {"place": F("place_id"), "area": Case(When(hidden, then=None), default=own, output_field=_BIG)}
    return count_by(user, filters, asker, keys)


class _Tree:
    """Areas of a level, in the active boundaries of the places that count and in those that cases were closed under."""

    def __init__(self, asker: Asker, place: str, level: str) -> None:
        self.level = level
        self.places = {
            pk: snapshot for pk, snapshot in asker.snapshots.items() if not place or snapshot.slug == place
        }
        self._former: dict[AreaKey, str] = {}

    def lifted(self, found: Mapping[tuple[Any, ...], int]) -> tuple[Counter[AreaKey], int]:
        """Return numbers by area of the level, and the number of those that have none."""
        elsewhere = {
            area_id
            for place_id, area_id in found
            if area_id is not None
            and not (place_id in self.places and area_id in self.places[place_id].areas)
        }
        former = self._former_codes(elsewhere)
        keys: Counter[AreaKey] = Counter()
        without = 0
        for (place_id, area_id), number in found.items():
            code = self._code(place_id, area_id) or former.get(area_id)
            if code is None:
                without += number
            else:
                keys[place_id, code] += number
        return keys, without

    def _code(self, place_id: int, area_id: int | None) -> str | None:
        snapshot = self.places.get(place_id)
        if snapshot is None or area_id not in snapshot.areas:
            return None
        chain = snapshot.chain(area_id)
        return next((area.code for area in chain if area.level == self.level), None)

    def _former_codes(self, area_ids: Iterable[int]) -> dict[int | None, str]:
        """Return the code at the level for areas of boundaries that are not active; two queries, or none."""
        wanted = set(area_ids)
        if not wanted:
            return {}
        rows = Area.objects.exclude(generation__in=[s.generation_id for s in self.places.values()])
        rows = rows.filter(generation__place__in=list(self.places))
        at_level: dict[int, dict[str, str]] = {}
        places: dict[int, int] = {}
        for place_id, generation_id, code, name in rows.filter(level=self.level).values_list(
            "generation__place_id", "generation_id", "code", "name"
        ):
            at_level.setdefault(generation_id, {})[code] = name
            places[generation_id] = place_id
        finest = LEVEL_ORDER.index(self.level)
        found: dict[int | None, str] = {}
        below = rows.filter(level__in=LEVEL_ORDER[finest:]).exclude(level__in=("building", "unit"))
        for pk, generation_id, path in below.values_list("pk", "generation_id", "path"):
            if pk in wanted:
                names = at_level.get(generation_id, {})
                above = next((code for code in path.strip("/").split("/") if code in names), None)
                if above is not None:
                    found[pk] = above
                    self._former[places[generation_id], above] = names[above]
        return found

    def areas(self, keys: Mapping[AreaKey, int]) -> tuple[AreaCount, ...]:
        """Return all areas of the level with their numbers; one query for their inhabitants."""
        slugs = {pk: snapshot.slug for pk, snapshot in self.places.items()}
        generations = [snapshot.generation_id for snapshot in self.places.values()]
        rows = Area.objects.filter(generation__in=generations, level=self.level)
        known = {
            (place_id, code): AreaCount(
                slugs[place_id], code, name, keys.get((place_id, code), 0), population
            )
            for place_id, code, name, population in rows.values_list(
                "generation__place_id", "code", "name", "population"
            )
        }
        for (place_id, code), number in keys.items():
            if (place_id, code) not in known:
                name = self._former[place_id, code]
                known[place_id, code] = AreaCount(slugs[place_id], code, name, number, None, former=True)
        return tuple(sorted(known.values(), key=lambda area: (area.place, area.code)))
