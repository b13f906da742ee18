"""The numbers on the officials' map: by H3 cell or by area, in classes, from the same rows as the list."""

from __future__ import annotations

from dataclasses import dataclass

import h3.api.basic_int as h3
import shapely
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.selectors.cases import Reader
from cases.selectors.counts import COUNTED_LEVELS, cases_by_area
from cases.selectors.filters import read_choice
from cases.selectors.heat import cases_heat
from geo.routing import PlaceSnapshot
from layers.domain.cells import cell_polygons
from maps.domain.cell_sizes import resolution_for
from maps.domain.classes import MapClass, class_of, classes_of_counts, classes_of_rates
from maps.domain.viewport import Viewport
from maps.selectors.map_query import MapQuery

__all__ = ["Figures", "Spot", "around", "counted_levels", "figures_of", "shapes_of", "spot_of"]

CELLS_AT_ONCE = 1500
"""More cells than this are drawn only where the map looks; numbers and classes stay those of the whole place."""
NAMED_CELLS = 12


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell or an area, and its number.

    Attributes
    ----------
    key : str
        H3 cell in hexadecimal, or code of the area.
    name : str
        For people; empty for cells that are in no list.
    value : float or None
        What is drawn: the count or the rate; None where there is no rate.
    position : int or None
        Of its class; None for zero and for no value.
    is_former : bool
        The area is not in the boundaries in force and has no shape.
    """

    key: str
    name: str
    count: int
    value: float | None
    position: int | None
    population: int | None = None
    is_former: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """What a map shows.

    Attributes
    ----------
    level : str
        Of the areas; empty for cells.
    res : int
        Of the cells; -1 for areas.
    spots : tuple of Spot
        Most first.
    total : int
        Sum of the counts.
    without : int
        Cases that are in the list, but in no cell (in no area of the level).
    """

    mode: str
    level: str
    res: int
    spots: tuple[Spot, ...]
    classes: tuple[MapClass, ...]
    total: int
    without: int

    @property
    def listed(self) -> int:
        """Number of cases in the list of the same asker."""
        return self.total + self.without


def counted_levels(snapshot: PlaceSnapshot) -> tuple[str, ...]:
    """Return the levels of a place that can be counted by, widest first; the one of the whole place is left out."""
    levels = [
        level
        for level in snapshot.profile.geo.level_keys
        if level in COUNTED_LEVELS and _size(snapshot, level)
    ]
    return tuple(level for level in levels if _size(snapshot, level) > 1) or tuple(levels[-1:])


def figures_of(user: Reader, query: MapQuery, snapshot: PlaceSnapshot, viewport: Viewport) -> Figures:
    """Return the numbers that a map shows somebody.

    Raises
    ------
    InvalidInput
        If the level is none of the place, or a filter names what there is not.
    """
    if query.mode == "areas":
        return _by_area(user, query, snapshot)
    res = resolution_for(viewport.zoom, viewport.lat)
    heat = cases_heat(user, query.filters, res=res)
    classes = classes_of_counts(heat.cells.values())
    ranked = sorted(heat.cells.items(), key=lambda entry: (-entry[1], entry[0]))
    spots = tuple(
        Spot(
            key=f"{cell:x}",
            name=around(snapshot, cell) if rank < NAMED_CELLS else "",
            count=count,
            value=count,
            position=class_of(count, classes),
        )
        for rank, (cell, count) in enumerate(ranked)
    )
    return Figures("cells", "", res, spots, classes, heat.total, heat.without_place)


def spot_of(figures: Figures, key: str) -> Spot | None:
    """Return the spot with a key; None where nothing is counted there."""
    return next((spot for spot in figures.spots if spot.key == key), None)


def shapes_of(
    figures: Figures, snapshot: PlaceSnapshot, viewport: Viewport
) -> tuple[list[tuple[Spot, shapely.Geometry]], tuple[float, float, float, float] | None]:
    """Return the outlines of what is drawn, EPSG:4326, and the box outside of which cells were left out.

    Returns
    -------
    shapes : list of (Spot, shapely geometry)
    within : (west, south, east, north) or None
        None where nothing was left out.
    """
    if figures.mode == "areas":
        outlines = _outlines(snapshot, figures.level)
        return [(spot, outlines[spot.key]) for spot in figures.spots if spot.key in outlines], None
    outlines_of_cells = cell_polygons(int(spot.key, 16) for spot in figures.spots)
    shapes = list(zip(figures.spots, outlines_of_cells, strict=True))
    if len(shapes) <= CELLS_AT_ONCE:
        return shapes, None
    within = viewport.bbox(0.5)
    box = shapely.box(*within)
    return [(spot, shape) for spot, shape in shapes if shape.intersects(box)], within


def _by_area(user: Reader, query: MapQuery, snapshot: PlaceSnapshot) -> Figures:
    levels = counted_levels(snapshot)
    level = read_choice({"level": query.level}, "level", levels) or levels[0]
    counts = cases_by_area(user, query.filters, level=level)
    values = [area.rate if query.with_rate else float(area.count) for area in counts.areas]
    if query.with_rate:
        classes = classes_of_rates(value for value in values if value is not None)
    else:
        classes = classes_of_counts(area.count for area in counts.areas)
    names = _area_names(snapshot, level)
    spots = [
        Spot(
            key=area.code,
            name=names.get(area.code, area.name),
            count=area.count,
            value=value,
            position=None if value is None else class_of(value, classes),
            population=area.population,
            is_former=area.former,
        )
        for area, value in zip(counts.areas, values, strict=True)
    ]
    return Figures(
        "areas", level, -1, _sorted(spots, query.order), classes, counts.total, counts.without_area
    )


def _sorted(spots: list[Spot], order: str) -> tuple[Spot, ...]:
    if order in ("name", "-name"):
        return tuple(sorted(spots, key=lambda spot: (spot.name, spot.key), reverse=order == "-name"))
    sign = 1 if order == "value" else -1
    # What has no value stands last in either order.
    return tuple(
        sorted(spots, key=lambda spot: (spot.value is None, sign * (spot.value or 0), spot.name, spot.key))
    )


def _size(snapshot: PlaceSnapshot, level: str) -> int:
    layer = snapshot.index.layer(level)
    return len(layer) if layer is not None else 0


def _outlines(snapshot: PlaceSnapshot, level: str) -> dict[str, shapely.Geometry]:
    layer = snapshot.index.layer(level)
    if layer is None:
        return {}
    return {ref.code: shape for ref, shape in zip(layer.refs, layer.polygons, strict=True)}


def _area_names(snapshot: PlaceSnapshot, level: str) -> dict[str, str]:
    layer = snapshot.index.layer(level)
    language = get_language() or "zh-hans"
    return {
        ref.code: _full_name(snapshot, ref.id, language) for ref in (layer.refs if layer is not None else ())
    }


def around(snapshot: PlaceSnapshot, cell: int) -> str:
    """Return what a cell lies around: the area at its middle, in words."""
    lat, lon = h3.cell_to_latlng(cell)
    found = snapshot.index.locate(lon, lat)
    if not found.areas:
        return _("outside all areas")
    return _full_name(snapshot, found.areas[-1].id, get_language() or "zh-hans")


def _full_name(snapshot: PlaceSnapshot, area_id: int, language: str) -> str:
    """Return the name of an area after those above it, from the community on; not twice what it carries itself."""
    chain = snapshot.chain(area_id)
    narrow = [area for area in chain if area.level in ("community", "block", "grid")] or chain[-1:]
    names = [area.names.text(language) for area in narrow]
    kept = [
        name
        for name, below in zip(names, [*names[1:], ""], strict=True)
        if not below.startswith(name.removesuffix("社区"))
    ]
    return (" " if language.startswith("en") else "").join(kept)
