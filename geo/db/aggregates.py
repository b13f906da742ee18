"""Aggregates that both databases have under different names."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, CharField, Func, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

__all__ = ["JoinedText", "joined_rows"]


class JoinedText(Aggregate):
    """Texts of a group in one, with a separator; the order is the database's own."""

    function = "group_concat"
    output_field = CharField()

    def __init__(self, expression: str | Combinable, separator: str = "\n", **extra: Any) -> None:
        super().__init__(expression, Value(separator), **extra)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, list[Any]]:
        """PostgreSQL calls it `string_agg`."""
        sql, params = self.as_sql(compiler, connection, function="string_agg", **extra)
        return sql, list(params)


class _Column(Func):
    """A value as text; NULL as the empty text."""

    output_field = CharField()
    template = "COALESCE(CAST(%(expressions)s AS text), '')"


class _Row(Func):
    """Columns of a row as one text, between tabs."""

    output_field = CharField()
    arg_joiner = " || '\t' || "
    template = "(%(expressions)s)"


def joined_rows(rows: QuerySet[Any], link: str, *columns: str) -> Coalesce:
    """Return an annotation that holds related rows as text, so that a list needs no second statement.

    Parameters
    ----------
    rows
        Filtered rows of the related model.
    link
        Field of the related model that points to the annotated one.
    columns
        Fields that hold neither tab nor newline; flags come as the database writes them (`1`, `true`).

    Returns
    -------
    Coalesce
        Rows between newlines, columns between tabs; the empty text without rows.
    """
    grouped = (
        rows.filter(**{link: OuterRef("pk")})
        .order_by()
        .values(link)
        .annotate(joined=JoinedText(_Row(*(_Column(column) for column in columns))))
        .values("joined")
    )
    return Coalesce(Subquery(grouped, output_field=CharField()), Value(""))
