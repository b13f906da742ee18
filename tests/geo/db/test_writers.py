"""The queue of SQLite's writers: one at a time, nobody forgotten, and the end of a process gives the turn back."""

import contextlib
import gc
import os
import subprocess
import sys
import threading

import pytest
from django.db import OperationalError, connection, transaction

from geo.db.backends.spatialite.base import DatabaseWrapper
from geo.db.backends.spatialite.writers import WriterQueue
from geo.models import Place


def test_one_at_a_time(tmp_path):
    database = str(tmp_path / "db.sqlite3")
    first, second = WriterQueue(), WriterQueue()
    first.enter(database)
    first.enter(database)  # again is the same turn
    entered = threading.Event()

    def wait():
        second.enter(database)
        entered.set()
        second.close()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not entered.wait(0.2)
    first.leave()
    assert entered.wait(10)
    thread.join()
    first.leave()  # once more does nothing
    first.close()


def test_a_killed_process_gives_its_turn_back(tmp_path):
    database = str(tmp_path / "db.sqlite3")
    code = (
        "import os, signal, sys; from geo.db.backends.spatialite.writers import WriterQueue;"
        "q = WriterQueue(); q.enter(sys.argv[1]); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code, database], check=False).returncode == -9
    queue = WriterQueue()
    queue.enter(database)
    queue.close()


def test_a_database_in_memory_has_no_queue(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    queue = WriterQueue()
    for name in (":memory:", "file:memorydb_default?mode=memory&cache=shared", ""):
        queue.enter(name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_transactions_of_threads_follow_one_another():
    """On both databases; on SQLite through the queue: no one is refused, no change is lost."""
    place = Place.objects.create(slug="x", name="x", profile="plain", metric_srid=4548)

    def add():
        try:
            for _ in range(10):
                with transaction.atomic():
                    row = Place.objects.select_for_update().get(pk=place.pk)
                    row.directory_version += 1
                    row.save(update_fields=["directory_version"])
        finally:
            connection.close()

    before = place.directory_version
    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    place.refresh_from_db()
    assert place.directory_version == before + 60


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_gives_its_turn_back():
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        Place.objects.create(slug="x", name="x", profile="plain", metric_srid=4548)
        raise ZeroDivisionError
    done = threading.Event()

    def write():
        try:
            Place.objects.create(slug="y", name="y", profile="plain", metric_srid=4548)
            done.set()
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join(10)
    assert done.is_set()
    assert list(Place.objects.values_list("slug", flat=True)) == ["y"]


# ---- what happens to the turn when something else ends -----------------------------------------------------------


def test_who_waits_too_long_for_others_of_the_process_gives_up_and_can_come_back(tmp_path):
    database = str(tmp_path / "db.sqlite3")
    first, second = WriterQueue(), WriterQueue()
    first.enter(database)
    with pytest.raises(TimeoutError, match=r"kept by another writer for 0\.1 s"):
        second.enter(database, timeout_s=0.1)
    second.leave()  # what it never had it does not give away
    with pytest.raises(TimeoutError):
        second.enter(database, timeout_s=0.1)
    first.leave()
    second.enter(database, timeout_s=5)
    second.close()
    first.close()


def test_a_connection_that_is_forgotten_gives_its_turn_back(tmp_path):
    """A thread may end in the middle of a transaction without closing its connection."""
    database = str(tmp_path / "db.sqlite3")
    WriterQueue().enter(database)
    gc.collect()
    queue = WriterQueue()
    queue.enter(database, timeout_s=5)
    queue.close()


def test_a_forked_child_neither_takes_nor_gives_away_the_turn_of_its_parent(tmp_path):
    database = str(tmp_path / "db.sqlite3")
    code = """
import fcntl, os, sys
from geo.db.backends.spatialite.writers import WriterQueue
queue = WriterQueue()
queue.enter(sys.argv[1])
child = os.fork()
if child == 0:
    queue.leave(); queue.close()  # of the parent's turn nothing changes
    os._exit(0)
os.waitpid(child, 0)
other = os.open(sys.argv[1] + "-writers", os.O_RDONLY)
try:
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    sys.exit("the child gave the turn away")
except BlockingIOError:
    pass
child = os.fork()
if child == 0:
    import signal
    signal.alarm(1)  # it has to wait like any other process, and is ended while it does
    queue.enter(sys.argv[1])
    os._exit(7)
assert os.waitpid(child, 0)[1] == 14, "the child took its parent's turn for its own"
queue.leave()
child = os.fork()
if child == 0:
    queue.enter(sys.argv[1])
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""
    done = subprocess.run(
        [sys.executable, "-c", code, database], check=False, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()[-1000:]


def test_a_queue_that_cannot_be_had_is_done_without(tmp_path, caplog):
    queue = WriterQueue()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geo.db.backends.spatialite.writers.os.open", _refused)
        queue.enter(str(tmp_path / "db.sqlite3"), timeout_s=1)
    queue.leave()
    assert "do not queue for db.sqlite3" in caplog.text


def _refused(*_args, **_kwargs):
    raise PermissionError(13, "Permission denied")


def test_two_names_of_one_file_are_one_queue(tmp_path):
    (tmp_path / "db.sqlite3").touch()
    (tmp_path / "link.sqlite3").symlink_to(tmp_path / "db.sqlite3")
    first, second = WriterQueue(), WriterQueue()
    first.enter(str(tmp_path / "db.sqlite3"))
    with pytest.raises(TimeoutError):
        second.enter(str(tmp_path / "link.sqlite3"), timeout_s=0.1)
    first.close()


def test_the_file_of_the_queue_is_readable_to_whom_the_database_is(tmp_path):
    database = tmp_path / "db.sqlite3"
    database.touch(mode=0o640)
    database.chmod(0o640)
    queue = WriterQueue()
    queue.enter(str(database))
    queue.close()
    assert (tmp_path / "db.sqlite3-writers").stat().st_mode & 0o777 == 0o640


BUSY = """
import os, random, signal, sys, threading, time
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from django.db import OperationalError, connection, transaction
from geo.models import Place

def work():
    for number in range(int(sys.argv[2])):
        try:
            with transaction.atomic():
                row = Place.objects.select_for_update().get(slug="x")
                with transaction.atomic():
                    row.directory_version += 1
                    row.save(update_fields=["directory_version"])
                if number % 5 == 4:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            continue
    connection.close()

threads = [threading.Thread(target=work) for _ in range(3)]
[t.start() for t in threads]
if sys.argv[3] == "killed":
    time.sleep(random.uniform(0.05, 0.3))
    os.kill(os.getpid(), signal.SIGKILL)
[t.join() for t in threads]
"""


@pytest.mark.django_db(transaction=True)
def test_processes_with_threads_lose_no_write_while_others_are_killed():
    """Two processes with three threads each count up; others like them are killed in the middle of it."""
    place = Place.objects.create(slug="x", name="x", profile="plain", metric_srid=4548)
    name = str(connection.settings_dict["NAME"])
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}

    def start(count, end):
        command = [sys.executable, "-c", BUSY, name, str(count), end]
        return subprocess.Popen(command, env=env, stderr=subprocess.PIPE)

    def ends_with(processes, code):
        for process in processes:
            error = process.communicate(timeout=120)[1].decode()
            assert process.returncode == code, error[-1000:]

    ends_with([start(10_000, "killed") for _ in range(2)], -9)
    place.refresh_from_db()
    before = place.directory_version
    ends_with([start(20, "ends") for _ in range(2)], 0)
    place.refresh_from_db()
    assert place.directory_version == before + 2 * 3 * 16


def test_a_writer_that_never_ends_is_told_as_a_locked_database(tmp_path):
    name = str(tmp_path / "db.sqlite3")
    wrapper = DatabaseWrapper(
        {**connection.settings_dict, "NAME": name, "OPTIONS": {"timeout": 0.1}}, "other"
    )
    other = WriterQueue()
    other.enter(name)
    with pytest.raises(OperationalError, match="database is locked"), wrapper.writing():
        raise AssertionError("never gets here")
    other.close()
    with wrapper.writing():
        assert wrapper._writers._inside
    assert not wrapper._writers._inside
    wrapper._writers.close()
