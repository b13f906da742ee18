"""A map view as a window onto the web Mercator plane: what lies where on a drawing, and what a drawing shows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.domain.tile_grid import MAX_ZOOM

__all__ = ["TILE_PX", "Viewport"]

TILE_PX = 512
"""Pixels of the world at zoom 0, as MapLibre counts zooms."""
_MAX_LAT = 85.051128779806604


@dataclass(frozen=True, slots=True)
class Viewport:
    """Centre, zoom and size of a map that looks north.

    Parameters
    ----------
    lon, lat : float
        Centre, EPSG:4326.
    zoom : float
        At zoom 0 the world is 512 px wide; each further level doubles it.
    width_px, height_px : int
    """

    lon: float
    lat: float
    zoom: float
    width_px: int
    height_px: int

    @classmethod
    def fitting(
        cls, bbox: tuple[float, float, float, float], *, width_px: int, height_px: int, padding_px: int = 16
    ) -> Viewport:
        """Return the closest view that shows a box (west, south, east, north in EPSG:4326) whole."""
        west, south, east, north = bbox
        left, top = _unit(west, north)
        right, bottom = _unit(east, south)
        spans = (
            (width_px - 2 * padding_px, right - left),
            (height_px - 2 * padding_px, bottom - top),
        )
        zooms = [math.log2(room / (span * TILE_PX)) for room, span in spans if span > 0]
        zoom = min([*zooms, 18.0])
        lon, lat = _lonlat((left + right) / 2, (top + bottom) / 2)
        return cls(lon, lat, max(0.0, min(float(MAX_ZOOM), zoom)), width_px, height_px)

    @property
    def scale(self) -> float:
        """Pixels across the world."""
        return float(TILE_PX * 2.0**self.zoom)

    @property
    def metres_per_px(self) -> float:
        """Metres on the ground at the centre that one pixel shows."""
        return 40_075_016.686 * math.cos(math.radians(self.lat)) / self.scale

    def to_px(self, lonlat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return pixels from the upper left corner, shape (n, 2), of degrees, shape (n, 2); empty for empty input."""
        lat = np.radians(np.clip(lonlat[:, 1], -_MAX_LAT, _MAX_LAT))
        unit = np.column_stack((lonlat[:, 0] / 360 + 0.5, 0.5 - np.arcsinh(np.tan(lat)) / (2 * math.pi)))
        centre = np.array(_unit(self.lon, self.lat))
        found: npt.NDArray[np.float64] = (unit - centre) * self.scale + (
            self.width_px / 2,
            self.height_px / 2,
        )
        return found

    def bbox(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """Return west, south, east, north in EPSG:4326, widened by a share of its size on each side."""
        x, y = _unit(self.lon, self.lat)
        half_x = self.width_px * (0.5 + margin) / self.scale
        half_y = self.height_px * (0.5 + margin) / self.scale
        west, north = _lonlat(x - half_x, y - half_y)
        east, south = _lonlat(x + half_x, y + half_y)
        return max(-180.0, west), max(-90.0, south), min(180.0, east), min(90.0, north)

    def moved(self, right: float, down: float) -> Viewport:
        """Return the view moved by shares of its size."""
        x, y = _unit(self.lon, self.lat)
        x += right * self.width_px / self.scale
        y += down * self.height_px / self.scale
        lon, lat = _lonlat(min(1.0, max(0.0, x)), min(1.0, max(0.0, y)))
        return Viewport(lon, lat, self.zoom, self.width_px, self.height_px)

    def zoomed(self, by: float) -> Viewport:
        """Return the view with another zoom."""
        zoom = max(0.0, min(float(MAX_ZOOM), self.zoom + by))
        return Viewport(self.lon, self.lat, zoom, self.width_px, self.height_px)


def _unit(lon: float, lat: float) -> tuple[float, float]:
    radians = math.radians(max(-_MAX_LAT, min(_MAX_LAT, lat)))
    return lon / 360 + 0.5, 0.5 - math.asinh(math.tan(radians)) / (2 * math.pi)


def _lonlat(x: float, y: float) -> tuple[float, float]:
    return (x - 0.5) * 360, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y))))
