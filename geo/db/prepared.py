"""A query that every request asks, compiled to SQL once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connections
from django.db.models import QuerySet

__all__ = ["PreparedRows"]


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
