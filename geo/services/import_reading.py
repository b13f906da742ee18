"""From a file to rows in EPSG:4326: columns, CRS, datum, and the metric CRS to measure in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from geo.domain.area_import import AreaFields
from geo.domain.area_rows import AreaRow, RowProblem, read_area_rows, to_lonlat
from geo.domain.areas import Objects
from geo.domain.crs import BBox, metric_epsg, metric_transformer
from geo.domain.crs_evidence import crs_label, crs_named, fitting_crs, ground_of, require_fitting
from geo.domain.datum import DATUMS, to_wgs84
from geo.errors import InvalidInput
from geo.files.vector import VectorTable
from geo.models import BoundaryGeneration, Place
from geo.routing import area_records

__all__ = ["Prepared", "ground_known", "prepare_rows"]


@dataclass(frozen=True)
class Prepared:
    """A file whose rows lie in EPSG:4326, before the generation that it goes into is looked at.

    Attributes
    ----------
    table
    crs
        That was taken; `accuracy_m` is how exact its transformation is known to be.
    metric_srid
        CRS to measure in.
    rows, refused
    heights_dropped
        Number of rows taken whose heights were left out.
    notes
        What else had to be done.
    """

    table: VectorTable
    crs: pyproj.CRS
    accuracy_m: float | None
    metric_srid: int
    rows: tuple[AreaRow, ...]
    refused: tuple[RowProblem, ...]
    heights_dropped: int
    notes: tuple[str, ...]


def ground_known(
    place: Place | None, staged: BoundaryGeneration | None, metric_srid: int | None
) -> BBox | None:
    """Return where a place is known to lie: by its boundaries, else by its metric CRS; None where by neither."""
    if place is not None and place.outline is not None:
        west, south, east, north = place.outline.extent
        return west, south, east, north
    records = area_records(staged.pk) if staged else []
    shapes = [record.geometry for record in records if record.level not in ("building", "unit")]
    if shapes:
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        return west, south, east, north
    if metric_srid is None:
        return None
    metric_transformer(metric_srid)  # refuses what is no metric CRS
    return ground_of(pyproj.CRS.from_epsg(metric_srid))


def prepare_rows(
    table: VectorTable,
    fields: AreaFields,
    *,
    crs: str | None,
    datum: str,
    metric_srid: int | None,
    ground: BBox | None,
) -> Prepared:
    """Return the rows of a file as areas in EPSG:4326.

    Parameters
    ----------
    table, fields
    crs
        As the caller says; None takes what the file says.
    datum
        'wgs84', 'gcj02' or 'bd09'.
    metric_srid
        None chooses one by position.
    ground
        Where the place is known to lie.

    Raises
    ------
    InvalidInput
        If a column is missing, the CRS is not said, or cannot be that of the numbers.
    """
    codes = table.column(fields.code)
    names = table.column(fields.name) if fields.name else None
    parents = table.column(fields.parent) if fields.parent else None
    if datum not in DATUMS:
        raise InvalidInput(
            f"datum must be one of {', '.join(DATUMS)}; got '{datum}'",
            field="datum",
            value=datum,
            accepted=list(DATUMS),
        )
    used = crs_named(crs) if crs is not None else table.crs
    bounds = _bounds(table.geometries)
    if used is None:
        raise _no_crs(table, bounds, ground)
    require_fitting(bounds, used, ground=ground)
    lonlat, accuracy_m = to_lonlat(table.geometries, used)
    if datum != "wgs84":
        lonlat = shapely.transform(lonlat, lambda x, y: to_wgs84(x, y, datum), interleaved=False)
    srid = metric_srid or _metric_srid(lonlat)
    rows, refused = read_area_rows(
        lonlat, codes=codes, names=names, parents=parents, metric_crs=srid, unreadable=table.unreadable
    )
    heights = shapely.has_z(lonlat)[[row.row - 1 for row in rows]] if rows else np.empty(0)
    notes = list(table.notes)
    if crs is not None and table.crs is not None and table.crs != used:
        notes.append(f"the file says {crs_label(table.crs)}; read as {crs_label(used)}, as told")
    if datum != "wgs84":
        notes.append(f"coordinates were converted from {datum.upper()}, as told")
    return Prepared(
        table, used, accuracy_m, srid, tuple(rows), tuple(refused), int(heights.sum()), tuple(notes)
    )


def _bounds(geometries: Objects) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        bounds: np.ndarray = shapely.bounds(geometries)
    return bounds


def _middle(bounds: np.ndarray) -> tuple[float, float] | None:
    known = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(known):
        return None
    return float(np.median(known[:, [0, 2]])), float(np.median(known[:, [1, 3]]))


def _no_crs(table: VectorTable, bounds: np.ndarray, ground: BBox | None) -> InvalidInput:
    middle = _middle(bounds)
    fitting: list[str] = []
    if middle is not None and abs(middle[0]) <= 180 and abs(middle[1]) <= 90:
        fitting = ["EPSG:4490", "EPSG:4326"]
    elif middle is not None and ground is not None:
        fitting = [f"EPSG:{candidate.epsg}" for candidate in fitting_crs(*middle, ground)]
    hint = f"; its numbers would fit {', '.join(fitting)}" if fitting else ""
    lacks = "has no .prj" if table.kind == "shapefile" else "has no CRS"
    return InvalidInput(
        f"{table.name} {lacks}, and nothing is guessed: say it with --crs EPSG:n{hint}",
        field="crs",
        value=table.crs_said,
        accepted=fitting or "a code of EPSG",
    )


def _metric_srid(lonlat: Objects) -> int:
    middle = _middle(_bounds(lonlat))
    if middle is None:
        raise InvalidInput(
            "no row has a geometry with coordinates; accepted is Polygon, MultiPolygon", field="geometry"
        )
    return metric_epsg(*middle)
