"""Every release's data comes to today's tables unharmed, migration by migration, on both databases.

What a release left is frozen in `released/`; a migration that is added later is covered without a word here. One
that changes or drops what was there says so in `CHANGED`.
"""

import os

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from cases.models import Case
from geo import routing
from tests.harness.servers import own_database
from tests.upgrade.released import FOLDER, Released, apps_at, read_rows, write_rows

RELEASES = sorted(FOLDER.glob("*.json"))
# (model, field) or (model, ""): migration that changes or drops it, and why that loses nothing.
CHANGED: dict[tuple[str, str], str] = {}


@pytest.fixture
def empty(tmp_path, django_db_setup, django_db_blocker):
    """Lead the default connection to an empty database: also what a migration asks without naming one goes there."""
    given = connection.settings_dict
    with django_db_blocker.unblock(), own_database(tmp_path, None, f"upgrade_{os.getpid()}") as url:
        original = given["NAME"]
        connection.close()
        given["NAME"] = (
            url.rsplit("/", 1)[1] if connection.vendor == "postgresql" else url.removeprefix("spatialite:///")
        )
        routing.forget()
        try:
            connection.prepare_database()
            yield
        finally:
            connection.close()
            given["NAME"] = original
            routing.forget()


def migrate_to(targets):
    executor = MigrationExecutor(connection)
    return executor.migrate(targets)


def fill(release):
    """Build the tables of a release and put its rows into them."""
    targets = sorted(release.migrations.items())
    migrate_to(targets)
    write_rows(apps_at(targets), release.rows)


def steps_ahead():
    """Return the migrations between what is applied and head, in the order in which they run."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(migration.app_label, migration.name) for migration, _backwards in plan]


def harm(before, after, step):
    """Say what of the rows of a release is no longer what it was."""
    for label, entries in before.items():
        if (label, "") in CHANGED:
            continue
        if label not in after:
            yield f"{step}: {label} and its {len(entries)} rows are gone"
            continue
        kept = {row[next(iter(_keys(row)))]: row for row in after[label]}
        for entry in entries:
            row = kept.get(entry[next(iter(_keys(entry)))])
            if row is None:
                yield f"{step}: {label} {entry} is gone"
                continue
            for name, value in entry.items():
                if (label, name) not in CHANGED and row.get(name, "no such field") != value:
                    yield f"{step}: {label}.{name} was {value!r}, is {row.get(name, 'no such field')!r}"


def _keys(row):
    return [name for name in ("id", "key", "session_key", "case_id") if name in row][:1] or list(row)[:1]


@pytest.mark.parametrize("file", RELEASES, ids=lambda file: file.stem)
def test_data_of_a_release_comes_to_head(empty, file):
    release = Released.read(file)
    fill(release)
    before = read_rows(apps_at(sorted(release.migrations.items())))
    assert list(harm(release.rows, before, "filling")) == []
    for step in steps_ahead():
        migrate_to([step])
        applied = MigrationExecutor(connection).loader.applied_migrations
        now = read_rows(apps_at(sorted(applied)))
        assert list(harm(release.rows, now, ".".join(step))) == []
    assert steps_ahead() == []
    # What `migrate` does beside the migrations themselves: content types, permissions.
    call_command("migrate", interactive=False, verbosity=0)


@pytest.mark.parametrize("file", RELEASES, ids=lambda file: file.stem)
def test_the_program_works_on_the_data_of_a_release(empty, client, file):
    """In one go, as an update does it; then pages, permissions, triggers, and new rows."""
    release = Released.read(file)
    fill(release)
    call_command("migrate", interactive=False, verbosity=0)
    assert client.get("/healthz").json()["places"] == {"wuyingshan": "2026-1"}
    public = client.get("/api/v1/cases/").json()
    assert public["total"] == sum(row["is_published"] for row in release.rows["cases.Case"])
    heat = client.get("/api/v1/heat/").json()
    assert heat["total"] + heat["without_place"] == public["total"]
    client.force_login(
        Case.objects.exclude(filed_by=None).first().filed_by, backend="geo.backends.AccountBackend"
    )
    assert client.get("/cases/").status_code == 200
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_event SET kind = 'x'")
    case = Case.objects.order_by("pk").last()
    assert case is not None
    fresh = Case(
        **{f.attname: getattr(case, f.attname) for f in Case._meta.concrete_fields if not f.primary_key}
    )
    fresh.client_id, fresh.follow_code, fresh.inbox_item_id = (
        "11111111-1111-4111-8111-111111111111",
        "NEW",
        None,
    )
    fresh.save()
    assert fresh.pk > case.pk
    call_command("check_rollups")


@pytest.mark.parametrize("file", RELEASES, ids=lambda file: file.stem)
def test_what_is_frozen_has_something_in_every_table(empty, file):
    release = Released.read(file)
    apps = apps_at(sorted(release.migrations.items()))
    ours = {
        m._meta.label
        for app in ("geo", "cases", "layers", "deliberation")
        if app in release.migrations
        for m in apps.get_app_config(app).get_models()
    }
    assert ours - set(release.rows) == set()


def test_harm_is_seen():
    """The comparison itself: a changed value, a missing row, a missing table, a missing field."""
    before = {"a.A": [{"id": 1, "x": "1"}, {"id": 2, "x": "2"}], "a.B": [{"key": "k"}]}
    assert list(harm(before, before, "s")) == []
    after = {"a.A": [{"id": 1, "x": "other"}]}
    assert len(list(harm(before, after, "s"))) == 3
    assert len(list(harm({"a.A": [{"id": 1, "x": "1"}]}, {"a.A": [{"id": 1}]}, "s"))) == 1


def test_there_is_a_release():
    assert RELEASES
