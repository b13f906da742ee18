"""SpatiaLite as the embedded default, on any Python.

Django's own back end calls `InitSpatialMetaDataFull`, which fails with a recent SQLite (Django ticket 32935);
`InitSpatialMetaData(1)` creates what GeoDjango uses, and in one transaction.
"""

from geo.db.sqlite_driver import ensure_extension_loading

ensure_extension_loading()

from django.contrib.gis.db.backends.spatialite.base import (  # noqa: E402
    DatabaseWrapper as SpatiaLiteDatabaseWrapper,
)
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLiteDatabaseWrapper  # noqa: E402

from geo.db.backends.spatialite.schema import SchemaEditor  # noqa: E402


class DatabaseWrapper(SpatiaLiteDatabaseWrapper):
    """GeoDjango's SpatiaLite back end with metadata that every SQLite version accepts."""

    SchemaEditorClass = SchemaEditor

    def prepare_database(self) -> None:
        """Create SpatiaLite's metadata tables once."""
        SQLiteDatabaseWrapper.prepare_database(self)
        with self.cursor() as cursor:
            cursor.execute("PRAGMA table_info(geometry_columns)")
            if not cursor.fetchall():
                cursor.execute("SELECT InitSpatialMetaData(1)")
