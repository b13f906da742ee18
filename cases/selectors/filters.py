"""What lists, heat, exports and the ledger can be narrowed down by, read from a query and applied to rows.

Every filter looks at what the asker is shown, not at what is stored: a box, an area or a word must not tell more
about a row than its projection does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import get_args
from zoneinfo import ZoneInfo

import h3.api.basic_int as h3
from django.db.models import Exists, OuterRef, Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from cases.domain.vocabulary import CHANNELS, STATUSES
from cases.models import Case, CaseArea
from cases.models.access import DEIDENTIFIED, FULL, PUBLIC, CaseQuerySet, Scope
from geo.db.functions import IntersectsBbox
from geo.domain.authority import Authority
from geo.domain.profile import LEVEL_ORDER
from geo.errors import InvalidInput
from geo.routing import PlaceSnapshot

__all__ = [
    "NO_CELL",
    "STATE_GROUPS",
    "BBox",
    "CaseFilters",
    "Moment",
    "filtered",
    "read_bbox",
    "read_choice",
    "read_filters",
    "read_number",
]

BBox = tuple[float, float, float, float]
Moment = datetime | date
MAX_CHOICES, MAX_QUERY = 50, 100
NO_CELL = 0
"""Value of `CaseFilters.cell` for what the heat counts in no cell."""
_STORED_RES, _RES_SHIFT, _DEEPEST = 10, 52, 15
STATE_GROUPS: Mapping[str, tuple[str, ...]] = {
    "open": Case.OPEN_STATUSES,
    "closed": tuple(status for status in STATUSES if status not in Case.OPEN_STATUSES),
}
"""What `state` takes besides the names of statuses; together they are all of them."""
_UP_TO_BLOCK = LEVEL_ORDER[: LEVEL_ORDER.index("block") + 1]
_COUNTED = LEVEL_ORDER[: LEVEL_ORDER.index("grid") + 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilters:
    """Filters of a list; empty ones filter nothing.

    Attributes
    ----------
    scope : {'mine', 'public'} or None
        None takes the asker's default: `mine` for staff, `public` for all others.
    since, until
        Half-open period of `reported_at`: moments, or local days of each place.
    state
        Statuses once more, with groups already spelled out; both `status` and `state` hold.
    cell
        H3 cell of resolution 0 to 10 in which the heat counts a case for the asker, or `NO_CELL`.
    lies_in
        (level, code) of the area in which counts by area count a case for the asker; no code: in none of the level.
        Other than `area` it does not find what only touches the area.
    """

    scope: Scope | None = None
    place: str = ""
    bbox: BBox | None = None
    category: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    area: tuple[str, ...] = ()
    cell: int | None = None
    lies_in: tuple[str, str] | None = None
    since: Moment | None = None
    until: Moment | None = None
    q: str = ""
    overdue: bool = False

    def within(self, authority: Authority) -> CaseFilters:
        """Return the filters with the scope that holds for the asker."""
        if self.scope is not None:
            return self
        return replace(self, scope="mine" if authority.is_staff else "public")


def read_filters(params: Mapping[str, str]) -> CaseFilters:
    """Return the filters of a query.

    Raises
    ------
    InvalidInput
        Naming the parameter, its value and what is accepted.
    """
    for name, value in params.items():
        if "\x00" in value:
            raise InvalidInput(_("%(name)s must not hold the character NUL") % {"name": name}, field=name)
    scope = read_choice(params, "scope", get_args(Scope))
    query = params.get("q", "").strip()
    if len(query) > MAX_QUERY:
        message = _("q must have at most %(limit)s characters; got %(length)s")
        raise InvalidInput(
            message % {"limit": MAX_QUERY, "length": len(query)}, field="q", accepted=f"≤ {MAX_QUERY}"
        )
    return CaseFilters(
        scope=scope,  # type: ignore[arg-type]
        place=params.get("place", ""),
        bbox=read_bbox(params["bbox"]) if params.get("bbox") else None,
        category=_several(params, "category"),
        status=_several(params, "status", STATUSES),
        state=_states(params),
        channel=_several(params, "channel", CHANNELS),
        area=_several(params, "area"),
        cell=_cell(params),
        lies_in=_lies_in(params),
        since=_moment(params, "since"),
        until=_moment(params, "until"),
        q=query,
        overdue=read_choice(params, "overdue", ("0", "1")) == "1",
    )


def _states(params: Mapping[str, str]) -> tuple[str, ...]:
    chosen = _several(params, "state", (*STATE_GROUPS, *STATUSES))
    return tuple(dict.fromkeys(status for name in chosen for status in STATE_GROUPS.get(name, (name,))))


def read_choice(params: Mapping[str, str], name: str, accepted: Iterable[str]) -> str | None:
    """Return a parameter that must be one of some values; None where it is not given."""
    value = params.get(name)
    if not value:
        return None
    known = tuple(accepted)
    if value not in known:
        message = _("%(name)s must be one of %(accepted)s; got '%(value)s'")
        shown = {"name": name, "accepted": ", ".join(known), "value": value[:80]}
        raise InvalidInput(message % shown, field=name, value=value[:80], accepted=known)
    return value


def _several(params: Mapping[str, str], name: str, accepted: tuple[str, ...] = ()) -> tuple[str, ...]:
    values = tuple(value.strip() for value in params.get(name, "").split(",") if value.strip())
    if len(values) > MAX_CHOICES:
        message = _("%(name)s takes at most %(limit)s values; got %(count)s")
        shown = {"name": name, "limit": MAX_CHOICES, "count": len(values)}
        raise InvalidInput(message % shown, field=name, accepted=f"≤ {MAX_CHOICES}")
    if accepted:
        for value in values:
            read_choice({name: value}, name, accepted)
    return values


def read_number(
    params: Mapping[str, str], name: str, low: float, high: float, default: float | None = None
) -> float:
    """Return a parameter that must be a finite number within bounds; `default` where it is not given.

    Raises
    ------
    InvalidInput
        Also where it is missing and has no default.
    """
    text = params.get(name, "")
    if text == "" and default is not None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        message = _("%(name)s must be a number from %(low)g to %(high)g; got '%(value)s'")
        shown = {"name": name, "low": low, "high": high, "value": text[:80]}
        raise InvalidInput(message % shown, field=name, value=text[:80], accepted=f"{low:g}..{high:g}")
    return value


def read_bbox(text: str) -> BBox:
    """Return west, south, east, north of a `bbox` parameter in EPSG:4326.

    Raises
    ------
    InvalidInput
        If it is not four finite numbers in range and order.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):  # false for NaN too
        message = _("bbox must be west,south,east,north in EPSG:4326; got '%(value)s'")
        accepted = "west,south,east,north; -180 ≤ west ≤ east ≤ 180, -90 ≤ south ≤ north ≤ 90"
        raise InvalidInput(message % {"value": text[:80]}, field="bbox", value=text[:80], accepted=accepted)
    return west, south, east, north


def _cell(params: Mapping[str, str]) -> int | None:
    text = params.get("cell", "").strip()
    if not text:
        return None
    if text == "none":
        return NO_CELL
    number = int(text, 16) if re.fullmatch("[0-9a-fA-F]{1,16}", text) else 0
    if not h3.is_valid_cell(number) or h3.get_resolution(number) > _STORED_RES:
        accepted = _("an H3 cell of resolution 0 to %(res)s, or none") % {"res": _STORED_RES}
        message = _("%(name)s must be %(accepted)s; got '%(value)s'")
        shown = {"name": "cell", "accepted": accepted, "value": text[:80]}
        raise InvalidInput(message % shown, field="cell", value=text[:80], accepted=accepted)
    return number


def _lies_in(params: Mapping[str, str]) -> tuple[str, str] | None:
    text = params.get("lies_in", "").strip()
    if not text:
        return None
    level, colon, code = text.partition(":")
    if not colon or level not in _COUNTED:
        accepted = _("a level and a code (grid:370105001001001), or grid: for none; levels are %(levels)s")
        accepted %= {"levels": ", ".join(_COUNTED)}
        message = _("%(name)s must be %(accepted)s; got '%(value)s'")
        shown = {"name": "lies_in", "accepted": accepted, "value": text[:80]}
        raise InvalidInput(message % shown, field="lies_in", value=text[:80], accepted=accepted)
    return level, code


def _moment(params: Mapping[str, str], name: str) -> Moment | None:
    text = params.get(name, "").strip()
    if not text:
        return None
    found: Moment | None = None
    try:
        found = date.fromisoformat(text) if len(text) == 10 else parse_datetime(text.replace(" ", "+"))
    except ValueError:
        found = None
    credible = found is not None and 1900 < found.year < 2200  # beyond, conversions between zones overflow
    if not credible or (isinstance(found, datetime) and found.tzinfo is None):
        accepted = _("a day (2026-05-01) or a time with offset (2026-05-01T08:00:00+08:00)")
        message = _("%(name)s must be %(accepted)s; got '%(value)s'")
        shown = {"name": name, "accepted": accepted, "value": text[:80]}
        raise InvalidInput(message % shown, field=name, value=text[:80], accepted=accepted)
    return found


def filtered(
    rows: CaseQuerySet, filters: CaseFilters, *, snapshots: Mapping[int, PlaceSnapshot], now: datetime
) -> CaseQuerySet:
    """Narrow rows of `for_user` down.

    Parameters
    ----------
    rows
        Annotated with `projection`.
    snapshots
        Of all places, for their time zones.
    now
        Aware; decides what is overdue.
    """
    if filters.place:
        rows = rows.filter(place__slug=filters.place)
    if filters.category:
        rows = rows.filter(category__in=filters.category)
    if filters.status:
        rows = rows.filter(status__in=filters.status)
    if filters.state:
        rows = rows.filter(status__in=filters.state)
    if filters.channel:
        rows = rows.filter(channel__in=filters.channel)
    if filters.overdue:
        rows = rows.filter(status__in=Case.PENDING_STATUSES, deadline_at__lt=now)
    if filters.since is not None:
        rows = rows.filter(_period("gte", filters.since, snapshots))
    if filters.until is not None:
        rows = rows.filter(_period("lt", filters.until, snapshots))
    if filters.bbox is not None:
        rows = rows.filter(_shown_within(filters.bbox, filters.scope))
    if filters.area:
        rows = rows.filter(_shown_in(filters.area))
    if filters.cell is not None:
        rows = rows.filter(_shown_in_cell(filters.cell))
    if filters.lies_in is not None:
        rows = rows.filter(_shown_lying_in(*filters.lies_in))
    if filters.q:
        rows = rows.filter(_shown_saying(filters.q))
    return rows


def _period(lookup: str, moment: Moment, snapshots: Mapping[int, PlaceSnapshot]) -> Q:
    if isinstance(moment, datetime):
        return Q(**{f"reported_at__{lookup}": moment})
    zones: dict[str, list[int]] = {}
    for place_id, snapshot in snapshots.items():
        zones.setdefault(snapshot.time_zone, []).append(place_id)
    midnights = {
        zone: Q(**{f"reported_at__{lookup}": datetime.combine(moment, time(), ZoneInfo(zone))})
        for zone in zones
    }
    if len(midnights) == 1:
        return next(iter(midnights.values()))
    condition = Q(pk__in=[])
    for zone, place_ids in zones.items():
        condition |= Q(place_id__in=place_ids) & midnights[zone]
    return condition


def _shown_within(bbox: BBox, scope: Scope | None) -> Q:
    generalised = Q(IntersectsBbox("location_shown", bbox))
    if scope == "public":
        return generalised
    exact = Q(IntersectsBbox("location", bbox))
    return (Q(projection=FULL) & exact) | (Q(projection__in=[DEIDENTIFIED, PUBLIC]) & generalised)


def _shown_in(codes: tuple[str, ...]) -> Q:
    inside = CaseArea.objects.filter(case=OuterRef("pk"), code__in=codes)
    fine = Q(private_place=False) | Q(projection=FULL)
    return (
        Q(Exists(inside.filter(level__in=_UP_TO_BLOCK)))
        | (fine & Q(Exists(inside)))
        | Q(projection=FULL, building_code__in=codes)
    )


def _shown_lying_in(level: str, code: str) -> Q:
    """Return what counts by area count in an area of a level, or in none where the code is empty."""
    inside = CaseArea.objects.filter(case=OuterRef("pk"), level=level, by_span=False)
    known = Q(Exists(inside.filter(code=code) if code else inside))
    if level not in _UP_TO_BLOCK:
        known &= Q(private_place=False) | Q(projection=FULL)
    return known & Q(is_sensitive=False) if code else ~known | Q(is_sensitive=True)


def _shown_in_cell(cell: int) -> Q:
    """Return what `cases_heat` counts in a cell: sensitive cases are in none.

    References
    ----------
    H3 index layout: the stored cells below a parent share its digits, so that they lie between the one with 0 and the
    one with 6 in every further digit.
    """
    full = Q(projection=FULL)
    if cell == NO_CELL:
        return Q(is_sensitive=True) | (full & Q(h3_cell=None)) | (~full & Q(h3_shown=None))
    res = h3.get_resolution(cell)
    unset = (1 << 3 * (_DEEPEST - _STORED_RES)) - 1
    first = cell - ((res - _STORED_RES) << _RES_SHIFT)
    first &= ~((1 << 3 * (_DEEPEST - res)) - 1)
    last = first + sum(6 << 3 * (_DEEPEST - digit) for digit in range(res + 1, _STORED_RES + 1))
    between = (first | unset, last | unset)
    return Q(is_sensitive=False) & ((full & Q(h3_cell__range=between)) | (~full & Q(h3_shown__range=between)))


def _shown_saying(words: str) -> Q:
    full = Q(text__icontains=words) | Q(place_text__icontains=words) | Q(follow_code__iexact=words)
    return (Q(projection=FULL) & full) | (
        Q(projection__in=[DEIDENTIFIED, PUBLIC], is_sensitive=False) & Q(text_masked__icontains=words)
    )
