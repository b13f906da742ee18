"""Tables whose rows are written once: the database itself refuses to change them."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython

__all__ = ["AppendOnly"]

_POSTGRESQL = (
    """CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$""",
    """CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_append_only()""",
)
_POSTGRESQL_UNDO = (
    "DROP TRIGGER IF EXISTS {table}_append_only ON {table}",
    "DROP FUNCTION IF EXISTS {table}_append_only()",
)
_SQLITE = (
    """CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
)
_SQLITE_UNDO = ("DROP TRIGGER IF EXISTS {table}_append_only",)


class AppendOnly(RunPython):
    """Migration operation: refuse UPDATE on a table. Rows may still go together with what they belong to.

    A later migration that alters the table makes SQLite build it anew, without its triggers: repeat this after it.
    """

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(self._make, self._undo)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return how to write it into a migration."""
        return type(self).__qualname__, [self.table], {}

    def _make(self, _apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        self._run(editor, _POSTGRESQL if editor.connection.vendor == "postgresql" else _SQLITE)

    def _undo(self, _apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        self._run(editor, _POSTGRESQL_UNDO if editor.connection.vendor == "postgresql" else _SQLITE_UNDO)

    def _run(self, editor: BaseDatabaseSchemaEditor, statements: tuple[str, ...]) -> None:
        for statement in statements:
            editor.execute(statement.format(table=self.table), params=None)
