"""A deployment in one file: database and photos as they were at one moment."""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from geo.db.backup import DumpError, engine
from geo.errors import GridcaseError, InvalidInput
from geo.files.backup_archive import ArchiveWriter, Entry, Manifest

__all__ = ["BackupFailed", "backup_write", "backups_prune", "media_files", "program_version"]

NOT_BACKED_UP = "incoming"
"""Pieces of photos under way: phones send them again."""
PREFIX, ENDING = "gridcase-", ".zip"


class BackupFailed(GridcaseError):
    """A backup could not be made or put back; what was there is as it was."""

    code = "backup-failed"
    status = 500


def program_version() -> str:
    """Return the version of Gridcase."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as stream:
        return str(tomllib.load(stream)["project"]["version"])


def backup_write(*, path: Path, replace: bool = False) -> dict[str, Any]:
    """Write database and photos to one file, while the server goes on; return what is in it.

    The database is copied first: a row that names a photo is written after the photo itself, so that every photo of
    the copy is there when the photos are read.

    Parameters
    ----------
    path
        The file, or a folder that gets one named after the moment.
    replace
        Write over a file that is there.

    Returns
    -------
    dict
        file, bytes, database, rows, files, missing (named by the database, not in the media folder).

    Raises
    ------
    InvalidInput
        If the file is there, or its folder is not.
    BackupFailed
        If the database cannot be dumped.
    """
    if path.is_dir():
        path = path / f"{PREFIX}{timezone.now():%Y%m%d-%H%M%S}{ENDING}"
    if path.exists() and not replace:
        message = f"{path} is there already; --force writes over it"
        raise InvalidInput(message, field="file", value=str(path))
    if not path.parent.is_dir():
        message = f"the folder of the file must exist; got '{path.parent}'"
        raise InvalidInput(message, field="file", value=str(path))
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=".backup-"))
    try:
        manifest = _write(folder)
        (folder / "archive").replace(path)
        _fsync_folder(path.parent)
    except DumpError as error:
        raise BackupFailed(str(error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "database": manifest.kind,
        "rows": sum(manifest.rows.values()),
        "files": len(manifest.files),
        "missing": list(manifest.missing),
    }


def _write(folder: Path) -> Manifest:
    database = engine()
    dump = database.dump(folder / "database")
    writer = ArchiveWriter(folder / "archive")
    try:
        entry = writer.add_database(folder / "database", compress=not database.compresses)
        (folder / "database").unlink()
        files = list(_add_files(writer))
        manifest = Manifest(
            version=program_version(),
            created_at=timezone.now().isoformat(timespec="seconds"),
            kind=database.kind,
            server=dump.server,
            schema=dump.schema,
            migrations=dump.migrations,
            rows=dump.rows,
            database=entry,
            files=tuple(files),
            missing=tuple(sorted(dump.referenced - {file.path for file in files})),
        )
        writer.finish(manifest)
    except BaseException:
        writer.abandon()
        raise
    return manifest


def _add_files(writer: ArchiveWriter) -> Iterator[Entry]:
    root = Path(settings.MEDIA_ROOT)
    for name in media_files(root):
        try:
            yield writer.add_file(root / name, name)
        except FileNotFoundError:
            continue  # deleted since we looked; if the database names it, it is told as missing


def media_files(root: Path) -> Iterator[str]:
    """Yield the paths of what belongs to a backup, below the media folder, in order."""
    for folder, folders, names in os.walk(root):
        here = Path(folder).relative_to(root)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and (here / name) != Path(NOT_BACKED_UP)
        )
        for name in sorted(names):
            if not name.startswith("."):
                yield (here / name).as_posix()


def backups_prune(*, folder: Path, keep: int) -> list[str]:
    """Delete all but the newest backups that `backup_write` named itself; return the names of those deleted.

    Parameters
    ----------
    folder
    keep
        At least 1.
    """
    if keep < 1:
        message = f"--keep must be at least 1; got {keep}"
        raise InvalidInput(message, field="keep", value=keep, accepted="≥ 1")
    found = sorted(folder.glob(f"{PREFIX}[0-9]*-[0-9]*{ENDING}"), reverse=True)
    for old in found[keep:]:
        old.unlink()
    return [old.name for old in found[keep:]]


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
