"""Rows of a table from outside: CSV (also .gz) and Excel, read as texts, row by row, as often as one likes.

A CSV is taken apart as bytes and its texts are decoded one by one, so that a row in another encoding than the rest is
one row that cannot be read, and stays whole. (No encoding taken here has a byte of a longer character that looks like
a quote, a comma or the end of a line.)
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl

from geo.errors import InvalidInput
from geo.files.encodings import CANDIDATES, encoding_named, table_encoding
from geo.files.unpack import MAX_UNPACKED_BYTES, gunzip

__all__ = ["ACCEPTED_TABLES", "Table", "TableRow", "opened_table"]

ACCEPTED_TABLES = "CSV (.csv, .tsv, .txt, also .gz) or Excel (.xlsx)"
MAX_FIELD_CHARACTERS = 1 << 17
_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 5000
_SHOWN_BYTES = 40
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_TEXT_ENDINGS = (".csv", ".tsv", ".txt")


class TableRow(NamedTuple):
    """One record.

    Attributes
    ----------
    number
        From 1, without the header.
    values
        One for each column. Of a row that cannot be read: what there is of it.
    problem
        Why it cannot be read; empty where it can.
    """

    number: int
    values: list[str]
    problem: str = ""


@dataclass(frozen=True)
class Table:
    """A table that can be read.

    Attributes
    ----------
    name
        Of the file, as people know it.
    kind
        'csv' or 'excel'.
    encoding
        Of its texts.
    columns
        Headers, each once.
    notes
        What had to be decided to read it.
    """

    name: str
    kind: str
    encoding: str
    columns: tuple[str, ...]
    notes: tuple[str, ...]
    _path: Path = field(repr=False)
    _delimiter: str = field(default=",", repr=False)
    _sheet: str = field(default="", repr=False)

    def position(self, column: str, option: str) -> int:
        """Return the position of a column.

        Raises
        ------
        InvalidInput
            If there is none of the name; it says which there are.
        """
        if column in self.columns:
            return self.columns.index(column)
        known = ", ".join(self.columns)
        raise InvalidInput(
            f"{option}: {self.name} has no column '{column}'; it has {known}",
            field=option.lstrip("-").replace("-", "_"),
            value=column,
            accepted=list(self.columns),
        )

    def rows(self) -> Iterator[TableRow]:
        """Yield the records in their order, from the first one each time; blank lines are none.

        Raises
        ------
        InvalidInput
            If the file cannot be taken apart at all from some row on.
        """
        return self._excel_rows() if self.kind == "excel" else self._csv_rows()

    def _csv_rows(self) -> Iterator[TableRow]:
        width, number = len(self.columns), 0
        with self._path.open(encoding="latin-1", newline="") as file:
            reader = csv.reader(file, delimiter=self._delimiter)
            try:
                next(reader)
                for values in reader:
                    if not values:
                        continue
                    number += 1
                    problem = ""
                    if not "".join(values).isascii():
                        values, problem = self._decoded(values)
                    if len(values) != width:
                        problem = problem or f"{len(values)} values for {width} columns"
                    yield TableRow(number, values, problem)
            except csv.Error as error:
                raise _refusal(
                    f"row {number + 1}: {error}; is a quote opened there and never closed?", self.name
                ) from error

    def _decoded(self, values: list[str]) -> tuple[list[str], str]:
        found, problem = [], ""
        for position, value in enumerate(values):
            raw = value.encode("latin-1")
            try:
                found.append(raw.decode(self.encoding))
            except UnicodeDecodeError:
                where = (
                    f"'{self.columns[position]}'" if position < len(self.columns) else f"value {position + 1}"
                )
                text, said = _otherwise(raw, self.encoding)
                found.append(text)
                problem = problem or f"column {where} is not {self.encoding.upper()}{said}"
        return found, problem

    def _excel_rows(self) -> Iterator[TableRow]:
        number = 0
        with _workbook(self._path, self.name) as book:
            cells = book[self._sheet].iter_rows(values_only=True)
            next(cells)
            width = len(self.columns)
            for row in cells:
                values = [_as_text(cell) for cell in row]
                if not any(values):
                    continue
                number += 1
                further = [value for value in values[width:] if value]
                values = [*values[:width], *[""] * (width - len(values))]
                problem = f"{width + len(further)} values for {width} columns" if further else ""
                yield TableRow(number, values + further, problem)


@contextmanager
def opened_table(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> Iterator[Table]:
    """Open a table; copies made for it are gone afterwards.

    Parameters
    ----------
    path
    encoding
        As the caller says. None: UTF-8 where the texts are, else the file is refused with a preview of what they
        could be; nothing is guessed. A few rows of another encoding do not decide about the rest.
    sheet
        Of a workbook; None for the first one.

    Raises
    ------
    InvalidInput
        If there is no such file, it is empty, damaged, of another kind, or the encoding is not to be known.
    """
    if not path.is_file():
        raise _refusal("there is no such file", path.name)
    if path.stat().st_size == 0:
        raise _refusal("the file is empty", path.name)
    with tempfile.TemporaryDirectory(prefix="gridcase-") as folder:
        inner, name = path, path.name
        if path.suffix.lower() == ".gz":
            name = path.name[: -len(path.suffix)]
            inner = Path(folder) / "table"
            if Path(name).suffix.lower() not in _TEXT_ENDINGS:
                raise _refusal("a .gz must hold a CSV", path.name)
            gunzip(path, inner)
        ending = Path(name).suffix.lower()
        if ending in _TEXT_ENDINGS:
            yield _csv_table(inner, Path(folder), path.name, encoding)
        elif ending in (".xlsx", ".xlsm"):
            yield _excel_table(inner, path.name, sheet)
        else:
            raise _refusal("the kind of file is not known by its ending", path.name)


def _csv_table(path: Path, folder: Path, name: str, told: str | None) -> Table:
    notes: list[str] = []
    with path.open("rb") as file:
        mark = file.read(3)
    wide = _MARKS.get(mark[:2]) or (
        told if told and encoding_named(told).startswith(("utf-16", "utf-32")) else None
    )
    if wide:
        path = _transcoded(path, folder / "utf-8", encoding_named(wide), name)
        mark, told = b"", "utf-8"
    if mark == b"\xef\xbb\xbf":
        plain = folder / "without-mark"
        with path.open("rb") as source, plain.open("wb") as target:
            source.seek(3)
            while block := source.read(1 << 20):
                target.write(block)
        path, told = plain, told or "utf-8"
    encoding, note = _encoding(path, told, name)
    if note:
        notes.append(note)
    with path.open(encoding="latin-1", newline="") as file:
        first = file.readline(MAX_FIELD_CHARACTERS)
    if not first.strip():
        raise _refusal("the first line must name the columns; it is empty", name)
    delimiter = max(_DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign))))
    try:
        with path.open(encoding="latin-1", newline="") as file:
            header = next(csv.reader(file, delimiter=delimiter))
    except csv.Error as error:
        raise _refusal(f"the first line must name the columns; {error}", name) from error
    try:
        columns = [text.encode("latin-1").decode(encoding) for text in header]
    except UnicodeDecodeError:
        raise _refusal(f"the names of its columns are not {encoding.upper()}", name) from None
    return Table(name, "csv", encoding, _headers(columns), tuple(notes), path, delimiter)


def _encoding(path: Path, told: str | None, name: str) -> tuple[str, str]:
    """Return the encoding of most lines, and a note where it was not declared."""
    wanted = encoding_named(told) if told is not None else "utf-8"
    fitting = others = 0
    sample: list[bytes] = []
    with path.open("rb") as file:
        for line in file:
            if line.isascii():
                continue
            try:
                line.decode(wanted)
                fitting += 1
            except UnicodeDecodeError:
                others += 1
            if len(sample) < _SAMPLE_LINES:
                sample.append(line.strip())
    if fitting >= others:
        return wanted, "" if told or not fitting else "the encoding is not declared; its texts are UTF-8"
    table_encoding(sample, told=told, cpg=None, driver_id=0, name=name)
    return wanted, ""


def _otherwise(raw: bytes, encoding: str) -> tuple[str, str]:
    """Return bytes that are not of an encoding as a text that a person can mend, and how it was read."""
    for other in CANDIDATES:
        if other != encoding:
            try:
                text = raw.decode(other)
            except UnicodeDecodeError:
                continue
            return text, f"; as {other.upper()} it reads “{text[:_SHOWN_BYTES]}”"
    text = raw.decode("ascii", errors="backslashreplace")
    return text, f": {text[:_SHOWN_BYTES]}"


def _transcoded(path: Path, target: Path, encoding: str, name: str) -> Path:
    try:
        with (
            path.open(encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as sink,
        ):
            while block := source.read(1 << 20):
                sink.write(block)
    except UnicodeError as error:
        raise _refusal(
            f"the file is not {encoding.upper()} throughout ({error.__class__.__name__})", name
        ) from error
    return target


def _headers(columns: list[str]) -> tuple[str, ...]:
    """Return headers that are each there once: a second one of a name gets its position, as an empty one does."""
    found: list[str] = []
    for position, column in enumerate(columns, start=1):
        header = column.strip() or f"column {position}"
        found.append(header if header not in found else f"{header} ({position})")
    return tuple(found)


def _excel_table(path: Path, name: str, sheet: str | None) -> Table:
    with _workbook(path, name) as book:
        sheets = book.sheetnames
        chosen = sheet or sheets[0]
        if chosen not in sheets:
            raise InvalidInput(
                f"{name} has no sheet '{chosen}'; it has {', '.join(sheets)}",
                field="sheet",
                value=chosen,
                accepted=sheets,
            )
        first = next(book[chosen].iter_rows(values_only=True), ())
    header = [_as_text(cell) for cell in first]
    while header and not header[-1].strip():
        header.pop()
    if not header:
        raise _refusal(f"the first line of the sheet '{chosen}' must name the columns; it is empty", name)
    notes = (f"read from the sheet '{chosen}' of {len(sheets)}",) if len(sheets) > 1 else ()
    return Table(name, "excel", "utf-8", _headers(header), notes, path, _sheet=chosen)


@contextmanager
def _workbook(path: Path, name: str) -> Iterator[Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise _refusal(
                f"unpacked it would be {unpacked:,} bytes; at most {MAX_UNPACKED_BYTES:,} are taken", name
            )
        with path.open("rb") as file:
            book = openpyxl.load_workbook(io.BytesIO(file.read()), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
        raise _refusal(f"the workbook is damaged, or none ({error.__class__.__name__})", name) from error
    try:
        yield book
    finally:
        book.close()


def _as_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _refusal(what: str, name: str) -> InvalidInput:
    return InvalidInput(f"{name}: {what}; accepted is {ACCEPTED_TABLES}", field="file", value=name)
