"""The building and the unit of a pin: by containment, else the nearest within a tolerance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geo.domain.areas import AreaRecord, Indices
from geo.domain.footprints import FootprintLayer
from geo.domain.location import Nearby, Rule

__all__ = ["BuildingIndex"]


class BuildingIndex:
    """Buildings of a place with their units, searched by distance in metres; immutable.

    A pin seldom lies inside a footprint (it is dropped at the door, or the fix is metres off), so containment
    is only the case of distance 0. Distances compare to the millimetre.

    Parameters
    ----------
    records : sequence of AreaRecord
        Of level 'building' and 'unit'; a unit's parent is its building. Others are left out.
    metric_crs : str or int
    tolerance_m : float
        How far from a building or unit a pin may be to belong to it.
    """

    __slots__ = ("_unit_starts", "_units_by_building", "buildings", "tolerance_m", "units")

    def __init__(self, records: Sequence[AreaRecord], metric_crs: str | int, tolerance_m: float):
        self.tolerance_m = tolerance_m
        self.buildings = FootprintLayer(
            [r for r in records if r.level == "building"], metric_crs, tolerance_m
        )
        self.units = FootprintLayer([r for r in records if r.level == "unit"], metric_crs, tolerance_m)
        position_of = self.buildings.position_of
        building = np.array([position_of.get(i, -1) for i in self.units.parent_ids.tolist()], dtype=np.int32)
        # Units in the order of their buildings; those of building b from starts[b] to starts[b + 1].
        self._units_by_building: Indices = np.argsort(building, kind="stable")
        self._unit_starts: Indices = np.searchsorted(
            building[self._units_by_building], np.arange(len(self.buildings) + 1)
        )

    def locate(
        self, point: shapely.Point, x: float, y: float
    ) -> tuple[int | None, Nearby | None, Nearby | None, tuple[Rule, ...]]:
        """Return a metric point's building, its unit, and the rules applied.

        Parameters
        ----------
        point : shapely.Point
            In the metric CRS.
        x, y : float
            Its coordinates.

        Returns
        -------
        position : int or None
            Of the building in `buildings`; None where none is within the tolerance.
        building, unit : Nearby or None
        rules : tuple of Rule
        """
        near = self.buildings.near(x, y)
        if not near:
            return None, None, None, ()
        position, distance_m = _closest(self.buildings, near, point)
        if distance_m > self.tolerance_m:
            return None, None, None, ()
        building = Nearby(self.buildings.refs[position], distance_m)
        rule = Rule.BUILDING_NEAREST if distance_m else Rule.BUILDING_COVERS
        begin, end = self._unit_starts[position : position + 2].tolist()
        if begin == end:
            return position, building, None, (rule,)
        closest, unit_m = _closest(self.units, self._units_by_building[begin:end].tolist(), point)
        if unit_m > self.tolerance_m:
            return position, building, None, (rule,)
        unit = Nearby(self.units.refs[closest], unit_m)
        return position, building, unit, (rule, Rule.UNIT_NEAREST if unit_m else Rule.UNIT_COVERS)


def _closest(layer: FootprintLayer, positions: list[int], point: shapely.Point) -> tuple[int, float]:
    """Return position and distance of the nearest; of several that cover the point, the smallest."""
    # To the millimetre: the common wall of two units is the same for both only up to a projection's rounding.
    distances = [
        round(distance, 3) for distance in shapely.distance(point, layer.metric.take(positions)).tolist()
    ]
    least = min(distances)
    among = [p for p, distance in zip(positions, distances, strict=True) if distance == least]
    if len(among) == 1:
        return among[0], least
    return min(among, key=layer.area_rank.item) if least == 0.0 else min(among), least
