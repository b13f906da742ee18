"""The building and the unit of a pin: by containment, else the nearest within a tolerance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import shapely

from geo.domain.areas import AreaLayer, AreaRecord, Indices
from geo.domain.location import Nearby, Rule

__all__ = ["BuildingIndex"]


class BuildingIndex:
    """Buildings of a place with their units, searched by distance in metres; immutable.

    A pin seldom lies inside a footprint (it is dropped at the door, or the fix is metres off), so containment
    is only the case of distance 0.

    Parameters
    ----------
    records : sequence of AreaRecord
        Of level 'building' and 'unit'; a unit's parent is its building. Others are left out.
    metric_crs : str or int
    tolerance_m : float
        How far from a building or unit a pin may be to belong to it.
    """

    __slots__ = ("_reach", "_units_of", "buildings", "tolerance_m", "units")

    def __init__(self, records: Sequence[AreaRecord], metric_crs: str | int, tolerance_m: float):
        self.tolerance_m = tolerance_m
        self.buildings = AreaLayer([r for r in records if r.level == "building"], metric_crs)
        units = [r for r in records if r.level == "unit"]
        self.units = AreaLayer(units, metric_crs)
        found: dict[int, list[int]] = {}
        for unit in units:
            building = self.buildings.position_of.get(unit.parent_id) if unit.parent_id is not None else None
            if building is not None:
                found.setdefault(building, []).append(self.units.position_of[unit.id])
        self._units_of: Mapping[int, Indices] = MappingProxyType(
            {building: np.array(sorted(positions)) for building, positions in found.items()}
        )
        # Boxes widened by the tolerance: a bare point finds all candidates, three times faster than a radius.
        bounds = shapely.bounds(self.buildings.metric)
        west, south, east, north = bounds.T if len(bounds) else np.empty((4, 0))
        self._reach = shapely.STRtree(
            shapely.box(west - tolerance_m, south - tolerance_m, east + tolerance_m, north + tolerance_m)
        )

    def locate(
        self, point: shapely.Point
    ) -> tuple[int | None, Nearby | None, Nearby | None, tuple[Rule, ...]]:
        """Return position and distance of a metric point's building, its unit, and the rules applied.

        Parameters
        ----------
        point : shapely.Point
            In the metric CRS.

        Returns
        -------
        position : int or None
            Of the building in `buildings`; None where none is within the tolerance.
        building, unit : Nearby or None
        rules : tuple of Rule
        """
        near = self._reach.query(point)
        if not len(near):
            return None, None, None, ()
        position, distance_m = _closest(self.buildings, near, point)
        if distance_m > self.tolerance_m:
            return None, None, None, ()
        building = Nearby(self.buildings.refs[position], distance_m)
        rule = Rule.BUILDING_NEAREST if distance_m else Rule.BUILDING_COVERS
        units = self._units_of.get(position)
        if units is None:
            return position, building, None, (rule,)
        closest, unit_m = _closest(self.units, units, point)
        if unit_m > self.tolerance_m:
            return position, building, None, (rule,)
        unit = Nearby(self.units.refs[closest], unit_m)
        return position, building, unit, (rule, Rule.UNIT_NEAREST if unit_m else Rule.UNIT_COVERS)


def _closest(layer: AreaLayer, positions: Indices, point: shapely.Point) -> tuple[int, float]:
    """Return position and distance of the nearest; of several that cover the point, the smallest."""
    distances = shapely.distance(point, layer.metric[positions]).tolist()
    least = min(distances)
    among = [p for p, distance in zip(positions.tolist(), distances, strict=True) if distance == least]
    if len(among) == 1:
        return among[0], least
    return min(among, key=layer.area_rank.item) if least == 0.0 else min(among), least
