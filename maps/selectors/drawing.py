"""The map as a drawing of the server's own, for browsers without scripts or WebGL: same numbers, classes, colours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from django.utils.translation import get_language

from geo.db.convert import to_shapely_array
from geo.db.functions import IntersectsBbox
from geo.models import LandCover, Road
from geo.routing import PlaceSnapshot
from maps.domain.classes import ink_on
from maps.domain.viewport import Viewport
from maps.selectors.figures import Figures, Spot

__all__ = ["Drawing", "DrawnLabel", "DrawnLine", "DrawnShape", "Scale", "drawing_of", "paths_of"]

MAX_ROADS, MAX_LABELS = 3000, 60
DIGIT_PX = 7.0
_ROAD_FROM = {"arterial": 10.0, "secondary": 12.0, "local": 14.0, "lane": 16.0}
_LINES = (("grid", 15.0), ("block", 14.0), ("community", 9.0), ("subdistrict", 7.0))
_ROUND_M = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """Outlines or streets of one kind, as one SVG path."""

    kind: str
    d: str


@dataclass(frozen=True, slots=True)
class DrawnShape:
    """A cell or an area: SVG path, colours, its number if there is room for it, and where."""

    spot: Spot
    d: str
    fill: str
    ink: str
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class DrawnLabel:
    """A name on the map."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale bar."""

    width_px: float
    metres: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map drawn by the server, lowest layer first."""

    viewport: Viewport
    ground: tuple[DrawnLine, ...]
    lines: tuple[DrawnLine, ...]
    shapes: tuple[DrawnShape, ...]
    labels: tuple[DrawnLabel, ...]
    scale: Scale


def drawing_of(
    figures: Figures,
    shapes: Sequence[tuple[Spot, shapely.Geometry]],
    snapshot: PlaceSnapshot,
    viewport: Viewport,
) -> Drawing:
    """Return the map as a drawing.

    Parameters
    ----------
    shapes
        Of `maps.selectors.figures.shapes_of`.
    """
    outlines = [shape for _spot, shape in shapes]
    paths = paths_of(outlines, viewport)
    middles = _middles(outlines, viewport)
    drawn = []
    for (spot, _shape), d, (x, y, room_px) in zip(shapes, paths, middles, strict=True):
        if not d:
            continue
        fill = figures.classes[spot.position].colour if spot.position is not None else "none"
        text = _number(spot.value) if spot.value else ""
        fits = room_px >= 20 and len(text) * DIGIT_PX <= room_px * 0.85
        drawn.append(
            DrawnShape(spot, d, fill, ink_on(fill) if fill != "none" else "", x, y, text if fits else "")
        )
    return Drawing(
        viewport=viewport,
        ground=tuple(_ground(snapshot, viewport)),
        lines=tuple(_outlines(snapshot, viewport)),
        shapes=tuple(drawn),
        labels=tuple(_labels(snapshot, viewport, figures)),
        scale=_scale(viewport),
    )


def paths_of(geometries: Iterable[shapely.Geometry], viewport: Viewport) -> list[str]:
    """Return an SVG path for each geometry (EPSG:4326), cut off beside the view; empty where nothing is left.

    Polygons, lines, and collections of them; details below half a pixel are left out.
    """
    whole = np.array(list(geometries), dtype=object)
    if not len(whole):
        return []
    cut = shapely.clip_by_rect(whole, *viewport.bbox(0.05))
    tolerance_deg = 180.0 / viewport.scale  # half a pixel
    cut = shapely.simplify(cut, tolerance_deg, preserve_topology=False)
    return ["".join(_rings(geometry, viewport)) for geometry in cut]


def _rings(geometry: shapely.Geometry, viewport: Viewport) -> Iterable[str]:
    if geometry is None or geometry.is_empty:
        return
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            for ring in (part.exterior, *part.interiors):
                yield _path(shapely.get_coordinates(ring)[:-1], viewport) + "Z"
        elif part.geom_type == "LineString":
            yield _path(shapely.get_coordinates(part), viewport)


def _path(lonlat: np.ndarray, viewport: Viewport) -> str:
    points = np.round(viewport.to_px(lonlat), 1).tolist()
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in points)


def _middles(geometries: Sequence[shapely.Geometry], viewport: Viewport) -> list[tuple[float, float, float]]:
    """Return x, y of a point within each geometry, and how many pixels of room it has."""
    if not geometries:
        return []
    points = viewport.to_px(shapely.get_coordinates(shapely.point_on_surface(geometries)))
    boxes = shapely.bounds(geometries)
    west_north, east_south = viewport.to_px(boxes[:, [0, 3]]), viewport.to_px(boxes[:, [2, 1]])
    rooms = np.minimum.reduce(east_south - west_north, axis=1)
    return [
        (round(x, 1), round(y, 1), float(room))
        for (x, y), room in zip(points.tolist(), rooms.tolist(), strict=True)
    ]


def _ground(snapshot: PlaceSnapshot, viewport: Viewport) -> Iterable[DrawnLine]:
    box = viewport.bbox(0.05)
    covers = LandCover.objects.filter(
        IntersectsBbox("geometry", box), generation_id=snapshot.generation_id
    ).values_list("kind", "geometry")
    for kind in ("green", "water", "campus"):
        wanted = {"green": ("park", "green", "sports"), "water": ("water",)}.get(
            kind, ("school", "hospital", "industrial")
        )
        shapes = to_shapely_array(geometry for found, geometry in covers if found in wanted)
        if d := "".join(paths_of(shapes, viewport)):
            yield DrawnLine(kind, d)
    ranks = [rank for rank, zoom in _ROAD_FROM.items() if viewport.zoom >= zoom]
    roads = Road.objects.filter(
        IntersectsBbox("geometry", box), generation_id=snapshot.generation_id, rank__in=ranks
    ).values_list("rank", "geometry")[:MAX_ROADS]
    for rank in reversed(ranks):
        shapes = to_shapely_array(geometry for found, geometry in roads if found == rank)
        if d := "".join(paths_of(shapes, viewport)):
            yield DrawnLine(f"road-{rank}", d)


def _outlines(snapshot: PlaceSnapshot, viewport: Viewport) -> Iterable[DrawnLine]:
    for level, zoom in _LINES:
        layer = snapshot.index.layer(level)
        if layer is not None and viewport.zoom >= zoom and len(layer):
            yield DrawnLine(f"area-{level}", "".join(paths_of(layer.polygons, viewport)))


def _labels(snapshot: PlaceSnapshot, viewport: Viewport, figures: Figures) -> Iterable[DrawnLabel]:
    """Names of the communities; where these are drawn with numbers on them, below the number."""
    language = get_language() or "zh-hans"
    entries = [area for area in snapshot.areas.values() if area.level == "community"]
    if not entries:
        return
    drop_px = 14.0 if figures.level == "community" else 0.0
    places = viewport.to_px(np.array([entry.point for entry in entries]))
    shown = 0
    for entry, (x, y) in zip(entries, places.tolist(), strict=True):
        inside = 0 < x < viewport.width_px and 0 < y < viewport.height_px
        if inside and shown < MAX_LABELS:
            shown += 1
            yield DrawnLabel(round(x, 1), round(y + drop_px, 1), entry.names.text(language))


def _scale(viewport: Viewport) -> Scale:
    room_m = 110 * viewport.metres_per_px
    power = 10 ** math.floor(math.log10(room_m))
    metres = max(step * power for step in _ROUND_M if step * power <= room_m)
    return Scale(round(metres / viewport.metres_per_px, 1), int(max(1, metres)))


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
