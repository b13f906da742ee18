"""Lists of cases: every row in its asker's projection, in one statement whatever the number of rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from cases.domain.profile import CasesSection
from cases.models import Case
from cases.models.access import CaseQuerySet
from cases.selectors.filters import CaseFilters, filtered
from cases.selectors.known_values import check_areas, check_categories, check_place
from cases.selectors.ordering import NEWEST_FIRST, begin_after, mark_of, ordered
from cases.selectors.projection import Asker, case_feature, with_related
from geo.models import User
from geo.routing import PlaceSnapshot, snapshots
from geo.selectors.authority import authority_of

__all__ = ["CasePage", "Reader", "asker_of", "cases_nearby", "cases_page", "visible_cases"]

Reader = User | AnonymousUser | None
MAX_LIMIT, DEFAULT_LIMIT, NEARBY_LIMIT = 1000, 100, 20
_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a list.

    Attributes
    ----------
    features : list of dict
        GeoJSON features in the order that was asked for.
    after : str
        Where the next page begins; empty on the last.
    total : int or None
        Rows of all pages; known on the first page only, where it is asked for.
    """

    features: list[dict[str, Any]]
    after: str
    total: int | None


def asker_of(user: Reader, *, now: datetime | None = None) -> Asker:
    """Return what projections need to know of somebody who reads."""
    authority = authority_of(user)
    return Asker(
        now=now or timezone.now(),
        snapshots=snapshots(),
        is_staff=authority.is_staff,
        user_id=authority.user_id,
        sees_confidential=frozenset(
            (g.place_id, g.area_code) for g in authority.having("case.view_confidential")
        ),
        is_administrator=authority.is_administrator,
    )


def visible_cases(user: Reader, filters: CaseFilters, asker: Asker) -> CaseQuerySet:
    """Return the filtered rows that somebody may see; list, heat, ledger and export all begin here.

    Raises
    ------
    InvalidInput
        If there is no such place, kind of case or area.
    """
    check_place(filters.place, asker.snapshots)
    check_categories(filters.category, asker.snapshots, place=filters.place)
    check_areas(filters.area, asker.snapshots, place=filters.place)
    wanted = filters.within(authority_of(user))
    rows = Case.objects.for_user(user, wanted.scope)
    return filtered(rows, wanted, snapshots=asker.snapshots, now=asker.now)


def cases_page(
    user: Reader,
    filters: CaseFilters,
    *,
    limit: int = DEFAULT_LIMIT,
    after: str = "",
    with_total: bool = True,
    sort: str = NEWEST_FIRST,
) -> CasePage:
    """Return a page of cases, newest report first where nothing else is asked.

    Parameters
    ----------
    user, filters
    limit
        1 to 1000.
    after
        `CasePage.after` of the page before.
    with_total
        Count all rows, on the first page.
    sort
        One of `cases.selectors.ordering.SORTS`.

    Raises
    ------
    InvalidInput
        If `after` is none of ours, or of another order.
    """
    asker = asker_of(user)
    rows = visible_cases(user, filters, asker)
    total = rows.count() if with_total and not after else None
    rows = ordered(with_related(rows), sort)
    if after:
        rows = begin_after(rows, sort, after)
    found = list(rows[: limit + 1])
    page = found[:limit]
    return CasePage(
        features=[case_feature(case, asker, in_list=True) for case in page],
        after=mark_of(page[-1], sort) if len(found) > limit else "",
        total=total,
    )


def cases_nearby(
    user: Reader, *, lon: float, lat: float, category: str = "", radius_m: float | None = None
) -> list[dict[str, Any]]:
    """Return open cases close to a pin, nearest first, each with its `distance_m` from where it is shown.

    Parameters
    ----------
    lon, lat
        EPSG:4326, in range.
    category
        Empty for any kind.
    radius_m
        None takes what the profile says of the kind.
    """
    asker = asker_of(user)
    check_categories([category] if category else [], asker.snapshots)
    radius = radius_m if radius_m is not None else _duplicate_radius(asker.snapshots, lon, lat, category)
    dlat = radius / _METRES_PER_DEGREE * 1.01
    dlon = dlat / max(0.01, math.cos(math.radians(min(89.0, abs(lat) + dlat))))
    box = (max(-180.0, lon - dlon), max(-90.0, lat - dlat), min(180.0, lon + dlon), min(90.0, lat + dlat))
    # Whatever the asker may see at all: a case of the neighbouring grid is offered as the same one, too.
    filters = CaseFilters(bbox=box, category=(category,) if category else (), status=Case.OPEN_STATUSES)
    rows = filtered(Case.objects.for_user(user), filters, snapshots=asker.snapshots, now=asker.now)
    near = []
    for case in with_related(rows).order_by("-reported_at", "-id")[:MAX_LIMIT]:
        feature = case_feature(case, asker, in_list=True)
        distance_m = _distance_m(lon, lat, *feature["geometry"]["coordinates"])
        if distance_m <= radius:
            feature["properties"]["distance_m"] = round(distance_m, 1)
            near.append(feature)
    return sorted(near, key=lambda feature: feature["properties"]["distance_m"])[:NEARBY_LIMIT]


def _duplicate_radius(known: Mapping[int, PlaceSnapshot], lon: float, lat: float, category: str) -> float:
    radii = [30.0]
    for snapshot in known.values():
        west, south, east, north = snapshot.bounds
        kind = snapshot.profile.section(CasesSection).categories_by_key.get(category)
        if kind is not None and west <= lon <= east and south <= lat <= north:
            radii.append(kind.duplicate_radius_m)
    return max(radii)


def _distance_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the distance of two points within some kilometres (equirectangular, below 0.1 % there)."""
    x = (other_lon - lon) * math.cos(math.radians((lat + other_lat) / 2))
    return math.hypot(x, other_lat - lat) * _METRES_PER_DEGREE
