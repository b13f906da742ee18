"""The span of a fault drawn as a point, line or area: the areas at every level that it touches."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import shapely

from geo.domain.areas import AreaLayer, AreaRef
from geo.domain.crs import is_lonlat, project, require_lonlat
from geo.domain.footprints import FootprintLayer
from geo.errors import InvalidInput

__all__ = ["Span", "SpanLevel", "require_geometry", "require_tolerance", "span_of"]

# Segments in a quarter circle around each corner: the widened outline runs at most 0.03 % too far inside.
_QUARTER_SEGMENTS = 32


@dataclass(frozen=True, slots=True)
class SpanLevel:
    """What a geometry touches at one level.

    Attributes
    ----------
    level : str
    areas : tuple of AreaRef
        In the order of their codes; empty where it touches none.
    holds : bool
        Exactly one area is touched, and no part of the geometry is farther from it than the tolerance.
    """

    level: str
    areas: tuple[AreaRef, ...]
    holds: bool

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the areas touched."""
        return tuple(area.code for area in self.areas)

    @property
    def ids(self) -> tuple[int, ...]:
        """Ids of the areas touched."""
        return tuple(area.id for area in self.areas)


@dataclass(frozen=True, slots=True)
class Span:
    """Areas that a geometry touches within a tolerance, level by level.

    Attributes
    ----------
    generation : int or str or None
    tolerance_m : float
    levels : tuple of SpanLevel
        One for each level of the index, widest first, building and unit last.
    """

    generation: int | str | None
    tolerance_m: float
    levels: tuple[SpanLevel, ...]

    def at(self, level: str) -> SpanLevel:
        """Return what is touched at a level; nothing at a level that the place does not have."""
        return next((entry for entry in self.levels if entry.level == level), SpanLevel(level, (), False))

    def count(self, level: str) -> int:
        """Return the number of areas touched at a level."""
        return len(self.at(level).areas)

    @property
    def narrowest(self) -> AreaRef | None:
        """The area of the finest level that alone holds the whole geometry; None where none does."""
        held = [entry.areas[0] for entry in self.levels if entry.holds]
        return held[-1] if held else None

    @property
    def codes(self) -> Mapping[str, tuple[str, ...]]:
        """Codes touched by level, without the levels at which nothing is."""
        return {entry.level: entry.codes for entry in self.levels if entry.areas}


def require_geometry(geometry: shapely.Geometry) -> None:
    """Accept a geometry in EPSG:4326 that has coordinates, all of them finite and in range.

    Raises
    ------
    InvalidInput
        Otherwise.
    """
    if not isinstance(geometry, shapely.Geometry) or geometry.is_empty:
        kind = "nothing" if geometry is None else repr(geometry)
        raise InvalidInput(
            f"geometry must be a point, line or polygon with coordinates; got {kind}",
            field="geometry",
            accepted="Point, LineString, Polygon or a collection of them",
        )
    lon, lat = shapely.get_coordinates(geometry).T
    good = is_lonlat(lon, lat)
    if not good.all():
        first = int(good.argmin())
        require_lonlat(float(lon[first]), float(lat[first]))


def require_tolerance(tolerance_m: float, field: str) -> None:
    """Accept a finite distance of 0 or more.

    Raises
    ------
    InvalidInput
        Otherwise.
    """
    if not (isinstance(tolerance_m, (int, float)) and math.isfinite(tolerance_m) and tolerance_m >= 0):
        raise InvalidInput(
            f"{field} must be a finite number of metres, 0 or more; got {tolerance_m!r}",
            field=field,
            value=tolerance_m,
            accepted="metres >= 0",
        )


def span_of(
    geometry: shapely.Geometry,
    layers: Mapping[str, AreaLayer | FootprintLayer],
    ancestors: Callable[[int], Sequence[AreaRef]],
    leaf_level: str,
    *,
    metric_crs: str | int,
    tolerance_m: float,
    generation: int | str | None = None,
) -> Span:
    """Return the areas of every level that a geometry touches within a tolerance.

    An area counts as touched when its polygon is within the tolerance, or when a touched area below it, down
    to the leaf level, belongs to it by parent: both ways of asking then agree, also where boundaries do not
    fit. Buildings and units count by their own footprint only.

    Parameters
    ----------
    geometry : shapely.Geometry
        EPSG:4326. One that crosses itself, as fingers draw, is made valid first.
    layers : mapping of str to AreaLayer or FootprintLayer
        By level, widest first.
    ancestors : callable
        Chain of an area id, widest first, the area itself included.
    leaf_level : str
    metric_crs : str or int
    tolerance_m : float
        0 touches what has a point in common.
    generation : int or str or None

    Returns
    -------
    Span

    Raises
    ------
    InvalidInput
        If the geometry is empty or has bad coordinates, or the tolerance is no distance.
    """
    require_geometry(geometry)
    require_tolerance(tolerance_m, "tolerance_m")
    if not shapely.is_valid(geometry):
        # By structure: where a drawn loop overlaps itself is inside, not, as by counting crossings, outside.
        geometry = shapely.make_valid(geometry, method="structure", keep_collapsed=True)
    shape = project(geometry, metric_crs)
    shapely.prepare(shape)
    touched: dict[str, dict[int, AreaRef]] = {level: {} for level in layers}
    above = True
    for level, layer in layers.items():
        for position in layer.touching(shape, tolerance_m):
            ref = layer.refs[position]
            for area in ancestors(ref.id) if above else (ref,):
                touched[area.level][area.id] = area
        above = above and level != leaf_level
    levels = []
    for level, layer in layers.items():
        areas = tuple(sorted(touched[level].values(), key=lambda area: (area.code, area.id)))
        holds = len(areas) == 1 and _holds(layer.metric[layer.position_of[areas[0].id]], shape, tolerance_m)
        levels.append(SpanLevel(level, areas, holds))
    return Span(generation, float(tolerance_m), tuple(levels))


def _holds(area: shapely.Geometry, shape: shapely.Geometry, tolerance_m: float) -> bool:
    if shapely.covers(area, shape):
        return True
    if not tolerance_m:
        return False
    return bool(shapely.covers(area.buffer(tolerance_m, quad_segs=_QUARTER_SEGMENTS), shape))
