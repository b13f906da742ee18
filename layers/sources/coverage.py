"""No building missed, no grid without people (不漏一楼): what the active boundaries and posts leave uncovered."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import shapely
from django.utils.translation import gettext_lazy as _

from geo.db.tiles import BUFFER, EXTENT, Feature, FeatureSource
from geo.domain.tile_grid import TileAddress
from geo.routing import PlaceSnapshot, snapshots
from geo.selectors.clock import local_day
from geo.selectors.coverage import coverage_of
from layers.registry import Ask, Layer, Version

__all__ = ["COVERAGE"]

LIMIT = 3000
MARGIN = BUFFER / EXTENT
_FIELDS = {
    "kind": "building_in_no_grid, without_leader, without_party, gap, overlap or outside_parent",
    "place": "key of the place",
    "code": "code of the building or area, where the finding has one",
    "name": "its name",
    "parent": "area above, of a gap or of an area outside of it",
    "first": "one of two areas that overlap",
    "second": "the other one",
    "area_m2": "size of a gap, an overlap or a part outside",
}


@dataclass(frozen=True)
class _Findings:
    """Findings of one place in one state, by where they lie."""

    state: tuple[object, ...]
    features: Sequence[Feature]
    tree: shapely.STRtree

    def within(self, bbox: tuple[float, float, float, float]) -> list[Feature]:
        """Return the findings of which something may lie in a box, EPSG:4326, in a lasting order."""
        return [self.features[i] for i in sorted(self.tree.query(shapely.box(*bbox)).tolist())]


_kept: dict[int, _Findings] = {}
_lock = threading.Lock()


def _state(snapshot: PlaceSnapshot, day: date) -> tuple[object, ...]:
    return (*snapshot.state, snapshot.profile.key, snapshot.metric_srid, day)


def _findings(snapshot: PlaceSnapshot) -> _Findings:
    """Return what is uncovered today; computed once for boundaries, staffing and day, while others wait."""
    day = local_day(snapshot.time_zone)
    state = _state(snapshot, day)
    kept = _kept.get(snapshot.place_id)
    if kept is None or kept.state != state:
        with _lock:
            kept = _kept.get(snapshot.place_id)
            if kept is None or kept.state != state:
                found = enumerate(coverage_of(snapshot, day=day).shapes(), start=1)
                features = [
                    Feature(number, shape, {"kind": kind, "place": snapshot.slug, **said})
                    for number, (kind, shape, said) in found
                ]
                tree = shapely.STRtree([feature.geometry for feature in features])
                kept = _kept[snapshot.place_id] = _Findings(state, features, tree)
    return kept


def _asked(ask: Ask) -> list[PlaceSnapshot]:
    known = snapshots()
    return [known[place.place_id] for place in ask.places if place.place_id in known]


def _version(ask: Ask) -> Version:
    said = (
        f"{snapshot.place_id}.{snapshot.generation_id}.{snapshot.state[2]}.{local_day(snapshot.time_zone):%y%m%d}"
        for snapshot in _asked(ask)
    )
    return Version("c" + "-".join(said), shared=False)


def _sources(ask: Ask, address: TileAddress) -> list[FeatureSource]:
    bbox = address.bbox(MARGIN)
    found = [feature for snapshot in _asked(ask) for feature in _findings(snapshot).within(bbox)]
    return [FeatureSource("coverage", found[:LIMIT], len(found) > LIMIT, tolerance_units=1.0)]


COVERAGE = Layer(
    key="coverage",
    title=_("Coverage: what is left out"),
    geometry="polygon",
    min_zoom=8,
    max_zoom=18,
    fields={"coverage": _FIELDS},
    sources=_sources,
    version=_version,
    audience="staff",
)
