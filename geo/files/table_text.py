"""Tables as text and as sheets: CSV, Excel, GeoJSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import shapely
from django.utils.translation import gettext as _

from geo.errors import InvalidInput
from geo.files.tables import Column, Row, Table

__all__ = ["LIST_SEPARATOR", "formula_safe", "write_csv", "write_geojson", "write_xlsx"]

LIST_SEPARATOR = "; "
MAX_SHEET_ROWS, MAX_CELL = 1_048_576, 32_767
# The last four are what an input method for Chinese writes; some spreadsheets compute them as well.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECIMALS = 7
"""Of a degree: a centimetre."""


def formula_safe(text: str) -> str:
    """Return a text that a spreadsheet shows rather than computes."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_csv(path: Path, table: Table, rows: Iterable[Row]) -> None:
    """Write CSV as UTF-8 with a byte order mark, without which Excel reads Chinese as GBK; lon and lat come last.

    Polygons are given by a point within them. Lists are joined by semicolons, times carry their offset.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow([*(column.name for column in table.columns), "lon", "lat"])
        for row in rows:
            cells = [_cell(column, value) for column, value in zip(table.columns, row.values, strict=True)]
            writer.writerow([*cells, *_lonlat(row.geometry)])


def _cell(column: Column, value: Any) -> Any:
    if value is None:
        return ""
    if column.kind == "moment":
        return value.isoformat(timespec="seconds")
    if column.kind == "list":
        return formula_safe(LIST_SEPARATOR.join(value))
    if column.kind == "flag":
        return "1" if value else "0"
    return formula_safe(value) if isinstance(value, str) else value


def _lonlat(geometry: shapely.Geometry | None) -> tuple[Any, Any]:
    if geometry is None:
        return "", ""
    point = geometry if geometry.geom_type == "Point" else geometry.representative_point()
    return round(point.x, _DECIMALS), round(point.y, _DECIMALS)


def write_xlsx(path: Path, table: Table, rows: Iterable[Row]) -> None:
    """Write a workbook: the rows, and a sheet that says what they are. Times are those of the place's clocks.

    Raises
    ------
    InvalidInput
        If there are more rows than a sheet has.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.name)
    sheet.freeze_panes = "A2"
    sheet.append([*(column.name for column in table.columns), "lon", "lat"])
    try:
        cut = _fill(sheet, table, rows)
    finally:
        sheet.close()
    about = book.create_sheet(_("About"))
    notes = dict(table.notes())
    if cut:
        said = _("%(count)s cells were longer than Excel holds and end with …")
        notes[_("cut texts")] = said % {"count": cut}
    for name, value in notes.items():
        about.append([_sheet_text(name), _sheet_text(value)])
    book.save(path)


def _fill(sheet: Any, table: Table, rows: Iterable[Row]) -> int:
    """Append the rows; return how many cells had to be cut."""
    cut = 0
    for number, row in enumerate(rows, 2):
        if number > MAX_SHEET_ROWS:
            message = _(
                "a sheet of Excel holds %(limit)s rows; choose another format or narrow the list down"
            )
            raise InvalidInput(message % {"limit": MAX_SHEET_ROWS - 1}, field="format", value="xlsx")
        cells = [_sheet_cell(column, value) for column, value in zip(table.columns, row.values, strict=True)]
        cut += sum(map(_is_long, cells))
        shown = [cell[: MAX_CELL - 1] + "…" if _is_long(cell) else cell for cell in cells]
        sheet.append([*shown, *(part if part != "" else None for part in _lonlat(row.geometry))])
    return cut


def _is_long(cell: Any) -> bool:
    return isinstance(cell, str) and len(cell) > MAX_CELL


def _sheet_cell(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.kind == "moment":
        return value.replace(tzinfo=None, microsecond=0)  # cells know no time zone
    if column.kind == "list":
        return _sheet_text(LIST_SEPARATOR.join(value))
    return _sheet_text(value) if isinstance(value, str) else value


def _sheet_text(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", formula_safe(text))


def write_geojson(path: Path, table: Table, rows: Iterable[Row]) -> None:
    """Write a FeatureCollection after RFC 7946, with the notes as `about`; a row without a place has null.

    References
    ----------
    RFC 7946, The GeoJSON Format: lon lat in WGS 84, outer rings anticlockwise, foreign members allowed.
    """
    with path.open("w", encoding="utf-8") as stream:
        stream.write(f'{{"type":"FeatureCollection","name":{json.dumps(table.name)},"features":[')
        comma = ""
        for feature in _features(table, rows):
            stream.write(f"{comma}\n{feature}")
            comma = ","
        about = json.dumps(dict(table.notes()), ensure_ascii=False)
        stream.write(f'\n],"about":{about}}}\n')


def _features(table: Table, rows: Iterable[Row]) -> Iterator[str]:
    names = [column.name for column in table.columns]
    with_id = "id" in names
    for row in rows:
        values = {
            name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
            for name, value in zip(names, row.values, strict=True)
        }
        geometry = "null" if row.geometry is None else shapely.to_geojson(_anticlockwise(row.geometry))
        number = f'"id":{values["id"]},' if with_id else ""
        properties = json.dumps(values, ensure_ascii=False)
        yield f'{{"type":"Feature",{number}"geometry":{geometry},"properties":{properties}}}'


def _anticlockwise(geometry: shapely.Geometry) -> shapely.Geometry:
    if geometry.geom_type == "Point":
        return geometry
    return shapely.orient_polygons(geometry)
