"""The whole database as one file and back: SQLite's backup interface, PostgreSQL's own client programs.

A dump is of one moment, whatever is written meanwhile. Putting one back happens in one transaction: until it commits,
and if it never does, everybody sees what was there before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

__all__ = [
    "Dump",
    "DumpError",
    "Engine",
    "engine",
    "file_columns",
    "known_migrations",
    "tables",
    "up_to_date",
]


class DumpError(RuntimeError):
    """The database could not be dumped or put back; the words are for whoever runs the deployment."""


@dataclass(frozen=True)
class Dump:
    """What a dump holds.

    Attributes
    ----------
    rows
        Of each table.
    migrations
        Applied ones by app.
    referenced
        Paths of files that its rows name.
    server, schema
    """

    rows: Mapping[str, int]
    migrations: Mapping[str, list[str]]
    referenced: frozenset[str]
    server: str
    schema: str = ""


class Engine(Protocol):
    """What each of the two databases can do here."""

    kind: str
    compresses: bool

    def dump(self, path: Path) -> Dump:
        """Write the database to a new file."""
        ...

    def check(self, server: str, schema: str) -> None:
        """Refuse what this server cannot take; raises `DumpError`."""
        ...

    def replacing(self, path: Path, mark: int, rows: Mapping[str, int]) -> AbstractContextManager[None]:
        """Replace the database by a dump and leave `mark` in it, committed at the end of the block.

        Within the block nothing is committed yet: an error there leaves all as it was.
        """
        ...

    def mark(self) -> int | None:
        """Return the mark of the last dump that was put back; None without one."""
        ...


def engine() -> Engine:
    """Return the engine of the default database."""
    if connection.vendor == "postgresql":
        from geo.db.backup_postgis import PostGISEngine

        return PostGISEngine()
    from geo.db.backup_spatialite import SpatiaLiteEngine

    return SpatiaLiteEngine()


def tables() -> list[str]:
    """Return the tables that this program knows, whether or not they exist."""
    names = {
        model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed
    }
    return sorted(names | {"django_migrations"})


def file_columns() -> list[tuple[str, str]]:
    """Return (table, column) of what names files in the media folder."""
    found = []
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.FileField):
                found.append((model._meta.db_table, str(field.column)))
    return sorted(found)


def known_migrations() -> set[tuple[str, str]]:
    """Return (app, name) of every migration that this program has."""
    return set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def up_to_date(migrations: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether a database with these migrations lacks none of ours."""
    return known_migrations() <= {(app, name) for app, names in migrations.items() for name in names}


def read_dump(
    execute: Any, existing: Sequence[str], columns: Mapping[str, Sequence[str]], **more: Any
) -> Dump:
    """Return what a database holds, asked by `execute(sql) -> rows`.

    Parameters
    ----------
    execute
    existing
        Tables that are there.
    columns
        Columns of each.
    more
        `server`, `schema`.
    """
    ours = [name for name in tables() if name in set(existing)]
    # Names of our own tables and columns.
    rows = {name: int(execute(f'SELECT count(*) FROM "{name}"')[0][0]) for name in ours}  # noqa: S608
    migrations: dict[str, list[str]] = {}
    if "django_migrations" in rows:
        for app, name in execute("SELECT app, name FROM django_migrations ORDER BY app, name"):
            migrations.setdefault(app, []).append(name)
    referenced: set[str] = set()
    for table, column in file_columns():
        if column in columns.get(table, ()):
            sql = f'SELECT "{column}" FROM "{table}" WHERE "{column}" <> \'\''  # noqa: S608
            referenced.update(row[0] for row in execute(sql))
    return Dump(rows=rows, migrations=migrations, referenced=frozenset(referenced), **more)
