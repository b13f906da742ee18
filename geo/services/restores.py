"""A backup put back: all of it or nothing, also when the process is killed in the middle.

Everything is first read, checked and brought up to date beside what is there. One commit of the database then decides:
it carries the number of this restore. The photos follow it by renaming; a journal beside them lets the next process
that starts finish that (the number in the database is the journal's), or clear away what was prepared (it is not).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection

from geo import routing
from geo.db.backup import DumpError, Engine, engine, known_migrations, tables
from geo.errors import Conflict, InvalidInput
from geo.files.backup_archive import Manifest, extract, opened_archive
from geo.services.backups import BackupFailed, media_files, program_version

__all__ = ["backup_restore", "finish_at_start", "restore_finish"]

WORK = ".restore"
LOCK = ".restore.lock"
_EMPTY_MEANS = ("geo_place", "geo_user")
log = logging.getLogger(__name__)


def backup_restore(*, path: Path, force: bool = False) -> dict[str, Any]:
    """Replace database and photos by those of a backup; return what came back.

    Parameters
    ----------
    path
        As written by `backup_write`, by this version of Gridcase or an older one, from the same kind of database.
    force
        Also where there are places, accounts, cases or photos, which are then gone.

    Raises
    ------
    InvalidInput
        If the file is no whole backup, of a newer version, or of the other kind of database.
    Conflict
        If something is there and `force` is false, or another restore is running.
    BackupFailed
        If the database does not take it. In all three cases everything is as it was.
    """
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root) as got:
        if not got:
            raise Conflict("another restore is running", field="file")
        _finish(root)
        with opened_archive(path) as (archive, manifest):
            database = engine()
            try:
                _require_fit(manifest, database, path)
                _require_empty(root, force=force)
                _stage(archive, manifest, root, path)
                _switch(database, manifest, root)
            except DumpError as error:
                message = f"{path.name} is not restored: {error}"
                raise BackupFailed(message) from error
            finally:
                if not _journal(root).exists():
                    shutil.rmtree(root / WORK, ignore_errors=True)
        _finish(root)
    routing.forget()
    return {
        "file": str(path),
        "version": manifest.version,
        "created_at": manifest.created_at,
        "rows": sum(manifest.rows.values()),
        "files": len(manifest.files),
        "missing": list(manifest.missing),
    }


def restore_finish() -> None:
    """Finish or clear away what a killed restore left; does nothing while one is running, or where none was."""
    root = Path(settings.MEDIA_ROOT)
    if not (root / WORK).exists():
        return
    with _alone(root) as got:
        if got:
            _finish(root)


def finish_at_start() -> None:
    """Do `restore_finish` in a process that starts, which goes on where the database does not answer yet."""
    try:
        restore_finish()
    except (Error, DumpError, OSError) as error:
        log.warning("a restore that was interrupted waits to be finished: %s", error)


@contextmanager
def _alone(root: Path) -> Iterator[bool]:
    """Yield whether this process is the only one that restores; given up with the process, however that ends."""
    with (root / LOCK).open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _require_fit(manifest: Manifest, database: Engine, path: Path) -> None:
    reason = ""
    ours = program_version()
    if manifest.kind != database.kind:
        reason = f"it holds a {manifest.kind} database; this deployment has {database.kind}"
    elif _numbers(manifest.version) > _numbers(ours):
        reason = f"it is of Gridcase {manifest.version}; this is {ours}, which is older"
    else:
        theirs = {(app, name) for app, names in manifest.migrations.items() for name in names}
        unknown = sorted(theirs - known_migrations())
        if unknown:
            reason = f"it is of a newer Gridcase: the migration {'.'.join(unknown[0])} is not known here"
    if reason:
        message = f"{path.name} is not restored: {reason}"
        raise InvalidInput(message, field="file", value=path.name)
    database.check(manifest.server, manifest.schema)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isascii() and part.isdecimal()]


def _require_empty(root: Path, *, force: bool) -> None:
    if force:
        return
    there = []
    existing = set(connection.introspection.table_names())
    for table in sorted(set(tables()) & existing & set(_EMPTY_MEANS)):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 -- a table of ours
            number = cursor.fetchone()[0]
        if number:
            there.append(f"{table} {number}")
    photos = sum(1 for _name in media_files(root))
    if photos:
        there.append(f"photos {photos}")
    if there:
        message = f"there is something already ({', '.join(there)}); --force replaces it"
        raise Conflict(message, field="force")


def _stage(archive: zipfile.ZipFile, manifest: Manifest, root: Path, path: Path) -> None:
    """Write everything beside what is there, checked; nothing is touched yet."""
    work = root / WORK
    work.mkdir(mode=0o700)
    needed = manifest.database.bytes + sum(entry.bytes for entry in manifest.files)
    free = shutil.disk_usage(work).free
    if needed > free:
        raise BackupFailed(f"{needed} bytes are needed in {root}, {free} are free")
    extract(archive, manifest.database, work / "database", path=path)
    (work / "new").mkdir()
    for entry in manifest.files:
        extract(archive, entry, work / "new" / entry.path, path=path)
    _to_disk(work / "new")


def _switch(database: Engine, manifest: Manifest, root: Path) -> None:
    mark = secrets.randbelow(2**31 - 1) + 1
    try:
        with database.replacing(root / WORK / "database", mark, manifest.rows):
            _write_journal(root, mark)
    except Error as error:
        raise DumpError(f"the database refuses it: {error}") from error
    finally:
        # Only where the commit is known to have failed; a doubt is left to the number in the database.
        if _journal(root).exists() and database.mark() != mark:
            _journal(root).unlink()


def _journal(root: Path) -> Path:
    return root / WORK / "journal.json"


def _write_journal(root: Path, mark: int) -> None:
    draft = root / WORK / "journal.draft"
    names = sorted(entry.name for entry in (root / WORK / "new").iterdir())
    with draft.open("w") as stream:
        json.dump({"mark": mark, "names": names}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(_journal(root))
    _to_disk(root / WORK)


def _finish(root: Path) -> None:
    """Let the photos follow the database, or clear away what was prepared for nothing. May be repeated."""
    work = root / WORK
    if not work.exists():
        return
    if _journal(root).exists() and engine().mark() == json.loads(_journal(root).read_text())["mark"]:
        _swap(root)
        _journal(root).unlink()
        log.info("restored: photos are those of the backup")
    shutil.rmtree(work)


def _swap(root: Path) -> None:
    """Put the new folders in the place of the old ones; each step is one renaming, done once."""
    work = root / WORK
    old, new = work / "old", work / "new"
    old.mkdir(exist_ok=True)
    for entry in sorted(new.iterdir()):
        there = root / entry.name
        if there.exists():
            there.rename(old / f"{entry.name}-{secrets.token_hex(4)}")
        entry.rename(there)
    ours = set(json.loads(_journal(root).read_text())["names"])
    for there in sorted(root.iterdir()):
        if not there.name.startswith(".") and there.name not in ours:
            there.rename(old / f"{there.name}-{secrets.token_hex(4)}")
    _to_disk(root)


def _to_disk(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems have no such thing for folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
