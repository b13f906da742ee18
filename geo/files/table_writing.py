"""Tables written as files, row by row.

Rows are taken one at a time and the file appears under its name when it is whole, so that neither memory nor a failure
half-way is a matter of how many rows there are.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.utils.translation import gettext as _

from geo.errors import InvalidInput
from geo.files.table_arrow import write_parquet, write_through_gdal
from geo.files.table_text import write_csv, write_geojson, write_xlsx
from geo.files.tables import Row, Table

__all__ = ["write_table"]

_WRITERS: Mapping[str, Callable[[Path, Table, Iterable[Row]], None]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "geojson": write_geojson,
    "parquet": write_parquet,
    "gpkg": partial(write_through_gdal, driver="GPKG"),
    "fgb": partial(write_through_gdal, driver="FlatGeobuf"),
}


def write_table(path: Path, kind: str, table: Table) -> int:
    """Write a table; return the number of its rows.

    Parameters
    ----------
    path
        Replaced if it is there; as it was if anything fails.
    kind
        One of `FORMATS`.
    table

    Raises
    ------
    InvalidInput
        If there is no such folder, or the format cannot hold the rows.
    """
    if not path.parent.is_dir():
        message = _("the folder of the file must exist; got '%(value)s'") % {"value": str(path.parent)}
        raise InvalidInput(message, field="file", value=str(path))
    with _appearing(path) as draft:
        counted = _Counted(table.rows)
        _WRITERS[kind](draft, table, counted)
    return counted.number


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """Yield where to write: beside `path`, under its name in a folder of its own, moved there when it is done."""
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=".writing-"))
    try:
        draft = folder / path.name
        yield draft
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Counted:
    """Rows, counted as they go by."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.number += 1
            yield row
