"""Ledgers of other systems: every row is taken, a duplicate, unlocated or kept, and nothing comes twice."""

import csv
import gzip
import json
import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import (
    Assignment,
    Case,
    CaseArea,
    Event,
    InboxItem,
    Notification,
    OutboxMessage,
    TriageDecision,
)
from cases.services import imports
from cases.services.imports import case_id_of_row
from cases.services.overdue import cases_mark_overdue
from cases.services.replay import inbox_replay, inbox_take_up
from geo.db.convert import to_shapely
from geo.domain.crs import metric_transformer
from geo.domain.datum import wgs84_to_gcj02
from tests.factories.cases import act, raw_of
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
COLUMNS = ("--category", "kind", "--text", "text", "--reported-at", "opened", "--id", "id")
LONLAT = ("--lon", "lon", "--lat", "lat")
DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def place():
    return build_place()


def row_at(where, short="g1", number=1, at=(0.5, 0.95), **more):
    lon, lat = where.point(short, *at)
    return {
        "id": f"n{number}",
        "opened": (DAY + timedelta(minutes=number)).isoformat(),
        "kind": "road",
        "text": f"路面坑洼{number}",
        "lon": lon,
        "lat": lat,
    } | more


def table(path, rows, encoding="utf-8"):
    out = StringIO()
    writer = csv.DictWriter(out, fieldnames=list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    raw = out.getvalue().encode(encoding)
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def load(file, *more, columns=(*COLUMNS, *LONLAT), place="wuyingshan"):
    out = StringIO()
    call_command(
        "import_cases", str(file), "--place", place, *columns, *more, "--json", "--no-progress", stdout=out
    )
    report = json.loads(out.getvalue())
    assert report["taken"] + report["duplicate"] + report["unlocated"] + report["kept"] == report["rows"]
    assert report["taken"] + report["unlocated"] == report["open"] + report["closed"]
    return report


def refused(file, *more, **options):
    with pytest.raises(CommandError) as caught:
        load(file, *more, **options)
    assert not Case.objects.exists()
    assert not InboxItem.objects.exists()
    return str(caught.value)


def counts(report):
    return tuple(report[name] for name in ("taken", "duplicate", "unlocated", "kept"))


def test_a_row_makes_the_case_that_a_filing_makes(place, tmp_path, client):
    """Column by column, with all that belongs to it; but for the channel, and what only filings have."""
    from cases.services.intake import case_file

    rows = [
        row_at(place, "g1", 1, text="路面坑洼，电话13812345678"),
        row_at(place, "g3", 2, at=(0.3, 0.5), kind="noise"),
        row_at(place, "g5", 3, kind="streetlight-of-old"),
        row_at(place, "g1", 4, text="又坏了"),
        row_at(place, "g8", 5, kind="parking"),
    ]
    opened = timezone.now() - timedelta(days=20)
    for number, row in enumerate(rows):
        row["opened"] = (opened + timedelta(days=number * 4)).isoformat()
    report = load(table(tmp_path / "a.csv", rows))
    assert counts(report) == (5, 0, 0, 0)
    imported = list(Case.objects.order_by("pk"))
    shown = [_everything(case) for case in imported]
    for case in imported:
        Case.objects.filter(pk=case.pk).update(
            client_id=uuid.uuid4(), reported_at=opened - timedelta(days=999)
        )
    filed = []
    for row in rows:
        body = {
            "client_id": str(uuid.uuid4()),
            "text": row["text"],
            "category": row["kind"],
            "location": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
            "captured_at": row["opened"],
            "place": "wuyingshan",
        }
        receipt = case_file(raw=raw_of(body), actor=None, received_at=datetime.fromisoformat(row["opened"]))
        filed.append(_everything(Case.objects.get(pk=receipt.case_id)))
    assert shown == filed
    assert [case["case"]["status"] for case in shown] == ["assigned"] * 5
    assert shown[3]["decision"][0]["facts"]["recurrence"] == 1


def _everything(case):
    """Return a case as plain values, without what differs between any two, and without channel and inbox."""
    own = {
        field.attname: getattr(case, field.attname)
        for field in Case._meta.concrete_fields
        if field.name not in ("id", "client_id", "follow_code", "payload_sha256", "inbox_item", "channel")
    }
    for name in ("location", "location_shown"):
        own[name] = own[name].wkt if own[name] is not None else None
    areas = set(CaseArea.objects.filter(case=case).values_list("level", "code", "by_span", "place"))
    skipped = ("id", "case_id", "since")
    assigned = [
        {
            f.attname: getattr(row, f.attname)
            for f in Assignment._meta.concrete_fields
            if f.attname not in skipped
        }
        for row in Assignment.objects.filter(case=case).order_by("pk")
    ]
    decisions = list(TriageDecision.objects.filter(case=case).values())
    for decision in decisions:
        del decision["id"], decision["case_id"]
        decision["facts"].pop("channel")
    events = list(
        Event.objects.filter(case=case)
        .exclude(kind="overdue")
        .order_by("pk")
        .values_list("kind", "visibility", "from_status", "to_status", "actor_title")
    )
    return {"case": own, "areas": areas, "assigned": assigned, "decision": decisions, "events": events}


def test_a_second_run_takes_nothing_twice(place, tmp_path):
    file = table(tmp_path / "a.csv", [row_at(place, "g1", n) for n in range(5)])
    assert counts(load(file)) == (5, 0, 0, 0)
    again = load(file)
    assert (counts(again), again["changed"]) == ((0, 5, 0, 0), 0)
    assert Case.objects.count() == 5


def test_an_import_that_was_killed_goes_on(place, tmp_path, monkeypatch):
    """What a batch committed stays; the same command takes the rest, and nothing twice."""
    monkeypatch.setattr(imports, "BATCH_ROWS", 2)
    file = table(tmp_path / "a.csv", [row_at(place, "g1", n) for n in range(7)])
    real, calls = imports.drafts_write, []

    def dies_in_the_third(drafts, *, now):
        calls.append(len(drafts))
        real(drafts, now=now)
        if len(calls) == 3:
            raise SystemExit(137)

    monkeypatch.setattr(imports, "drafts_write", dies_in_the_third)
    with pytest.raises(SystemExit):
        load(file)
    assert Case.objects.count() == 4  # the third batch was written, and not committed
    monkeypatch.setattr(imports, "drafts_write", real)
    assert counts(load(file)) == (3, 4, 0, 0)
    assert Case.objects.count() == Event.objects.filter(kind="filed").count() == 7


def test_the_same_id_twice_in_a_table(place, tmp_path):
    rows = [row_at(place, number=1), row_at(place, number=1, text="另一件"), row_at(place, number=2)]
    report = load(table(tmp_path / "a.csv", rows))
    assert (counts(report), report["changed"]) == ((2, 1, 0, 0), 1)
    assert set(Case.objects.values_list("text", flat=True)) == {"路面坑洼1", "路面坑洼2"}


def test_a_broken_row_does_not_stand_in_the_way_of_a_whole_one(place, tmp_path):
    rows = [row_at(place, number=1, opened="?"), row_at(place, number=1), row_at(place, number=1)]
    assert counts(load(table(tmp_path / "a.csv", rows))) == (1, 1, 0, 1)


def test_without_ids_the_rows_themselves_tell(place, tmp_path):
    rows = [{name: value for name, value in row_at(place).items() if name != "id"}] * 3
    file = table(tmp_path / "a.csv", rows)
    columns = (*COLUMNS[:-2], *LONLAT)
    assert counts(load(file, columns=columns)) == (3, 0, 0, 0)
    assert counts(load(file, columns=columns)) == (0, 3, 0, 0)


def test_closed_ones_keep_their_areas_and_are_nobodys(place, tmp_path):
    closed = DAY + timedelta(days=2)
    rows = [row_at(place, number=1, closed=closed.isoformat()), row_at(place, number=2, closed="")]
    report = load(table(tmp_path / "a.csv", rows), "--closed-at", "closed")
    assert (report["open"], report["closed"]) == (1, 1)
    case = Case.objects.get(client_id=case_id_of_row("wuyingshan", "n1"))
    assert (case.status, case.closed_at, case.clock_flagged) == ("closed", closed, False)
    assert CaseArea.objects.filter(case=case).count() == 4
    assert case.areas == case.areas_at_filing
    assert not Assignment.objects.filter(case=case).exists()
    events = Event.objects.filter(case=case).order_by("pk")
    assert [(e.kind, e.from_status, e.to_status, e.at) for e in events] == [
        ("filed", "", "received", case.reported_at),
        ("close", "received", "closed", closed),
    ]
    assert Assignment.objects.filter(case__client_id=case_id_of_row("wuyingshan", "n2")).exists()


def test_closed_before_opened_is_taken_and_flagged(place, tmp_path):
    before = (DAY - timedelta(days=3)).isoformat()
    report = load(table(tmp_path / "a.csv", [row_at(place, closed=before)]), "--closed-at", "closed")
    assert (counts(report), report["closed_before_opened"], report["flagged"]) == ((1, 0, 0, 0), 1, 1)
    case = Case.objects.get()
    assert case.clock_flagged
    assert case.closed_at < case.reported_at


def test_a_report_from_the_future_is_flagged(place, tmp_path):
    report = load(table(tmp_path / "a.csv", [row_at(place, opened="2190-01-01T00:00:00+08:00")]))
    case = Case.objects.get()
    assert report["flagged"] == 1
    assert case.clock_flagged
    assert case.reported_at == case.received_at <= timezone.now()
    assert case.captured_at.year == 2189


def test_nobody_is_told_not_even_later_of_what_was_late_long_ago(place, tmp_path, settings):
    settings.OUTBOX_WEBHOOK_URL = "https://hook.example/"
    load(
        table(
            tmp_path / "a.csv", [row_at(place, number=n, opened="2019-05-04T08:00+08:00") for n in range(3)]
        )
    )
    late = Case.objects.filter(deadline_at__lt=timezone.now())
    assert late.count() == 3
    cases_mark_overdue(now=timezone.now())
    assert not Notification.objects.exists()
    assert not OutboxMessage.objects.exists()
    assert Event.objects.filter(kind="overdue").count() == 3


def test_unknown_categories_are_unsorted_and_a_map_sorts_them(place, tmp_path):
    rows = [row_at(place, number=n, kind=kind) for n, kind in enumerate(["路灯", "路灯", "Odd" * 40, ""])]
    report = load(table(tmp_path / "a.csv", rows))
    assert report["unsorted"] == 3
    assert report["unknown_categories"] == {"路灯": 2, ("Odd" * 40)[:60]: 1}
    assert set(Case.objects.values_list("category", flat=True)) == {"unsorted"}
    assert Event.objects.filter(kind="filed").last().data["import"] == {"file": "a.csv", "row": 4, "id": "n3"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("map.csv", "value,category\n路灯,parking\n噪音,road\n"),
        ("map.csv", "路灯,parking\n噪音,road\n"),
        ("map.toml", '"路灯" = "parking"\n"噪音" = "road"\n'),
        ("map.toml", '[categories]\n"路灯" = "parking"\n"噪音" = "road"\n'),
    ],
)
def test_a_map_of_categories(place, tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    rows = [row_at(place, number=n, kind=kind) for n, kind in enumerate(["路灯", "噪音", "drainage"])]
    load(table(tmp_path / "a.csv", rows), "--category-map", str(tmp_path / name))
    assert list(Case.objects.order_by("pk").values_list("category", flat=True)) == [
        "parking",
        "road",
        "drainage",
    ]


def test_a_map_to_what_the_profile_does_not_have(place, tmp_path):
    (tmp_path / "map.toml").write_text('"路灯" = "nonsense"\n', encoding="utf-8")
    said = refused(table(tmp_path / "a.csv", [row_at(place)]), "--category-map", str(tmp_path / "map.toml"))
    assert "the profile has no category nonsense; it has" in said
    assert "parking" in said


def test_pile_ups_become_unlocated_and_busy_places_do_not(place, tmp_path):
    streets = ["建国路", "解放路", "胜利街", "经七路", "纬二路", "无影山路", "堤口路", "济洛路", "北园街"]
    pile = [row_at(place, "g4", n, address=f"{streets[n % 9]}{n}号") for n in range(40)]
    busy = [row_at(place, "g2", 100 + n, address="政务中心 翡翠路1号") for n in range(60)]
    rest = [row_at(place, "g5", 200 + n, at=(n / 40, 0.97), address=f"纬二路{n}号") for n in range(30)]
    report = load(table(tmp_path / "a.csv", [*pile, *busy, *rest]))
    assert counts(report) == (90, 0, 40, 0)
    assert report["unlocated_by"] == {"placeholder": 40}
    (told,) = report["placeholders"]
    assert (told["records"], told["column"], told["addresses"]) == (40, "address", 40)
    unlocated = Case.objects.filter(location__isnull=True)
    assert unlocated.count() == 40
    assert not unlocated.exclude(h3_cell=None, h3_shown=None, location_shown=None, area=None).exists()
    case = unlocated.first()
    sent = {"type": "Point", "coordinates": [pile[0]["lon"], pile[0]["lat"]]}
    assert case.location_raw["unlocated"] == {"why": "placeholder", "location": sent, "datum": "wgs84"}
    assert "location" not in case.location_raw
    assert Event.objects.get(case=case, kind="filed").data["import"]["unlocated"] == "placeholder"
    # Those of the widest area sort it.
    assert set(CaseArea.objects.filter(case=case).values_list("level", flat=True)) == {"subdistrict"}


def test_a_person_sorts_or_pins_an_unlocated_case(place, tmp_path):
    """Judging it again does not believe the placeholder; a pin does place it."""
    streets = ["建国路", "解放路", "胜利街", "经七路", "纬二路", "无影山路", "堤口路", "济洛路", "北园街"]
    load(
        table(
            tmp_path / "a.csv", [row_at(place, "g4", n, address=f"{streets[n % 9]}{n}号") for n in range(40)]
        )
    )
    official = place.people["official"]
    case = act(Case.objects.first(), "recategorise", official, category="parking")
    assert (case.location, case.outcome, case.category) == (None, "none", "parking")
    assert case.location_raw["unlocated"]["why"] == "placeholder"
    lon, lat = place.point("g6", 0.5, 0.95)
    case = act(case, "relocate", official, location={"type": "Point", "coordinates": [lon, lat]})
    assert case.area.code == place.code("g6")
    assert "unlocated" not in case.location_raw


def test_rows_outside_and_without_coordinates_are_unlocated(place, tmp_path):
    west, south = place.outside_point()
    rows = [row_at(place, number=n) for n in range(3)]
    rows += [row_at(place, number=4, lon=west, lat=south), row_at(place, number=5, lon="", lat="")]
    rows += [row_at(place, number=6, lon=0, lat=0)]
    report = load(table(tmp_path / "a.csv", rows))
    assert counts(report) == (3, 0, 3, 0)
    assert report["unlocated_by"] == {"outside": 2, "no_coordinates": 1}
    case = Case.objects.get(client_id=case_id_of_row("wuyingshan", "n4"))
    assert (case.location, case.h3_cell, case.h3_shown, case.outcome) == (None, None, None, "outside")
    assert case.location_raw["unlocated"]["location"]["coordinates"] == [west, south]
    again = act(case, "recategorise", place.people["official"], category="parking")
    assert (again.location, again.outcome) == (None, "outside")
    assert again.location_raw == case.location_raw


def test_swapped_axes_are_refused(place, tmp_path):
    rows = [row_at(place, "g1", n) for n in range(5)] + [row_at(place, number=9, lon="", lat="")]
    file = table(tmp_path / "a.csv", rows)
    said = refused(file, columns=(*COLUMNS, "--lon", "lat", "--lat", "lon"))
    assert "lon and lat look swapped: 5 of 5 rows" in said
    assert "exchange --lon and --lat" in said


def test_a_few_swapped_rows_are_kept(place, tmp_path):
    rows = [row_at(place, "g1", n) for n in range(5)]
    rows[1]["lon"], rows[1]["lat"] = rows[1]["lat"], rows[1]["lon"]
    report = load(table(tmp_path / "a.csv", rows))
    assert counts(report) == (4, 0, 0, 1)


def test_metres_for_degrees_are_refused_and_read_when_told(place, tmp_path):
    to_metres = metric_transformer(4548).transform
    rows = [row_at(place, "g3", n) for n in range(4)]
    for row in rows:
        row["lon"], row["lat"] = to_metres(row["lon"], row["lat"])
    file = table(tmp_path / "a.csv", rows)
    said = refused(file)
    assert "which are no degrees" in said
    assert "EPSG:4548" in said
    assert counts(load(file, "--crs", "EPSG:4548")) == (4, 0, 0, 0)
    assert set(Case.objects.values_list("area__code", flat=True)) == {place.code("g3")}


def test_a_datum_is_converted(place, tmp_path):
    rows = [row_at(place, "g3", n) for n in range(4)]
    for row in rows:
        row["lon"], row["lat"] = wgs84_to_gcj02(row["lon"], row["lat"])
    file = table(tmp_path / "a.csv", rows)
    assert counts(load(file, "--datum", "gcj02")) == (4, 0, 0, 0)
    case = Case.objects.first()
    assert case.area.code == place.code("g3")
    assert case.location_raw["datum"] == "gcj02"
    assert to_shapely(case.location).distance(to_shapely(case.location_shown)) == 0
    assert "--datum must be one of" in _error(file, "--datum", "nad27")


def _error(file, *more, **options):
    with pytest.raises(CommandError) as caught:
        load(file, *more, **options)
    return str(caught.value)


def test_addresses_go_through_the_gazetteer_and_nothing_is_guessed(place, tmp_path):
    rows = [
        {**row_at(place, number=1), "address": "翡翠郡1号楼"},
        {**row_at(place, number=2), "address": "1号楼"},
        {**row_at(place, number=3), "address": "没有这个地方"},
    ]
    block = place.areas["b1"].name
    rows[0]["address"] = f"{block}1号楼"
    report = load(table(tmp_path / "a.csv", rows), columns=(*COLUMNS, "--address", "address"))
    assert counts(report) == (1, 0, 2, 0)
    assert report["unlocated_by"] == {"address": 2}
    case = Case.objects.get(location__isnull=False)
    assert (case.building_code, case.place_text) == (place.code("g1.1"), f"{block}1号楼")


def test_kept_rows_stay_whole_and_can_be_mended(place, tmp_path):
    rows = [
        row_at(place, number=1),
        row_at(place, number=2, opened="31/02/2026", closed=DAY.isoformat(), phone="138"),
        row_at(place, number=3, lon="here"),
        row_at(place, number=4, text="长" * 5000),
    ]
    file = table(tmp_path / "a.csv", rows)
    report = load(file, "--closed-at", "closed")
    assert counts(report) == (1, 0, 0, 3)
    assert report["kept_rows"][0] == {
        "row": 2,
        "reason": "opened: a time in ISO 8601 is wanted; got '31/02/2026'",
    }
    item = InboxItem.objects.get(client_id=str(case_id_of_row("wuyingshan", "n2")))
    assert (item.state, item.problem["file"], item.problem["row"], item.place) == (
        "kept",
        "a.csv",
        2,
        place.place,
    )
    payload = json.loads(bytes(item.raw))
    assert payload["imported"]["row"]["phone"] == "138"
    assert payload["captured_at"] == "31/02/2026"
    official = place.people["official"]
    with pytest.raises(Exception, match="captured_at"):
        inbox_replay(item_id=item.pk, raw=b"", actor=official)
    item.refresh_from_db()
    assert (item.state, item.problem["row"]) == ("kept", 2)
    payload["captured_at"] = (DAY - timedelta(days=2)).isoformat()
    receipt = inbox_replay(item_id=item.pk, raw=raw_of(payload), actor=official)
    case = Case.objects.get(pk=receipt.case_id)
    assert (case.status, case.channel, case.reported_at) == ("closed", "import", DAY - timedelta(days=2))
    item.refresh_from_db()
    assert item.state == "taken"
    assert not Notification.objects.exists()
    # The next run knows the mended row; the others are kept as before, not once more.
    assert counts(load(file, "--closed-at", "closed")) == (0, 2, 0, 2)
    assert InboxItem.objects.filter(state="kept").count() == 2


def test_a_mended_row_whose_process_died_is_taken_up(place, tmp_path):
    from cases.services.inbox import inbox_receive

    load(table(tmp_path / "a.csv", [row_at(place), row_at(place, number=2, opened="?", closed="")]))
    item = InboxItem.objects.get()
    payload = json.loads(bytes(item.raw)) | {"captured_at": DAY.isoformat(), "closed_at": DAY.isoformat()}
    mended, _is_new = inbox_receive(raw=raw_of(payload), actor=None, received_at=DAY, replay_of=item)
    assert mended.is_import
    assert inbox_take_up(now=timezone.now()) == (1, 0)
    assert Case.objects.get(inbox_item=mended).status == "closed"


def test_only_an_import_may_say_when_it_was_closed(place, client):
    body = {
        "client_id": str(uuid.uuid4()),
        "text": "x",
        "captured_at": DAY.isoformat(),
        "closed_at": DAY.isoformat(),
        "place": "wuyingshan",
        "imported": {},
    }
    answer = client.post("/api/v1/cases/", body, content_type="application/json")
    assert answer.status_code == 400
    assert not Case.objects.exists()


def test_mixed_encodings_are_told_by_row(place, tmp_path):
    file = table(tmp_path / "a.csv", [row_at(place, number=n) for n in range(1, 6)])
    lines = file.read_bytes().split(b"\r\n")
    lines[3] = lines[3].decode().encode("gb18030")
    file.write_bytes(b"\r\n".join(lines))
    report = load(file)
    assert counts(report) == (4, 0, 0, 1)
    assert report["kept_rows"] == [
        {"row": 3, "reason": "column 'text' is not UTF-8; as GB18030 it reads “路面坑洼3”"}
    ]


@pytest.mark.parametrize("suffix", ["csv.gz", "xlsx"])
def test_packed_tables_and_workbooks(place, tmp_path, suffix):
    rows = [row_at(place, number=n) for n in range(3)]
    file = tmp_path / f"a.{suffix}"
    if suffix == "xlsx":
        book = openpyxl.Workbook()
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append(list(row.values()))
        book.save(file)
    else:
        table(file, rows)
    assert counts(load(file)) == (3, 0, 0, 0)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ((*COLUMNS, "--lon", "longitude", "--lat", "lat"), "--lon: a.csv has no column 'longitude'; it has id, opened"),
        ((*COLUMNS[:-2], "--id", "nr", *LONLAT), "--id: a.csv has no column 'nr'; it has id, opened, kind, text"),
        ((*COLUMNS, "--lon", "lon"), "--lon and --lat belong together"),
        (COLUMNS, "--lon and --lat, or --address"),
        ((*COLUMNS, *LONLAT, "--tz", "Mars/North"), "--tz must be an IANA name"),
        ((*COLUMNS, *LONLAT, "--crs", "mars"), "CRS must be a code of EPSG"),
        ((*COLUMNS, *LONLAT, "--time-format", "%d/%m/%Y"), "not in the format '%d/%m/%Y'"),
    ],
)  # fmt: skip
def test_options_that_cannot_be(place, tmp_path, columns, said):
    assert said in refused(table(tmp_path / "a.csv", [row_at(place)]), columns=columns)


def test_times_that_are_not_iso_are_asked_for(place, tmp_path):
    rows = [row_at(place, number=n, opened=f"0{n}/23/2026 01:20:09 PM") for n in (1, 2)]
    file = table(tmp_path / "a.csv", rows)
    said = refused(file)
    assert "not in ISO 8601 (the first is '01/23/2026 01:20:09 PM')" in said
    assert "'%m/%d/%Y %I:%M:%S %p'" in said
    load(file, "--time-format", "%m/%d/%Y %I:%M:%S %p", "--tz", "America/New_York")
    assert Case.objects.order_by("pk")[0].reported_at == datetime(2026, 1, 23, 18, 20, 9, tzinfo=UTC)


def test_an_empty_table(place, tmp_path):
    (tmp_path / "a.csv").write_text("")
    assert "the file is empty" in refused(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("id,opened,kind,text,lon,lat\n")
    assert "there are no rows below the header" in refused(tmp_path / "b.csv")


def test_boundaries_that_change_meanwhile_are_asked_again(place, tmp_path, monkeypatch):
    """A batch placed by the boundaries of a moment ago is placed again, not written."""
    real, calls = imports.snapshot_in_force, []

    def switched_once(place_id):
        calls.append(place_id)
        found = real(place_id)
        return None if len(calls) == 1 else found

    monkeypatch.setattr(imports, "snapshot_in_force", switched_once)
    assert counts(load(table(tmp_path / "a.csv", [row_at(place, number=n) for n in range(3)]))) == (
        3,
        0,
        0,
        0,
    )
    assert len(calls) == 2
    assert Case.objects.count() == 3


def test_statements_do_not_grow_with_the_rows(place, tmp_path):
    from django.db import connection

    kinds = ("road", "parking", "drainage", "noise", "unheard-of")

    def statements(number, start):
        rows = [
            row_at(place, f"g{n % 8 + 1}", start + n, kind=kinds[n % 5], opened="2019-05-04T08:00+08:00")
            for n in range(number)
        ]
        file = table(tmp_path / f"{start}.csv", rows)
        with CaptureQueriesContext(connection) as queries:
            load(file)
        # An insert of many rows is cut by the number of parameters that the database takes.
        return len([query for query in queries.captured_queries if "INSERT" not in query["sql"]])

    statements(2, 0)
    few, many = statements(10, 1000), statements(200, 2000)
    assert many <= few


def test_the_report_in_words(place, tmp_path):
    rows = [
        row_at(place, number=1),
        row_at(place, number=2, opened="?"),
        row_at(place, number=3, lon="", lat=""),
    ]
    out = StringIO()
    call_command(
        "import_cases",
        str(table(tmp_path / "a.csv", rows)),
        "--place",
        "wuyingshan",
        *COLUMNS,
        *LONLAT,
        stdout=out,
        stderr=(err := StringIO()),
    )
    assert "1 taken + 0 duplicate + 1 unlocated + 1 kept = 3 rows" in out.getvalue()
    assert "kept      row 2: opened: a time in ISO 8601 is wanted; got '?'" in out.getvalue()
    assert "rows" in err.getvalue()  # the progress bar


def test_a_place_without_boundaries(tmp_path):
    build_place(state="staged")
    (tmp_path / "a.csv").write_text("id,opened,kind,text,lon,lat\n1,2026-01-01,road,x,117,36\n")
    assert "There is no place" in refused(tmp_path / "a.csv") or "wuyingshan" in refused(tmp_path / "a.csv")
