"""Cases as points from zoom 14, below as counts by hexagonal cell: always in the asker's projection.

Tiles hold no text, no name and no household; what they hold is found by the same filters as the list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

import shapely
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Event
from cases.models.access import FULL, CaseQuerySet
from cases.selectors.cases import asker_of, visible_cases
from cases.selectors.filters import CaseFilters, read_filters
from cases.selectors.heat import cases_heat
from geo.db.convert import to_shapely
from geo.db.functions import IntersectsBbox
from geo.db.tiles import BUFFER, EXTENT, Feature, FeatureSource
from geo.domain.tile_grid import TileAddress
from geo.selectors.authority import authority_of
from layers.domain.cells import cell_polygons, reach_bbox, resolution_at
from layers.registry import Ask, AskedPlace, Layer, Version

__all__ = ["CASES", "POINTS_FROM"]

POINTS_FROM = 14
MAX_POINTS, MAX_EXTENTS, MAX_CELLS = 3000, 500, 3000
MARGIN = BUFFER / EXTENT
_WITHIN_RES = (1 << 52) - 1
"""The bits of an H3 cell that tell it from others of its resolution: a number that JavaScript holds exactly."""
LATE_EVENTS = 1000
"""How far the ids of committed events can lag behind the highest one; see `_data_version`."""

_FIELDS = {
    "id": "number of the case",
    "number": "number on the ticket",
    "status": "status",
    "category": "key of the category",
    "urgent": "reported as urgent",
    "pending": "work is still to be done",
    "deadline": "end of the time limit, seconds since 1970 (UTC)",
    "me_too": "others who say that it concerns them too",
    "projection": "full, deidentified or public",
    "by_block": "stands for the block, not for the place itself",
    "count": "zoom 0 to 13: number of cases in the cell",
    "h3": "zoom 0 to 13: the H3 cell",
}
_COLUMNS = (
    "place_id",
    "status",
    "category",
    "urgent",
    "deadline_at",
    "received_at",
    "me_too_count",
    "private_place",
    "location",
    "location_shown",
)


def _read_options(parameters: Mapping[str, str], places: tuple[AskedPlace, ...]) -> CaseFilters:
    return read_filters(parameters)


def _version(ask: Ask) -> Version:
    filters = _filters(ask)
    shared = filters.scope == "public"
    authority = authority_of(ask.user)
    asker = "public" if shared else repr((authority.user_id, authority.is_administrator, authority.grants))
    # What is overdue changes by itself.
    minute = f"{timezone.now():%Y%m%d%H%M}" if filters.overdue else ""
    said = "|".join((_data_version(), asker, repr(filters), minute, repr(ask.places)))
    return Version(hashlib.sha256(said.encode()).hexdigest()[:24], shared=shared)


def _filters(ask: Ask) -> CaseFilters:
    filters: CaseFilters = ask.options
    return filters.within(authority_of(ask.user))


def _data_version() -> str:
    """Return what changes with every change of a case: each writes an event in its transaction.

    On PostgreSQL an event may be committed after one with a higher id; the number of recent ones then changes.
    """
    highest = Event.objects.aggregate(highest=Max("pk"))["highest"] or 0
    recent = Event.objects.filter(pk__gt=highest - LATE_EVENTS).count()
    newest = Case.objects.aggregate(highest=Max("pk"))["highest"] or 0
    return f"{highest}.{recent}.{newest}"


def _sources(ask: Ask, address: TileAddress) -> list[FeatureSource]:
    filters = _filters(ask)
    if address.z < POINTS_FROM:
        return [_cells(ask, filters, address)]
    return [_extents(ask, filters, address), _points(ask, filters, address)]


def _cells(ask: Ask, filters: CaseFilters, address: TileAddress) -> FeatureSource:
    # A cell's number is that of the whole cell, in every tile that shows a part of it.
    res = resolution_at(address.z)
    reach = replace(filters, bbox=reach_bbox(address, res, MARGIN))
    heat = cases_heat(ask.user, reach, res=res, whole_cells=True)
    cells = list(heat.cells)
    tile = shapely.box(*address.bbox(MARGIN))
    features = [
        Feature(cell & _WITHIN_RES, outline, {"h3": f"{cell:x}", "count": heat.cells[cell]})
        for cell, outline in zip(cells, cell_polygons(cells), strict=True)
        if outline.intersects(tile)
    ]
    features.sort(key=lambda feature: (-feature.properties["count"], feature.id))
    return FeatureSource("cases", features[:MAX_CELLS], len(features) > MAX_CELLS)


def _points(ask: Ask, filters: CaseFilters, address: TileAddress) -> FeatureSource:
    within = replace(filters, bbox=address.bbox(MARGIN))
    rows = _newest(visible_cases(ask.user, within, asker_of(ask.user)), MAX_POINTS)
    features = [
        Feature(case.pk, shapely.Point(_shown(case)), _properties(case)) for case in rows[:MAX_POINTS]
    ]
    return FeatureSource("cases", features, len(rows) > MAX_POINTS)


def _extents(ask: Ask, filters: CaseFilters, address: TileAddress) -> FeatureSource:
    """Lines and areas that were drawn: a broken road, a flooded yard."""
    visible = visible_cases(ask.user, filters, asker_of(ask.user)).filter(
        IntersectsBbox("affected", address.bbox(MARGIN)), Q(projection=FULL) | Q(private_place=False)
    )
    rows = _newest(visible, MAX_EXTENTS, "affected")
    features = [
        Feature(case.pk, to_shapely(case.affected), _properties(case))
        for case in rows[:MAX_EXTENTS]
        if case.affected is not None and case.affected.geom_type != "Point"
    ]
    return FeatureSource("case_extents", features, len(rows) > MAX_EXTENTS, tolerance_units=1.0)


def _newest(rows: CaseQuerySet, limit: int, *more: str) -> list[Case]:
    return list(rows.only(*_COLUMNS, *more).order_by("-reported_at", "-pk")[: limit + 1])


def _shown(case: Case) -> Iterable[float]:
    point = case.location if _is_full(case) else case.location_shown
    assert point is not None  # found by it
    return (point.x, point.y)


def _is_full(case: Case) -> bool:
    return bool(case.projection == FULL)  # type: ignore[attr-defined]


def _properties(case: Case) -> dict[str, str | int | bool | None]:
    return {
        "id": case.pk,
        "number": case.number,
        "status": case.status,
        "category": case.category,
        "urgent": case.urgent,
        "pending": case.status in Case.PENDING_STATUSES,
        "deadline": int(case.deadline_at.timestamp()) if case.deadline_at else None,
        "me_too": case.me_too_count,
        "projection": case.projection,  # type: ignore[attr-defined]
        "by_block": case.private_place and not _is_full(case),
    }


CASES = Layer(
    key="cases",
    title=_("Cases"),
    geometry="mixed",
    min_zoom=0,
    max_zoom=16,
    fields={"cases": _FIELDS, "case_extents": {k: v for k, v in _FIELDS.items() if k not in ("count", "h3")}},
    sources=_sources,
    version=_version,
    parameters=frozenset(
        {"scope", "category", "status", "state", "channel", "area", "since", "until", "q", "overdue"}
    ),
    read_options=_read_options,
    zooms={"case_extents": (POINTS_FROM, 16)},
)
