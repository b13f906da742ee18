"""The building and the unit of a pin: by containment, else the nearest within a tolerance."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
import shapely

from geo.domain.areas import AreaLayer, AreaRecord, Floats, Indices
from geo.domain.location import Nearby, Rule
from geo.domain.ragged import ranges

__all__ = ["BuildingIndex"]

_ROW = 1 << 32
"""Square numbers are column * _ROW + row; both may be negative."""


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

    __slots__ = (
        "_listed",
        "_square_m",
        "_squares",
        "_starts",
        "_units_of",
        "buildings",
        "tolerance_m",
        "units",
    )

    def __init__(self, records: Sequence[AreaRecord], metric_crs: str | int, tolerance_m: float):
        self.tolerance_m = tolerance_m
        self.buildings = AreaLayer(
            [r for r in records if r.level == "building"], metric_crs, is_covering=False
        )
        units = [r for r in records if r.level == "unit"]
        self.units = AreaLayer(units, metric_crs, is_covering=False)
        units_of: dict[int, list[int]] = {}
        for unit in units:
            building = self.buildings.position_of.get(unit.parent_id) if unit.parent_id is not None else None
            if building is not None:
                units_of.setdefault(building, []).append(self.units.position_of[unit.id])
        self._units_of = MappingProxyType({k: np.array(sorted(v)) for k, v in units_of.items()})
        # Squares of the plane, each with the buildings that can be within the tolerance of a point in it: a
        # tenth of the time of a tree query, and most pins have no building near.
        self._square_m = max(2.0 * tolerance_m, 20.0)
        square, self._listed = _squares(shapely.bounds(self.buildings.metric), tolerance_m, self._square_m)
        first = np.flatnonzero(np.append(True, square[1:] != square[:-1])) if len(square) else square
        # Sorted numbers rather than a mapping, whose million entries would take a hundred times the memory.
        self._squares, self._starts = array("q"), array("q")
        self._squares.frombytes(square[first].astype(np.int64).tobytes())
        self._starts.frombytes(np.append(first, len(square)).astype(np.int64).tobytes())

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
        square = int(x // self._square_m) * _ROW + int(y // self._square_m)
        at = bisect_left(self._squares, square)
        if at == len(self._squares) or self._squares[at] != square:
            return None, None, None, ()
        near = self._listed[self._starts[at] : self._starts[at + 1]]
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


def _squares(bounds: Floats, tolerance_m: float, square_m: float) -> tuple[Indices, Indices]:
    """Return square number and building position of every square that a building reaches, in their order."""
    reach_m = (tolerance_m + 1e-6) * np.array([-1.0, -1.0, 1.0, 1.0])
    west, south, east, north = ((bounds.reshape(-1, 4) + reach_m) // square_m).astype(np.int64).T
    building, step = ranges((east - west + 1) * (north - south + 1))
    row, column = np.divmod(step, (east - west + 1)[building])
    square = (west[building] + column) * _ROW + south[building] + row
    order = np.argsort(square, kind="stable")
    return square[order], building[order]


def _closest(layer: AreaLayer, positions: Indices, point: shapely.Point) -> tuple[int, float]:
    """Return position and distance of the nearest; of several that cover the point, the smallest."""
    # To the millimetre: the common wall of two units is the same for both only up to a projection's rounding.
    distances = [round(distance, 3) for distance in shapely.distance(point, layer.metric[positions]).tolist()]
    least = min(distances)
    among = [p for p, distance in zip(positions.tolist(), distances, strict=True) if distance == least]
    if len(among) == 1:
        return among[0], least
    return min(among, key=layer.area_rank.item) if least == 0.0 else min(among), least
