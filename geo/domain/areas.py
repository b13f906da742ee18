"""Areas as the routing index takes them in and as its answers name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import shapely

from geo.domain.crs import project
from geo.domain.profile import LEVEL_ORDER
from geo.errors import InvalidInput

__all__ = [
    "LEVEL_RANK",
    "AreaLayer",
    "AreaRecord",
    "AreaRef",
    "Floats",
    "Indices",
    "Objects",
    "require_finite",
]

Objects = npt.NDArray[np.object_]
Indices = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LEVEL_RANK: Mapping[str, int] = MappingProxyType({level: rank for rank, level in enumerate(LEVEL_ORDER)})
"""0 for the widest level."""


@dataclass(frozen=True, slots=True)
class AreaRef:
    """An area as answers name it: without geometry, cheap to keep and to compare."""

    id: int
    level: str
    code: str
    name: str
    enclosure: str = ""


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """One area of a boundary generation, at one typed level of `LEVEL_ORDER`.

    Attributes
    ----------
    id : int
        Key of the row; unique in the generation.
    level, code, name : str
        The code is unique within its level.
    parent_id : int or None
        Area of a wider level that it belongs to.
    geometry : shapely.Polygon or shapely.MultiPolygon
        EPSG:4326, valid, not empty.
    enclosure : str
        'open', 'closed' or empty where it is not recorded.
    """

    id: int
    level: str
    code: str
    name: str
    parent_id: int | None
    geometry: shapely.Geometry
    enclosure: str = ""

    @property
    def ref(self) -> AreaRef:
        """The area without its geometry."""
        return AreaRef(self.id, self.level, self.code, self.name, self.enclosure)


class AreaLayer:
    """Areas in the order of their level and code, in degrees and in metres; immutable.

    The position in this order is what the index works with. The lowest position is the lowest code, which is
    what breaks ties, in whatever order the areas came in.

    Parameters
    ----------
    records : sequence of AreaRecord
        May be empty.
    metric_crs : str or int
        Projected CRS in metres.

    Attributes
    ----------
    refs : tuple of AreaRef
    position_of : mapping of int to int
        Position by area id.
    polygons, metric : array (n,) of shapely geometries
        In EPSG:4326, prepared; and in the metric CRS.
    tree : shapely.STRtree
        Of `metric`.
    area_rank : array (n,) of int64
        Rank by area in square metres, then by code: who has it where areas overlap.

    Raises
    ------
    InvalidInput
        If the metric CRS is none, or is not defined where an area lies.
    """

    __slots__ = ("area_rank", "metric", "polygons", "position_of", "refs", "tree")

    def __init__(self, records: Sequence[AreaRecord], metric_crs: str | int):
        ordered = sorted(records, key=lambda record: (LEVEL_RANK[record.level], record.code, record.id))
        self.refs = tuple(record.ref for record in ordered)
        self.position_of = MappingProxyType({ref.id: position for position, ref in enumerate(self.refs)})
        geometries = np.empty(len(ordered), dtype=object)
        geometries[:] = [record.geometry for record in ordered]
        # force_2d copies: preparing must not reach into geometries that belong to the caller.
        self.polygons: Objects = shapely.force_2d(geometries)
        self.metric: Objects = project(self.polygons, metric_crs)
        require_finite(shapely.bounds(self.metric), self.refs, metric_crs)
        shapely.prepare(self.polygons)
        _warm(self.polygons)
        self.tree = shapely.STRtree(self.metric)
        self.area_rank: Indices = np.empty(len(ordered), dtype=np.int64)
        self.area_rank[np.argsort(shapely.area(self.metric), kind="stable")] = np.arange(len(ordered))
        for array in (self.polygons, self.metric, self.area_rank):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.refs)

    def within(self, point: shapely.Point, x: float, y: float, radius_m: float) -> list[tuple[float, int]]:
        """Return (distance in metres, position) of the areas within a radius of a metric point x, y.

        Nearest first, equal distances in the order of the codes; an area is at distance 0 of what it covers.
        """
        box = shapely.box(x - radius_m, y - radius_m, x + radius_m, y + radius_m)
        # An array of one: shapely's own way from one geometry to an array takes longer than the search.
        near = self.tree.query(np.array([box]))[1]
        distances = shapely.distance(point, self.metric[near]).tolist()
        pairs = zip(distances, near.tolist(), strict=True)
        return sorted((distance, position) for distance, position in pairs if distance <= radius_m)

    def touching(self, shape: shapely.Geometry, tolerance_m: float) -> list[int]:
        """Return the positions of the areas within a tolerance of a prepared metric geometry."""
        found: list[int] = self.tree.query(shape, predicate="dwithin", distance=tolerance_m).tolist()
        return found

    def nearest(self, point: shapely.Point) -> list[tuple[float, int]]:
        """Return (distance in metres, position) of the nearest area in a list, empty where there is none."""
        if not self.refs:
            return []
        (_, positions), distances = self.tree.query_nearest(
            np.array([point]), return_distance=True, all_matches=True
        )
        return [(float(distances[0]), int(positions.min()))]


def require_finite(bounds: Floats, refs: Sequence[AreaRef], metric_crs: str | int) -> None:
    """Accept areas with metric bounds (n, 4), n may be 0, that are finite.

    Raises
    ------
    InvalidInput
        Otherwise; the first offender is named.
    """
    finite = np.isfinite(bounds).all(axis=1)
    if not finite.all():
        code = refs[int(np.argmin(finite))].code
        raise InvalidInput(
            f"metric CRS must be defined where the areas lie; got {metric_crs} and area '{code}'",
            field="metric_crs",
            value=metric_crs,
            accepted="a projected CRS in metres for the region of the areas",
        )


def _warm(polygons: Objects) -> None:
    # GEOS builds the search structure of a prepared geometry at its first use, guarded by no lock, and
    # shapely lets other threads run meanwhile. A point on the border forces it before the index is shared.
    if len(polygons):
        first = np.unique(shapely.get_coordinates(polygons, return_index=True)[1], return_index=True)[1]
        x, y = shapely.get_coordinates(polygons)[first].T
        shapely.intersects_xy(polygons, x, y)
        shapely.contains_xy(polygons, x, y)
