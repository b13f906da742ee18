"""The queue of those who want to write to a SQLite file: in the kernel, instead of asking again and again.

SQLite has one writer. Whoever finds it busy sleeps up to 100 ms and asks again, so that with several waiting the file
lies idle much of the time; here the next one goes on as soon as it is free, which is 2 to 4 times as many short
transactions a second with 8 writers. The queue is for speed only: SQLite itself still holds off whoever writes without
it, so that a queue that cannot be had is done without.

Threads of a process line up at a gate first, where they can give up; one of them at a time stands in the kernel's
queue, which knows no time limit. A writer that never ends therefore costs each process one thread, not all of them.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import weakref
from pathlib import Path

__all__ = ["WriterQueue"]

log = logging.getLogger(__name__)

_gates: dict[str, threading.Lock] = {}
_making = threading.Lock()


def _forked() -> None:
    """Begin anew in a child: whoever stood at a gate stands there in the parent."""
    global _making
    _making = threading.Lock()
    _gates.clear()


os.register_at_fork(after_in_child=_forked)


class WriterQueue:
    """Place of one connection in the queue of its database file.

    Given up with the process or the connection, however these end. A forked child has a place of its own: it neither
    takes nor gives away the turn of its parent.
    """

    def __init__(self) -> None:
        self._turn: _Turn | None = None
        self._database = ""
        self._inside = False

    def enter(self, database: str, *, timeout_s: float | None = None) -> None:
        """Wait until it is this connection's turn to write; nothing to wait for in a database in memory.

        Raises
        ------
        TimeoutError
            If others of this process have been waiting or writing for `timeout_s`; None waits for ever.
        """
        if self._turn is not None and self._turn.process != os.getpid():
            self._forget()
        if self._inside or not database or database == ":memory:" or database.startswith("file:"):
            return
        try:
            self._opened(database).take(timeout_s)
        except TimeoutError:
            raise
        except OSError as error:
            # Somebody else's file, a read-only folder, a file system without locks: SQLite's own lock has to do.
            log.warning("writers do not queue for %s: %s", Path(database).name, error)
            return
        self._inside = True

    def leave(self) -> None:
        """Let the next one write; does nothing for who is not at turn."""
        if self._inside and self._turn is not None:
            self._turn.give()
        self._inside = False

    def close(self) -> None:
        """Leave and forget the file."""
        self.leave()
        self._forget()

    def _opened(self, database: str) -> _Turn:
        if self._turn is None or database != self._database:
            self.close()
            self._turn, self._database = _Turn(Path(os.path.realpath(database))), database
            # A thread may end without closing its connection; its turn must end with it.
            weakref.finalize(self, self._turn.end).atexit = False
        return self._turn

    def _forget(self) -> None:
        if self._turn is not None:
            self._turn.end()
        self._turn, self._inside = None, False


class _Turn:
    """An open file of the queue and the gate before it."""

    def __init__(self, database: Path) -> None:
        self.process = os.getpid()
        with _making:
            self._gate = _gates.setdefault(str(database), threading.Lock())
        self._file: int | None = _open_beside(database)
        self._is_held = False

    def take(self, timeout_s: float | None) -> None:
        if not self._gate.acquire(timeout=-1 if timeout_s is None else timeout_s):
            raise TimeoutError(f"the database has been kept by another writer for {timeout_s:g} s")
        try:
            assert self._file is not None
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._gate.release()
            raise
        self._is_held = True

    def give(self) -> None:
        # In a forked child the lock and the gate are the parent's; closing the child's copy of the file leaves both.
        if not self._is_held or self._file is None or self.process != os.getpid():
            return
        self._is_held = False
        try:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._gate.release()

    def end(self) -> None:
        self.give()
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


def _open_beside(database: Path) -> int:
    """Open the queue's file beside a database, with the database's owner and mode, as SQLite does with its own."""
    path = database.with_name(f"{database.name}-writers")
    path.parent.mkdir(parents=True, exist_ok=True)
    owner = os.stat(database) if database.exists() else None
    is_new = not path.exists()
    file = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, owner.st_mode & 0o666 if owner else 0o600)
    if is_new and owner is not None and os.geteuid() == 0:
        os.fchown(file, owner.st_uid, owner.st_gid)
    return file
