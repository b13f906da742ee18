"""The tile grid of web maps: zoom, column, row in spherical Mercator (EPSG:3857), row 0 in the north."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

__all__ = ["MAX_ZOOM", "TileAddress"]

MAX_ZOOM = 22
MERCATOR_HALF_M = math.pi * 6378137.0
"""Half the width of the Mercator square, in its metres."""


@dataclass(frozen=True, slots=True, order=True)
class TileAddress:
    """One tile: zoom `z`, column `x` from the west, row `y` from the north.

    Raises
    ------
    ValueError
        If there is no such tile; the message names the value and what is accepted.
    """

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not 0 <= self.z <= MAX_ZOOM:
            raise ValueError(f"z must be 0 to {MAX_ZOOM}; got {self.z}")
        last = (1 << self.z) - 1
        for name, value in (("x", self.x), ("y", self.y)):
            if not 0 <= value <= last:
                raise ValueError(f"{name} must be 0 to {last} at z = {self.z}; got {value}")

    @classmethod
    def at(cls, lon: float, lat: float, z: int) -> TileAddress:
        """Return the tile that holds a position, EPSG:4326."""
        size = 1 << z
        x, y = _unit_square(np.array([[lon, lat]]))[0]
        return cls(z, min(size - 1, max(0, int(x * size))), min(size - 1, max(0, int(y * size))))

    @property
    def mercator_bounds_m(self) -> tuple[float, float, float, float]:
        """West, south, east, north in EPSG:3857."""
        step = 2 * MERCATOR_HALF_M / (1 << self.z)
        west, north = self.x * step - MERCATOR_HALF_M, MERCATOR_HALF_M - self.y * step
        return west, north - step, west + step, north

    def bbox(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """Return west, south, east, north in EPSG:4326, widened by `margin` tile widths on each side.

        Kept within the Mercator square; at the antimeridian a margin ends there.
        """
        size = 1 << self.z
        west = max(-180.0, 360.0 * (self.x - margin) / size - 180.0)
        east = min(180.0, 360.0 * (self.x + 1 + margin) / size - 180.0)
        return west, _lat((self.y + 1 + margin) / size), east, _lat((self.y - margin) / size)

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle, EPSG:4326."""
        size = 1 << self.z
        return 360.0 * (self.x + 0.5) / size - 180.0, _lat((self.y + 0.5) / size)

    def to_tile_units(self, lonlat: np.ndarray, extent: int) -> np.ndarray:
        """Return positions in units of this tile: 0 to `extent`, x eastwards, y *southwards*.

        Parameters
        ----------
        lonlat
            Degrees, EPSG:4326, shape (n, 2); latitudes beyond the Mercator square are put on its edge.
        extent
            Units across the tile.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Not rounded; beyond 0 and `extent` for positions outside the tile. Empty for empty input.
        """
        return (_unit_square(lonlat) * (1 << self.z) - (self.x, self.y)) * extent


def _unit_square(lonlat: np.ndarray) -> np.ndarray:
    limit = 85.051128779806604
    lat = np.radians(np.clip(lonlat[:, 1], -limit, limit))
    return np.column_stack((lonlat[:, 0] / 360.0 + 0.5, 0.5 - np.arcsinh(np.tan(lat)) / (2 * math.pi)))


def _lat(fraction: float) -> float:
    clipped = min(1.0, max(0.0, fraction))
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * clipped))))
