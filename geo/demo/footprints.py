"""Ground plans of buildings, upright in the block's own frame: x along the street, y away from the sun. Metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon
from shapely.affinity import translate

__all__ = ["Draft", "hall", "l_shape", "rectangle", "shop_row", "slab", "stadium", "teaching_block", "tower"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A building before it has a name: what it is, its footprint and those of its units."""

    kind: str
    footprint: Polygon
    storeys: int
    units: tuple[Polygon, ...] = ()
    homes: int = 0
    name: str = ""


def rectangle(kind: str, width_m: float, depth_m: float, storeys: int, name: str = "") -> Draft:
    """Return a plain box with its south-west corner at the origin."""
    return Draft(kind, shapely.box(0, 0, width_m, depth_m), storeys, name=name)


def slab(
    x: float, y: float, units: int, unit_m: float, depth_m: float, storeys: int, stair_bays: bool
) -> Draft:
    """Return a row of flats: `units` stairways side by side, two homes on each floor of a stairway."""
    parts = [_slab_unit(x + i * unit_m, y, unit_m, depth_m, stair_bays) for i in range(units)]
    south = [(x + i * unit_m, y) for i in range(units + 1)]
    north = [point for part in reversed(parts) for point in part[2:]]
    # Neighbouring units share a corner: it appears once in the outline.
    outline = south + [p for i, p in enumerate(north) if i == 0 or p != north[i - 1]]
    return Draft(
        "residential", Polygon(outline), storeys, tuple(Polygon(p) for p in parts), 2 * storeys * units
    )


def _slab_unit(x: float, y: float, length: float, depth: float, stair_bay: bool) -> list[tuple[float, float]]:
    right, top = x + length, y + depth
    points = [(x, y), (right, y), (right, top)]
    if stair_bay:
        a, b = x + 0.38 * length, x + 0.62 * length
        points += [(b, top), (b, top + 1.4), (a, top + 1.4), (a, top)]
    return [*points, (x, top)]


def tower(x: float, y: float, units: int, storeys: int, homes_per_floor: int) -> Draft:
    """Return a point tower: one or two stairways, each with wings that all see the south."""
    width, depth = 23.0, 17.5
    parts = [_wing(x + i * width, y, width, depth) for i in range(units)]
    return Draft(
        "residential", shapely.union_all(parts), storeys, tuple(parts), homes_per_floor * storeys * units
    )


def _wing(x: float, y: float, w: float, d: float) -> Polygon:
    shape = [(0, 3), (4, 3), (4, 0), (9.5, 0), (9.5, 2), (13.5, 2), (13.5, 0), (19, 0), (19, 3), (23, 3),
             (23, 12.5), (16, 12.5), (16, 17.5), (7, 17.5), (7, 12.5), (0, 12.5)]  # fmt: skip
    return Polygon([(x + a * w / 23, y + b * d / 17.5) for a, b in shape])


def l_shape(kind: str, width_m: float, depth_m: float, wing_m: float, storeys: int, name: str = "") -> Draft:
    """Return a building with a wing to the north at its east end."""
    w, d, t = width_m, depth_m, wing_m
    return Draft(kind, Polygon([(0, 0), (w, 0), (w, d), (w - t, d), (w - t, t), (0, t)]), storeys, name=name)


def teaching_block(rng: np.random.Generator, name: str) -> Draft:
    """Return a school: two teaching wings facing south, joined by a stairwell."""
    w, t, gap, stair = rng.uniform(46, 58), 9.5, rng.uniform(17, 21), 9.0
    d = 2 * t + gap
    shape = Polygon([(0, 0), (w, 0), (w, t), (stair, t), (stair, t + gap), (w, t + gap), (w, d), (0, d)])
    return Draft("school", shape, int(rng.integers(4, 6)), name=name)


def hall(kind: str, width_m: float, depth_m: float, storeys: int, name: str = "") -> Draft:
    """Return a big shed with a porch in the middle of its south side."""
    w, d = width_m, depth_m
    a, b = 0.4 * w, 0.6 * w
    return Draft(
        kind, Polygon([(0, 2), (a, 2), (a, 0), (b, 0), (b, 2), (w, 2), (w, d), (0, d)]), storeys, name=name
    )


def shop_row(length_m: float, depth_m: float, storeys: int) -> Draft:
    """Return a row of shops with its front on the x axis and its back to the north."""
    return Draft("shop", shapely.box(0, 0, length_m, depth_m), storeys)


def stadium(x: float, y: float, width_m: float, depth_m: float) -> Polygon:
    """Return a running track, its straights along the longer side."""
    r = min(width_m, depth_m) / 2
    core = (
        shapely.LineString([(r, depth_m / 2), (width_m - r, depth_m / 2)])
        if width_m >= depth_m
        else shapely.LineString([(width_m / 2, r), (width_m / 2, depth_m - r)])
    )
    return translate(core.buffer(r, quad_segs=5), x, y)
