"""Datums that pins arrive in: WGS 84, GCJ-02 (AMap, Tencent, WeChat) and BD-09 (Baidu).

Neither of the offset datums is a registered CRS, so PROJ knows neither. The functions take lon, lat in
degrees, as floats or as arrays of one shape, and return a pair of the same kind; empty arrays give empty
arrays.

References
----------
The offset became public in 2010 as C# source and has since been rewritten in every language; its constants
are those of the Krasovsky 1940 ellipsoid.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from geo.domain.crs import BBox, is_lonlat, require_lonlat
from geo.errors import InvalidInput

__all__ = [
    "DATUMS",
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "in_china",
    "to_wgs84",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

Degrees = Any  # float or float array; numpy's own stubs do the same for ufuncs
Image = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

DATUMS = ("wgs84", "gcj02", "bd09")

_SEMI_MAJOR_M, _ECCENTRICITY2 = 6378245.0, 0.00669342162296594323
_CHINA: BBox = (72.004, 0.8293, 137.8347, 55.8271)
_BD_PI = math.pi * 3000.0 / 180.0
_ANYWHERE = (105.0, 35.0)  # a harmless coordinate to compute with where the offset does not apply
# A step leaves 1/150 of the error. The first guess, the offset taken back as it is, errs by up to 5 m within
# the country; four steps from there leave 10 nm. Only on the meridian 105° E, where the formula has a square
# root, is it slower: four leave 1.7 µm, five 0.7 µm.
_ITERATIONS = 5


def _module(lon: Degrees) -> ModuleType:
    # One formula for both kinds: `math` answers a single pin some ten times sooner than numpy would.
    return np if isinstance(lon, np.ndarray) else math


def _pair(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    if np.ndim(lon) or np.ndim(lat):
        return np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return float(lon), float(lat)


def in_china(lon: Degrees, lat: Degrees, margin: float = 0.0) -> Degrees:
    """Tell whether the offset applies: the rectangle of the original algorithm, wider than the country.

    Parameters
    ----------
    lon, lat : float or array
        Degrees; NaN is outside.
    margin : float
        Degrees by which the rectangle is widened on every side.
    """
    west, south, east, north = _CHINA
    return (lon >= west - margin) & (lon <= east + margin) & (lat >= south - margin) & (lat <= north + margin)


def _gcj_offset(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Offset of GCJ-02 in degrees at a WGS 84 coordinate."""
    m = _module(lon)
    x, y, pi = lon - 105.0, lat - 35.0, math.pi
    root = m.sqrt(abs(x))
    wave = (20.0 * m.sin(6.0 * x * pi) + 20.0 * m.sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20.0 * m.sin(y * pi) + 40.0 * m.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * m.sin(y / 12.0 * pi) + 320.0 * m.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20.0 * m.sin(x * pi) + 40.0 * m.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * m.sin(x / 12.0 * pi) + 300.0 * m.sin(x / 30.0 * pi)) * 2.0 / 3.0
    phi = lat * (pi / 180.0)
    w = 1.0 - _ECCENTRICITY2 * m.sin(phi) ** 2
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY2) / (w * m.sqrt(w)) * (pi / 180.0)
    parallel_m = _SEMI_MAJOR_M / m.sqrt(w) * m.cos(phi) * (pi / 180.0)
    return east / parallel_m, north / meridian_m


def _where(
    inside: Degrees, a: tuple[Degrees, Degrees], b: tuple[Degrees, Degrees]
) -> tuple[Degrees, Degrees]:
    if isinstance(inside, np.ndarray):
        return np.where(inside, a[0], b[0]), np.where(inside, a[1], b[1])
    return a if inside else b


def _gcj_image(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    east, north = _gcj_offset(lon, lat)
    return lon + east, lat + north


def _bd_image(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    m = _module(lon)
    radius = m.sqrt(lon * lon + lat * lat) + 2e-5 * m.sin(lat * _BD_PI)
    theta = m.atan2(lat, lon) + 3e-6 * m.cos(lon * _BD_PI)
    return radius * m.cos(theta) + 0.0065, radius * m.sin(theta) + 0.006


def _forward(image: Image, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    lon, lat = _pair(lon, lat)
    inside = in_china(lon, lat)
    # Nothing is computed where nothing applies: the formula overflows at the poles and refuses infinity.
    return _where(inside, image(*_where(inside, (lon, lat), _ANYWHERE)), (lon, lat))


def _inverse(image: Image, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    lon, lat = _pair(lon, lat)
    near = in_china(lon, lat, margin=0.1)
    goal_x, goal_y = _where(near, (lon, lat), _ANYWHERE)
    x, y = goal_x, goal_y
    for _ in range(1 + _ITERATIONS):
        image_x, image_y = image(x, y)
        x, y = x + goal_x - image_x, y + goal_y - image_y
    # The solution decides, not the input: a pin just inside the rectangle comes back to itself although its
    # image lies just outside.
    return _where(near & in_china(x, y), (x, y), (lon, lat))


def wgs84_to_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Return the GCJ-02 coordinate of a WGS 84 one; unchanged outside China."""
    return _forward(_gcj_image, lon, lat)


def gcj02_to_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Return the WGS 84 coordinate of a GCJ-02 one, to better than 1 µm; unchanged outside China."""
    return _inverse(_gcj_image, lon, lat)


def gcj02_to_bd09(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Return the BD-09 coordinate of a GCJ-02 one; unchanged outside China."""
    return _forward(_bd_image, lon, lat)


def bd09_to_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Return the GCJ-02 coordinate of a BD-09 one, to better than 1 µm; unchanged outside China.

    The closed formula that circulates as the inverse is an approximation; this solves the forward formula.
    """
    return _inverse(_bd_image, lon, lat)


def wgs84_to_bd09(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Return the BD-09 coordinate of a WGS 84 one; unchanged outside China."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Return the WGS 84 coordinate of a BD-09 one, to better than 1 µm; unchanged outside China."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def to_wgs84(lon: Degrees, lat: Degrees, datum: str = "wgs84") -> tuple[Degrees, Degrees]:
    """Return a coordinate of one of `DATUMS` in WGS 84.

    Raises
    ------
    InvalidInput
        If the datum is not one of `DATUMS`, or a coordinate is not finite or out of range.
    """
    lon, lat = _pair(lon, lat)
    if isinstance(lon, float):
        require_lonlat(lon, lat)
    elif not (good := is_lonlat(lon, lat)).all():
        first = int(np.argmin(good))
        require_lonlat(lon.flat[first], lat.flat[first])
    if datum == "wgs84":
        return lon, lat
    if datum == "gcj02":
        return gcj02_to_wgs84(lon, lat)
    if datum == "bd09":
        return bd09_to_wgs84(lon, lat)
    raise InvalidInput(
        f"datum must be one of {', '.join(DATUMS)}; got '{datum}'",
        field="datum",
        value=datum,
        accepted=DATUMS,
    )
