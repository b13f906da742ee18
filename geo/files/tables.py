"""What a table with a geometry is, and the formats in which it goes out: for maps, analysts, spreadsheets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import shapely
from django.utils.translation import gettext as _

from geo.errors import InvalidInput

__all__ = ["ENDINGS", "FORMATS", "Column", "Row", "Table", "format_named", "format_of"]

Kind = Literal["text", "integer", "flag", "moment", "list"]
FORMATS = {
    "gpkg": "GeoPackage",
    "geojson": "GeoJSON",
    "fgb": "FlatGeobuf",
    "parquet": "GeoParquet",
    "csv": "CSV",
    "xlsx": "Excel",
}
ENDINGS = {**{f".{key}": key for key in FORMATS}, ".geoparquet": "parquet"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; a `moment` is an aware time in the zone in which people read it, a `list` one of texts."""

    name: str
    kind: Kind = "text"


class Row(NamedTuple):
    """Values in the order of the columns, and where (EPSG:4326, lon lat); None for what has no place."""

    values: Sequence[Any]
    geometry: shapely.Geometry | None


@dataclass(frozen=True)
class Table:
    """What is written.

    Attributes
    ----------
    name
        Of the layer or sheet.
    columns
    geometry_type
        'Point' or 'MultiPolygon'.
    rows
        Read once.
    notes
        What the file says of itself where its format has room for that; asked for after the last row.
    """

    name: str
    columns: Sequence[Column]
    geometry_type: Literal["Point", "MultiPolygon"]
    rows: Iterable[Row]
    notes: Callable[[], Mapping[str, str]]


def format_of(path: Path) -> str:
    """Return the format that a file's ending stands for.

    Raises
    ------
    InvalidInput
        If none does; says which there are.
    """
    if path.suffix.lower() not in ENDINGS:
        message = _("the file must end with one of %(accepted)s; got '%(value)s'")
        shown = {"accepted": ", ".join(ENDINGS), "value": path.name}
        raise InvalidInput(message % shown, field="file", value=path.name, accepted=list(ENDINGS))
    return ENDINGS[path.suffix.lower()]


def format_named(name: str) -> str:
    """Return the format of a name: an ending without its dot, or the format's own name.

    Raises
    ------
    InvalidInput
        If there is no such format; says which there are.
    """
    known = {ending[1:]: key for ending, key in ENDINGS.items()}
    known |= {title.lower(): key for key, title in FORMATS.items()}
    if name.lower() not in known:
        message = _("format must be one of %(accepted)s; got '%(value)s'")
        shown = {"accepted": ", ".join(FORMATS), "value": name[:40]}
        raise InvalidInput(message % shown, field="format", value=name[:40], accepted=list(FORMATS))
    return known[name.lower()]
