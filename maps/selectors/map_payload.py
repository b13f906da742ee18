"""What the scripts of the officials' map draw from: outlines with their classes, the picked one, points of the list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import h3.api.basic_int as h3
import shapely
from django.utils.translation import gettext as _

from geo.routing import PlaceSnapshot
from geo.selectors.clock import local_day
from layers.domain.cells import cell_polygons
from maps.domain.cell_sizes import zoom_range
from maps.domain.classes import MapClass, ink_on
from maps.domain.viewport import Viewport
from maps.selectors.figures import Figures, Spot
from maps.selectors.map_query import MapQuery

__all__ = ["class_words", "map_payload", "picked_outline", "row_marks"]


def class_words(entry: MapClass, *, is_last: bool, with_rate: bool) -> str:
    """Return the bounds of a class for a legend: `3–5`, `7`, `2 – <5`, `≥ 50`."""
    low = f"{entry.low:g}"
    if with_rate:
        if entry.high is not None:
            return f"{low} – <{entry.high:g}" if entry.low else f"<{entry.high:g}"
        return f"≥ {low}" if entry.low else f"> {low}"
    return low if entry.high == entry.low else f"{low}–{entry.high:g}"


def picked_outline(query: MapQuery, snapshot: PlaceSnapshot) -> shapely.Geometry | None:
    """Return the outline of the picked cell or area, EPSG:4326; None where none with an outline is picked."""
    cell, lies_in = query.picked.cell, query.picked.lies_in
    if cell:
        return cell_polygons([cell])[0]
    layer = snapshot.index.layer(lies_in[0]) if lies_in else None
    if layer is None or lies_in is None:
        return None
    return next(
        (shape for ref, shape in zip(layer.refs, layer.polygons, strict=True) if ref.code == lies_in[1]), None
    )


def row_marks(feature: dict[str, Any], figures: Figures) -> dict[str, str]:
    """Return where a row of the table belongs on the map: its cell or area as drawn, and its position."""
    properties = feature["properties"]
    marks: dict[str, str] = {}
    geometry = feature["geometry"]
    if geometry is not None:
        lon, lat = geometry["coordinates"]
        marks = {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}"}
    if properties.get("sensitive"):
        return marks
    if figures.mode == "cells" and geometry is not None:
        # By way of the stored resolution, as the heat counts: parents do not cover their children exactly.
        fine = h3.latlng_to_cell(lat, lon, 10)
        marks["spot"] = f"{h3.cell_to_parent(fine, figures.res):x}"
    elif figures.mode == "areas":
        code = next((area["code"] for area in properties["areas"] if area["level"] == figures.level), "")
        marks |= {"spot": code} if code else {}
    return marks


def map_payload(
    query: MapQuery,
    figures: Figures,
    snapshot: PlaceSnapshot,
    viewport: Viewport,
    shapes: Sequence[tuple[Spot, shapely.Geometry]],
    within: tuple[float, float, float, float] | None,
    features: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """Return what the scripts draw (`maps/frontend/src/officials/payload.ts`).

    Parameters
    ----------
    shapes, within
        Of `maps.selectors.figures.shapes_of`.
    features
        The rows of the table, as GeoJSON features in the asker's projection.
    """
    outline = picked_outline(query, snapshot)
    return {
        "mode": figures.mode,
        "level": figures.level,
        "place": snapshot.slug,
        "classes": [{"colour": entry.colour, "ink": ink_on(entry.colour)} for entry in figures.classes],
        "zooms": list(zoom_range(figures.res, viewport.lat)) if figures.res >= 0 else None,
        "within": within,
        "cells": [_cell(spot, shape) for spot, shape in shapes] if figures.mode == "cells" else [],
        "areas": _areas(figures, snapshot) if figures.mode == "areas" else [],
        "picked": shapely.geometry.mapping(outline) if outline is not None else None,
        "key": (query.given.get("cell") or query.given.get("lies_in", "").partition(":")[2]),
        "points": {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": feature["id"],
                    "geometry": feature["geometry"],
                    "properties": {"category": feature["properties"]["category"]},
                }
                for feature in features
                if query.is_picked and feature["geometry"] is not None
            ],
        },
        "since": str(query.filters.since or ""),
        "tomorrow": str(local_day(snapshot.time_zone) + timedelta(days=1)),
        "words": {"unit": _("per 1,000 residents") if query.with_rate else _("cases")},
    }


def _cell(spot: Spot, shape: shapely.Geometry) -> dict[str, Any]:
    ring = [[round(lon, 6), round(lat, 6)] for lon, lat in shapely.get_coordinates(shape).tolist()]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"key": spot.key, "count": spot.count, "position": spot.position},
    }


def _areas(figures: Figures, snapshot: PlaceSnapshot) -> list[dict[str, Any]]:
    layer = snapshot.index.layer(figures.level)
    points = {ref.code: snapshot.areas[ref.id].point for ref in layer.refs} if layer is not None else {}
    return [
        {
            "key": spot.key,
            "name": spot.name,
            "count": spot.count,
            "value": None if spot.value is None else round(spot.value, 1),
            "position": spot.position,
            "at": points.get(spot.key),
        }
        for spot in figures.spots
    ]
