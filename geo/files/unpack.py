"""Opening vector files from outside: what they are is read from their bytes, archives are unpacked with care.

GDAL chooses a driver by content, and some drivers read further files or addresses that the content names. So each
file must first show that it is what its name says, and an archive is taken apart here, under plain names, before
anything else looks into it.
"""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO
from xml.parsers import expat

from geo.errors import InvalidInput

__all__ = ["ACCEPTED", "MAX_UNPACKED_BYTES", "VectorSource", "gunzip", "opened_source"]

ACCEPTED = (
    "GeoJSON (.geojson, .json, also .gz), GeoPackage (.gpkg), Shapefile (.shp, also zipped) or KML (.kml)"
)
MAX_UNPACKED_BYTES = 1 << 30
MAX_MEMBERS = 1000
MAX_RATIO = 200
"""Unpacked bytes for one packed: DBF tables of blanks reach 100, bombs thousands."""
RATIO_FROM_BYTES = 16 << 20
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_KINDS = {".geojson": "geojson", ".json": "geojson", ".gpkg": "gpkg", ".shp": "shapefile", ".kml": "kml"}
_COPY = 1 << 20


@dataclass(frozen=True)
class VectorSource:
    """A file that can be read.

    Attributes
    ----------
    path
        Of the file on disk: the one given, or an unpacked copy that lives as long as the source is open.
    kind
        'geojson', 'gpkg', 'shapefile' or 'kml'.
    name
        As people know it: the file given and, within an archive, the member.
    notes
        What had to be done to open it.
    """

    path: Path
    kind: str
    name: str
    notes: tuple[str, ...] = field(default=())


@contextmanager
def opened_source(path: Path) -> Iterator[VectorSource]:
    """Open a vector file; copies made for it are gone afterwards.

    Raises
    ------
    InvalidInput
        If there is no such file, it is empty, of another kind, cut off, or an archive that may do harm or does not
        hold exactly one Shapefile (or one other vector file).
    """
    if not path.is_file():
        raise _refusal("there is no such file", path.name)
    if path.stat().st_size == 0:
        raise _refusal("the file is empty", path.name)
    with tempfile.TemporaryDirectory(prefix="gridcase-") as folder:
        place = Path(folder)
        suffix = path.suffix.lower()
        if suffix == ".zip":
            yield _unzipped(path, place)
        elif suffix == ".gz":
            yield _gunzipped(path, place)
        elif suffix == ".shp":
            yield _shapefile(_siblings(path), place, path.name)
        else:
            yield _plain(path, path.name)


def _plain(path: Path, name: str) -> VectorSource:
    kind = _KINDS.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        raise _refusal("the kind of file is not known by its ending", name)
    with path.open("rb") as file:
        head = file.read(4096)
        if kind == "geojson" and not _starts_object(head):
            raise _refusal("a GeoJSON file must be a JSON object that starts with '{'", name)
        if kind == "gpkg" and not head.startswith(b"SQLite format 3\0"):
            raise _refusal("a GeoPackage must be an SQLite database", name)
        if kind == "shapefile" and head[:4] != b"\0\0\x27\x0a":
            raise _refusal("a Shapefile must start with the number 9994", name)
        if kind == "kml":
            file.seek(0)
            _require_kml(file, name)
    return VectorSource(path, kind, name)


def _starts_object(head: bytes) -> bool:
    for encoding, mark in (("utf-8-sig", b""), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff")):
        if head.startswith(mark):
            text = head.decode(encoding, errors="ignore")
            if text.lstrip().startswith("{"):
                return True
    return False


def _require_kml(file: IO[bytes], name: str) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    root: list[str] = []

    def doctype(*_given: object) -> None:
        raise _refusal("KML with a document type declaration is not taken", name)

    def start(tag: str, _attributes: object) -> None:
        root.append(tag)
        parser.StartElementHandler = None

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    try:
        parser.ParseFile(file)
    except expat.ExpatError as error:
        raise _refusal(f"the file is no whole XML document ({error})", name) from error
    if not root or root[0].rpartition(" ")[2] != "kml":
        raise _refusal(
            f"a KML file must have the root element 'kml'; got '{root[0][:40] if root else ''}'", name
        )


def _siblings(path: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for other in path.parent.iterdir():
        suffix = other.suffix.lower()
        if other.stem == path.stem and suffix in SHAPEFILE_PARTS and other.is_file():
            found.setdefault(suffix, other)
    found[".shp"] = path
    return found


def _shapefile(parts: dict[str, Path], folder: Path, name: str) -> VectorSource:
    """Put the parts of a Shapefile together under one name, so that none is missed for its capitals."""
    _plain(parts[".shp"], name)
    if ".dbf" not in parts:
        raise _refusal("the Shapefile lacks its .dbf, where codes and names are", name)
    for suffix, part in parts.items():
        target = folder / f"layer{suffix}"
        if part != target:
            shutil.copyfile(part, target)
    notes: tuple[str, ...] = ()
    if ".shx" not in parts:
        notes = ("the .shx was missing; it was made anew from the .shp",)
    return VectorSource(folder / "layer.shp", "shapefile", name, notes)


def _gunzipped(path: Path, folder: Path) -> VectorSource:
    name = path.name[: -len(path.suffix)]
    kind = PurePosixPath(name).suffix.lower()
    if kind not in (".geojson", ".json", ".kml", ".gpkg"):
        raise _refusal("a .gz must hold a GeoJSON, GeoPackage or KML", path.name)
    target = folder / f"layer{kind}"
    gunzip(path, target)
    return VectorSource(target, _plain(target, target.name).kind, path.name)


def gunzip(path: Path, target: Path) -> None:
    """Unpack a .gz into a file, as far as that can do no harm.

    Raises
    ------
    InvalidInput
        If it is damaged, cut off, or unpacks to far more than files of its size do.
    """
    limit = _limit(path.stat().st_size)
    try:
        with gzip.open(path) as source:
            _copy(source, target, limit, path.name)
    except (OSError, EOFError, zlib.error) as error:
        raise _refusal(f"the archive is damaged or cut off ({error})", path.name) from error


def _limit(packed: int) -> int:
    return min(MAX_UNPACKED_BYTES, max(RATIO_FROM_BYTES, packed * MAX_RATIO))


def _unzipped(path: Path, folder: Path) -> VectorSource:
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, path.name)
            limit = _limit(path.stat().st_size)
            if sum(member.file_size for member in members.values()) > limit:
                raise _bomb(path.name, limit)
            chosen = _only(members, path.name)
            parts = {}
            for suffix, member in chosen.items():
                target = folder / f"layer{suffix}"
                with archive.open(member) as source:
                    limit -= _copy(source, target, limit, path.name)
                parts[suffix] = target
            inner = next(iter(chosen.values())).filename
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _refusal(f"the archive is damaged or cut off ({error})", path.name) from error
    name = f"{path.name}/{PurePosixPath(inner).name}"
    if ".shp" in parts:
        return _shapefile(parts, folder, name)
    target = next(iter(parts.values()))
    return VectorSource(target, _plain(target, target.name).kind, name)


def _members(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise _refusal(f"the archive holds {len(infos)} files; at most {MAX_MEMBERS} are taken", name)
    found = {}
    for info in infos:
        inner = info.filename.replace("\\", "/")
        path = PurePosixPath(inner)
        if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", inner):
            raise _refusal(f"the archive names a file outside itself: '{inner[:80]}'", name)
        if (info.external_attr >> 16) & 0o170000 == 0o120000:
            raise _refusal(f"the archive holds a link: '{inner[:80]}'", name)
        if info.flag_bits & 0x1:
            raise _refusal("the archive is encrypted", name)
        if info.is_dir() or path.name.startswith((".", "__")) or "__MACOSX" in path.parts:
            continue
        found[inner] = info
    return found


def _only(members: dict[str, zipfile.ZipInfo], name: str) -> dict[str, zipfile.ZipInfo]:
    """Return the one vector file of an archive: its main file first, then the parts that belong to it."""
    mains = [inner for inner in members if PurePosixPath(inner).suffix.lower() in _KINDS]
    if len(mains) != 1:
        held = ", ".join(PurePosixPath(inner).name for inner in sorted(mains or members)[:8]) or "nothing"
        raise _refusal(f"the archive must hold exactly one vector file; it holds {held}", name)
    main = PurePosixPath(mains[0])
    if main.suffix.lower() != ".shp":
        return {main.suffix.lower(): members[mains[0]]}
    found = {".shp": members[mains[0]]}
    for inner, info in members.items():
        path = PurePosixPath(inner)
        if path.parent == main.parent and path.stem.lower() == main.stem.lower():
            suffix = path.suffix.lower()
            if suffix in SHAPEFILE_PARTS:
                found.setdefault(suffix, info)
    return found


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path, limit: int, name: str) -> int:
    """Copy what a stream really holds, whatever its header says; return the number of bytes."""
    written = 0
    with target.open("wb") as out:
        while chunk := source.read(_COPY):
            written += len(chunk)
            if written > limit:
                raise _bomb(name, limit)
            out.write(chunk)
    return written


def _bomb(name: str, limit: int) -> InvalidInput:
    return _refusal(f"the archive unpacks to more than {limit / (1 << 20):,.0f} MB for its size", name)


def _refusal(what: str, name: str) -> InvalidInput:
    return InvalidInput(
        f"{name}: {what}; accepted is {ACCEPTED}", field="file", value=name, accepted=ACCEPTED
    )
