"""Hexagonal cells (H3) by zoom: counts instead of pins where pins would run together."""

from __future__ import annotations

from collections.abc import Iterable

import h3.api.numpy_int as h3
import numpy as np
import shapely

from geo.domain.tile_grid import TileAddress

__all__ = ["RESOLUTIONS", "cell_polygons", "reach_bbox", "resolution_at"]

RESOLUTIONS = (0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 7, 8, 9, 10)
"""H3 resolution at zoom 0 to 13: cells some 20 to 45 pixels across, so that neighbours can be told apart."""


def resolution_at(zoom: int) -> int:
    """Return the resolution of the cells drawn at a zoom of 0 to 13; beyond, that of 13."""
    return RESOLUTIONS[min(zoom, len(RESOLUTIONS) - 1)]


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
