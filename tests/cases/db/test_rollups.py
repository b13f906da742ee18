"""The rollup is equal to a recount, whatever happens to cases, whoever does it, and however it ends."""

import json
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.db.rollups import CASE_ROLLUP
from cases.models import Case, CaseRollup
from cases.services.housekeeping import tick
from cases.services.rollups import rollups_fold, rollups_repair
from geo.db.rollups import local_day_text, rollup_differences
from geo.models import Place
from tests.factories.cases import act, file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


def differences():
    return list(rollup_differences(CASE_ROLLUP))


def counted(grain=CaseRollup.Grain.WHOLE):
    rollups_fold()
    return sum(CaseRollup.objects.filter(grain=grain).values_list("count", flat=True))


def refreshed_copy(case, number, **fields):
    row = Case.objects.get(pk=case.pk)
    row.pk = row.inbox_item_id = None
    row.client_id = f"00000000-0000-4000-8000-{number:012d}"
    row.follow_code = f"R{number:013d}"
    for name, value in fields.items():
        setattr(row, name, value)
    return row


@pytest.fixture
def place():
    return build_place()


CHANGES = {
    "h3_cell": [None, 0x8A2A1072B59FFFF, 0x8A2A1072B5AFFFF],
    "h3_shown": [None, 0x8A2A1072B59FFFF],
    "category": ["road", "parking"],
    "about": ["none", "leader"],
    "is_published": [True, False],
    "is_sensitive": [True, False],
    "confidential": [True, False],
    "private_place": [True, False],
    "reported_at": [
        datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC),  # still January in Shanghai
        datetime(2026, 1, 31, 16, 0, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
    ],
    "status": ["received", "closed"],
}
STEP = st.one_of(
    st.tuples(st.just("insert"), st.integers(1, 4)),
    st.tuples(st.just("change"), st.sampled_from(sorted(CHANGES)), st.integers(0, 2), st.integers(0, 9)),
    st.tuples(st.just("sweep"), st.sampled_from(sorted(CHANGES)), st.integers(0, 2)),
    st.tuples(st.just("upsert"), st.sampled_from(sorted(CHANGES)), st.integers(0, 2)),
    st.tuples(st.just("area"), st.integers(0, 9), st.sampled_from([None, "g1", "g5", "c1"])),
    st.tuples(st.just("span"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("delete"), st.integers(0, 9)),
    st.tuples(st.just("fold")),
)


def take(step, case, place, number):
    """Take one step with rows as they are; services do nothing else to the database."""
    kind, *more = step
    rows = Case.objects.exclude(pk=case.pk).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    if kind == "insert":
        made = [refreshed_copy(case, number * 10 + i) for i in range(more[0])]
        Case.objects.bulk_create(made)
        return
    if kind == "fold":
        rollups_fold()
        return
    if not ids:
        return
    if kind in ("change", "sweep", "upsert"):
        name, pick = more[0], more[1]
        value = CHANGES[name][pick % len(CHANGES[name])]
        if kind == "sweep":
            rows.update(**{name: value})
        elif kind == "upsert":
            found = list(rows)
            for row in found:
                setattr(row, name, value)
            Case.objects.bulk_create(found, update_conflicts=True, unique_fields=["id"], update_fields=[name])
        else:
            row = rows.get(pk=ids[more[2] % len(ids)])
            setattr(row, name, value)
            row.save()
    elif kind == "area":
        area = place.areas[more[1]] if more[1] else None
        rows.filter(pk=ids[more[0] % len(ids)]).update(area=area)
    elif kind == "span":
        rows.filter(pk=ids[more[0] % len(ids)]).update(
            affected="SRID=4326;LINESTRING(116.97 36.69,116.98 36.7)" if more[1] else None
        )
    elif kind == "delete":
        rows.filter(pk=ids[more[0] % len(ids)]).delete()


class Undone(Exception):
    """Ends a transaction without its work."""


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(STEP, st.booleans()), max_size=14))
def test_any_sequence_is_equal_to_a_recount(place, steps):
    """Filings, relocations, other kinds, other boundaries, other visibility, deletions; some of them undone."""
    with transaction.atomic():
        case = file_case(place, "g1")
        for number, (step, undo) in enumerate(steps, start=1):
            try:
                with transaction.atomic():
                    take(step, case, place, number)
                    if undo:
                        raise Undone
            except Undone:
                pass
            assert differences() == []
        total = Case.objects.count()
        assert [counted(grain) for grain in (0, 1, 2)] == [total] * 3
        assert not CaseRollup.objects.filter(count__lte=0).exists()
        Case.objects.all()._raw_delete("default")
        rollups_fold()
        assert not CaseRollup.objects.exists()
        transaction.set_rollback(True)


def test_what_services_do_is_counted(place):
    """The services' own ways of writing: one prepared insert, steps, relocation, another kind."""
    case = file_case(place, "g1")
    other = file_case(place, "g1.1", category="drainage", at=(0.5, 0.5))
    nowhere = file_case(place, location=None, category="certificate", place=place.place.slug)
    lon, lat = place.point("g3", 0.5, 0.95)
    act(
        case,
        "relocate",
        place.official,
        location={"type": "Point", "coordinates": [lon, lat]},
        pin="confirmed",
    )
    act(other, "recategorise", place.official, category="parking")
    act(case, "accept", place.grid_leader_2)
    assert differences() == []
    rollups_fold()
    rows = {row.category: row for row in CaseRollup.objects.filter(grain=CaseRollup.Grain.WHOLE)}
    assert sorted(rows) == ["certificate", "parking", "road"]
    assert (rows["road"].area_id, rows["road"].by_case) == (place.areas["g3"].pk, False)
    assert (rows["certificate"].h3_cell, rows["certificate"].area_id, rows["certificate"].by_case) == (
        0,
        0,
        True,
    )
    assert nowhere.area_id is None


def test_days_are_those_of_the_place(place):
    """22:30 on New Year's Eve in Boston is half past eleven next morning in Jinan."""
    boston = build_place(
        "boston", profile="plain", west=-71.1, south=42.3, metric_srid=26986, with_people=False
    )
    Place.objects.filter(pk=boston.place.pk).update(time_zone="America/New_York")
    moment = datetime(2026, 1, 1, 3, 30, tzinfo=UTC)
    for number, where in enumerate((place, boston)):
        case = file_case(place, "g1")
        row = refreshed_copy(case, number, reported_at=moment, place_id=where.place.pk)
        Case.objects.bulk_create([row])
        case.delete()
    rollups_fold()
    days = dict(CaseRollup.objects.filter(grain=CaseRollup.Grain.DAY).values_list("place_id", "day"))
    assert (str(days[place.place.pk]), str(days[boston.place.pk])) == ("2026-01-01", "2025-12-31")
    months = dict(CaseRollup.objects.filter(grain=CaseRollup.Grain.MONTH).values_list("place_id", "day"))
    assert (str(months[place.place.pk]), str(months[boston.place.pk])) == ("2026-01-01", "2025-12-01")
    assert differences() == []


@given(
    moment=st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_local_day_on_sqlite_is_that_of_the_zone(moment, zone):
    from zoneinfo import ZoneInfo

    stored = moment.replace(tzinfo=None).isoformat(sep=" ")
    assert local_day_text(stored, zone) == moment.astimezone(ZoneInfo(zone)).date().isoformat()


def test_check_names_what_differs_and_repairs_it(place):
    file_case(place, "g1")
    file_case(place, "g5", category="parking")
    assert json.loads(run("--json")) == {"equal": True, "different": 0, "repaired": 0, "keys": []}
    rollups_fold()
    CaseRollup.objects.filter(category="road", grain=CaseRollup.Grain.MONTH).update(count=7)
    CaseRollup.objects.filter(category="parking", grain=CaseRollup.Grain.DAY).delete()
    with pytest.raises(SystemExit) as ended:
        run("--json")
    assert ended.value.code == 1
    report = json.loads(run("--json", "--repair"))
    found = [(key["grain"], key["category"], key["recount_minus_count"]) for key in report["keys"]]
    assert found == [(0, "parking", 1), (1, "road", -6)]
    assert (report["different"], report["repaired"]) == (2, 2)
    assert run() == "equal to the recount\n"


def test_repair_counts_from_nothing_and_drops_what_is_void(place):
    file_case(place, "g1")
    CaseRollup.objects.all().delete()
    assert rollups_repair() == 3
    Case.objects.filter(pk__gt=0).update(category="parking")
    rollups_fold()
    CaseRollup.objects.filter(category="parking").update(category="road")
    assert rollups_repair() == 6
    assert set(CaseRollup.objects.values_list("category", "count")) == {("parking", 1)}


def run(*arguments):
    out = StringIO()
    call_command("check_rollups", *arguments, stdout=out)
    return out.getvalue()


def test_tick_folds(place):
    file_case(place, "g1")
    done = tick(now=datetime.now(UTC))
    assert done["rollups_folded"] == (1 if connection.vendor == "postgresql" else 0)
    assert not CaseRollup.objects.filter(grain=CaseRollup.Grain.PENDING).exists()
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_a_table_built_anew_keeps_its_triggers(place):
    """SQLite alters a table by copying it: triggers of ours must come with it."""
    before = triggers()
    assert any("rollup_update" in name for name in before)
    former = Case._meta.get_field("stated_category")
    wider = former.clone()
    wider.set_attributes_from_name("stated_category")
    wider.model, wider.max_length = Case, 61
    for old, new in ((former, wider), (wider, former)):
        with connection.schema_editor() as editor:
            editor.alter_field(Case, old, new)
        assert triggers() == before
    file_case(place, "g1")
    assert differences() == []
    assert counted() == 1


def triggers():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = 'cases_case'::regclass AND NOT tgisinternal"
            )
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'cases_case'"
            )
        return sorted(name for (name,) in cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_neither_lose_a_count_nor_wait_for_ever(place):
    """Two move the same cases to and fro in opposite order while a third files: no dead lock, no count lost."""
    model = file_case(place, "g1")
    Case.objects.bulk_create([refreshed_copy(model, number) for number in range(20)])
    ids = list(Case.objects.order_by("pk").values_list("pk", flat=True))
    halves = [ids[:10], ids[10:]]
    errors = []
    begun = threading.Barrier(3)

    def move(mine, categories):
        try:
            begun.wait()
            for turn in range(6):
                with transaction.atomic():
                    for category in categories if turn % 2 else reversed(categories):
                        for pk in mine:
                            Case.objects.filter(pk=pk).update(category=category)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    def file_and_fold():
        try:
            begun.wait()
            for number in range(100, 112):
                Case.objects.bulk_create([refreshed_copy(model, number)])
                rollups_fold()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    work = [
        threading.Thread(target=move, args=(halves[0], ["road", "parking", "noise"])),
        threading.Thread(target=move, args=(halves[1], ["noise", "parking", "road"])),
        threading.Thread(target=file_and_fold),
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join(timeout=60)
    assert errors == []
    assert differences() == []
    assert counted() == Case.objects.count() == 33


def test_a_filing_that_fails_leaves_no_count(place):
    case = file_case(place, "g1")
    before = counted()
    again = refreshed_copy(case, 1, client_id=case.client_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.bulk_create([refreshed_copy(case, 2), again])
    assert counted() == before
    assert differences() == []


def test_old_reports_count_on_their_day(place):
    case = file_case(place, "g1")
    Case.objects.filter(pk=case.pk).update(reported_at=case.reported_at - timedelta(days=400))
    assert differences() == []
