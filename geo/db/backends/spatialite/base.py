"""SpatiaLite as the embedded default, on any Python.

Django's own back end calls `InitSpatialMetaDataFull`, which fails with a recent SQLite (Django ticket 32935);
`InitSpatialMetaData(1)` creates what GeoDjango uses, and in one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.utils import OperationalError

from geo.db.sqlite_driver import ensure_extension_loading

ensure_extension_loading()

from django.contrib.gis.db.backends.spatialite.base import (  # noqa: E402
    DatabaseWrapper as SpatiaLiteDatabaseWrapper,
)
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLiteDatabaseWrapper  # noqa: E402

from geo.db.backends.spatialite.schema import SchemaEditor  # noqa: E402
from geo.db.backends.spatialite.writers import WriterQueue  # noqa: E402
from geo.db.rollups import local_day_text  # noqa: E402


class DatabaseWrapper(SpatiaLiteDatabaseWrapper):
    """GeoDjango's SpatiaLite back end with metadata that every SQLite version accepts, and a queue for writers."""

    SchemaEditorClass = SchemaEditor

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._writers = WriterQueue()

    def get_new_connection(self, conn_params: Any) -> Any:
        """Connect, and teach SQLite the local day of a moment, which triggers of rollups ask for."""
        connection = super().get_new_connection(conn_params)
        connection.create_function("gridcase_local_day", 2, local_day_text, deterministic=True)
        return connection

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait for this connection's turn to write a single statement; transactions do so by themselves."""
        if self.in_atomic_block:
            yield
            return
        self._enter_queue()
        try:
            yield
        finally:
            self._writers.leave()

    def _enter_queue(self) -> None:
        """Wait for this connection's turn, as long as SQLite would wait for its lock."""
        patience_s = self.settings_dict["OPTIONS"].get("timeout")
        try:
            self._writers.enter(str(self.settings_dict["NAME"]), timeout_s=patience_s)
        except TimeoutError as error:
            raise OperationalError(f"database is locked: {error}") from error

    def _start_transaction_under_autocommit(self) -> None:
        self._enter_queue()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._writers.leave()
            raise

    def _commit(self) -> None:
        # Also where it fails: a rollback follows, and SQLite's own lock still holds others off until then.
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._writers.leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._writers.leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._writers.close()

    def prepare_database(self) -> None:
        """Create SpatiaLite's metadata tables once."""
        SQLiteDatabaseWrapper.prepare_database(self)
        with self.cursor() as cursor:
            cursor.execute("PRAGMA table_info(geometry_columns)")
            if not cursor.fetchall():
                cursor.execute("SELECT InitSpatialMetaData(1)")
