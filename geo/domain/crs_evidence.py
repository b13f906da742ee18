"""Whether numbers can be coordinates of the CRS that a file claims, and which CRS they would fit.

A file whose numbers cannot be its CRS still draws: in the sea, on another continent. So before anything is stored,
its numbers are held against the range of degrees, against the area that the CRS is made for, and against the ground
where the place is known to lie. What fails is refused with the likely cause; nothing is converted on a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyproj
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType

from geo.domain.areas import Floats
from geo.domain.crs import BBox
from geo.errors import InvalidInput

__all__ = ["CrsCandidate", "crs_label", "crs_named", "fitting_crs", "ground_of", "require_fitting"]

_MARGIN_DEG = 1.0
"""How far from the known ground, or from where a CRS is made for, still counts as there."""
_NO_TOWN_SOUTH_OF, _NO_TOWN_NORTH_OF = -60.0, 84.0
_MAX_CANDIDATES = 4
_PREFERRED = ("CGCS2000", "WGS 84", "NAD83 /", "ETRS89", "JGD2011", "Korea 2000")
_EPSG = re.compile(r"(?:EPSG:)?(\d{4,6})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CrsCandidate:
    """A CRS in which numbers would lie where they should."""

    epsg: int
    name: str
    unit: str
    swapped: bool = False
    """Only with northing and easting exchanged."""

    def __str__(self) -> str:
        order = ", northing before easting" if self.swapped else ""
        return f"EPSG:{self.epsg} ({self.name}, {self.unit}{order})"


def crs_named(text: str) -> pyproj.CRS:
    """Return the CRS of 'EPSG:4490' or '4490'.

    Raises
    ------
    InvalidInput
        If the text is anything else, or EPSG has no such CRS.
    """
    match = _EPSG.fullmatch(text.strip())
    if match is not None:
        try:
            return pyproj.CRS.from_epsg(int(match[1]))
        except pyproj.exceptions.CRSError:
            pass
    accepted = "a code of EPSG, such as EPSG:4326, EPSG:4490 or EPSG:4548"
    raise InvalidInput(
        f"CRS must be {accepted}; got '{text[:60]}'", field="crs", value=text[:60], accepted=accepted
    )


def crs_label(crs: pyproj.CRS) -> str:
    """Return code and name of a CRS, the name alone where it has no code."""
    authority = crs.to_authority()
    return f"{':'.join(authority)} ({crs.name})" if authority else crs.name


def ground_of(crs: pyproj.CRS) -> BBox | None:
    """Return west, south, east, north of the area that a CRS is made for; None where it is not known."""
    area = crs.area_of_use
    if area is None or area.west > area.east:  # across the 180th meridian: no box
        return None
    return (area.west, area.south, area.east, area.north)


def fitting_crs(x: float, y: float, ground: BBox) -> tuple[CrsCandidate, ...]:
    """Return the projected CRSs of EPSG in which a pair of numbers lies on a piece of ground, likeliest first.

    Parameters
    ----------
    x, y : float
        As they came.
    ground : (west, south, east, north)
        Degrees. A degree around it still counts; datums are not told apart.
    """
    infos = query_crs_info(
        auth_name="EPSG",
        pj_types=[PJType.PROJECTED_CRS],
        area_of_interest=AreaOfInterest(*ground),
    )
    found = []
    for info in infos:
        crs = pyproj.CRS.from_epsg(int(info.code))
        for pair, swapped in (((x, y), False), ((y, x), True)):
            if _within(*_lonlat(crs, *pair), ground):
                unit = crs.axis_info[0].unit_name if crs.axis_info else "unknown unit"
                found.append(CrsCandidate(int(info.code), info.name, unit, swapped))
                break
    found.sort(key=lambda c: (c.swapped, c.epsg != 3857, not c.name.startswith(_PREFERRED), c.epsg))
    return tuple(found[:_MAX_CANDIDATES])


def require_fitting(bounds: Floats, crs: pyproj.CRS, *, ground: BBox | None = None) -> None:
    """Accept geometries whose numbers can be of a CRS; what most of them say counts.

    Parameters
    ----------
    bounds : array (n, 4)
        minx, miny, maxx, maxy of each geometry, as they came (x is longitude or easting); NaN rows are left out.
        n may be 0.
    crs : pyproj.CRS
        As the file or the caller says.
    ground : (west, south, east, north) or None
        Where the place is known to lie, degrees; None for a place without any boundaries yet.

    Raises
    ------
    InvalidInput
        With the likely cause, and the CRSs that would fit in `accepted`.
    """
    known = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(known):
        return
    x = float(np.median((known[:, 0] + known[:, 2]) / 2))
    y = float(np.median((known[:, 1] + known[:, 3]) / 2))
    if crs.is_geographic:
        _require_degrees(known, crs, x, y, ground)
        lon, lat = x, y
    elif crs.is_projected:
        _require_not_degrees(known, crs)
        lon, lat = _lonlat(crs, x, y)
    else:
        raise _refusal(crs, "is neither geographic nor projected", (), "a geographic or projected CRS")
    made_for = ground_of(crs)
    if made_for is not None and not _within(lon, lat, made_for):
        cause = _cause(x, y, ground or made_for, crs)
        raise _refusal(crs, f"cannot hold {_pair(x, y)}: it is made for {_box(made_for)}{cause[0]}", cause[1])
    if ground is not None and not _within(lon, lat, ground):
        cause = _cause(x, y, ground, crs)
        where = (
            f"puts {_pair(x, y)} at {_degrees(lon, lat)}, far from the place, which lies in {_box(ground)}"
        )
        raise _refusal(crs, where + cause[0], cause[1])


def _require_degrees(known: Floats, crs: pyproj.CRS, x: float, y: float, ground: BBox | None) -> None:
    wide, high = np.abs(known[:, [0, 2]]).max(axis=1), np.abs(known[:, [1, 3]]).max(axis=1)
    if np.mean((wide <= 180.0) & (high <= 90.0)) < 0.5:
        if np.mean((wide <= 90.0) & (high <= 180.0)) >= 0.5:
            raise _refusal(crs, f"cannot hold {_pair(x, y)}: the axes look swapped (lat before lon)", ())
        cause = _cause(x, y, ground, crs)
        raise _refusal(crs, f"cannot hold {_pair(x, y)}, which are no degrees{cause[0]}", cause[1])
    polar = not _NO_TOWN_SOUTH_OF <= y <= _NO_TOWN_NORTH_OF
    if polar and _NO_TOWN_SOUTH_OF <= x <= _NO_TOWN_NORTH_OF:
        raise _refusal(crs, f"puts {_pair(x, y)} into polar ice: the axes look swapped (lat before lon)", ())


def _require_not_degrees(known: Floats, crs: pyproj.CRS) -> None:
    # A whole district within 180 metres of a false origin is no district.
    if np.abs(known[:, [0, 2]]).max() <= 180.0 and np.abs(known[:, [1, 3]]).max() <= 90.0:
        shown = _pair(float(known[0, 0]), float(known[0, 1]))
        accepted = ("EPSG:4326", "EPSG:4490")
        raise _refusal(crs, f"does not fit {shown}, which look like degrees", accepted)


def _cause(x: float, y: float, ground: BBox | None, crs: pyproj.CRS) -> tuple[str, tuple[str, ...]]:
    """Return the likely cause as the rest of a sentence, and what would fit."""
    if abs(x) <= 180.0 and abs(y) <= 180.0:
        if ground is not None and _within(y, x, ground):
            return ": the axes look swapped (lat before lon)", ()
        return "", ()
    if ground is not None:
        found = [c for c in fitting_crs(x, y, ground) if crs.to_authority() != ("EPSG", str(c.epsg))]
        if found:
            what = "feet" if "foot" in found[0].unit else "metres"
            return f": they look like {what} of {found[0]}", tuple(f"EPSG:{c.epsg}" for c in found)
    zone, easting_m = divmod(x, 1e6)
    # 3-degree zones count from 25 (75° E), 6-degree zones from 13; eastings keep well within their million.
    if 0 < y < 6e6 and 150_000 < easting_m < 850_000 and (13 <= zone <= 23 or 25 <= zone <= 45):
        epsg = 4513 + int(zone) - 25 if zone >= 25 else 4491 + int(zone) - 13
        return f": they look like metres of zone {zone:.0f}, its number before the easting", (f"EPSG:{epsg}",)
    if 3_000_000 < max(abs(x), abs(y)) <= 20_037_509 and abs(x) > 1_500_000:
        return ": they look like metres of Web Mercator", ("EPSG:3857",)
    return (
        ": they look like feet or metres of a projected CRS, such as a state plane, UTM or Gauss-Krüger zone",
        (),
    )


def _refusal(
    crs: pyproj.CRS, what: str, candidates: tuple[str, ...], accepted: str = "the CRS that the numbers are of"
) -> InvalidInput:
    further = f" ({', '.join(candidates)})" if candidates else ""
    return InvalidInput(
        f"{crs_label(crs)} {what}; accepted is {accepted}{further}",
        field="crs",
        value=crs_label(crs),
        accepted=list(candidates) or accepted,
    )


def _lonlat(crs: pyproj.CRS, x: float, y: float) -> tuple[float, float]:
    """Return degrees in the datum of a projected CRS itself: shifts between datums take a search, and are metres."""
    try:
        return pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(x, y)
    except pyproj.exceptions.ProjError:  # a family of zones has a code of its own, and no formula
        return np.inf, np.inf


def _within(lon: float, lat: float, ground: BBox) -> bool:
    west, south, east, north = ground
    inside = west - _MARGIN_DEG <= lon <= east + _MARGIN_DEG  # false for infinity and NaN
    return inside and south - _MARGIN_DEG <= lat <= north + _MARGIN_DEG


def _pair(x: float, y: float) -> str:
    return f"{x:.10g}, {y:.10g}"


def _degrees(lon: float, lat: float) -> str:
    return f"{lon:.3f}°, {lat:.3f}°" if np.isfinite([lon, lat]).all() else "nowhere"


def _box(ground: BBox) -> str:
    west, south, east, north = ground
    return f"{west:.2f}..{east:.2f}° E, {south:.2f}..{north:.2f}° N"
