"""The file that a backup is: a ZIP with the database, every photo, and a manifest of what both must be.

The manifest is written last; an archive that ends too early has none, nor the directory that every ZIP ends with.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from geo.errors import InvalidInput

__all__ = ["FORMAT", "ArchiveWriter", "Entry", "Manifest", "extract", "opened_archive"]

FORMAT = 1
DATABASE, MANIFEST, FILES = "database", "manifest.json", "files/"
MAX_MANIFEST_BYTES = 512 * 1024 * 1024
_CHUNK = 1024 * 1024
_TABLE = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A member: path (of a photo below the media folder), length, hash of its bytes."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive holds; nothing secret.

    Attributes
    ----------
    version
        Of Gridcase.
    created_at
        ISO 8601.
    kind, server, schema
        'spatialite' or 'postgis', version of the server or library, PostgreSQL's schema.
    migrations
        Applied ones by app.
    rows
        Of each table.
    database
        The dump.
    files
        Photos, by path.
    missing
        Paths that the database names and the media folder did not have.
    """

    version: str
    created_at: str
    kind: str
    server: str
    schema: str
    migrations: Mapping[str, list[str]]
    rows: Mapping[str, int]
    database: Entry
    files: tuple[Entry, ...]
    missing: tuple[str, ...]
    format: int = FORMAT

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return asdict(self)


class ArchiveWriter:
    """Writes an archive member by member, noting what has gone in."""

    def __init__(self, path: Path) -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)  # it holds personal data
        self._stream = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(self._stream, "w", allowZip64=True)

    def add_database(self, path: Path, *, compress: bool) -> Entry:
        """Take the dump in."""
        return self._add(DATABASE, DATABASE, path, compress=compress)

    def add_file(self, path: Path, name: str) -> Entry:
        """Take a photo in, under its path below the media folder."""
        return self._add(FILES + name, name, path, compress=False)

    def _add(self, member: str, name: str, path: Path, *, compress: bool) -> Entry:
        info = zipfile.ZipInfo(member)
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as source, self._zip.open(info, "w", force_zip64=True) as target:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
        return Entry(name, size, digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and bring everything to the disk."""
        text = json.dumps(manifest.as_json(), ensure_ascii=False, indent=1)
        self._zip.writestr(MANIFEST, text, compress_type=zipfile.ZIP_DEFLATED)
        self._zip.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()

    def abandon(self) -> None:
        """Give up; the file is the caller's to delete."""
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()
        self._stream.close()


@contextmanager
def opened_archive(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Yield an archive with its manifest; its members are exactly those that the manifest names.

    Raises
    ------
    InvalidInput
        If it is no archive of ours, ends too early, or names a path outside of where photos belong.
    """
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise InvalidInput(f"there is no file {path}", field="file") from None
    except (zipfile.BadZipFile, OSError) as error:
        raise _refused(path, f"it ends too early, or is no backup ({error})") from error
    with archive:
        yield archive, _manifest(archive, path)


def _refused(path: Path, reason: str) -> InvalidInput:
    message = f"{path.name} is not restored: {reason}"
    return InvalidInput(message, field="file", value=path.name)


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    try:
        info = archive.getinfo(MANIFEST)
        if info.file_size > MAX_MANIFEST_BYTES:
            raise ValueError(f"manifest of {info.file_size} bytes")
        said = json.loads(archive.read(info))
        number = said["format"]
        if isinstance(number, int) and number > FORMAT:
            raise _refused(path, f"it is of a newer Gridcase ({said.get('version')})")
        said["database"] = Entry(**said["database"])
        said["files"] = tuple(Entry(**entry) for entry in said["files"])
        said["missing"] = tuple(said["missing"])
        manifest = Manifest(**said)
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise _refused(path, f"its manifest cannot be read ({error})") from error
    if not all(_TABLE.fullmatch(name) for name in manifest.rows):
        raise _refused(path, "its manifest names what is no table")
    for entry in manifest.files:
        if not _is_plain(entry.path):
            raise _refused(path, f"it names the path '{entry.path[:200]}'")
    wanted = sorted([MANIFEST, DATABASE, *(FILES + entry.path for entry in manifest.files)])
    there = sorted(member.filename for member in archive.infolist())
    if wanted != there:
        odd = sorted(set(wanted) ^ set(there)) or [name for name in there if there.count(name) > 1]
        raise _refused(path, f"its members are not those of its manifest: {', '.join(odd[:3])}")
    return manifest


def _is_plain(name: str) -> bool:
    """Tell whether a path stays below its folder on any system, and hides nothing."""
    parts = PurePosixPath(name).parts
    plain = name == "/".join(parts) and not name.startswith("/") and bool(parts)
    return plain and not any(part.startswith(".") or set(part) & set("\\:\x00") for part in parts)


def extract(archive: zipfile.ZipFile, entry: Entry, target: Path, *, path: Path) -> None:
    """Write a member to a new file on the disk, checked by length and hash.

    Raises
    ------
    InvalidInput
        If its bytes are not those that the manifest names.
    """
    member = DATABASE if entry.path == DATABASE else FILES + entry.path
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(member) as source, target.open("xb") as sink:
            while size <= entry.bytes and (chunk := source.read(_CHUNK)):
                digest.update(chunk)
                size += len(chunk)
                sink.write(chunk)
            _to_disk(sink)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # our own disk
        raise _refused(path, f"{member} is damaged ({error})") from error
    if (size, digest.hexdigest()) != (entry.bytes, entry.sha256):
        raise _refused(path, f"{member} does not have the bytes of the manifest")


def _to_disk(stream: IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())
