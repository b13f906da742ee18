"""Vector files as tables: geometries in the file's own CRS, columns, and what the file says about both."""

from __future__ import annotations

import datetime
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import pyproj
import shapely

from geo.domain.areas import Objects
from geo.errors import InvalidInput
from geo.files.apart import call_apart
from geo.files.encodings import CutText, decoded, table_encoding
from geo.files.geojson import read_head
from geo.files.unpack import VectorSource, opened_source

__all__ = ["VectorTable", "read_vector", "text_of"]

_EXACT = 2.0**53
"""Whole numbers beyond have lost digits when they come as floating point."""


@dataclass(frozen=True)
class VectorTable:
    """A layer of a vector file.

    Attributes
    ----------
    name
        Of the file, as people know it.
    layer
        Name of the layer.
    kind
        'geojson', 'gpkg', 'shapefile' or 'kml'.
    crs
        None where the file has none.
    crs_said
        How the file says so.
    encoding
        Of its texts.
    geometries : array (n,) of shapely geometries
        In the CRS of the file; None where a row has none, or one that cannot be read.
    unreadable : frozenset of int
        Positions of the rows whose geometry cannot be read (curves, damaged bytes).
    columns : mapping of str to array (n,)
    cut : frozenset of (str, int)
        Column and position of texts whose last character was cut in the middle; it is left out.
    notes
        What had to be done to read it.
    """

    name: str
    layer: str
    kind: str
    crs: pyproj.CRS | None
    crs_said: str
    encoding: str
    geometries: Objects
    unreadable: frozenset[int]
    columns: Mapping[str, npt.NDArray[Any]]
    cut: frozenset[tuple[str, int]] = frozenset()
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.geometries)

    def column(self, name: str) -> list[str]:
        """Return a column as texts: empty for nothing, whole numbers without a point.

        Raises
        ------
        InvalidInput
            If the file has no such column, or several that differ only in capitals; it names those there are.
        """
        found = [key for key in self.columns if key == name]
        found = found or [key for key in self.columns if key.casefold() == name.casefold()]
        if len(found) != 1:
            known = list(self.columns)
            what = f"has several columns '{name}'" if found else f"has no column '{name}'"
            raise InvalidInput(
                f"{self.name} {what}; it has: {', '.join(known) or 'none'}",
                field="column",
                value=name,
                accepted=known,
            )
        return [text_of(value) for value in self.columns[found[0]].tolist()]


def text_of(value: Any) -> str:
    """Return a value of a column as a text."""
    if value is None:
        return ""
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) <= _EXACT else repr(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return str(value).strip()


def read_vector(path: Path, *, encoding: str | None = None, layer: str | None = None) -> VectorTable:
    """Read a layer of a vector file.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, Shapefile or KML; a zipped Shapefile, a gzipped GeoJSON.
    encoding
        Of the texts, for a Shapefile or GeoJSON that does not say so or says it wrongly.
    layer
        Name; needed where the file has several.

    Raises
    ------
    InvalidInput
        If the file cannot be read, may do harm, or leaves open what must not be guessed.
    """
    with opened_source(path) as source:
        if source.kind == "geojson":
            return _read_geojson(source, encoding)
        if source.kind == "shapefile":
            return _read_shapefile(source, encoding)
        if encoding is not None and encoding.lower().replace("-", "") != "utf8":
            raise InvalidInput(
                f"--encoding is for Shapefile and GeoJSON: {source.name} holds UTF-8 by its format",
                field="encoding",
                value=encoding,
            )
        chosen = _layer(source, layer)
        if source.kind == "gpkg":
            meta, geometry, columns = _read_apart(source, chosen)
        else:
            meta, geometry, columns = _read(source.path, source.name, layer=chosen)
        return _table(source, chosen, meta, geometry, columns, "utf-8", (), frozenset())


def _read(
    path: Path | bytes, name: str, **options: Any
) -> tuple[dict[str, Any], Objects, list[npt.NDArray[Any]]]:
    try:
        # Dates as texts: what a city calls a date is seldom one, and a code must not become one.
        meta, _fids, geometry, columns = pyogrio.raw.read(path, datetime_as_string=True, **options)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
    ) as error:
        raise _unreadable(name, str(error).replace(str(path), name)) from error
    except UnicodeDecodeError as error:
        raise _unreadable(name, f"a text in it is not in UTF-8 ({error.reason})") from error
    return meta, geometry, columns


def _read_apart(source: VectorSource, layer: str) -> tuple[dict[str, Any], Objects, list[npt.NDArray[Any]]]:
    try:
        meta, _fids, geometry, columns = call_apart(
            "pyogrio.raw", "read", [str(source.path)], layer=layer, datetime_as_string=True
        )
    except InvalidInput as error:
        raise _unreadable(source.name, error.message.replace(str(source.path), source.name)) from error
    return meta, geometry, columns


def _unreadable(name: str, why: str) -> InvalidInput:
    return InvalidInput(f"{name} cannot be read: {why}", field="file", value=name)


def _layer(source: VectorSource, wanted: str | None) -> str:
    try:
        if source.kind == "gpkg":
            layers = call_apart("pyogrio", "list_layers", [str(source.path)])
        else:
            layers = pyogrio.list_layers(source.path)
    except (pyogrio.errors.DataSourceError, InvalidInput) as error:
        raise _unreadable(source.name, str(error).replace(str(source.path), source.name)) from error
    known = [str(entry[0]) for entry in layers.tolist()]
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted in known:
        return wanted
    got = f"got '{wanted}'" if wanted else "say which one with --layer"
    raise InvalidInput(
        f"{source.name} has the layers {', '.join(known) or '(none)'}; {got}",
        field="layer",
        value=wanted,
        accepted=known,
    )


def _read_geojson(source: VectorSource, encoding: str | None) -> VectorTable:
    head = read_head(source.path, source.name, encoding=encoding)
    if not head.rows:
        raise InvalidInput(f"{source.name} has no rows", field="file", value=source.name)
    given = source.path if head.recoded is None else head.recoded.encode()
    # A text that looks like a date stays the text that it is: it may be a code.
    meta, geometry, columns = _read(given, source.name, DATE_AS_STRING="YES")
    if geometry is None or len(geometry) != head.rows:
        raise _unreadable(
            source.name, f"{head.rows} rows are in it, {0 if geometry is None else len(geometry)} came out"
        )
    table = _table(source, "", meta, geometry, columns, encoding or "utf-8", (), frozenset())
    return replace(table, crs=head.crs, crs_said=head.crs_said)


def _read_shapefile(source: VectorSource, encoding: str | None) -> VectorTable:
    _require_whole(source)
    restored = not source.path.with_suffix(".shx").exists()
    if restored:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
    try:
        # One byte, one character: the bytes come back unharmed, whatever they mean.
        meta, geometry, columns = _read(source.path, source.name, encoding="ISO-8859-1")
    finally:
        if restored:
            pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
    if geometry is None:
        raise _unreadable(source.name, "it is a table without shapes")
    texts = {
        position: [value.encode("latin-1") if isinstance(value, str) else None for value in column.tolist()]
        for position, (column, kind) in enumerate(zip(columns, meta["dtypes"], strict=True))
        if str(kind) == "object"
    }
    cpg = source.path.with_suffix(".cpg")
    with source.path.with_suffix(".dbf").open("rb") as table:
        driver_id = table.read(30)[29]
    used, note = table_encoding(
        [raw for column in texts.values() for raw in column if raw],
        told=encoding,
        cpg=cpg.read_text("ascii", errors="replace") if cpg.exists() else None,
        driver_id=driver_id,
        name=source.name,
    )
    cut = set()
    names = _names(meta["fields"], used)
    for position, column in texts.items():
        read = [None if raw is None else decoded(raw, used) for raw in column]
        cut |= {(names[position], row) for row, text in enumerate(read) if isinstance(text, CutText)}
        columns[position] = np.array(
            [text.text if isinstance(text, CutText) else text for text in read], dtype=object
        )
    meta["fields"] = names
    notes = (note,) if note else ()
    return _table(source, "", meta, geometry, columns, used, notes, frozenset(cut))


def _names(fields: Sequence[str], encoding: str) -> list[str]:
    """Return names of columns, which are of the table's encoding, too."""
    found = []
    for name in fields:
        try:
            text = decoded(name.encode("latin-1"), encoding)
        except UnicodeEncodeError:  # GDAL has made it a text already
            text = name
        found.append(text.text if isinstance(text, CutText) else text or name)
    return found


def _require_whole(source: VectorSource) -> None:
    """Accept a Shapefile whose parts are as long as they say."""
    size = source.path.stat().st_size
    with source.path.open("rb") as file:
        header = file.read(100)
    told = 2 * struct.unpack(">i", header[24:28])[0] if len(header) == 100 else 100
    if size < told:
        raise _unreadable(source.name, f"it is cut off: {size:,} bytes of the {told:,} that it says")
    table = source.path.with_suffix(".dbf")
    with table.open("rb") as file:
        header = file.read(32)
    if len(header) < 32:
        raise _unreadable(source.name, "its .dbf is cut off")
    rows, first, length = struct.unpack("<iHH", header[4:12])
    if table.stat().st_size < first + rows * length:
        raise _unreadable(source.name, f"its .dbf is cut off: it should hold {rows:,} rows")
    index = source.path.with_suffix(".shx")
    if index.exists():
        shapes = max(0, index.stat().st_size - 100) // 8
        if shapes != rows:
            raise _unreadable(
                source.name, f"{shapes:,} shapes and {rows:,} rows: its parts do not belong together"
            )


def _table(
    source: VectorSource,
    layer: str,
    meta: Mapping[str, Any],
    geometry: Objects | None,
    columns: Sequence[npt.NDArray[Any]],
    encoding: str,
    notes: tuple[str, ...],
    cut: frozenset[tuple[str, int]],
) -> VectorTable:
    if geometry is None:
        raise _unreadable(source.name, "it is a table without shapes")
    if not len(geometry):
        raise InvalidInput(f"{source.name} has no rows", field="file", value=source.name)
    with np.errstate(invalid="ignore"):  # NaN among the coordinates is told by row, not by a warning
        shapes = shapely.from_wkb(geometry, on_invalid="ignore")
    missing = np.array([wkb is None for wkb in geometry])
    said = meta["crs"]
    named: dict[str, npt.NDArray[Any]] = {}
    for name, column in zip(meta["fields"], columns, strict=True):
        if name in named:
            raise InvalidInput(
                f"{source.name} has two columns '{name}'; nobody can tell which one counts",
                field="column",
                value=name,
            )
        named[str(name)] = column
    return VectorTable(
        name=source.name,
        layer=layer,
        kind=source.kind,
        crs=pyproj.CRS.from_user_input(said) if said else None,
        crs_said=str(said)[:200] if said else "none",
        encoding=encoding,
        geometries=shapes,
        unreadable=frozenset(np.flatnonzero(shapely.is_missing(shapes) & ~missing).tolist()),
        columns=named,
        cut=cut,
        notes=(*source.notes, *notes),
    )
