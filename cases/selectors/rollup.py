"""Cases counted from the rollup for any asker, as if their list were added up.

Parts of one sum, in one statement and so of one state of the data:

* what the rollup says, judged by area, kind and visibility as `for_user` judges a case;
* less what the rollup says of cases that are the asker's by name (filed, assigned, named in the complaint);
* plus what the list says of those, and of cases that belong to other areas than their chain.

Where a box cuts through cells, the cases of these cells are asked themselves: a second statement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, CharField, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models import Case as When_
from django.db.models.expressions import Combinable
from django.db.models.functions import Left, NullIf
from django.db.models.lookups import Exact

from cases.domain.cells import Range, cells_of_bbox, within_bbox
from cases.models import Case, CaseRollup
from cases.models.access import DEIDENTIFIED, FULL, NEVER, PUBLIC, covered, deidentified, named_cases
from cases.selectors.cases import Reader, visible_cases
from cases.selectors.filters import CaseFilters, filtered
from cases.selectors.projection import Asker
from geo.db.rollups import EPOCH
from geo.domain.authority import Authority
from geo.domain.profile import LEVEL_ORDER
from geo.models import Area, BoundaryGeneration, Place
from geo.selectors.authority import authority_of

__all__ = ["LOCATED_CELL", "count_by"]

Keys = Mapping[str, Any]
Sums = Counter[tuple[Any, ...]]
_TO_BLOCK = frozenset(LEVEL_ORDER[: LEVEL_ORDER.index("block") + 1])
_TO_GRID = frozenset(LEVEL_ORDER[: LEVEL_ORDER.index("grid") + 1])
_IN_KEY = ("scope", "place", "bbox", "category", "area", "since", "until")
"""Filters that the rollup can answer; any other one asks the cases."""
_OF_CHAIN = Q(area__isnull=False, affected__isnull=True)
_OF_OTHERS = Q(area__isnull=True) | Q(affected__isnull=False)
"""As `by_case` in the rollup, and as the index `case_by_case`."""
_MOST_BORDER_CELLS = 2000
_LONG = timedelta(days=3660)
_BIG = BigIntegerField()

LOCATED_CELL = When_(
    When(projection=FULL, then=NullIf(F("h3_cell"), Value(0, _BIG))),
    default=NullIf(F("h3_shown"), Value(0, _BIG)),
    output_field=_BIG,
)
"""Cell in which the asker is shown a case; NULL without a place."""


def count_by(
    user: Reader, filters: CaseFilters, asker: Asker, keys: Keys, *, whole_cells: bool = False
) -> Sums:
    """Return numbers of cases by some expressions: what `visible_cases` gives, added up.

    Parameters
    ----------
    user, filters, asker
    keys
        Name → expression over `projection` and the columns that `Case` and `CaseRollup` share; in the rollup, 0
        stands for NULL.
    whole_cells
        `filters.bbox` holds everything that is wanted, and what it cuts may be counted or not.

    Raises
    ------
    InvalidInput
        As `visible_cases`.
    """
    visible = visible_cases(user, filters, asker)
    plan = _plan_of(user, filters.within(authority_of(user)), asker)
    if plan is None:
        return _read([_grouped(visible, keys)])
    if plan.filters.bbox is None or whole_cells:
        return _read(plan.parts(keys))
    sums: Sums = Counter()
    border: set[int] = set()
    for (cell, *key), number in _read(plan.parts({"located": LOCATED_CELL, **keys})).items():
        inside = False if cell is None else within_bbox(cell, plan.filters.bbox)
        if inside is None:
            border.add(cell)
        elif inside:
            sums[tuple(key)] += number
    if len(border) > _MOST_BORDER_CELLS:
        return _read([_grouped(visible, keys)])
    if border:
        full = Q(projection=FULL)
        cut = visible.filter((full & Q(h3_cell__in=border)) | (~full & Q(h3_shown__in=border)))
        sums.update(_read([_grouped(cut, keys)]))
    return sums


def _grouped(rows: QuerySet[Any], keys: Keys, number: Combinable | None = None) -> QuerySet[Any]:
    named = {f"by_{name}": expression for name, expression in keys.items()}
    return rows.annotate(**named).order_by().values_list(*named).annotate(found=number or Count("pk"))


def _read(parts: Sequence[QuerySet[Any]]) -> Sums:
    """Return sums by key of all parts, read in one statement."""
    sums: Sums = Counter()
    for *key, number in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
        sums[tuple(key)] += int(number)
    return Counter({key: number for key, number in sums.items() if number})


@dataclass(frozen=True)
class _Plan:
    """How the rollup answers an asker's filters: conditions over columns that cases and their rollup share.

    Attributes
    ----------
    filters
        With the scope that holds.
    seen
        Which rows the asker sees; None for all.
    projection
        Expression for it, or the one that all rows have.
    narrowed
        The filters, but for period and box.
    days
        Which rows of the rollup add up to the period.
    by_area
        Areas decide: cases that belong to others than those of their chain are asked themselves.
    named
        Ids of the cases that are the asker's by name; None where names do not count.
    """

    filters: CaseFilters
    user: Reader
    asker: Asker
    seen: Q | None
    projection: Combinable | str
    narrowed: Q
    days: tuple[Q, ...]
    by_area: bool
    named: QuerySet[Any] | None

    def parts(self, keys: Keys) -> list[QuerySet[Any]]:
        """Return the parts of the sum, each grouped by `keys`."""
        ranges = cells_of_bbox(self.filters.bbox) if self.filters.bbox is not None else None
        counts = [CaseRollup.objects.filter(days) for days in self.days]
        if self.by_area:
            counts = [rows.filter(by_case=False) for rows in counts]
        parts = [_grouped(self._judged(rows, ranges), keys, Sum("count")) for rows in counts]
        listed = self._narrow(Case.objects.for_user(self.user, self.filters.scope), self.filters)
        if self.named is not None:
            plain = CaseFilters(since=self.filters.since, until=self.filters.until)
            taken = self._narrow(Case.objects.filter(pk__in=self.named).filter(_OF_CHAIN), plain)
            parts.append(_grouped(self._judged(taken, ranges), keys, Count("pk") * Value(-1)))
            parts.append(_grouped(_in_ranges(listed.filter(pk__in=self.named), ranges), keys))
        if self.by_area:
            others = listed.filter(_OF_OTHERS)
            if self.named is not None:
                others = others.exclude(pk__in=self.named)
            parts.append(_grouped(_in_ranges(others, ranges), keys))
        return parts

    def _narrow(self, rows: Any, filters: CaseFilters) -> QuerySet[Any]:
        return filtered(rows, replace(filters, bbox=None), snapshots=self.asker.snapshots, now=self.asker.now)

    def _judged(self, rows: QuerySet[Any], ranges: list[Range] | None) -> QuerySet[Any]:
        given = Value(self.projection) if isinstance(self.projection, str) else self.projection
        # No index of areas may tempt SQLite away from the few cases that are somebody's by name.
        rows = rows.alias(own_area=F("area_id") + Value(0)).annotate(projection=given)
        if self.seen is not None:
            rows = rows.filter(self.seen)
        column = {PUBLIC: "h3_shown", FULL: "h3_cell"}.get(str(self.projection))
        return _in_ranges(rows.filter(self.narrowed), ranges, column)


def _in_ranges(rows: QuerySet[Any], ranges: list[Range] | None, column: str | None = None) -> QuerySet[Any]:
    if ranges is None:
        return rows

    def within(name: str) -> Q:
        condition = NEVER
        for between in ranges:
            condition |= Q(**{f"{name}__range": between})
        return condition

    if column is not None:
        return rows.filter(within(column))
    full = Q(projection=FULL)
    return rows.filter((full & within("h3_cell")) | (~full & within("h3_shown")))


def _plan_of(user: Reader, filters: CaseFilters, asker: Asker) -> _Plan | None:
    """Return how the rollup answers; None where the filters, or the asker's rights, are not within its key."""
    if filters != CaseFilters(**{name: getattr(filters, name) for name in _IN_KEY}):
        return None
    if isinstance(filters.since, datetime) or isinstance(filters.until, datetime):
        return None
    authority = authority_of(user)
    public = filters.scope == "public"
    everything = authority.is_administrator and filters.scope != "in_charge" and not public
    if not public and not everything and not authority.grants:
        return None
    roots = _Roots(authority, filters)
    narrowed = _narrowed(filters, roots)
    if narrowed is None:
        return None
    seen: Q | None
    projection: Combinable | str
    if public:
        seen, projection = Q(is_published=True), PUBLIC
    elif everything:
        seen, projection = None, FULL
    else:
        full = covered(authority, roots.inside)
        shared = deidentified(authority, roots.inside) if filters.scope == "mine" else NEVER
        seen, projection = full | shared, _projection(full, shared)
    by_name = not public and not everything
    return _Plan(
        filters=filters,
        user=user,
        asker=asker,
        seen=seen,
        projection=projection,
        narrowed=narrowed,
        days=_days(filters.since, filters.until),
        by_area=by_name or bool(filters.area),
        named=named_cases(authority, filters.scope) if by_name else None,
    )


def _projection(full: Q, shared: Q) -> Combinable:
    whens = [
        When(condition, then=Value(name))
        for condition, name in ((full, FULL), (shared, DEIDENTIFIED))
        if condition != NEVER
    ]
    return When_(*whens, default=Value(PUBLIC), output_field=CharField())


def _narrowed(filters: CaseFilters, roots: _Roots) -> Q | None:
    narrowed = Q()
    if filters.place:
        narrowed &= Q(place_id__in=Place.objects.filter(slug=filters.place).values("pk"))
    if filters.category:
        narrowed &= Q(category__in=filters.category)
    if filters.area:
        if not roots.know(filters.area):
            return None
        fine = Q(private_place=False) | Q(projection=FULL)
        narrowed &= roots.below(filters.area, _TO_BLOCK) | (fine & roots.below(filters.area, _TO_GRID))
    return narrowed


class _Roots:
    """Areas that somebody's rights or filters name by code, in all boundary generations; one query."""

    def __init__(self, authority: Authority, filters: CaseFilters) -> None:
        codes = set(filters.area)
        if filters.scope != "public":
            for grant in authority.grants:
                codes |= {grant.area_code, grant.community_code or ""}
        rows = Area.objects.filter(
            code__in=codes - {""}, generation__in=BoundaryGeneration.objects.values("pk")
        )
        values = rows.values_list("generation__place_id", "generation_id", "level", "code", "path")
        self.rows = list(values) if codes - {""} else []

    def know(self, codes: Iterable[str]) -> bool:
        """Tell whether all codes are those of areas down to the grid, and of nothing else."""
        levels: dict[str, set[str]] = {}
        for _place_id, _generation_id, level, code, _path in self.rows:
            levels.setdefault(code, set()).add(level)
        return all(code in levels and levels[code] <= _TO_GRID for code in codes)

    def below(
        self, codes: Iterable[str], levels: frozenset[str] = _TO_GRID, place_id: int | None = None
    ) -> Q:
        """Return the condition that the finest area of a case is one of some areas, or lies in one."""
        wanted = set(codes)
        condition = NEVER
        for place, generation_id, level, code, path in self.rows:
            if code in wanted and level in levels and place_id in (None, place):
                # Not `startswith`, which takes small letters for capitals on SQLite.
                begins = Q(Exact(Left(F("path"), len(path)), Value(path)))
                condition |= Q(generation_id=generation_id) & begins
        if condition == NEVER:
            return NEVER
        return Q(own_area__in=Area.objects.filter(condition, level__in=_TO_GRID).values("pk"))

    def inside(self, areas: Iterable[tuple[int, str]]) -> Q:
        """Return the condition that a case of a chain belongs to one of some areas (place id, code)."""
        by_place: dict[int, list[str]] = {}
        for place_id, code in sorted(areas):
            by_place.setdefault(place_id, []).append(code)
        condition = NEVER
        for place_id, codes in by_place.items():
            condition |= self.below(codes, place_id=place_id)
        return condition


def _days(since: date | None, until: date | None) -> tuple[Q, ...]:
    """Return which rows of the rollup add up to a half-open period of local days."""
    grain = CaseRollup.Grain
    if since is None and until is None:
        return Q(grain=grain.WHOLE, day=EPOCH), Q(grain=grain.PENDING)
    pending = Q(grain=grain.PENDING)
    if since is not None:
        pending &= Q(day__gte=since)
    if until is not None:
        pending &= Q(day__lt=until)
    if since is None or until is None or until - since > _LONG:
        first, last = _first_and_last()
        since = max(since or first, first)
        until = min(until or last, last)
    days, months, at = [], [], since
    while at < until:
        following = (at.replace(day=1) + timedelta(days=31)).replace(day=1)
        if at.day == 1 and following <= until:
            months.append(at)
            at = following
        else:
            days.append(at)
            at += timedelta(days=1)
    return Q(grain=grain.MONTH, day__in=months), Q(grain=grain.DAY, day__in=days), pending


def _first_and_last() -> tuple[date, date]:
    """Return the first month of the rollup and the end of the last one; two queries that read one entry each."""
    months = CaseRollup.objects.filter(grain=CaseRollup.Grain.MONTH).values_list("day", flat=True)
    first, last = months.order_by("day")[:1], months.order_by("-day")[:1]
    found = [*first, *last]
    if not found:
        return EPOCH, EPOCH
    return found[0], (found[1] + timedelta(days=31)).replace(day=1)
