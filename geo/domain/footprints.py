"""Buildings, or units, of a generation: very many, asked by distance only."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import shapely

from geo.domain.areas import AreaRecord, AreaRef, Floats, Indices, Objects, require_finite
from geo.domain.crs import project
from geo.domain.packed import CHUNK, PackedPolygons, PackedRefs, Positions
from geo.domain.square_index import SquareIndex

__all__ = ["FootprintLayer"]

_NO_PARENT = np.iinfo(np.int64).min


class FootprintLayer:
    """Footprints in the order of their codes, in degrees and in metres; immutable.

    Reads like an `AreaLayer`, but keeps flat arrays: 300,000 buildings as objects take half a gigabyte.

    Parameters
    ----------
    records : sequence of AreaRecord
        Of one level; may be empty.
    metric_crs : str or int
        Projected CRS in metres.
    reach_m : float
        How far from a point a footprint may be that `near` finds.

    Attributes
    ----------
    refs : sequence of AreaRef
    position_of : mapping of int to int
        Position by area id.
    polygons, metric : PackedPolygons
        In EPSG:4326 and in the metric CRS.
    area_rank : array (n,) of int32
        Rank by area in square metres, then by code: who has it where footprints overlap.

    Raises
    ------
    InvalidInput
        If the metric CRS is none, or is not defined where a footprint lies.
    """

    __slots__ = ("_parents", "_squares", "area_rank", "metric", "polygons", "position_of", "refs")

    def __init__(self, records: Sequence[AreaRecord], metric_crs: str | int, reach_m: float):
        ordered = sorted(records, key=lambda record: (record.code, record.id))
        self.refs: Sequence[AreaRef] = PackedRefs(ordered)
        self.position_of: Mapping[int, int] = Positions([record.id for record in ordered])
        self._parents = array(
            "q", [_NO_PARENT if record.parent_id is None else record.parent_id for record in ordered]
        )
        bounds, areas_m2 = np.empty((len(ordered), 4)), np.empty(len(ordered))
        self.polygons = PackedPolygons(_flat(ordered))
        self.metric = PackedPolygons(self._measured(metric_crs, bounds, areas_m2))
        rank = np.empty(len(ordered), dtype=np.int32)
        rank[np.argsort(areas_m2, kind="stable")] = np.arange(len(ordered))
        rank.setflags(write=False)
        self.area_rank = rank
        self._squares = SquareIndex(bounds, max(2.0 * reach_m, 20.0), reach_m)

    def _measured(self, metric_crs: str | int, bounds: Floats, areas_m2: Floats) -> Iterator[Objects]:
        for start in range(0, len(self), CHUNK):
            part = slice(start, start + CHUNK)
            metric = project(self.polygons[part], metric_crs)
            bounds[part], areas_m2[part] = shapely.bounds(metric), shapely.area(metric)
            require_finite(bounds[part], self.refs[part], metric_crs)
            yield metric

    def __len__(self) -> int:
        return len(self.refs)

    def parent_id(self, position: int) -> int | None:
        """Return the id of the area that a footprint belongs to."""
        found = self._parents[position]
        return None if found == _NO_PARENT else found

    @property
    def parent_ids(self) -> Indices:
        """Ids of the areas that the footprints belong to; the least number there is for none."""
        return np.frombuffer(self._parents, dtype=np.int64) if self._parents else np.empty(0, dtype=np.int64)

    def near(self, x: float, y: float) -> list[int]:
        """Return the positions of all footprints within the reach of a metric point, and perhaps some others."""
        found: list[int] = self._squares.at(x, y).tolist()
        return found

    def touching(self, shape: shapely.Geometry, tolerance_m: float) -> list[int]:
        """Return the positions of the footprints within a tolerance of a prepared metric geometry."""
        west, south, east, north = shapely.bounds(shape).tolist()
        positions = self._squares.meeting(
            west - tolerance_m, south - tolerance_m, east + tolerance_m, north + tolerance_m
        )
        found: list[int] = []
        for start in range(0, len(positions), CHUNK):
            some = positions[start : start + CHUNK]
            found += some[shapely.dwithin(shape, self.metric.take(some.tolist()), tolerance_m)].tolist()
        return found


def _flat(records: Sequence[AreaRecord]) -> Iterator[Objects]:
    for start in range(0, len(records), CHUNK):
        some = records[start : start + CHUNK]
        made = np.empty(len(some), dtype=object)
        made[:] = [record.geometry for record in some]
        yield shapely.force_2d(made)
