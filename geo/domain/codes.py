"""Codes of unit grids: 15 digits, parsed, checked and numbered within a community.

6 digits of the county (GB/T 2260), 3 of the subdistrict, 3 of the community, 3 of the sequence within it, numbered
"from west to east, from north to south". The standard does not say what a row is, so this module does:

1. A grid stands where its centroid is: by longitude to 1e-8 degrees, by northing in the metric CRS to the
   millimetre (eastings would not do: off the central meridian they change along a meridian).
2. The northernmost grid that has no number yet opens a band. To the band belong all grids without a number that lie
   no farther south of it than half the median height of the community's grids.
3. A band is numbered from west to east; of grids on one meridian the northern one first.
4. The next band opens, until none is left.

The result depends on the geometry alone, not on the order in which the grids come in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import shapely

from geo.domain.crs import project
from geo.errors import InvalidInput

__all__ = [
    "MAX_CODE",
    "CodeProblem",
    "UnitGridCode",
    "check_codes",
    "is_code",
    "numbering_order",
    "parse_code",
    "unit_grid_codes",
]

MAX_CODE = 40
"""Characters of the code of an area, of whatever scheme."""

_CODE = re.compile(r"([0-9]{6})([0-9]{3})([0-9]{3})([0-9]{3})")
_COMMUNITY = re.compile(r"[0-9]{12}")
_ACCEPTED = "15 digits: 6 county, 3 subdistrict, 3 community, 3 sequence, none of them all zero"
_MOST = 999


def is_code(text: str) -> bool:
    """Tell whether a text can be the code of an area, of whatever scheme: it is part of paths and addresses."""
    return 0 < len(text) <= MAX_CODE and not any(c.isspace() or c in "/\0" for c in text)


class CodeProblem(StrEnum):
    """What can be wrong with the code of a unit grid."""

    MALFORMED = "malformed"
    """Not 15 digits, or a part of it is all zero."""
    OTHER_COMMUNITY = "other_community"
    """The first 12 digits are not the code of the community that the grid belongs to."""
    DUPLICATE = "duplicate"
    """Another grid has the same code."""


@dataclass(frozen=True, slots=True, order=True)
class UnitGridCode:
    """The parts of a code, each as digits; `str` puts them together again."""

    county: str
    subdistrict: str
    community: str
    sequence: str

    def __str__(self) -> str:
        return f"{self.community_code}{self.sequence}"

    @property
    def community_code(self) -> str:
        """The 12 digits of the community."""
        return f"{self.county}{self.subdistrict}{self.community}"


def parse_code(code: str) -> UnitGridCode:
    """Return the parts of a 15-digit code.

    Raises
    ------
    InvalidInput
        If the code is not 15 ASCII digits, or a part of it is all zero.
    """
    match = _CODE.fullmatch(code) if isinstance(code, str) else None
    if match is None or not all(int(part) for part in match.groups()):
        raise InvalidInput(
            f"unit grid code must be {_ACCEPTED}; got {code!r}", field="code", value=code, accepted=_ACCEPTED
        )
    return UnitGridCode(*match.groups())


def check_codes(codes: Sequence[str], community_codes: Sequence[str]) -> list[tuple[int, CodeProblem]]:
    """Return (position, problem) for every code that cannot stand; an empty list when all can.

    Parameters
    ----------
    codes : sequence of str
        Codes of grids.
    community_codes : sequence of str
        12 digits of the community that each grid belongs to, in the same order.
    """
    seen: dict[str, int] = {}
    for code in codes:
        seen[code] = seen.get(code, 0) + 1
    found: list[tuple[int, CodeProblem]] = []
    for position, (code, community_code) in enumerate(zip(codes, community_codes, strict=True)):
        try:
            parsed = parse_code(code)
        except InvalidInput:
            found.append((position, CodeProblem.MALFORMED))
        else:
            if parsed.community_code != community_code:
                found.append((position, CodeProblem.OTHER_COMMUNITY))
        if seen[code] > 1:
            found.append((position, CodeProblem.DUPLICATE))
    return found


def numbering_order(polygons: Sequence[shapely.Geometry], metric_crs: str | int) -> npt.NDArray[np.int64]:
    """Return the positions of the grids of one community in the order in which they are numbered.

    Parameters
    ----------
    polygons : sequence of shapely geometries
        EPSG:4326, not empty; may be an empty sequence.
    metric_crs : str or int
        Projected CRS in metres.

    Returns
    -------
    array (n,) of int64
    """
    if not len(polygons):
        return np.empty(0, dtype=np.int64)
    shapes = np.array(polygons, dtype=object)
    metric = project(shapes, metric_crs)
    lon = np.round(shapely.get_x(shapely.centroid(shapes)), 8)
    northing = np.round(shapely.get_y(shapely.centroid(metric)), 3)
    bounds = shapely.bounds(metric)
    band_m = float(np.median(bounds[:, 3] - bounds[:, 1])) / 2.0
    # Concentric grids share their centroid; their outlines tell them apart without regard to the order given.
    outline = np.argsort(np.argsort(shapely.to_wkb(shapely.normalize(shapes), hex=True), kind="stable"))
    waiting = np.lexsort((outline, lon, -northing))
    order: list[npt.NDArray[np.int64]] = []
    while len(waiting):
        band = northing[waiting] >= northing[waiting[0]] - band_m
        members = waiting[band]
        order.append(members[np.lexsort((outline[members], -northing[members], lon[members]))])
        waiting = waiting[~band]
    return np.concatenate(order)


def unit_grid_codes(
    community_code: str,
    polygons: Sequence[shapely.Geometry],
    *,
    metric_crs: str | int,
    taken: Collection[str] = (),
) -> list[str]:
    """Return a code for each grid of one community, in the order of the input.

    Parameters
    ----------
    community_code : str
        12 digits: county, subdistrict, community.
    polygons : sequence of shapely geometries
        The grids to number, EPSG:4326; may be empty.
    metric_crs : str or int
        Projected CRS in metres.
    taken : collection of str
        Codes that other grids of the community keep; their numbers are passed over.

    Returns
    -------
    list of str
        15 digits each, all different.

    Raises
    ------
    InvalidInput
        If the community code is not 12 digits with no part all zero, or more than 999 numbers are needed.
    """
    if not (isinstance(community_code, str) and _COMMUNITY.fullmatch(community_code)):
        raise InvalidInput(
            f"community code must be 12 digits: 6 county, 3 subdistrict, 3 community; got {community_code!r}",
            field="community_code",
            value=community_code,
            accepted="12 digits",
        )
    parse_code(f"{community_code}001")
    free = [code for n in range(1, _MOST + 1) if (code := f"{community_code}{n:03d}") not in taken]
    if len(polygons) > len(free):
        raise InvalidInput(
            f"a community has at most {_MOST} unit grids; got {len(polygons)} to number, {len(free)} numbers left",
            field="polygons",
            value=len(polygons),
            accepted=len(free),
        )
    codes = [""] * len(polygons)
    for code, position in zip(free, numbering_order(polygons, metric_crs).tolist(), strict=False):
        codes[position] = code
    return codes
