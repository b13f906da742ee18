"""Rows of a table of areas as a city sends it: what can be taken, what was mended, what is refused and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyproj
import shapely

from geo.domain.areas import Objects
from geo.domain.codes import MAX_CODE, is_code
from geo.domain.crs import is_lonlat
from geo.domain.validity import Repair, repair_polygon
from geo.errors import InvalidInput

__all__ = ["AreaRow", "RowFlaw", "RowProblem", "read_area_rows", "to_lonlat"]

MAX_NAME = 120
_INEXACT = re.compile(r"-?[0-9.]+e[+-][0-9]+")
"""A number that has lost its last digits on the way through a spreadsheet."""


class RowFlaw(StrEnum):
    """Why a row is refused."""

    NO_CODE = "no_code"
    BAD_CODE = "bad_code"
    CODE_TWICE = "code_twice"
    LONG_NAME = "long_name"
    NO_GEOMETRY = "no_geometry"
    BAD_GEOMETRY = "bad_geometry"
    NO_PARENT = "no_parent"
    BAD_VALUE = "bad_value"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that is refused; rows count from 1, in the order of the file."""

    row: int
    code: str
    field: str
    flaw: RowFlaw
    reason: str


@dataclass(frozen=True, slots=True)
class AreaRow:
    """A row that is taken.

    Attributes
    ----------
    row
        From 1, in the order of the file.
    code, name
        The code stands for an empty name.
    parent
        Code of the area above as the file has it; empty without one.
    geometry
        EPSG:4326, valid, not empty, two-dimensional.
    repair
        None where nothing had to be mended (heights apart).
    has_own_name
        False where there should be one, and the code stands for it.
    """

    row: int
    code: str
    name: str
    parent: str
    geometry: shapely.MultiPolygon
    repair: Repair | None
    has_own_name: bool


def to_lonlat(geometries: Objects, crs: pyproj.CRS) -> tuple[Objects, float | None]:
    """Return geometries of a CRS in EPSG:4326, and how exact that is in metres (None: exact, or not known).

    Parameters
    ----------
    geometries : array (n,) of shapely geometries
        None stays None.
    crs : pyproj.CRS
    """
    if crs.to_authority() in (("EPSG", "4326"), ("OGC", "CRS84")):
        return geometries, None
    transformer = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    moved = shapely.transform(geometries, transformer.transform, interleaved=False)
    return moved, transformer.accuracy if transformer.accuracy > 0 else None


def read_area_rows(
    geometries: Objects,
    *,
    codes: Sequence[str],
    names: Sequence[str] | None,
    parents: Sequence[str] | None,
    metric_crs: str | int,
    unreadable: frozenset[int] = frozenset(),
) -> tuple[list[AreaRow], list[RowProblem]]:
    """Return the rows that can be areas, mended where needed, and those that cannot.

    Parameters
    ----------
    geometries : array (n,) of shapely geometries or None
        EPSG:4326.
    codes, names, parents : sequence (n,) of str
        Without names, codes stand for them; without parents they are found by position.
    metric_crs : str or int
        Projected CRS in metres, for areas before and after mending.
    unreadable : frozenset of int
        Positions whose geometry could not be read.
    """
    rows_of: dict[str, list[int]] = {}
    for position, code in enumerate(codes):
        rows_of.setdefault(code, []).append(position + 1)
    good = _plain(geometries)
    taken, refused = [], []
    for position, code in enumerate(codes):
        row, name = position + 1, names[position] if names is not None else ""
        problem = _check_words(row, code, name, rows_of)
        repair = None
        if problem is None and not good[position]:
            try:
                repair = _mended(geometries[position], metric_crs, position in unreadable)
            except InvalidInput as error:
                flaw = RowFlaw.NO_GEOMETRY if geometries[position] is None else RowFlaw.BAD_GEOMETRY
                problem = RowProblem(row, code, "geometry", flaw, error.message)
        if problem is not None:
            refused.append(problem)
            continue
        taken.append(
            AreaRow(
                row=row,
                code=code,
                name=name or code,
                parent=parents[position] if parents is not None else "",
                geometry=_multi(geometries[position]) if repair is None else repair.geometry,
                repair=repair if repair is not None and repair.invalidity is not None else None,
                has_own_name=bool(name) or names is None,
            )
        )
    return taken, refused


def _plain(geometries: Objects) -> np.ndarray:
    """Tell which geometries need no second look: valid, flat, in range."""
    kinds = shapely.get_type_id(geometries)
    polygonal = np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    good: np.ndarray = polygonal & ~shapely.is_empty(geometries) & ~shapely.has_z(geometries)
    bounds = shapely.bounds(geometries)
    good &= is_lonlat(bounds[:, 0], bounds[:, 1]) & is_lonlat(bounds[:, 2], bounds[:, 3])
    good[good] = shapely.is_valid(geometries[good])
    return good


def _multi(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    flat = shapely.force_2d(geometry)
    return flat if flat.geom_type == "MultiPolygon" else shapely.MultiPolygon([flat])


def _mended(geometry: shapely.Geometry | None, metric_crs: str | int, is_unreadable: bool) -> Repair:
    if is_unreadable:
        raise InvalidInput(
            "geometry is a curve or damaged and cannot be read; accepted is Polygon, MultiPolygon"
        )
    if geometry is None:
        raise InvalidInput("geometry is missing; accepted is Polygon, MultiPolygon")
    return repair_polygon(geometry, metric_crs=metric_crs)


def _check_words(row: int, code: str, name: str, rows_of: Mapping[str, Sequence[int]]) -> RowProblem | None:
    if not code:
        return RowProblem(row, code, "code", RowFlaw.NO_CODE, "code is empty")
    if not is_code(code) or _INEXACT.fullmatch(code):
        reason = f"code must be 1..{MAX_CODE} characters without blanks and slashes, exact; got {code[:60]!r}"
        return RowProblem(row, code, "code", RowFlaw.BAD_CODE, reason)
    if len(rows_of[code]) > 1:
        others = ", ".join(str(other) for other in rows_of[code][:12] if other != row)
        reason = f"code '{code}' is also that of row {others}; parts of one area must be one row"
        return RowProblem(row, code, "code", RowFlaw.CODE_TWICE, reason)
    if len(name) > MAX_NAME or "\0" in name:
        reason = f"name must be at most {MAX_NAME} characters without NUL; got {name[:40]!r}…"
        return RowProblem(row, code, "name", RowFlaw.LONG_NAME, reason)
    return None
