"""H3 cells as numbers: parents, what lies below a cell, and which cells a box needs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

import h3.api.basic_int as h3

__all__ = [
    "STORED_RES",
    "BBox",
    "Range",
    "cells_of_bbox",
    "parent_bits",
    "stored_below",
    "within_bbox",
]

STORED_RES = 10
"""Resolution of the cells that are stored with cases."""
BBox = tuple[float, float, float, float]
Range = tuple[int, int]
_RES_SHIFT, _RES_MASK, _DEEPEST, _DIGIT = 52, 0xF, 15, 3
_KM_PER_DEGREE = 111.19
_ENOUGH_CELLS = 24
_WIDEST_DEG = 40.0
_HIGHEST_LAT = 80.0


def parent_bits(res: int) -> tuple[int, int]:
    """Return what to AND and then to OR a cell with to get its parent at a resolution.

    References
    ----------
    H3 index layout: resolution in bits 52 to 55, then three bits a digit from resolution 1 on; a parent has its
    resolution there and 7 in every digit below it.
    """
    without_res = (1 << 63) - 1 ^ _RES_MASK << _RES_SHIFT
    return without_res, (res << _RES_SHIFT) | ((1 << _DIGIT * (_DEEPEST - res)) - 1)


def stored_below(cell: int) -> Range:
    """Return the first and the last number that a stored cell below a cell can have.

    Parameters
    ----------
    cell
        Of a resolution of 0 to `STORED_RES`.
    """
    res = h3.get_resolution(cell)
    unset = (1 << _DIGIT * (_DEEPEST - STORED_RES)) - 1
    first = cell - ((res - STORED_RES) << _RES_SHIFT)
    first &= ~((1 << _DIGIT * (_DEEPEST - res)) - 1)
    last = first + sum(6 << _DIGIT * (_DEEPEST - digit) for digit in range(res + 1, STORED_RES + 1))
    return first | unset, last | unset


def cells_of_bbox(bbox: BBox) -> list[Range] | None:
    """Return ranges of stored cells that hold every point of a box; they hold others, too.

    Returns
    -------
    list of (first, last) or None
        Ascending, none touching another. None for boxes as wide as continents or near a pole: not worth it.

    Notes
    -----
    The cells below a cell stick out of it by less than half an edge, so the box is widened by a whole one.
    """
    west, south, east, north = bbox
    if east - west > _WIDEST_DEG or north - south > _WIDEST_DEG or max(abs(south), abs(north)) > _HIGHEST_LAT:
        return None
    narrow = math.cos(math.radians(max(abs(south), abs(north))))
    for res in range(STORED_RES, -1, -1):
        edge_deg = h3.average_hexagon_edge_length(res, unit="km") / _KM_PER_DEGREE
        wide, high = edge_deg / max(narrow, 0.1), edge_deg
        area_km2 = (
            (east - west + 2 * wide) * narrow * (north - south + 2 * high) * _KM_PER_DEGREE * _KM_PER_DEGREE
        )
        if area_km2 / h3.average_hexagon_area(res, unit="km^2") <= _ENOUGH_CELLS or res == 0:
            break
    if west - wide <= -180 or east + wide >= 180:
        return None
    lats, lons = (south - high, north + high), (west - wide, east + wide)
    ring = [(lats[0], lons[0]), (lats[0], lons[1]), (lats[1], lons[1]), (lats[1], lons[0])]
    found = h3.h3shape_to_cells_experimental(h3.LatLngPoly(ring), res, contain="overlap")
    return _joined(stored_below(cell) for cell in found)


def _joined(ranges: Iterable[Range]) -> list[Range]:
    joined: list[Range] = []
    # The next stored cell after the last one below a parent begins with the next parent's digits.
    gap = 1 << _DIGIT * (_DEEPEST - STORED_RES)
    for first, last in sorted(ranges):
        if joined and first - joined[-1][1] <= 2 * gap:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


@lru_cache(maxsize=200_000)
def _centre(cell: int) -> tuple[float, float]:
    lat, lon = h3.cell_to_latlng(cell)
    return lon, lat


_REACH_DEG = 1.7 * h3.average_hexagon_edge_length(STORED_RES, unit="km") / _KM_PER_DEGREE
"""From the middle of a stored cell to beyond its farthest corner, whatever its shape."""


def within_bbox(cell: int, bbox: BBox) -> bool | None:
    """Tell whether a stored cell lies within a box as a whole; None where its border may run through it.

    Parameters
    ----------
    cell
        Of resolution `STORED_RES`.
    bbox
        west, south, east, north in EPSG:4326.
    """
    lon, lat = _centre(cell)
    west, south, east, north = bbox
    wide = _REACH_DEG / max(0.01, math.cos(math.radians(min(89.0, abs(lat) + _REACH_DEG))))
    if lon + wide > 180 or lon - wide < -180:
        return None
    if lon - wide >= west and lon + wide <= east and lat - _REACH_DEG >= south and lat + _REACH_DEG <= north:
        return True
    if lon + wide < west or lon - wide > east or lat + _REACH_DEG < south or lat - _REACH_DEG > north:
        return False
    return None
