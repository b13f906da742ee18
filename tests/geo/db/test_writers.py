"""The queue of SQLite's writers: one at a time, nobody forgotten, and the end of a process gives the turn back."""

import contextlib
import subprocess
import sys
import threading

import pytest
from django.db import connection, transaction

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
