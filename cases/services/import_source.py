"""A table of cases before anything is written: its columns, its coordinates as a whole, and its placeholders."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyproj

from cases.domain.import_rows import Columns, RowReader, likely_formats
from cases.domain.placeholders import PileUp, placeholders
from cases.domain.profile import CasesSection
from geo.domain.crs_evidence import crs_named, require_fitting
from geo.domain.datum import DATUMS
from geo.errors import InvalidInput
from geo.files.table import Table, opened_table
from geo.routing import PlaceSnapshot
from geo.selectors.locate_points import locate_points

__all__ = ["ImportFields", "ImportOptions", "Scan", "category_map", "columns_of", "reader_of", "scanned"]

Floats = npt.NDArray[np.float64]

_SAMPLE_TIMES = 200
_LEARN_ROWS, _LOOK_ROWS = 20_000, 2_000
"""Rows of other points to learn from, and rows of each suspected point to look at."""
_MOSTLY = 0.5


@dataclass(frozen=True, kw_only=True)
class ImportFields:
    """Names of the columns; empty for what the table does not have."""

    category: str
    text: str
    reported_at: str
    lon: str = ""
    lat: str = ""
    address: str = ""
    closed_at: str = ""
    id: str = ""


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How the values are to be read; None or empty for what the place or the file says itself."""

    time_format: str | None = None
    time_zone: str = ""
    datum: str = "wgs84"
    crs: str | None = None
    categories: Path | None = None


@dataclass(frozen=True)
class Scan:
    """What a first look at all rows found.

    Attributes
    ----------
    rows : int
    lonlat : array (rows, 2)
        Degrees in the datum of the table; NaN where a row has none, or none that can be any.
    is_placeholder : array (rows,) of bool
    pile_ups : sequence of (lon, lat, PileUp)
    categories
        Values of the column.
    outside : int
        Rows whose coordinates lie outside the place.
    """

    rows: int
    lonlat: Floats
    is_placeholder: npt.NDArray[np.bool_]
    pile_ups: Sequence[tuple[float, float, PileUp]]
    categories: frozenset[str]
    outside: int


def columns_of(table: Table, fields: ImportFields) -> Columns:
    """Return the positions of the columns.

    Raises
    ------
    InvalidInput
        If the table lacks one (it says which there are), or no place is told.
    """
    if bool(fields.lon) != bool(fields.lat):
        raise InvalidInput("--lon and --lat belong together", field="lon" if fields.lat else "lat")
    if not (fields.lon or fields.address):
        raise InvalidInput("say where the cases lie: --lon and --lat, or --address", field="lon")

    def at(name: str, option: str) -> int | None:
        return table.position(name, option) if name else None

    return Columns(
        lon=at(fields.lon, "--lon"),
        lat=at(fields.lat, "--lat"),
        address=at(fields.address, "--address"),
        category=table.position(fields.category, "--category"),
        text=table.position(fields.text, "--text"),
        reported_at=table.position(fields.reported_at, "--reported-at"),
        closed_at=at(fields.closed_at, "--closed-at"),
        id=at(fields.id, "--id"),
    )


def reader_of(
    table: Table, columns: Columns, options: ImportOptions, categories: Mapping[str, str], time_zone: str
) -> RowReader:
    """Return what reads the rows.

    Raises
    ------
    InvalidInput
        If the time zone is not known.
    """
    name = options.time_zone or time_zone
    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        accepted = "an IANA name, such as Asia/Shanghai"
        raise InvalidInput(
            f"--tz must be {accepted}; got '{name}'", field="tz", value=name, accepted=accepted
        ) from None
    return RowReader(
        table.columns, columns, time_format=options.time_format, time_zone=zone, categories=categories
    )


def category_map(file: Path | None, section: CasesSection) -> dict[str, str]:
    """Return what a file says of categories: TOML (`"Street Light Outages" = "lighting"`) or CSV (two columns).

    Raises
    ------
    InvalidInput
        If it cannot be read, or names a category that the profile does not have.
    """
    if file is None:
        return {}
    if file.suffix.lower() == ".toml":
        found = _from_toml(file)
    else:
        with opened_table(file) as table:
            pairs = [row.values for row in table.rows()]
            header = list(table.columns)
        first = [header] if len(header) == 2 and header[1] in section.categories_by_key else []
        if len(header) != 2 or any(len(pair) != 2 for pair in pairs):
            raise InvalidInput(
                f"{file.name}: two columns are wanted, value and category; got {', '.join(header)}",
                field="category_map",
                value=file.name,
            )
        found = {value.strip(): key.strip() for value, key in [*first, *pairs]}
    unknown = sorted({key for key in found.values() if key not in section.categories_by_key})
    if unknown:
        known = sorted(section.categories_by_key)
        raise InvalidInput(
            f"{file.name}: the profile has no category {', '.join(unknown)}; it has {', '.join(known)}",
            field="category_map",
            value=unknown,
            accepted=known,
        )
    return found


def _from_toml(file: Path) -> dict[str, str]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            f"{file.name}: {error}", field="category_map", value=file.name, accepted="TOML or CSV"
        ) from error
    flat = found.get("categories", found)
    if not isinstance(flat, dict) or not all(isinstance(key, str) for key in flat.values()):
        raise InvalidInput(
            f'{file.name}: lines such as "Street Light Outages" = "lighting" are wanted',
            field="category_map",
            value=file.name,
        )
    return {value.strip(): key for value, key in flat.items()}


def scanned(
    table: Table,
    columns: Columns,
    fields: ImportFields,
    options: ImportOptions,
    snapshot: PlaceSnapshot,
    section: CasesSection,
) -> Scan:
    """Look at all rows once, or twice where a point is suspected to be a placeholder.

    Raises
    ------
    InvalidInput
        If there are no rows, no time of the first ones can be read, or the coordinates as a whole cannot be what
        they are said to be: feet for degrees, latitude for longitude.
    """
    if options.datum not in DATUMS:
        raise InvalidInput(
            f"--datum must be one of {', '.join(DATUMS)}; got '{options.datum}'",
            field="datum",
            value=options.datum,
            accepted=list(DATUMS),
        )
    pairs, categories, times = _read_through(table, columns)
    if not len(pairs):
        raise InvalidInput(
            f"{table.name}: there are no rows below the header", field="file", value=table.name
        )
    _require_times(times, fields, options)
    lonlat, outside = pairs, 0
    if columns.lon is not None:
        lonlat = _to_degrees(pairs, options, snapshot)
        outside = _require_not_swapped(lonlat, options, snapshot)
        # What is out of range is no point; its row is kept.
        lonlat = np.where(_in_range(lonlat)[:, None], lonlat, np.nan)
    pile_ups, is_placeholder = _pile_ups(table, columns, fields, lonlat, section)
    return Scan(len(pairs), lonlat, is_placeholder, pile_ups, frozenset(categories), outside)


def _read_through(table: Table, columns: Columns) -> tuple[Floats, set[str], list[str]]:
    pairs: list[tuple[float, float]] = []
    categories: set[str] = set()
    times: list[str] = []
    nowhere = (np.nan, np.nan)
    last = max(columns.category, columns.reported_at, columns.lon or 0, columns.lat or 0)
    for _number, values, _problem in table.rows():
        if len(values) <= last:
            pairs.append(nowhere)
            continue
        categories.add(values[columns.category].strip())
        if len(times) < _SAMPLE_TIMES and (time := values[columns.reported_at].strip()):
            times.append(time)
        pair = nowhere
        if columns.lon is not None and columns.lat is not None:
            try:
                pair = float(values[columns.lon]), float(values[columns.lat])
            except ValueError:
                pair = nowhere
        pairs.append(pair)
    return np.array(pairs, dtype=float).reshape(-1, 2), categories, times


def _require_times(times: Sequence[str], fields: ImportFields, options: ImportOptions) -> None:
    """Refuse a table none of whose first times can be read: every row would be kept."""
    reader = RowReader(
        (fields.reported_at,),
        Columns(category=0, text=0, reported_at=0),
        time_format=options.time_format,
        time_zone=ZoneInfo("UTC"),
        categories={},
    )
    if not times or any(not reader.read(1, [time]).problem for time in times):
        return
    likely = likely_formats(times)
    hint = f"; they fit {' and '.join(repr(form) for form in likely[:3])}" if likely else ""
    wanted = f"not in the format '{options.time_format}'" if options.time_format else "not in ISO 8601"
    raise InvalidInput(
        f"--reported-at {fields.reported_at}: the times are {wanted} (the first is '{times[0][:40]}'); say it with "
        f"--time-format{hint}",
        field="time_format",
        value=options.time_format,
        accepted=list(likely) or "a format of strptime",
    )


def _to_degrees(pairs: Floats, options: ImportOptions, snapshot: PlaceSnapshot) -> Floats:
    """Return degrees in the datum of the table."""
    known = pairs[np.isfinite(pairs).all(axis=1)]
    crs = crs_named(options.crs) if options.crs else pyproj.CRS.from_epsg(4326)
    lonlat = pairs
    if crs.is_projected:
        # Rows that stand for "no coordinates" by zeros must not decide about the whole.
        said = known[(known != 0).any(axis=1)]
        require_fitting(np.hstack([said, said]), crs, ground=snapshot.bounds)
    if options.crs and crs.to_epsg() != 4326:
        transformer = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        lonlat = np.round(np.stack(transformer.transform(pairs[:, 0], pairs[:, 1]), axis=1), 9)
    projected = (np.abs(known[:, 0]) > 180) | (np.abs(known[:, 1]) > 180)
    if not crs.is_projected and len(known) and projected.mean() > _MOSTLY:
        require_fitting(np.hstack([known, known]), crs, ground=snapshot.bounds)
    return lonlat


def _in_range(lonlat: Floats) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return (np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)


def _require_not_swapped(lonlat: Floats, options: ImportOptions, snapshot: PlaceSnapshot) -> int:
    """Return how many rows lie outside the place; refuse where most do, and would not the other way round."""
    known = lonlat[np.isfinite(lonlat).all(axis=1)]
    if not len(known):
        return 0
    points, records = np.unique(known, axis=0, return_counts=True)
    outside = int(records[_are_outside(points, options.datum, snapshot)].sum())
    if outside > _MOSTLY * len(known):
        inside = int(records[~_are_outside(points[:, ::-1], options.datum, snapshot)].sum())
        if inside > _MOSTLY * len(known):
            raise InvalidInput(
                f"lon and lat look swapped: {outside:,} of {len(known):,} rows with coordinates lie outside of "
                f"{snapshot.slug}, but {inside:,} lie inside with the two exchanged; exchange --lon and --lat",
                field="lon",
                accepted="the column of the longitude",
            )
    return outside


def _are_outside(lonlat: Floats, datum: str, snapshot: PlaceSnapshot) -> npt.NDArray[np.bool_]:
    points = np.where(_in_range(lonlat)[:, None], lonlat, np.nan)
    found = locate_points(points[:, 0], points[:, 1], snapshot=snapshot, datum=datum)
    return np.asarray(found.leaf < 0)


def _pile_ups(
    table: Table, columns: Columns, fields: ImportFields, lonlat: Floats, section: CasesSection
) -> tuple[list[tuple[float, float, PileUp]], npt.NDArray[np.bool_]]:
    """Return the placeholders among the points, and which rows are at one."""
    is_placeholder = np.zeros(len(lonlat), dtype=bool)
    has_point = np.isfinite(lonlat).all(axis=1)
    if not has_point.any():
        return [], is_placeholder
    points, inverse, records = np.unique(lonlat[has_point], axis=0, return_inverse=True, return_counts=True)
    point = np.full(len(lonlat), -1, dtype=np.int64)
    point[has_point] = inverse.ravel()
    rule = section.placeholder
    suspected = np.flatnonzero(records >= rule.min_records)
    if not len(suspected):
        return [], is_placeholder
    wanted = _chosen(point, records, suspected)
    values, at = _values_of(table, columns, point, wanted)
    found = placeholders(
        values,
        at,
        suspected.tolist(),
        named=[table.columns[columns.address]] if columns.address is not None else (),
        min_records=rule.min_records,
        min_streets=rule.min_streets,
        min_addresses=rule.min_addresses,
        times_typical=rule.times_typical,
    )
    is_placeholder = np.isin(point, [pile_up.point for pile_up in found])
    whole = [replace(pile_up, records=int(records[pile_up.point])) for pile_up in found]
    return [(float(points[p.point, 0]), float(points[p.point, 1]), p) for p in whole], is_placeholder


def _chosen(
    point: npt.NDArray[np.int64], records: npt.NDArray[np.int64], suspected: npt.NDArray[np.int64]
) -> set[int]:
    """Return the positions of the rows to look at: some of each suspected point, and all of some other points."""
    random = np.random.default_rng(len(point))  # the same rows at every run
    chosen: list[npt.NDArray[np.int64]] = []
    order = np.argsort(point, kind="stable")
    ends = np.searchsorted(point[order], np.arange(len(records) + 1))
    for suspect in suspected:
        rows = order[ends[suspect] : ends[suspect + 1]]
        chosen.append(rows if len(rows) <= _LOOK_ROWS else random.choice(rows, _LOOK_ROWS, replace=False))
    others = np.setdiff1d(np.arange(len(records)), suspected)
    others = random.permutation(others)
    within = np.cumsum(records[others]) <= _LEARN_ROWS
    chosen += [order[ends[other] : ends[other + 1]] for other in others[within]]
    return set(np.concatenate(chosen).tolist())


def _values_of(
    table: Table, columns: Columns, point: npt.NDArray[np.int64], wanted: set[int]
) -> tuple[dict[str, list[str]], npt.NDArray[np.int64]]:
    skipped = {columns.lon, columns.lat, columns.id, columns.reported_at, columns.closed_at}
    positions = [position for position in range(len(table.columns)) if position not in skipped]
    rows = list(_rows_at(table, wanted))
    values = {table.columns[position]: [row[position] for _at, row in rows] for position in positions}
    return values, point[[at for at, _row in rows]]


def _rows_at(table: Table, wanted: set[int]) -> Iterator[tuple[int, list[str]]]:
    for number, values, _problem in table.rows():
        if number - 1 in wanted and len(values) >= len(table.columns):
            yield number - 1, values
