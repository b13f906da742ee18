"""The time zone of a place that nobody has said: that of the nearest city in the time zone database."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from geo.errors import InvalidInput

__all__ = ["nearest_time_zone"]

_TABLE = "zone.tab"
_CHINA = (73.5, 18.0, 135.1, 53.6)
_SURELY_ANOTHER_KM, _EARTH_RADIUS_KM = 150.0, 6371.0
_POSITION = re.compile(r"([+-]\d{4,7})([+-]\d{5,7})")


def nearest_time_zone(lon: float, lat: float) -> str:
    """Return the IANA name of the zone whose city is nearest to a point, Beijing time in and around China.

    Mostly right, wrong near borders: a proposal, to be told to whoever creates the place. China has one official
    time from Kashgar to Yanji, which cities of other zones are nearer to; so within the country's extremes it
    takes a city within 150 km to mean another.

    Raises
    ------
    InvalidInput
        If this system has no table of the zones' cities.
    """
    names, cities = _cities()
    here, there = np.radians((lon, lat)), np.radians(cities)
    half = np.sin((there - here) / 2) ** 2
    haversine = half[:, 1] + np.cos(here[1]) * np.cos(there[:, 1]) * half[:, 0]
    nearest = int(haversine.argmin())
    if _CHINA[0] <= lon <= _CHINA[2] and _CHINA[1] <= lat <= _CHINA[3]:
        distance_km = 2 * _EARTH_RADIUS_KM * float(np.arcsin(np.sqrt(haversine[nearest])))
        if distance_km > _SURELY_ANOTHER_KM or names[nearest] == "Asia/Urumqi":
            return "Asia/Shanghai"
    return names[nearest]


@cache
def _cities() -> tuple[tuple[str, ...], np.ndarray]:
    names, cities = [], []
    for line in _table().splitlines():
        parts = line.split("\t")
        match = None if line.startswith("#") or len(parts) < 3 else _POSITION.fullmatch(parts[1])
        if match is not None:
            names.append(parts[2].strip())
            cities.append((_degrees(match[2], 3), _degrees(match[1], 2)))
    return tuple(names), np.array(cities)


def _table() -> str:
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / _TABLE
        if path.is_file():
            return path.read_text("utf-8")
    try:
        return (resources.files("tzdata") / "zoneinfo" / _TABLE).read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        raise InvalidInput(
            "the time zone must be said (--time-zone, such as Asia/Shanghai): this system has no table of them",
            field="time_zone",
            accepted="an IANA name, such as Asia/Shanghai",
        ) from None


def _degrees(text: str, degree_digits: int) -> float:
    """Return degrees of ±DDMM, ±DDMMSS, ±DDDMM or ±DDDMMSS."""
    digits = text[1:]
    seconds = int(digits[degree_digits + 2 :] or 0)
    value = int(digits[:degree_digits]) + int(digits[degree_digits : degree_digits + 2]) / 60 + seconds / 3600
    return -value if text.startswith("-") else value
