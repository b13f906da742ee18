"""Put rectangles of known size into free ground, in a block's own frame. Metres."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from shapely import Polygon
from shapely.affinity import translate

from geo.demo.footprints import Draft

__all__ = ["moved", "place_draft", "place_shape", "polygons", "widest_run"]


def moved(draft: Draft, dx: float, dy: float) -> Draft:
    """Return a draft shifted by metres, units along with it."""
    return replace(
        draft,
        footprint=translate(draft.footprint, dx, dy),
        units=tuple(translate(unit, dx, dy) for unit in draft.units),
    )


def polygons(geometry: shapely.Geometry) -> list[Polygon]:
    """Return the polygons of a geometry, largest first; empty for anything without area."""
    parts = shapely.get_parts(geometry)
    return sorted((p for p in parts if p.geom_type == "Polygon" and p.area > 1.0), key=lambda p: -p.area)


def place_draft(
    draft: Draft,
    free: shapely.Geometry,
    towards: tuple[float, float],
    clearance_m: float = 3.0,
    step_m: float = 3.0,
) -> Draft | None:
    """Return the draft where its box, with clearance, lies in free ground nearest to a point; None if nowhere."""
    spot = place_shape(draft.footprint, free, towards, clearance_m, step_m)
    return None if spot is None else moved(draft, *spot)


def place_shape(
    shape: Polygon,
    free: shapely.Geometry,
    towards: tuple[float, float],
    clearance_m: float = 3.0,
    step_m: float = 3.0,
) -> tuple[float, float] | None:
    """Return the shift of a shape into free ground, None if it fits nowhere."""
    if free.is_empty:
        return None
    x0, y0, x1, y1 = shape.bounds
    width, depth = x1 - x0 + 2 * clearance_m, y1 - y0 + 2 * clearance_m
    west, south, east, north = free.bounds
    xs, ys = np.arange(west, east - width + 1e-9, step_m), np.arange(south, north - depth + 1e-9, step_m)
    if not len(xs) or not len(ys):
        return None
    gx, gy = (grid.ravel() for grid in np.meshgrid(xs, ys))
    order = np.argsort(np.hypot(gx + width / 2 - towards[0], gy + depth / 2 - towards[1]), kind="stable")
    gx, gy = gx[order], gy[order]
    shapely.prepare(free)
    fits = shapely.contains_properly(free, shapely.box(gx, gy, gx + width, gy + depth))
    if not fits.any():
        return None
    first = int(np.argmax(fits))
    return float(gx[first] + clearance_m - x0), float(gy[first] + clearance_m - y0)


def widest_run(
    free: shapely.Geometry, left: float, right: float, bottom: float, top: float
) -> tuple[float, float]:
    """Return the longest stretch of [left, right] over which the whole strip [bottom, top] is free.

    Returns (left, left) where there is none.
    """
    strip = shapely.box(left, bottom, right, top)
    blocked = strip.difference(free)
    if blocked.is_empty:
        return left, right
    spans = sorted((part.bounds[0], part.bounds[2]) for part in polygons(blocked))
    best, at = (left, left), left
    for start, end in [*spans, (right, right)]:
        if start - at > best[1] - best[0]:
            best = at, start
        at = max(at, end)
    return best
