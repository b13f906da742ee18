"""PostgreSQL's client programs write and read the dump; what they read goes through our own transaction."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

from geo.db.backup import Dump, DumpError, read_dump

__all__ = ["PostGISEngine"]

_MARK = re.compile(r"restore (\d+)")
_PACKAGE = "install the PostgreSQL client programs (Debian: postgresql-client)"
# What belongs to the database that is restored into, not to the one that was dumped.
_NOT_OURS = re.compile(r"^\d+; \d+ \d+ (SCHEMA|EXTENSION|COMMENT - (SCHEMA|EXTENSION)) ")


class PostGISEngine:
    """The current schema of a PostgreSQL database with PostGIS."""

    kind = "postgis"
    compresses = True

    def dump(self, path: Path) -> Dump:
        """Run `pg_dump` on the snapshot on which the rows are counted."""
        program = _program("pg_dump", at_least=self._server())
        counting = connection.copy()
        try:
            with transaction_of(counting), counting.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute(
                    "SELECT pg_export_snapshot(), current_schema(), current_setting('server_version')"
                )
                snapshot, schema, server = cursor.fetchone()
                arguments, environment = _access()
                options = ["--format=custom", "--no-owner", "--no-privileges", f"--schema={schema}"]
                _run([program, *options, f"--snapshot={snapshot}", f"--file={path}", *arguments], environment)

                def execute(sql: str) -> list[Any]:
                    cursor.execute(sql)
                    return list(cursor.fetchall())

                columns: dict[str, list[str]] = {}
                for table, column in execute(
                    "SELECT table_name::text, column_name::text FROM information_schema.columns "
                    "WHERE table_schema = current_schema()"
                ):
                    columns.setdefault(table, []).append(column)
                return read_dump(execute, list(columns), columns, server=server, schema=schema)
        finally:
            counting.close()

    def _server(self) -> int:
        connection.ensure_connection()
        return int(connection.pg_version) // 10_000  # type: ignore[attr-defined]

    def check(self, server: str, schema: str) -> None:
        """Refuse the dump of a newer server or another schema; require `pg_restore`."""
        ours, theirs = self._server(), int(re.match(r"\d+", server)[0])  # type: ignore[index]
        if theirs > ours:
            raise DumpError(f"it is of PostgreSQL {theirs}; this server is {ours}, which is older")
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            current = cursor.fetchone()[0]
        if current != schema:
            raise DumpError(f"it is of the schema {schema}; this database has {current}")
        _program("pg_restore", at_least=theirs)

    @contextmanager
    def replacing(self, path: Path, mark: int, rows: Mapping[str, int]) -> Iterator[None]:
        """Empty the schema, put the dump in its place, bring it up to date: one transaction."""
        program = _program("pg_restore", at_least=0)
        with tempfile.TemporaryDirectory(prefix="gridcase-restore-") as folder:
            wanted = _wanted(program, path, Path(folder))
            connection.close()
            connection.prepare_database()  # a new one may lack PostGIS
            try:
                with transaction.atomic():
                    with connection.cursor() as cursor:
                        # Checked at once: what is pending would forbid a migration to alter the table.
                        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                        cursor.execute("SET LOCAL lock_timeout = '60s'")
                        _drop(cursor)
                    for section in ("pre-data", "data", "post-data"):
                        _feed([program, "--no-owner", "--no-privileges", f"--section={section}", *wanted])
                    with connection.cursor() as cursor:
                        _require_same(cursor, rows)
                    _migrate()
                    with connection.cursor() as cursor:
                        # Our own number; a comment takes no parameters.
                        cursor.execute(f"COMMENT ON TABLE django_migrations IS 'restore {int(mark)}'")
                    yield
            finally:
                connection.close()  # the dump has changed settings of the session

    def mark(self) -> int | None:
        """Return the number in the comment of the table of migrations."""
        asking = connection.copy()
        # Also asked while Django is still starting: without the wrapper, which would warn about that.
        with asking.get_new_connection(asking.get_connection_params()) as raw:
            found = raw.execute(
                "SELECT obj_description(to_regclass('django_migrations'), 'pg_class')"
            ).fetchone()
        match = _MARK.fullmatch(found[0] or "") if found else None
        return int(match[1]) if match else None


def _migrate() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except Exception as error:  # a migration may fail in any way
        raise DumpError(f"its migrations could not be brought up to date: {error}") from error


@contextmanager
def transaction_of(database: Any) -> Iterator[None]:
    """Run a block in a transaction of a connection that stands in no registry."""
    database.set_autocommit(False)
    try:
        yield
    finally:
        database.rollback()


def _access() -> tuple[list[str], dict[str, str]]:
    """Return arguments and environment that lead a client program to our database; no password on the line."""
    arguments, given = DatabaseClient.settings_to_cmd_args_env(dict(connection.settings_dict), [])
    return arguments[1:], {**os.environ, **(given or {})}


def _program(name: str, *, at_least: int) -> str:
    """Return the path of a client program of a version that can do it."""
    found = shutil.which(name)
    if found is None:
        raise DumpError(f"{name} is not there: {_PACKAGE}")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    version = re.search(r"(\d+)(\.\d+)*", said)
    if version is None or int(version[1]) < at_least:
        raise DumpError(
            f"{name} must be of version {at_least} or newer, as the server is; it says: {said.strip()}"
        )
    return found


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise DumpError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def _wanted(program: str, path: Path, folder: Path) -> list[str]:
    """Return arguments that choose from a dump what is ours."""
    listed = _run([program, "--list", str(path)]).splitlines()
    chosen = folder / "list"
    chosen.write_text("\n".join(line for line in listed if not _NOT_OURS.match(line)), encoding="utf-8")
    return [f"--use-list={chosen}", str(path)]


_KINDS = {
    "r": "TABLE",
    "p": "TABLE",
    "f": "FOREIGN TABLE",
    "v": "VIEW",
    "m": "MATERIALIZED VIEW",
    "S": "SEQUENCE",
}
_NO_EXTENSION = "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = {oid} AND d.deptype = 'e')"


def _drop(cursor: Any) -> None:
    """Drop what is in the current schema, but for what belongs to extensions such as PostGIS.

    Not only the tables of our models: migrations make further ones, and functions, that no model knows.
    """
    cursor.execute(
        "SELECT c.oid::regclass::text, c.relkind::text FROM pg_class c "  # noqa: S608 -- constants
        "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND "
        + _NO_EXTENSION.format(oid="c.oid")
        + " ORDER BY c.relkind = 'S', c.oid"
    )
    for name, kind in cursor.fetchall():
        cursor.execute(f"DROP {_KINDS[kind]} IF EXISTS {name} CASCADE")
    cursor.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc p "  # noqa: S608 -- constants
        "WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind IN ('f', 'p') AND "
        + _NO_EXTENSION.format(oid="p.oid")
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP ROUTINE IF EXISTS {name} CASCADE")


def _feed(command: list[str]) -> None:
    """Execute what `pg_restore` writes, in our transaction: statements as they are, rows by COPY."""
    with tempfile.TemporaryFile() as problems:
        with subprocess.Popen([*command, "--file=-"], stdout=subprocess.PIPE, stderr=problems) as process:  # noqa: S603
            assert process.stdout is not None
            _execute(process.stdout)
        problems.seek(0)
        if process.returncode:
            raise DumpError(f"pg_restore failed: {problems.read().decode(errors='replace').strip()[-2000:]}")


# For psql only; not known to servers before 17; and an empty search path, under which a trigger that compares two
# geometries cannot be made: `IS DISTINCT FROM` has no way of naming the schema of its operator.
_NOT_FOR_US = (b"\\", b"SET transaction_timeout", b"SELECT pg_catalog.set_config('search_path', ''")


def _execute(script: IO[bytes]) -> None:
    raw = connection.connection
    statements: list[bytes] = []
    for line in script:
        if line.startswith(_NOT_FOR_US):
            continue
        if not (line.startswith(b"COPY ") and line.rstrip().endswith(b" FROM stdin;")):
            statements.append(line)
            continue
        _flush(raw, statements)
        with raw.cursor() as cursor, cursor.copy(line.rstrip()[:-1]) as copy:
            for row in script:
                if row == b"\\.\n":
                    break
                copy.write(row)
    _flush(raw, statements)


def _flush(raw: Any, statements: list[bytes]) -> None:
    text = b"".join(statements)
    statements.clear()
    if text.strip():
        with raw.cursor() as cursor:
            cursor.execute(text)


def _require_same(cursor: Any, rows: Mapping[str, int]) -> None:
    for name in sorted(rows):
        cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608 -- a name of the manifest that became a table
        found = cursor.fetchone()[0]
        if found != rows[name]:
            raise DumpError(f"table {name} has {found} rows, the manifest says {rows[name]}")
