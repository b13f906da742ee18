"""SQLite's own backup interface, page by page, both ways."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from geo.db.backends.spatialite.writers import WriterQueue
from geo.db.backup import Dump, DumpError, file_columns, read_dump, up_to_date
from geo.db.sqlite_driver import ensure_extension_loading

ensure_extension_loading()

import sqlite3  # noqa: E402

__all__ = ["SpatiaLiteEngine"]

_WAIT_S = 60.0


class SpatiaLiteEngine:
    """The file of the embedded database."""

    kind = "spatialite"
    compresses = False

    @property
    def _file(self) -> str:
        return str(connection.settings_dict["NAME"])

    def dump(self, path: Path) -> Dump:
        """Copy all pages in one reading transaction; writers go on beside it in the write-ahead log."""
        with closing(sqlite3.connect(path)) as target:
            with closing(sqlite3.connect(self._file, timeout=_WAIT_S)) as source:
                source.backup(target)
            # One file that needs no log beside it.
            target.execute("PRAGMA journal_mode = DELETE")
            return _contents(target)

    def check(self, server: str, schema: str) -> None:
        """Any SQLite reads the file of any other."""

    @contextmanager
    def replacing(self, path: Path, mark: int, rows: Mapping[str, int]) -> Iterator[None]:
        """Bring the copy up to date, then write its pages over the file's in one transaction.

        Connections that others have open see the old pages until then, and the new ones afterwards.
        """
        with closing(sqlite3.connect(path)) as staged:
            found = _contents(staged)
        _require_same(found.rows, rows)
        if not up_to_date(found.migrations):
            self._migrate(path)
        with closing(sqlite3.connect(path)) as staged:
            staged.execute(f"PRAGMA user_version = {int(mark)}")
            staged.commit()
        yield
        connection.close()
        queue = WriterQueue()
        queue.enter(self._file)
        try:
            with (
                closing(sqlite3.connect(path)) as staged,
                closing(sqlite3.connect(self._file, timeout=_WAIT_S)) as target,
            ):
                target.execute("PRAGMA synchronous = FULL")
                staged.backup(target)
                target.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            queue.close()

    def _migrate(self, path: Path) -> None:
        """Apply later migrations to the copy: while that may fail, the database itself is not touched."""
        environment = {
            **os.environ,
            "DATABASE_URL": f"spatialite:///{path}",
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings.base"),
        }
        command = [
            sys.executable,
            str(settings.BASE_DIR / "manage.py"),
            "migrate",
            "--no-input",
            "--verbosity=0",
        ]
        done = subprocess.run(  # noqa: S603 -- our own program
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise DumpError(f"its migrations could not be brought up to date:\n{done.stderr[-2000:]}")
        with closing(sqlite3.connect(path)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")

    def mark(self) -> int | None:
        """Return SQLite's user version, which nothing else here uses."""
        if not Path(self._file).exists():
            return None
        with closing(sqlite3.connect(self._file, timeout=_WAIT_S)) as database:
            found: int = database.execute("PRAGMA user_version").fetchone()[0]
        return found or None


def _contents(database: Any) -> Dump:
    def execute(sql: str) -> list[Any]:
        return list(database.execute(sql).fetchall())

    try:
        existing = [row[0] for row in execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        # SpatiaLite's virtual tables are not looked into: its module is not loaded here.
        looked_into = {table for table, _column in file_columns()} & set(existing)
        columns = {name: [row[1] for row in execute(f'PRAGMA table_info("{name}")')] for name in looked_into}
        return read_dump(execute, existing, columns, server=sqlite3.sqlite_version)
    except sqlite3.DatabaseError as error:
        raise DumpError(f"the database cannot be read: {error}") from error


def _require_same(found: Mapping[str, int], rows: Mapping[str, int]) -> None:
    wrong = sorted(name for name in rows if found.get(name, 0) != rows[name])
    if wrong:
        name = wrong[0]
        raise DumpError(f"table {name} has {found.get(name, 0)} rows, the manifest says {rows[name]}")
