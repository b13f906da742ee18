"""Which leaf area has a pin, and why: the rules of `geo.domain.routing_index`, for one pin and for many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geo.domain.areas import AreaLayer, AreaRef, Floats, Indices
from geo.domain.label_raster import LabelRaster
from geo.domain.location import OUTCOMES, LocatedPoints, Outcome, Rule

__all__ = ["LeafLocator", "Verdict"]

_NUMBER = {outcome: number for number, outcome in enumerate(OUTCOMES)}


class Verdict(NamedTuple):
    """Answer for one pin, in positions of the leaf layer.

    Attributes
    ----------
    outcome : Outcome
    leaf : int or None
    covering : tuple of AreaRef
        Chain of the deepest area that covers the pin.
    border_m : float or None
        From the pin to the border of the leaf.
    others : tuple of (float, int, Rule)
        Distance in metres and position of the other candidates, nearest first.
    rules : tuple of Rule
    """

    outcome: Outcome
    leaf: int | None
    covering: tuple[AreaRef, ...]
    border_m: float | None
    others: tuple[tuple[float, int, Rule], ...]
    rules: tuple[Rule, ...]


class LeafLocator:
    """Finds the leaf area of pins; immutable.

    Parameters
    ----------
    leaf : AreaLayer
        May be empty: then every pin is outside.
    upper : sequence of AreaLayer
        Wider levels, finest first.
    chains : mapping of int to tuple of AreaRef
        Each area and its ancestors, widest first, by area id.
    transform : callable
        From lon, lat to the metric CRS, for floats and arrays.
    snap_tolerance_m : float
    """

    __slots__ = ("_borders", "_chains", "_leaf", "_leaf_chains", "_raster", "_snap_m", "_transform", "_upper")

    def __init__(
        self,
        leaf: AreaLayer,
        upper: Sequence[AreaLayer],
        chains: Mapping[int, tuple[AreaRef, ...]],
        transform: Callable[..., tuple[Any, Any]],
        snap_tolerance_m: float,
    ):
        self._leaf = leaf
        self._upper = tuple(
            (layer, shapely.STRtree(layer.polygons), tuple(shapely.total_bounds(layer.polygons).tolist()))
            for layer in upper
            if len(layer)
        )
        self._chains = chains
        self._leaf_chains = tuple(chains[ref.id] for ref in leaf.refs)
        self._raster = LabelRaster(leaf.polygons)
        self._borders = shapely.boundary(leaf.metric)
        self._borders.setflags(write=False)
        self._transform = transform
        self._snap_m = snap_tolerance_m

    def locate(
        self,
        lon: float,
        lat: float,
        point: shapely.Point,
        x: float,
        y: float,
        accuracy_m: float | None,
        confirmed: bool,
    ) -> Verdict:
        """Return the verdict on one pin; `point`, x and y are the same place in the metric CRS."""
        covering = self._raster.covering(lon, lat)
        if not covering:
            return self._uncovered(lon, lat, point, x, y, 0.0 if confirmed else accuracy_m or 0.0)
        leaf, rule = _choose(self._leaf, covering, lon, lat)
        outcome = Outcome.OVERLAP if rule is Rule.OVERLAP_SMALLEST_AREA else Outcome.INSIDE
        rules: tuple[Rule, ...] = (rule,)
        others = tuple((0.0, position, rule) for position in covering if position != leaf)
        border_m = float(shapely.distance(self._borders[leaf], point))
        if accuracy_m is not None and border_m <= accuracy_m:
            rules += (Rule.ACCURACY_IGNORED if confirmed else Rule.WITHIN_ACCURACY,)
            if not confirmed:
                outcome = Outcome.BORDER if outcome is Outcome.INSIDE else outcome
                others += tuple(
                    (distance, position, Rule.WITHIN_ACCURACY)
                    for distance, position in self._leaf.within(point, x, y, accuracy_m)
                    if position not in covering
                )
        return Verdict(outcome, leaf, self._leaf_chains[leaf], border_m, others, rules)

    def _uncovered(
        self, lon: float, lat: float, point: shapely.Point, x: float, y: float, accuracy_m: float
    ) -> Verdict:
        snap_m = self._snap_m
        near = self._leaf.within(point, x, y, max(snap_m, accuracy_m)) or self._leaf.nearest(point)
        wider = self.deepest_covering(lon, lat)
        rules: tuple[Rule, ...] = (Rule.WIDER_AREA_COVERS,) if wider else ()
        if near and near[0][0] <= snap_m:
            border_m, leaf = near[0]
            others = tuple(
                (d, i, Rule.NEAREST_WITHIN_TOLERANCE if d <= snap_m else Rule.WITHIN_ACCURACY)
                for d, i in near[1:]
            )
            if wider and wider[-1] not in self._leaf_chains[leaf]:
                rules += (Rule.SNAPPED_ACROSS,)
            rules = (Rule.NEAREST_WITHIN_TOLERANCE, *rules)
            return Verdict(Outcome.SNAPPED, leaf, wider, border_m, others, rules)
        others = tuple(
            (d, i, Rule.WITHIN_ACCURACY if d <= accuracy_m else Rule.NOTHING_WITHIN_TOLERANCE)
            for d, i in near
        )
        return Verdict(Outcome.OUTSIDE, None, wider, None, others, (Rule.NOTHING_WITHIN_TOLERANCE, *rules))

    def beyond(self, lon: float, lat: float) -> Verdict:
        """Return the verdict on a pin that has no metric coordinates."""
        rules = (Rule.NOTHING_WITHIN_TOLERANCE, Rule.BEYOND_METRIC_CRS)
        return Verdict(Outcome.OUTSIDE, None, self.deepest_covering(lon, lat), None, (), rules)

    def deepest_covering(self, lon: float, lat: float) -> tuple[AreaRef, ...]:
        """Return the chain of the finest area above the leaf level that covers a point; empty for none."""
        point = None
        for layer, tree, (west, south, east, north) in self._upper:
            if not (west <= lon <= east and south <= lat <= north):
                continue
            if point is None:
                point = shapely.points(np.array(((lon, lat),)))
            near = np.sort(tree.query(point)[1])
            # On the prepared polygons, which a predicate of the tree would not use.
            covering = near[shapely.intersects_xy(layer.polygons[near], lon, lat)].tolist()
            if covering:
                return self._chains[layer.refs[_choose(layer, covering, lon, lat)[0]].id]
        return ()

    def locate_many(self, lon: Floats, lat: Floats, accuracy_m: Floats) -> LocatedPoints:
        """Return leaf and outcome of many pins.

        Parameters
        ----------
        lon, lat : array (n,)
            Degrees, in range.
        accuracy_m : array (n,)
            NaN where accuracy plays no part.
        """
        cover = self._raster.covering_many(lon, lat)
        leaf = cover.first
        outcome = np.full(len(lon), _NUMBER[Outcome.INSIDE], dtype=np.uint8)
        if len(cover.shared_point):
            self._settle_shared(leaf, outcome, lon, lat, cover.shared_point, cover.shared_polygon)
        self._snap(leaf, outcome, lon, lat, np.flatnonzero(leaf < 0))
        unsure = np.flatnonzero((outcome == _NUMBER[Outcome.INSIDE]) & ~np.isnan(accuracy_m))
        points = shapely.points(*self._transform(lon[unsure], lat[unsure]))
        border_m = shapely.distance(self._borders[leaf[unsure]], points)
        outcome[unsure[border_m <= accuracy_m[unsure]]] = _NUMBER[Outcome.BORDER]
        return LocatedPoints(leaf, outcome)

    def _settle_shared(
        self,
        leaf: Indices,
        outcome: npt.NDArray[np.uint8],
        lon: Floats,
        lat: Floats,
        point: Indices,
        polygon: Indices,
    ) -> None:
        interior = shapely.contains_xy(self._leaf.polygons[polygon], lon[point], lat[point])
        overlapping = np.isin(point, point[interior])
        point, polygon = point[overlapping], polygon[overlapping]
        order = np.lexsort((self._leaf.area_rank[polygon], point))[::-1]
        leaf[point[order]] = polygon[order]  # the last one written is the smallest
        outcome[point] = _NUMBER[Outcome.OVERLAP]

    def _snap(
        self, leaf: Indices, outcome: npt.NDArray[np.uint8], lon: Floats, lat: Floats, uncovered: Indices
    ) -> None:
        outcome[uncovered] = _NUMBER[Outcome.OUTSIDE]
        # What is beyond the metric CRS comes out infinite, and an infinite point has no neighbours.
        points = shapely.points(*self._transform(lon[uncovered], lat[uncovered]))
        # The search takes no radius of 0, and must not round away what lies exactly at the tolerance.
        pairs, distances = self._leaf.tree.query_nearest(
            points,
            max_distance=max(self._snap_m * 1.001, 1e-6),
            return_distance=True,
            all_matches=True,
        )
        point, polygon = pairs[:, distances <= self._snap_m]
        order = np.lexsort((polygon, point))[::-1]
        leaf[uncovered[point[order]]] = polygon[order]  # the last one written is the lowest code
        outcome[uncovered[point]] = _NUMBER[Outcome.SNAPPED]


def _choose(layer: AreaLayer, covering: list[int], lon: float, lat: float) -> tuple[int, Rule]:
    """Return which of the areas that cover a point has it, and by which rule; `covering` ascends."""
    if len(covering) == 1:
        return covering[0], Rule.COVERED
    if shapely.contains_xy(layer.polygons[covering], lon, lat).any():
        return min(covering, key=layer.area_rank.item), Rule.OVERLAP_SMALLEST_AREA
    return covering[0], Rule.TIE_LOWEST_CODE
