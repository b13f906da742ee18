"""Hexagonal cells (H3) by zoom: counts instead of pins where pins would run together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import h3.api.numpy_int as h3
import numpy as np
import shapely

from geo.domain.tile_grid import TileAddress

__all__ = ["RESOLUTIONS", "cell_polygons", "cells_by_parent", "reach_bbox", "resolution_at"]

RESOLUTIONS = (0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 7, 8, 9, 10)
"""H3 resolution at zoom 0 to 13: cells some 20 to 45 pixels across, so that neighbours can be told apart."""

_RESOLUTION_SHIFT, _FINEST = 52, 15


def resolution_at(zoom: int) -> int:
    """Return the resolution of the cells drawn at a zoom of 0 to 13; beyond, that of 13."""
    return RESOLUTIONS[min(zoom, len(RESOLUTIONS) - 1)]


def cells_by_parent(counts: Mapping[int, int], resolution: int) -> dict[int, int]:
    """Add the counts of cells up by their parents at a coarser (or the same) resolution.

    Parameters
    ----------
    counts
        Cell → number; cells of one resolution or several, none coarser than `resolution`.

    Returns
    -------
    dict
        Parent → number, the numbers adding up to those given; empty for empty input.

    References
    ----------
    H3 index layout: resolution in bits 52 to 55, then three bits a digit from resolution 1 on; a parent has
    its resolution there and 7 in every digit below it.
    """
    if not counts:
        return {}
    cells = np.fromiter(counts.keys(), dtype=np.uint64, count=len(counts))
    numbers = np.fromiter(counts.values(), dtype=np.int64, count=len(counts))
    below = np.uint64((1 << 3 * (_FINEST - resolution)) - 1)
    level = np.uint64(resolution << _RESOLUTION_SHIFT)
    parents = (cells & ~np.uint64(0xF << _RESOLUTION_SHIFT)) | level | below
    unique, place = np.unique(parents, return_inverse=True)
    totals = np.zeros(len(unique), dtype=np.int64)
    np.add.at(totals, place, numbers)
    return dict(zip(unique.tolist(), totals.tolist(), strict=True))


def cell_polygons(cells: Iterable[int]) -> list[shapely.Polygon]:
    """Return the outlines of cells, EPSG:4326."""
    return [shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]) for cell in cells]


def reach_bbox(address: TileAddress, resolution: int, margin: float) -> tuple[float, float, float, float]:
    """Return a box that holds every point counted by a cell of which a part lies in a tile, EPSG:4326.

    Parameters
    ----------
    margin
        Of the tile, in tile widths.

    Notes
    -----
    A cell is up to two and a half edges across (cells are not regular on the sphere), and the cells below it
    stick out of it by less than a further half; hence three edges on each side.
    """
    west, south, east, north = address.bbox(margin)
    edge_deg = h3.average_hexagon_edge_length(resolution, unit="km") / 111.0
    high = 3 * edge_deg
    widest_lat = min(85.0, max(abs(south), abs(north)) + high)
    wide = high / max(0.05, float(np.cos(np.radians(widest_lat))))
    return (
        max(-180.0, west - wide),
        max(-90.0, south - high),
        min(180.0, east + wide),
        min(90.0, north + high),
    )
