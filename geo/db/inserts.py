"""Insert a row unless it is there: one statement, no exception, no transaction of its own."""

from __future__ import annotations

from typing import Any

from django.db import connections, models, router

__all__ = ["insert_if_absent"]


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
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"
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
