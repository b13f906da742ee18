"""Rollups: counts of the rows of a table by key and day, kept by the database itself in the writer's transaction.

Triggers keep them, so no service, import, bulk update or deletion can forget it. A rollup has three grains: days,
months and the whole time. A period is then a few days, a few months, or one row for each key.

* SQLite has one writer at a time: its triggers count up and down in place.
* On PostgreSQL two writers would wait for each other's counts, and could lock each other out for good. So triggers
  only add rows of the grain `PENDING` (±1), which waits for nobody; readers add them up with the others, and
  `fold_pending` folds them in from time to time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython

__all__ = [
    "DAY",
    "EPOCH",
    "MONTH",
    "PENDING",
    "WHOLE",
    "KeepRollup",
    "RollupSpec",
    "fold_pending",
    "local_day_text",
    "rollup_differences",
    "rollup_repair",
]

DAY, MONTH, WHOLE, PENDING = 0, 1, 2, 3
EPOCH = date(1970, 1, 1)
"""Day of the rows of grain `WHOLE`."""
_FOLDING = 0x67726F6C


@dataclass(frozen=True)
class RollupSpec:
    """What is counted by what.

    Table `table` has the columns `grain, day, seq, count` and those of `keys`, unique together but for `count`.

    Parameters
    ----------
    source, table
        Tables of the counted rows and of the counts.
    keys
        Column of `table` → expression over a row of `source`, written `{row}`; never NULL.
    moment, zone
        Expressions for when a row counts, and for the time zone in which its day is meant.
    watched
        Columns of `source` that the expressions read.
    """

    source: str
    table: str
    keys: tuple[tuple[str, str], ...]
    moment: str
    zone: str
    watched: tuple[str, ...]

    @property
    def names(self) -> str:
        """Columns of the key, with commas."""
        return ", ".join(name for name, _ in self.keys)

    @property
    def unique(self) -> str:
        """Columns that are unique together."""
        return f"grain, day, {self.names}, seq"

    def values(self, row: str) -> str:
        """Return the key of a row."""
        return ", ".join(expression.format(row=row) for _, expression in self.keys)

    def matches(self, row: str) -> str:
        """Return the condition that a count has the key of a row."""
        return " AND ".join(f"{name} = {expression.format(row=row)}" for name, expression in self.keys)

    def changed(self, unequal: str) -> str:
        """Return the condition that a change of a row can change its key."""
        return " OR ".join(f"OLD.{name} {unequal} NEW.{name}" for name in self.watched)


@lru_cache(maxsize=4096)
def _local_day(quarter: str, zone: str) -> str:
    moment = datetime.fromisoformat(quarter).replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo(zone)).date().isoformat()


def local_day_text(moment: str | None, zone: str | None) -> str | None:
    """Return the local day of a moment that Django stored in SQLite: UTC without offset.

    Days begin at quarters of an hour in every zone in use, so that the quarter is enough to know the day.
    """
    if moment is None or zone is None:
        return None
    return _local_day(f"{moment[:14]}{int(moment[14:16]) // 15 * 15:02d}", zone)


class _Sql:
    """The few words in which the databases differ."""

    def __init__(self, spec: RollupSpec, vendor: str) -> None:
        self.spec, self.postgresql = spec, vendor == "postgresql"
        self.epoch = f"DATE '{EPOCH}'" if self.postgresql else f"'{EPOCH}'"

    def day(self, row: str) -> str:
        moment, zone = self.spec.moment.format(row=row), self.spec.zone.format(row=row)
        if self.postgresql:
            return f"({moment} AT TIME ZONE {zone})::date"
        return f"gridcase_local_day({moment}, {zone})"

    def bucket(self, grain: int, day: str) -> str:
        if grain == WHOLE:
            return self.epoch
        if grain == DAY:
            return day
        return f"date_trunc('month', {day})::date" if self.postgresql else f"substr({day}, 1, 8) || '01'"

    # Names of our own tables and columns; no value of anybody's is written into a statement.
    def add(self, rows: str) -> str:
        """Add sums of `rows` (grain, day, key…, change) to the counts."""
        spec = self.spec
        return (
            f"INSERT INTO {spec.table} (grain, day, {spec.names}, seq, count)"  # noqa: S608
            f" SELECT grain, day, {spec.names}, 0, sum(change) FROM ({rows}) AS changes"
            f" GROUP BY grain, day, {spec.names} HAVING sum(change) <> 0 ORDER BY grain, day, {spec.names}"
            f" ON CONFLICT ({spec.unique}) DO UPDATE SET count = {spec.table}.count + excluded.count"
        )

    def drop_void(self) -> str:
        return f"DELETE FROM {self.spec.table} WHERE count = 0"  # noqa: S608

    def recount(self, grain: int) -> str:
        """Return the counts as they should be, as rows (day, key…, change)."""
        spec = self.spec
        keys = ", ".join(f"{expression.format(row='r')} AS {name}" for name, expression in spec.keys)
        return f"SELECT {self.bucket(grain, self.day('r'))} AS day, {keys}, 1 AS change FROM {spec.source} r"  # noqa: S608

    def kept(self, grain: int, sign: str) -> str:
        """Return the counts as they are, those that are pending included."""
        spec = self.spec
        return (
            f"SELECT CASE WHEN grain = {PENDING} THEN {self.bucket(grain, 'day')} ELSE day END AS day,"  # noqa: S608
            f" {spec.names}, {sign}count AS change FROM {spec.table} WHERE grain IN ({grain}, {PENDING})"
        )

    def differences(self, grain: int) -> str:
        """Return (day, key…, recount minus count) where they differ: one statement, one state of the data."""
        spec = self.spec
        return (
            f"SELECT day, {spec.names}, sum(change) AS change FROM"  # noqa: S608
            f" ({self.recount(grain)} UNION ALL {self.kept(grain, '-')}) AS both_counts"
            f" GROUP BY day, {spec.names} HAVING sum(change) <> 0"
        )

    # ---- triggers ----

    def make(self) -> Iterator[str]:
        return self._make_postgresql() if self.postgresql else self._make_sqlite()

    def undo(self) -> Iterator[str]:
        for event in ("insert", "update", "delete"):
            on = f" ON {self.spec.source}" if self.postgresql else ""
            yield f"DROP TRIGGER IF EXISTS {self.spec.source}_rollup_{event}{on}"
        if self.postgresql:
            yield f"DROP FUNCTION IF EXISTS {self.spec.source}_rollup()"
            yield f"DROP SEQUENCE IF EXISTS {self.spec.table}_pending"

    def _make_postgresql(self) -> Iterator[str]:
        spec = self.spec

        def pending(row: str, change: str) -> str:
            return (
                f"INSERT INTO {spec.table} (grain, day, {spec.names}, seq, count) VALUES"  # noqa: S608
                f" ({PENDING}, {self.day(row)}, {spec.values(row)}, nextval('{spec.table}_pending'), {change});"
            )

        yield f"CREATE SEQUENCE {spec.table}_pending CACHE 20"
        yield (
            f"CREATE FUNCTION {spec.source}_rollup() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF TG_OP <> 'INSERT' THEN {pending('OLD', '-1')} END IF;"
            f" IF TG_OP <> 'DELETE' THEN {pending('NEW', '1')} END IF;"
            " RETURN NULL; END $$"
        )
        for event in ("insert", "update", "delete"):
            when = f" WHEN ({spec.changed('IS DISTINCT FROM')})" if event == "update" else ""
            yield (
                f"CREATE TRIGGER {spec.source}_rollup_{event} AFTER {event.upper()} ON {spec.source}"
                f" FOR EACH ROW{when} EXECUTE FUNCTION {spec.source}_rollup()"
            )

    def _make_sqlite(self) -> Iterator[str]:
        bodies = {"insert": self._up(), "update": self._down() + self._up(), "delete": self._down()}
        for event, body in bodies.items():
            of = when = ""
            if event == "update":
                of, when = f" OF {', '.join(self.spec.watched)}", f" WHEN {self.spec.changed('IS NOT')}"
            yield (
                f"CREATE TRIGGER {self.spec.source}_rollup_{event} AFTER {event.upper()}{of}"
                f" ON {self.spec.source}{when} BEGIN {body} END"
            )

    def _up(self) -> str:
        spec = self.spec
        day = (
            f"CASE grain WHEN {DAY} THEN d WHEN {MONTH} THEN {self.bucket(MONTH, 'd')} ELSE {self.epoch} END"
        )
        grains = " UNION ALL ".join(f"SELECT {grain} AS grain" for grain in (DAY, MONTH, WHOLE))
        # "WHERE true" keeps SQLite from reading ON as the ON of a join.
        return (
            f"INSERT INTO {spec.table} (grain, day, {spec.names}, seq, count)"  # noqa: S608
            f" SELECT grain, {day}, {spec.values('NEW')}, 0, 1"
            f" FROM (SELECT {self.day('NEW')} AS d), ({grains}) WHERE true"
            f" ON CONFLICT ({spec.unique}) DO UPDATE SET count = count + 1;"
        )

    def _down(self) -> str:
        spec, parts = self.spec, []
        for grain in (DAY, MONTH, WHOLE):
            day = self.bucket(grain, self.day("OLD"))
            same = f"grain = {grain} AND day = {day} AND {spec.matches('OLD')} AND seq = 0"
            parts.append(f"UPDATE {spec.table} SET count = count - 1 WHERE {same};")  # noqa: S608
            parts.append(f"DELETE FROM {spec.table} WHERE {same} AND count = 0;")  # noqa: S608
        return " ".join(parts)


def _alone(connection: BaseDatabaseWrapper) -> bool:
    """Take the one turn to change counts in place, to the end of the transaction; False where another has it."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_FOLDING])
        return bool(cursor.fetchone()[0])


def fold_pending(spec: RollupSpec, using: str = "default") -> int:
    """Fold pending changes into the counts; return how many there were. Nothing to do on SQLite.

    Writers are not held up, and need not wait. Beside another one that folds, it does nothing.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        return 0
    sql = _Sql(spec, connection.vendor)
    spread = " UNION ALL ".join(
        f"SELECT {grain} AS grain, {sql.bucket(grain, 'day')} AS day, {spec.names}, change FROM gone"  # noqa: S608
        for grain in (DAY, MONTH, WHOLE)
    )
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if not _alone(connection):
            return 0
        gone = (
            f"WITH gone AS (DELETE FROM {spec.table} WHERE grain = {PENDING}"  # noqa: S608
            f" RETURNING day, {spec.names}, count AS change),"
        )
        added = sql.add(spread)
        cursor.execute(f"{gone} added AS ({added}) SELECT count(*) FROM gone")  # noqa: S608
        number = int(cursor.fetchone()[0])
        if number:
            cursor.execute(sql.drop_void())
    return number


def rollup_differences(spec: RollupSpec, using: str = "default") -> Iterator[dict[str, Any]]:
    """Yield every key whose count is not what a recount gives: `grain, day`, its columns, `recount_minus_count`."""
    connection = connections[using]
    sql = _Sql(spec, connection.vendor)
    names = [name for name, _ in spec.keys]
    for grain in (DAY, MONTH, WHOLE):
        with connection.cursor() as cursor:
            cursor.execute(sql.differences(grain))
            while rows := cursor.fetchmany(1000):
                for day, *key, change in rows:
                    yield {
                        "grain": grain,
                        "day": str(day),
                        **dict(zip(names, key, strict=True)),
                        "recount_minus_count": int(change),
                    }


def rollup_repair(spec: RollupSpec, using: str = "default") -> int:
    """Add to every count what a recount has more or less; return the number of counts that were wrong.

    Writers go on meanwhile: what they change is in none of the two sides, or in both.
    """
    connection = connections[using]
    sql = _Sql(spec, connection.vendor)
    mended = 0
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FOLDING])
        cursor.execute(f"SELECT 1 FROM {spec.table} LIMIT 1")  # noqa: S608
        if cursor.fetchone() is None:
            return _count_all(sql, cursor)
        for grain in (DAY, MONTH, WHOLE):
            cursor.execute(
                sql.add(f"SELECT {grain} AS grain, d.* FROM ({sql.differences(grain)}) AS d")  # noqa: S608
            )
            mended += cursor.rowcount
        cursor.execute(sql.drop_void())
    return mended


def _count_all(sql: _Sql, cursor: Any) -> int:
    """Fill an empty rollup: days from the rows, months from the days, the whole time from the months."""
    spec = sql.spec
    if sql.postgresql:
        # What is written meanwhile would be counted twice, once by its trigger.
        cursor.execute(f"LOCK TABLE {spec.source}, {spec.table} IN SHARE ROW EXCLUSIVE MODE")
    counted = 0
    rows = f"SELECT {DAY} AS grain, r.* FROM ({sql.recount(DAY)}) AS r"  # noqa: S608
    for grain in (DAY, MONTH, WHOLE):
        cursor.execute(sql.add(rows))
        counted += cursor.rowcount
        rows = (
            f"SELECT {grain + 1} AS grain, {sql.bucket(grain + 1, 'day')} AS day, {spec.names}, count AS change"  # noqa: S608
            f" FROM {spec.table} WHERE grain = {grain}"
        )
    return counted


class KeepRollup(RunPython):
    """Migration operation: count what is there, and let the database keep the counts from then on."""

    def __init__(self, spec: RollupSpec) -> None:
        self.spec = spec
        super().__init__(self._make, self._undo)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return how to write it into a migration."""
        return type(self).__qualname__, [self.spec], {}

    def _make(self, _apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _Sql(self.spec, editor.connection.vendor).make():
            editor.execute(statement, params=None)
        rollup_repair(self.spec, using=editor.connection.alias)

    def _undo(self, _apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _Sql(self.spec, editor.connection.vendor).undo():
            editor.execute(statement, params=None)
