"""A query that every request asks, compiled to SQL once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Model, QuerySet

__all__ = ["PreparedObject", "PreparedRows"]

M = TypeVar("M", bound=Model)


class PreparedRows:
    """Rows of a fixed `values_list` queryset as the driver gives them, without the ORM's work on each call.

    Building and compiling a small join costs the ORM twenty times what the database needs to answer it. Values
    are not converted (a time is text on SQLite): compare them, do not compute with them.

    Parameters
    ----------
    queryset
        Returns the queryset; called once for each database, at first use.
    """

    def __init__(self, queryset: Callable[[], QuerySet[Any, tuple[Any, ...]]]) -> None:
        self._queryset = queryset
        self._sql: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def fetch(self, using: str = "default") -> list[tuple[Any, ...]]:
        """Return the rows now."""
        connection = connections[using]
        if using not in self._sql:
            self._sql[using] = self._queryset().using(using).query.get_compiler(using).as_sql()
        with connection.cursor() as cursor:
            cursor.execute(*self._sql[using])
            return cursor.fetchall()


class PreparedObject(Generic[M]):
    """One object by a text that is unique, as `get` would load it, the query compiled to SQL once.

    Parameters
    ----------
    queryset
        Returns the queryset for a text, without `only`, `defer`, `select_related` or annotations; called once for
        each database, at first use.
    """

    def __init__(self, queryset: Callable[[str], QuerySet[M]]) -> None:
        self._queryset = queryset
        self._compiled: dict[str, _Compiled] = {}

    def find(self, key: str, using: str = "default") -> M | None:
        """Return the object now, None where there is none (or several)."""
        connection = connections[using]
        compiled = self._compiled.get(using) or self._compile(using)
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, [key if value is _SLOT else value for value in compiled.parameters])
            rows = cursor.fetchmany(2)
        if len(rows) != 1:
            return None
        values = list(rows[0])
        for position, converters, expression in compiled.converters:
            for convert in converters:
                values[position] = convert(values[position], expression, connection)
        return compiled.model.from_db(using, compiled.fields, values)

    def _compile(self, using: str) -> _Compiled:
        queryset = self._queryset(_SLOT).using(using)
        compiler = queryset.query.get_compiler(using)
        sql, parameters = compiler.as_sql()
        if sum(value is _SLOT for value in parameters) != 1:
            raise ValueError(f"the query must compare one text with the key: {sql}")
        expressions = [expression for expression, _sql, _alias in compiler.select]
        found = compiler.get_converters(expressions)
        compiled = _Compiled(
            sql,
            tuple(parameters),
            queryset.model,
            tuple(expression.target.attname for expression in expressions),
            tuple((position, *entry) for position, entry in found.items()),
        )
        self._compiled[using] = compiled
        return compiled


class _Slot(str):
    """Stands where the key goes; `CharField` leaves a text that is one as it is."""

    __slots__ = ()


_SLOT = _Slot("?")


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    parameters: tuple[Any, ...]
    model: Any
    fields: tuple[str, ...]
    converters: tuple[tuple[int, Any, Any], ...]
