"""Data as a release left it: which migrations it had, and rows of every table, as text that a diff can show."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps.registry import Apps
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

__all__ = ["FOLDER", "Released", "apps_at", "read_rows", "write_rows"]

FOLDER = Path(__file__).parent / "released"
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Released:
    """One frozen state.

    Attributes
    ----------
    name
        Version.
    migrations
        Last migration of each app.
    rows
        By model, each with its fields.
    """

    name: str
    migrations: dict[str, str]
    rows: Rows

    @classmethod
    def read(cls, file: Path) -> Released:
        return cls(**json.loads(file.read_text(encoding="utf-8")))

    def write(self) -> Path:
        file = FOLDER / f"{self.name}.json"
        # A row a line: a later look at what was frozen stays possible.
        parts = [
            f" {json.dumps(label)}: [\n"
            + ",\n".join("  " + json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
            + "\n ]"
            for label, rows in sorted(self.rows.items())
        ]
        head = f'{{"name": {json.dumps(self.name)},\n"migrations": {json.dumps(self.migrations, sort_keys=True)},\n'
        file.write_text(head + '"rows": {\n' + ",\n".join(parts) + "\n}}\n", encoding="utf-8")
        return file


def apps_at(targets: list[tuple[str, str]]) -> Apps:
    """Return the models as they were after some migrations."""
    return MigrationExecutor(connection).loader.project_state(targets).apps


def _tables(apps: Apps) -> list[type[models.Model]]:
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]
    return sorted(found, key=lambda model: model._meta.label)


def read_rows(apps: Apps) -> Rows:
    """Return every row of every table of ours, in the order of their keys."""
    rows: Rows = {}
    for model in _tables(apps):
        fields = model._meta.concrete_fields
        found = [
            {field.attname: _as_text(field.value_from_object(row)) for field in fields}
            for row in model._default_manager.order_by("pk")
        ]
        if found:
            rows[model._meta.label] = found
    return rows


def _as_text(value: Any) -> Any:
    if isinstance(value, GEOSGeometry):
        return value.hexewkb.decode()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    if isinstance(value, models.fields.files.FieldFile):
        return value.name
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def write_rows(apps: Apps, rows: Rows) -> None:
    """Insert rows as they are, keys and all."""
    with transaction.atomic():  # references may point ahead
        for label, entries in rows.items():
            model = apps.get_model(label)
            fields = {field.attname: field for field in model._meta.concrete_fields}
            for field in fields.values():
                field.auto_now = field.auto_now_add = False
            made = [
                model(**{name: _from_text(fields[name], value) for name, value in entry.items()})
                for entry in entries
            ]
            model._default_manager.bulk_create(made)
    statements = connection.ops.sequence_reset_sql(no_style(), _tables(apps))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _from_text(field: Any, value: Any) -> Any:
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, GeometryField):
        return GEOSGeometry(value)
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    return field.to_python(value)
