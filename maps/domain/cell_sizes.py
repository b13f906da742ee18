"""Which H3 cells a map shows at a zoom: large enough to write a number into."""

from __future__ import annotations

import math

import h3.api.basic_int as h3

__all__ = ["FINEST_RES", "across_px", "resolution_for", "zoom_range"]

FINEST_RES = 10
SMALLEST_PX = 30.0
_ACROSS = 1.8  # edges: between the short (√3) and the long (2) diameter of a hexagon
_EQUATOR_M = 40_075_016.686
_TILE_PX = 512


def across_px(res: int, zoom: float, lat: float) -> float:
    """Return how many pixels a cell of a resolution is wide, at a zoom (512 px tiles) and a latitude."""
    metres_per_px = _EQUATOR_M * math.cos(math.radians(lat)) / (_TILE_PX * 2.0**zoom)
    return float(_ACROSS * h3.average_hexagon_edge_length(res, unit="m") / metres_per_px)


def resolution_for(zoom: float, lat: float) -> int:
    """Return the finest resolution, 0 to `FINEST_RES`, whose cells are at least `SMALLEST_PX` wide."""
    for res in range(FINEST_RES, 0, -1):
        if across_px(res, zoom, lat) >= SMALLEST_PX:
            return res
    return 0


def zoom_range(res: int, lat: float) -> tuple[float, float]:
    """Return the zooms, from the first up to the second, at which `resolution_for` gives a resolution."""

    def smallest(of: int) -> float:
        return math.log2(SMALLEST_PX / across_px(of, 0.0, lat))

    low = 0.0 if res == 0 else smallest(res)
    high = 30.0 if res == FINEST_RES else smallest(res + 1)
    return low, high
