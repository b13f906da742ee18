"""Schema changes that keep the spatial index and triggers."""

from typing import Any

from django.contrib.gis.db.backends.spatialite.schema import SpatialiteSchemaEditor


class SchemaEditor(SpatialiteSchemaEditor):
    """GeoDjango's schema editor with a spatial index that survives a changed table.

    SQLite changes a table by copying it and renaming the copy. GeoDjango renames the tables of the R-tree with it,
    but leaves them unattached: no trigger fills them any more, and whoever asks the index finds nothing, without an
    error. So the index is built anew. Our own triggers go with the former table, too, and are made again.
    """

    def _remake_table(self, model: Any, *args: Any, **options: Any) -> None:
        table = model._meta.db_table
        with self.connection.cursor() as cursor:
            # SpatiaLite's own begin otherwise, and are made by it.
            cursor.execute(
                "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s AND name LIKE %s ESCAPE '!'",
                [table, table.replace("_", "!_") + "!_%"],
            )
            triggers = [sql for (sql,) in cursor.fetchall()]
        super()._remake_table(model, *args, **options)  # type: ignore[misc]
        for sql in triggers:
            # A changed column may be one that a trigger reads: SQLite refuses then, and so does the migration.
            self.deferred_sql.append(sql)

    def alter_db_table(self, model: Any, old_db_table: str, new_db_table: str) -> None:
        """Rename a table and build its spatial indexes anew."""
        super().alter_db_table(model, old_db_table, new_db_table)
        if old_db_table == new_db_table:
            return
        for field in model._meta.local_fields:
            if getattr(field, "spatial_index", False):
                self.execute(f"DROP TABLE {self.quote_name(f'idx_{new_db_table}_{field.column}')}")
                table, column = self.geo_quote_name(new_db_table), self.geo_quote_name(field.column)
                self.execute(f"SELECT CreateSpatialIndex({table}, {column})")
