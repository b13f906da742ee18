"""Does a set of boundaries cover its ground once and only once? Gaps, overlaps, children outside their parents.

Shapes are laid over each other in EPSG:4326, where neighbours share their vertices and a straight edge is straight
for both; areas are then measured in the metric CRS. In metres first, a long edge of a parent and the short ones of
its children would bend apart and every border would be full of slivers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.domain.area_tree import tree_levels
from geo.domain.areas import LEVEL_RANK, AreaRecord, AreaRef, Floats, Indices, Objects
from geo.domain.crs import project

__all__ = [
    "CoverageReport",
    "CutBuilding",
    "Gap",
    "Outlying",
    "Overlap",
    "check_coverage",
    "parents_by_overlap",
]


@dataclass(frozen=True, slots=True)
class Gap:
    """Ground of an area that no area below it covers; `parent` is None for a hole between the widest areas."""

    parent: AreaRef | None
    geometry: shapely.Geometry
    area_m2: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """Ground that two areas of one level share."""

    first: AreaRef
    second: AreaRef
    geometry: shapely.Geometry
    area_m2: float


@dataclass(frozen=True, slots=True)
class Outlying:
    """The part of an area that lies outside its parent, and its share of the area."""

    child: AreaRef
    parent: AreaRef
    geometry: shapely.Geometry
    area_m2: float
    share: float


@dataclass(frozen=True, slots=True)
class CutBuilding:
    """A building that a border cuts, and the leaf areas that it lies in."""

    building: AreaRef
    leaves: tuple[AreaRef, ...]


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """What `check_coverage` found; geometries in EPSG:4326, largest first."""

    gaps: tuple[Gap, ...]
    overlaps: tuple[Overlap, ...]
    outlying: tuple[Outlying, ...]
    buildings_outside: tuple[AreaRef, ...]
    """Buildings no part of which lies in a leaf area."""
    buildings_cut: tuple[CutBuilding, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not (
            self.gaps or self.overlaps or self.outlying or self.buildings_outside or self.buildings_cut
        )


def check_coverage(
    records: Sequence[AreaRecord], *, levels: Sequence[str], metric_crs: str | int, min_area_m2: float = 1.0
) -> CoverageReport:
    """Return what is wrong with how areas cover their ground.

    Parameters
    ----------
    records : sequence of AreaRecord
        Valid geometries in EPSG:4326; may be empty.
    levels : sequence of str
        Levels of the place, widest first; 'building' and 'unit' may be among them.
    metric_crs : str or int
        Projected CRS in metres.
    min_area_m2 : float
        Smaller findings are left out: nobody digitises to the square metre.

    Returns
    -------
    CoverageReport

    Raises
    ------
    InvalidInput
        If the levels are no levels, or the metric CRS is not in metres.
    """
    order = tree_levels(levels)
    measure = _Measure(metric_crs, min_area_m2)
    tree = [record for record in records if record.level in order]
    by_level = {level: [record for record in tree if record.level == level] for level in order}
    gaps = [gap for level in order[:-1] for gap in _gaps(by_level[level], tree, measure)]
    widest = next((found for found in by_level.values() if found), [])
    gaps += _holes(widest, measure)
    overlaps = [overlap for found in by_level.values() for overlap in _overlaps(found, measure)]
    outside, cut = _buildings([r for r in records if r.level == "building"], by_level[order[-1]], measure)
    return CoverageReport(
        tuple(sorted(gaps, key=lambda gap: -gap.area_m2)),
        tuple(sorted(overlaps, key=lambda overlap: -overlap.area_m2)),
        tuple(sorted(_outlying(records, measure), key=lambda part: -part.area_m2)),
        outside,
        cut,
    )


def parents_by_overlap(
    children: Sequence[shapely.Geometry], parents: Sequence[shapely.Geometry], *, metric_crs: str | int
) -> tuple[Indices, Floats]:
    """Return for each area the one of the level above with which it shares most ground.

    Parameters
    ----------
    children, parents : sequence of shapely geometries
        EPSG:4326, valid; either may be empty.
    metric_crs : str or int

    Returns
    -------
    parent : array (n,) of int64
        Position in `parents`, the first of equals; -1 where none shares any ground.
    share : array (n,) of float
        Share of the child's area that lies in that parent, 0 to 1.
    """
    parent, share = np.full(len(children), -1, dtype=np.int64), np.zeros(len(children))
    if not len(children) or not len(parents):
        return parent, share
    inner, outer = np.array(children, dtype=object), np.array(parents, dtype=object)
    child, candidate = shapely.STRtree(outer).query(inner, predicate="intersects")
    area_m2 = shapely.area(project(shapely.intersection(inner[child], outer[candidate]), metric_crs))
    rank = np.lexsort((-candidate, area_m2, child))
    rank = rank[area_m2[rank] > 0]
    parent[child[rank]] = candidate[rank]  # the last one written is the largest, of equals the first
    share[child[rank]] = area_m2[rank]
    share /= shapely.area(project(inner, metric_crs))
    return parent, share


@dataclass(frozen=True, slots=True)
class _Measure:
    metric_crs: str | int
    min_area_m2: float

    def area_m2(self, geometries: Objects) -> Floats:
        found: Floats = shapely.area(project(geometries, self.metric_crs))
        return found

    def parts(self, geometry: shapely.Geometry) -> list[tuple[shapely.Geometry, float]]:
        """Return the polygons of a geometry that are large enough, with their areas."""
        parts = shapely.get_parts(geometry)
        return [
            (part, area)
            for part, area in zip(parts, self.area_m2(parts).tolist(), strict=True)
            if area >= self.min_area_m2 and part.geom_type == "Polygon"
        ]


def _shapes(records: Sequence[AreaRecord]) -> Objects:
    shapes = np.empty(len(records), dtype=object)
    shapes[:] = [record.geometry for record in records]
    return shapes


def _gaps(parents: Sequence[AreaRecord], tree: Sequence[AreaRecord], measure: _Measure) -> list[Gap]:
    below = _shapes([r for r in tree if parents and LEVEL_RANK[r.level] > LEVEL_RANK[parents[0].level]])
    index = shapely.STRtree(below)
    found = []
    for record in parents:
        # Whatever level it is of, and whoever's child: ground that a neighbour's grid covers is no gap.
        covered = shapely.union_all(below[index.query(record.geometry, predicate="intersects")])
        rest = shapely.difference(record.geometry, covered)
        found += [Gap(record.ref, part, area) for part, area in measure.parts(rest)]
    return found


def _holes(widest: Sequence[AreaRecord], measure: _Measure) -> list[Gap]:
    together = shapely.union_all(_shapes(widest))
    own = shapely.get_parts(together)
    filled = shapely.union_all([shapely.Polygon(part.exterior) for part in own])
    # A hole inside a single area is its own outline, not a gap between areas.
    meant = shapely.union_all(
        [shapely.Polygon(ring) for record in widest for part in shapely.get_parts(record.geometry).tolist()
         for ring in part.interiors]
    )  # fmt: skip
    rest = shapely.difference(shapely.difference(filled, together), meant)
    return [Gap(None, part, area) for part, area in measure.parts(rest)]


def _overlaps(records: Sequence[AreaRecord], measure: _Measure) -> list[Overlap]:
    shapes = _shapes(records)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    shared = shapely.intersection(shapes[first], shapes[second])
    area_m2 = measure.area_m2(shared)
    return [
        Overlap(records[first[i]].ref, records[second[i]].ref, shared[i], float(area_m2[i]))
        for i in np.flatnonzero(area_m2 >= measure.min_area_m2).tolist()
    ]


def _outlying(records: Sequence[AreaRecord], measure: _Measure) -> list[Outlying]:
    by_id = {record.id: record for record in records}
    pairs = [(r, by_id[r.parent_id]) for r in records if r.parent_id is not None and r.parent_id in by_id]
    children = _shapes([child for child, _ in pairs])
    rest = shapely.difference(children, _shapes([parent for _, parent in pairs]))
    outside_m2, whole_m2 = measure.area_m2(rest), measure.area_m2(children)
    return [
        Outlying(
            pairs[i][0].ref,
            pairs[i][1].ref,
            rest[i],
            float(outside_m2[i]),
            float(outside_m2[i] / whole_m2[i]),
        )
        for i in np.flatnonzero(outside_m2 >= measure.min_area_m2).tolist()
    ]


def _buildings(
    buildings: Sequence[AreaRecord], leaves: Sequence[AreaRecord], measure: _Measure
) -> tuple[tuple[AreaRef, ...], tuple[CutBuilding, ...]]:
    shapes, grounds = _shapes(buildings), _shapes(leaves)
    building, leaf = shapely.STRtree(grounds).query(shapes, predicate="intersects")
    area_m2 = measure.area_m2(shapely.intersection(shapes[building], grounds[leaf]))
    inside: npt.NDArray[np.bool_] = area_m2 > 0
    outside = sorted(set(range(len(buildings))) - set(building[inside].tolist()))
    in_leaf: dict[int, list[int]] = {}
    for position, ground in zip(building[area_m2 >= measure.min_area_m2].tolist(),
                                leaf[area_m2 >= measure.min_area_m2].tolist(), strict=True):  # fmt: skip
        in_leaf.setdefault(position, []).append(ground)
    cut = [
        CutBuilding(buildings[position].ref, tuple(leaves[ground].ref for ground in sorted(grounds)))
        for position, grounds in sorted(in_leaf.items())
        if len(grounds) > 1
    ]
    return tuple(buildings[position].ref for position in outside), tuple(cut)
