"""Tables by columns: GeoParquet, and what GDAL writes from Arrow batches.

pyarrow takes 60 MB of a process: only who writes such a file loads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyproj
import shapely

from geo.files.apart import call_apart
from geo.files.table_text import LIST_SEPARATOR
from geo.files.tables import Row, Table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["write_parquet", "write_through_gdal"]

_BATCH = 5000


class _Extent:
    """Bounds of what has gone by, and whether something had no place."""

    def __init__(self) -> None:
        self.bounds: list[float] | None = None
        self.gaps = False

    def add(self, rows: list[Row]) -> None:
        """Take a batch in."""
        shapes = [row.geometry for row in rows if row.geometry is not None]
        self.gaps |= len(shapes) < len(rows)
        if not shapes:
            return
        west, south, east, north = (float(value) for value in shapely.total_bounds(shapes))
        known = self.bounds or [west, south, east, north]
        self.bounds = [
            min(known[0], west),
            min(known[1], south),
            max(known[2], east),
            max(known[3], north),
        ]


def write_parquet(path: Path, table: Table, rows: Iterable[Row]) -> None:
    """Write GeoParquet 1.1 (WKB, EPSG:4326 in lon lat order) with the notes under the key `about`.

    References
    ----------
    OGC GeoParquet 1.1.0: the file's metadata `geo` names the columns with geometries, their encoding, CRS and types.
    """
    import pyarrow.parquet as pq

    extent = _Extent()
    schema = _schema(table, lists=True)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _batches(table, rows, schema, extent, lists=True):
            writer.write_batch(batch)
        column: dict[str, Any] = {
            "encoding": "WKB",
            "geometry_types": [table.geometry_type],
            "crs": pyproj.CRS.from_epsg(4326).to_json_dict(),
        }
        if extent.bounds:
            column["bbox"] = extent.bounds
        if table.geometry_type != "Point":
            column["orientation"] = "counterclockwise"
        geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
        about = json.dumps(dict(table.notes()), ensure_ascii=False)
        writer.add_key_value_metadata({"geo": json.dumps(geo), "about": about})


def write_through_gdal(path: Path, table: Table, rows: Iterable[Row], *, driver: str) -> None:
    """Write a layer through GDAL, in a process apart; lists are joined by semicolons, times are in UTC.

    Parameters
    ----------
    driver
        'GPKG' or 'FlatGeobuf'.
    """
    import pyarrow as pa

    extent = _Extent()
    schema = _schema(table, lists=False)
    waiting = path.with_name("waiting.arrow")
    with pa.OSFile(str(waiting), "wb") as sink:
        stream: AbstractContextManager[Any] = pa.ipc.new_stream(sink, schema)
        with stream as writer:
            for batch in _batches(table, rows, schema, extent, lists=False):
                writer.write_batch(batch)
    notes = dict(table.notes())
    said = "\n".join(f"{name}: {value}" for name, value in notes.items())
    options: dict[str, Any] = {"DESCRIPTION": said}
    if driver == "FlatGeobuf":
        # Its index has no room for rows without a place.
        options |= {"TITLE": table.name, "SPATIAL_INDEX": "NO" if extent.gaps else "YES"}
    more = {"layer_metadata": notes} if driver == "GPKG" else {}
    call_apart(
        "geo.files.layer_writing",
        "write_layer",
        (str(waiting), str(path)),
        driver=driver,
        layer=table.name,
        geometry_type=table.geometry_type,
        options={"layer_options": options, **more},
    )
    waiting.unlink()


def _schema(table: Table, *, lists: bool) -> pa.Schema:
    import pyarrow as pa

    kinds = {
        "text": pa.string(),
        "integer": pa.int64(),
        "flag": pa.bool_(),
        "moment": pa.timestamp("ms", "UTC"),
        "list": pa.list_(pa.string()) if lists else pa.string(),
    }
    fields = [pa.field(column.name, kinds[column.kind]) for column in table.columns]
    wkb = pa.field("geometry", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"})
    return pa.schema([*fields, wkb])


def _batches(
    table: Table, rows: Iterable[Row], schema: pa.Schema, extent: _Extent, *, lists: bool
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        extent.add(batch)
        arrays = []
        for position, column in enumerate(table.columns):
            values = [row.values[position] for row in batch]
            if column.kind == "list" and not lists:
                values = [None if value is None else LIST_SEPARATOR.join(value) for value in values]
            arrays.append(pa.array(values, schema.field(position).type))
        shapes: list[Any] = [None if row.geometry is None else _oriented(row.geometry) for row in batch]
        wkb = [None if shape is None else shapely.to_wkb(shape) for shape in shapes]
        arrays.append(pa.array(wkb, pa.binary()))
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _oriented(shape: shapely.Geometry) -> shapely.Geometry:
    return shape if shape.geom_type == "Point" else shapely.orient_polygons(shape)
