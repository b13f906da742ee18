"""Inserts that the ORM has no word for: a row unless it is there, and tens of thousands of rows at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["insert_if_absent", "insert_many"]


def insert_if_absent(instance: models.Model, *unique: str) -> bool:
    """Insert `instance` unless a row with the same unique fields exists; tell whether it was inserted.

    `bulk_create(ignore_conflicts=True)` neither tells which rows were new nor gives their ids, and `create` needs a
    savepoint to survive a conflict.

    Parameters
    ----------
    instance
        Unsaved, without spatial fields. Gets its `pk` when inserted.
    unique
        Fields of one unique constraint.
    """
    model = type(instance)
    connection = connections[router.db_for_write(model, instance=instance)]
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    values: list[Any] = [
        field.get_db_prep_save(field.pre_save(instance, add=True), connection) for field in fields
    ]
    columns = ", ".join(quote(field.column) for field in fields)
    conflict = ", ".join(quote(model._meta.get_field(name).column) for name in unique)  # type: ignore[union-attr]
    sql = (  # names of our own tables and columns, quoted; values are parameters
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608
        f" ON CONFLICT ({conflict}) DO NOTHING RETURNING {quote(model._meta.pk.column)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    if row is None:
        return False
    instance.pk = row[0]
    instance._state.adding = False
    instance._state.db = connection.alias
    return True


def insert_many(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model by one prepared statement, several times as fast as `bulk_create`.

    Parameters
    ----------
    rows
        Unsaved, of one model without spatial fields, in the order in which they get their ids. They do not learn
        these; what `auto_now` or `auto_now_add` would set is taken as it stands. Empty: nothing happens.
    """
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model, instance=rows[0])]
    quote = connection.ops.quote_name
    # A key that refers to another row is not given by the database.
    many = [field for field in model._meta.concrete_fields if not field.primary_key or field.remote_field]
    columns = ", ".join(quote(field.column) for field in many)
    sql = (  # names of our own tables and columns, quoted; values are parameters
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(many))})"  # noqa: S608
    )
    readers = [(field.attname, _preparer(field, connection)) for field in many]
    values = [
        [None if (value := getattr(row, name)) is None else prepare(value) for name, prepare in readers]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)


def _preparer(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Callable[[Any], Any]:
    """Return what makes a parameter of a value that is not None; drivers take plain values as they are."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.CharField | models.TextField):
        return str
    if isinstance(target, models.IntegerField | models.BooleanField):
        return _as_it_is
    known: dict[Any, Any] = {}

    def prepare(value: Any) -> Any:
        # Moments repeat: an assignment begins when its case came in.
        if isinstance(value, dict | list):
            return field.get_db_prep_save(value, connection)
        if value not in known:
            known[value] = field.get_db_prep_save(value, connection)
        return known[value]

    return prepare


def _as_it_is(value: Any) -> Any:
    return value
