"""Several statements on their way to the server before the first one is answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

__all__ = ["pipelined"]


@contextmanager
def pipelined(using: str = "default") -> Iterator[None]:
    """Send the statements of a block without waiting for each; on SQLite, which is no server, as ever.

    Belongs inside a transaction. A statement whose answer is fetched is waited for, with all before it; what is wrong
    with the others is raised at the end of the block at the latest.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield
