"""Coordinates of EPSG:4326 and metres: what a coordinate may be, and the metric CRS of a place.

Everything is `lon, lat` in degrees, transformed with `always_xy`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.errors import InvalidInput

__all__ = [
    "BBox",
    "axes_look_swapped",
    "gauss_kruger_epsg",
    "is_lonlat",
    "metric_epsg",
    "metric_transformer",
    "project",
    "require_lonlat",
    "unproject",
]

BBox = tuple[float, float, float, float]
"""west, south, east, north in degrees."""


def gauss_kruger_epsg(lon: float) -> int:
    """Return the EPSG code of the 3-degree CGCS2000 Gauss-Krüger zone of a longitude.

    The family without zone number in the easting (six digits, central meridians 75° E to 135° E, EPSG 4534 to
    4554). On the border of two zones the eastern one answers. EPSG gives these CRSs as north, east: use
    `always_xy`.

    Raises
    ------
    InvalidInput
        If the longitude is not within 73.5 to 136.5 degrees.
    """
    if not 73.5 <= lon <= 136.5:  # false for NaN too
        raise InvalidInput(
            f"lon must be within 73.5..136.5 degrees to have a CGCS2000 zone; got {lon}",
            field="lon",
            value=lon,
            accepted="73.5..136.5",
        )
    return 4534 + min(int((lon + 1.5) // 3.0) - 25, 20)


def metric_epsg(lon: float, lat: float) -> int:
    """Return the EPSG code of a CRS in metres for a place: its CGCS2000 zone in China, else its UTM zone.

    Raises
    ------
    InvalidInput
        If the coordinate is invalid or beyond the 84th parallel north, 80th south, where UTM ends.
    """
    require_lonlat(lon, lat)
    if 73.5 <= lon <= 135.1 and 3.0 <= lat <= 53.6:  # the country's own extremes, islands included
        return gauss_kruger_epsg(lon)
    if not -80.0 <= lat <= 84.0:
        raise InvalidInput(
            f"lat must be within -80..84 degrees to have a UTM zone; got {lat}",
            field="lat",
            value=lat,
            accepted="-80..84",
        )
    return (32600 if lat >= 0 else 32700) + min(int((lon + 180.0) // 6.0) + 1, 60)


@cache
def metric_transformer(metric_crs: str | int, inverse: bool = False) -> pyproj.Transformer:
    """Return the transformer from EPSG:4326 to a metric CRS (or back), both as x, y; one for each CRS.

    pyproj keeps one PROJ pipeline a thread inside it, so that it can be shared between threads.

    Parameters
    ----------
    metric_crs : str or int
        What pyproj understands: 'EPSG:4548', 4548.
    inverse : bool
        From the metric CRS to EPSG:4326 instead.

    Raises
    ------
    InvalidInput
        If the CRS is unknown, not projected, or not in metres.
    """
    accepted = "a projected CRS in metres, such as EPSG:4548"
    try:
        crs = pyproj.CRS.from_user_input(metric_crs)
    except pyproj.exceptions.CRSError as error:
        raise InvalidInput(
            f"metric CRS must be {accepted}; got '{metric_crs}'",
            field="metric_crs",
            value=metric_crs,
            accepted=accepted,
        ) from error
    if not crs.is_projected or any(axis.unit_conversion_factor != 1.0 for axis in crs.axis_info[:2]):
        raise InvalidInput(
            f"metric CRS must be {accepted}; got '{metric_crs}' ({crs.name})",
            field="metric_crs",
            value=metric_crs,
            accepted=accepted,
        )
    degrees = pyproj.CRS("EPSG:4326")
    source, target = (crs, degrees) if inverse else (degrees, crs)
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def project(geometry: Any, metric_crs: str | int) -> Any:
    """Return a geometry of EPSG:4326, or an array of them, in a metric CRS; vertices move, none is added."""
    return shapely.transform(geometry, metric_transformer(metric_crs).transform, interleaved=False)


def unproject(geometry: Any, metric_crs: str | int) -> Any:
    """Return a geometry of a metric CRS, or an array of them, in EPSG:4326."""
    return shapely.transform(
        geometry, metric_transformer(metric_crs, inverse=True).transform, interleaved=False
    )


def is_lonlat(lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Tell which coordinates are finite and within ±180, ±90 degrees; the vectorised `require_lonlat`."""
    return (np.abs(np.asarray(lon, dtype=float)) <= 180.0) & (np.abs(np.asarray(lat, dtype=float)) <= 90.0)


def axes_look_swapped(lon: float, lat: float, extents: Iterable[BBox] = ()) -> bool:
    """Tell whether a coordinate reads as lat, lon.

    It does when it is out of range and would be right the other way round, or when the point is in none of
    the extents but would be in one of them if swapped.

    Parameters
    ----------
    lon, lat : float
        Degrees, as they came.
    extents : iterable of (west, south, east, north)
        Of the places that the point can be meant for.
    """
    if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):
        return abs(lat) <= 180.0 and abs(lon) <= 90.0
    known = tuple(extents)
    return not _in_any(lon, lat, known) and _in_any(lat, lon, known)


def _in_any(lon: float, lat: float, extents: Iterable[BBox]) -> bool:
    return any(west <= lon <= east and south <= lat <= north for west, south, east, north in extents)


def require_lonlat(lon: float, lat: float) -> None:
    """Accept a coordinate that is finite and in range.

    Raises
    ------
    InvalidInput
        Otherwise; it names the axis and the value, and says so when the axes look swapped.
    """
    try:
        if abs(lon) <= 180.0 and abs(lat) <= 90.0:  # false for NaN and infinity
            return
    except TypeError as error:
        raise InvalidInput(
            f"lon and lat must be numbers in degrees; got {lon!r}, {lat!r}",
            field="lon",
            value=lon,
            accepted="numbers in degrees",
        ) from error
    field, value, limit = ("lat", lat, 90) if abs(lon) <= 180.0 else ("lon", lon, 180)
    hint = "; the axes look swapped, send lon, lat" if axes_look_swapped(lon, lat) else ""
    raise InvalidInput(
        f"{field} must be a finite number within -{limit}..{limit} degrees; got {value}{hint}",
        field=field,
        value=value,
        accepted=f"-{limit}..{limit}",
    )
