"""What GDAL takes from a GeoJSON file without a word, looked at first: its CRS, its encoding, keys given twice.

GDAL reads `"crs": null` and a CRS that it does not know as WGS 84, follows a CRS given by a link, and takes the last
of two equal keys. None of this is an error to it; each of them moves or renames areas.

References
----------
RFC 7946; the `crs` member is of the 2008 GeoJSON format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyproj

from geo.domain.crs_evidence import crs_named
from geo.errors import InvalidInput
from geo.files.encodings import encoding_named, fits, preview

__all__ = ["GeoJsonHead", "read_head"]

_TEXT = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_NAMED = re.compile(
    r"(?:urn:ogc:def:crs:|http://www\.opengis\.net/def/crs/)?EPSG[:/](?:[\d.]*[:/])?(\d{4,6})", re.I
)
_LONLAT = re.compile(r"(?:urn:ogc:def:crs:)?(?:OGC:(?:1\.3|2):)?CRS84", re.I)
_GEOMETRIES = (
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)


@dataclass(frozen=True, slots=True)
class GeoJsonHead:
    """What a GeoJSON file says beside its features.

    Attributes
    ----------
    crs
        None where it says that it has none (`"crs": null`).
    crs_said
        How it says so.
    rows
        Number of features.
    recoded
        The file in UTF-8 where it was in another encoding, else None.
    """

    crs: pyproj.CRS | None
    crs_said: str
    rows: int
    recoded: str | None


def read_head(path: Path, name: str, *, encoding: str | None) -> GeoJsonHead:
    """Return what a GeoJSON file says.

    Parameters
    ----------
    path
    name
        For messages.
    encoding
        What the caller says; UTF-8 without.

    Raises
    ------
    InvalidInput
        If it is no whole GeoJSON, its texts are not of the encoding, a key is given twice in one object, or its CRS
        is one that is not known or given by a link.
    """
    raw = path.read_bytes()
    text = _text(raw, name, encoding)
    try:
        top = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, name))
    except json.JSONDecodeError as error:
        raise _refusal(f"is no whole JSON ({error})", name) from error
    except RecursionError as error:
        raise _refusal("is nested too deeply", name) from error
    if not isinstance(top, dict) or top.get("type") not in ("FeatureCollection", "Feature", *_GEOMETRIES):
        kind = top.get("type") if isinstance(top, dict) else type(top).__name__
        raise _refusal(f"must be a FeatureCollection; got {str(kind)[:40]!r}", name)
    rows = 1
    if top["type"] == "FeatureCollection":
        features = top.get("features")
        if not isinstance(features, list):
            raise _refusal("has no list of features", name)
        for number, feature in enumerate(features, start=1):
            if not isinstance(feature, dict) or feature.get("type") != "Feature":
                raise _refusal(f"row {number} is no Feature", name)
        rows = len(features)
    crs, said = _crs(top, name)
    return GeoJsonHead(crs, said, rows, text if encoding is not None else None)


def _text(raw: bytes, name: str, encoding: str | None) -> str:
    wanted = "utf-8-sig" if encoding is None else encoding_named(encoding)
    try:
        return raw.decode(wanted)
    except UnicodeDecodeError as error:
        texts = [match[1] for match in _TEXT.finditer(raw) if not match[1].isascii()]
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"line {line}: not in {'UTF-8, as GeoJSON must be' if encoding is None else wanted.upper()}"
        offered = preview(texts)
        if not offered:
            offered = "its texts are of several encodings, and must be brought into one first"
        raise InvalidInput(
            f"{name}: {what}; {offered}",
            field="encoding",
            value=name,
            accepted=[e.upper() for e in ("gb18030", "big5", "euc-kr") if fits(texts, e)] or "UTF-8",
        ) from error


def _object(pairs: Iterable[tuple[str, Any]], name: str) -> dict[str, Any]:
    """Return an object without its coordinates; they are read by GDAL, and need not lie here as lists."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _refusal(
                f"has the key {key[:40]!r} twice in one object; nobody can tell which one counts", name
            )
        found[key] = None if key == "coordinates" else value
    return found


def _crs(top: dict[str, Any], name: str) -> tuple[pyproj.CRS | None, str]:
    if "crs" not in top:
        return pyproj.CRS.from_epsg(4326), "WGS 84, as every GeoJSON without a word on it"
    given = top["crs"]
    if given is None:
        return None, "none (null)"
    said = given.get("properties") if isinstance(given, dict) else None
    text = said.get("name") if isinstance(said, dict) and given.get("type") == "name" else None
    if isinstance(text, str):
        if _LONLAT.fullmatch(text):
            return pyproj.CRS.from_epsg(4326), text
        match = _NAMED.fullmatch(text)
        if match is not None:
            return crs_named(match[1]), text
    shown = json.dumps(given, ensure_ascii=False)[:120]
    raise InvalidInput(
        f"{name}: its CRS {shown} is not known here; write it as urn:ogc:def:crs:EPSG::4490, or take it out and say it "
        "with --crs",
        field="crs",
        value=shown,
        accepted="a code of EPSG",
    )


def _refusal(what: str, name: str) -> InvalidInput:
    return InvalidInput(f"{name}: {what}; accepted is a GeoJSON FeatureCollection", field="file", value=name)
