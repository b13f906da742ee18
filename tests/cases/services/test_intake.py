"""From bytes to receipt: what is taken, what is kept, what repeats, and what is written beside it."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.contrib.gis.geos import LineString
from django.utils import timezone

from cases.domain.profile import Recurrence
from cases.domain.recurrence import Earlier, earlier_of
from cases.errors import InvalidPayload, PayloadConflict
from cases.models import (
    Assignment,
    Case,
    CaseArea,
    Event,
    Holiday,
    InboxItem,
    Notification,
    Recusal,
    Reporter,
    TriageDecision,
)
from cases.selectors.clock import local_day_of
from cases.services.inbox import inbox_receive
from cases.services.intake import FOLLOW_ALPHABET, case_file, new_follow_code
from geo.domain.datum import wgs84_to_bd09, wgs84_to_gcj02
from geo.models import Road
from geo.selectors.gazetteer import places_found
from tests.factories.cases import file_case, filing, raw_of, receipt_of, seen
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def place():
    return build_place()


# ---- what a filing writes ---------------------------------------------------------------------------------------


def test_everything_about_a_case_is_written_with_it(place):
    receipt = receipt_of(place, "g1", None, reporter={"name": "王某", "phone": "138"}, photos=["a" * 64])
    case = Case.objects.get()
    assert receipt.created
    assert case.status == "assigned"
    assert {(a.level, a.code) for a in CaseArea.objects.filter(case=case)} == {
        (level, place.code(short))
        for level, short in (("subdistrict", "s1"), ("community", "c1"), ("block", "b1"), ("grid", "g1"))
    }
    kinds = list(Assignment.objects.filter(case=case).values_list("kind", flat=True))
    assert kinds == ["leader"] * 4 + ["party_cell", "department"]
    assert [event.kind for event in Event.objects.filter(case=case)] == ["filed", "assigned"]
    decision = TriageDecision.objects.get(case=case)
    assert (decision.rule, decision.route, decision.state) == (
        "competent-department",
        "department",
        "proposed",
    )
    assert decision.facts["category"] == "road"
    assert decision.rule_version.startswith("2026.1+")
    told = set(Notification.objects.filter(case=case).values_list("person_id", flat=True))
    assert place.grid_leader.pk in told
    assert place.secretary.pk in told
    assert place.department.pk in told
    assert Reporter.objects.get(case=case).name == "王某"
    assert case.photos.get().state == "expected"
    assert case.areas == case.areas_at_filing
    assert case.location_detail["rules"]


def test_the_filer_is_not_told_of_their_own_case(place):
    case = file_case(place, "g1", place.grid_leader)
    assert not Notification.objects.filter(case=case, person=place.grid_leader).exists()


def test_a_vacant_post_goes_to_the_deputy_and_the_party_organisation_above(place):
    receipt = receipt_of(place, "g8").body
    leaders = receipt["assigned"]["leaders"]
    assert [leader["acting"] for leader in leaders] == [True]
    assert leaders[0]["post_key"] == "deputy-leader"
    assert receipt["assigned"]["party_cell"]["kind"] == "community-committee"


def test_names_of_persons_are_for_staff(place):
    assert receipt_of(place, "g1", None).body["assigned"]["leaders"][0]["name"] is None
    named = receipt_of(place, "g1", place.patroller).body["assigned"]["leaders"][0]["name"]
    assert named == place.grid_leader.display_name


def test_masked_text_and_block_stand_for_a_home(place):
    case = file_case(
        place, "g1.1", None, at=(0.5, 0.5), text="1号楼2单元301漏水，电话13812345678", category="drainage"
    )
    assert case.private_place
    assert case.location_shown.coords != case.location.coords
    assert place.areas["b1"].geometry.contains(case.location_shown)
    assert not place.areas["g1.1"].geometry.contains(case.location_shown)
    assert case.h3_shown != 0
    assert "1号楼" not in case.text_masked
    assert "138123" not in case.text_masked


def test_a_street_fault_is_shown_where_it_is(place):
    case = file_case(place, "g1")
    assert not case.private_place
    assert case.location_shown == case.location
    assert case.h3_shown == case.h3_cell


# ---- ways to say where -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("datum", "convert"), [("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09)])
def test_another_datum_is_converted_and_kept(place, datum, convert):
    lon, lat = place.point("g2", 0.5, 0.95)
    sent = list(convert(lon, lat))
    case = file_case(place, location={"type": "Point", "coordinates": sent}, datum=datum)
    assert case.areas[-1]["code"] == place.code("g2")
    assert case.location.coords == pytest.approx((lon, lat), abs=1e-8)
    assert case.location_raw["location"]["coordinates"] == sent
    assert case.location_raw["datum"] == datum


def test_a_line_between_two_blocks_belongs_to_both(place):
    line = [list(place.point("g2", 0.98, 0.9)), list(place.point("g2", 0.98, 0.97))]
    case = file_case(place, location=None, affected={"type": "LineString", "coordinates": line})
    blocks = CaseArea.objects.filter(case=case, level="block")
    assert {row.code: row.by_span for row in blocks} == {place.code("b1"): False, place.code("b2"): True}
    assert case.location is not None
    assert TriageDecision.objects.get(case=case).facts["blocks"] == 2


def test_an_area_has_a_pin_inside_it(place):
    west, south = place.point("g3", 0.2, 0.92)
    east, north = place.point("g3", 0.8, 0.98)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    case = file_case(
        place, category="flooding", location=None, affected={"type": "Polygon", "coordinates": [ring]}
    )
    assert case.affected.contains(case.location)
    assert case.areas[-1]["code"] == place.code("g3")


def test_a_building_chosen_by_name_has_more_weight_than_the_fix(place):
    case = file_case(place, "g3", place_code=place.code("g1.1.2"), pin="building")
    assert case.areas[-1]["code"] == place.code("g1")
    assert (case.building_code, case.unit_name) == (place.code("g1.1"), "2单元")
    assert case.location.coords == pytest.approx(place.point("g3", 0.5, 0.95))


def test_a_block_without_a_pin(place):
    case = file_case(place, location=None, place_code=place.code("b2"))
    assert case.areas[-1]["code"] == place.code("b2")
    assert case.status == "assigned"


@pytest.mark.parametrize(
    ("words", "short"),
    [
        ("翡翠郡2号楼1单元", "g1.2.1"),
        ("锅炉厂宿舍1号楼", "g1.1"),
        ("一机床宿舍", "b2"),
        ("翡翠郡2号楼1单元301室", "g1.2.1"),
    ],
)
def test_a_place_in_words_finds_its_building_also_by_its_old_name(place, words, short):
    case = file_case(place, location=None, place_text=words)
    area = place.areas[short]
    assert area.code in {case.building_code, case.areas[-1]["code"]} | set(case.span.get("unit", ()))
    assert case.status == "assigned"
    assert case.place_text == words


@pytest.mark.parametrize("words", ["第3网格", "小区门口那棵大树", "1号楼"])
def test_words_that_may_mean_several_places_are_left_to_people(place, words):
    case = file_case(place, location=None, place_text=words)
    assert (case.outcome, case.location) == ("none", None)
    assert seen(place.official, case) == "full"


def test_a_street_in_words_is_no_spot_and_left_to_people(place):
    lon, lat = place.point("g1")
    Road.objects.create(
        generation=place.areas["g1"].generation,
        name="造纸厂路",
        rank=Road.Rank.LOCAL,
        width_m=8.0,
        geometry=LineString((lon - 0.01, lat), (lon + 0.01, lat)),
    )
    assert places_found("造纸厂路")[0]["score"] == 1.0
    case = file_case(place, location=None, place_text="造纸厂路")
    assert (case.outcome, case.location) == ("none", None)


def test_a_matter_without_a_place_goes_to_the_counter(place):
    case = file_case(
        place, location=None, category="certificate", text="怎么办理居住证明", place=place.place.slug
    )
    assert (case.outcome, case.route, case.location) == ("none", "counter", None)
    assert CaseArea.objects.filter(case=case, level="subdistrict").exists()
    assert Assignment.objects.filter(case=case).exists()


def test_outside_every_grid_is_sorted_by_people(place):
    lon, lat = place.outside_point()
    receipt = receipt_of(place, location={"type": "Point", "coordinates": [lon, lat]}).body
    case = Case.objects.get()
    assert (case.outcome, case.status, case.route) == ("outside", "received", "sort")
    assert receipt["candidates"][0]["code"] == place.code("g1")
    told = set(Notification.objects.filter(case=case).values_list("person_id", flat=True))
    assert place.official.pk in told
    assert Case.objects.for_user(place.official).filter(pk=case.pk).exists()


def test_an_unconfirmed_pin_near_a_border_is_flagged_and_the_patroller_asked(place):
    lon, lat = place.point("g1", 0.99, 0.95)
    case = file_case(
        place,
        "g1",
        place.patroller,
        location={"type": "Point", "coordinates": [lon, lat]},
        pin="gps",
        accuracy_m=12,
    )
    assert case.outcome == "border"
    assert case.areas[-1]["code"] == place.code("g1")
    assert [c["code"] for c in case.location_detail["candidates"]] == [place.code("g2")]
    assert Notification.objects.filter(case=case, person=place.patroller, kind="confirm_place").exists()


# ---- triage and deadlines ----------------------------------------------------------------------------------------


def test_danger_shows_emergency_numbers_and_skips_every_queue(place):
    receipt = receipt_of(place, category="gas_leak").body
    case = Case.objects.get()
    assert [n["number"] for n in receipt["emergency_numbers"]][:1] == ["119"]
    assert (case.route, case.urgent, case.skips_queue, case.danger) == ("emergency", True, True, True)
    assert case.deadline_at == case.received_at + timedelta(hours=2)
    assert set(Notification.objects.filter(case=case).values_list("kind", flat=True)) == {"urgent"}


def test_an_unknown_category_is_taken_as_unsorted_and_said(place):
    receipt = receipt_of(place, category="volcano").body
    case = Case.objects.get()
    assert (case.category, case.stated_category, case.route) == ("unsorted", "volcano", "sort")
    assert receipt["notes"]


def test_a_complaint_about_the_leader_passes_by_those_it_names(place):
    case = file_case(place, "g1", None, about="leader")
    assert case.confidential
    assert not case.is_published
    assert case.route == "one_level_up"
    people = set(Assignment.objects.filter(case=case).values_list("person_id", flat=True))
    assert place.community_leader.pk in people
    assert place.grid_leader.pk not in people
    assert place.secretary.pk not in people
    named = set(Recusal.objects.filter(case=case).values_list("person_id", flat=True))
    assert {place.grid_leader.pk, place.patroller.pk, place.secretary.pk} <= named
    assert not Notification.objects.filter(case=case, person_id__in=named).exists()


def test_recurrence_counts_earlier_cases_at_the_place(place):
    for _ in range(3):
        file_case(place, "g1", category="parking")
    file_case(place, "g5", category="parking")
    last = file_case(place, "g1", category="parking")
    decision = TriageDecision.objects.get(case=last)
    assert decision.facts["recurrence"] == 3
    assert decision.rule == "strong-reaction"
    assert last.label == "jinan-wuyingshan/community-topic"


def days_ago(*days):
    return [(timezone.now() - timedelta(days=number)).isoformat() for number in days]


def test_a_burst_of_fresh_reports_is_no_old_matter(place):
    for moment in [*days_ago(*[2] * 20), *days_ago(*[0] * 20)]:
        file_case(place, "g1", category="parking", captured_at=moment)
    last = file_case(place, "g1", category="parking")
    decision = TriageDecision.objects.get(case=last)
    assert (decision.facts["recurrence"], decision.facts["occurrences"]) == (40, 0)
    assert decision.rule != "long-unresolved"


def test_what_came_back_for_weeks_is_an_old_matter_also_behind_a_burst(place, monkeypatch):
    monkeypatch.setattr("cases.selectors.recurrence.MOST", 3)
    # Six times it came back; twice within a day each time, which counts once.
    for moment in days_ago(*[day for time in range(1, 7) for day in (8 * time, 8 * time + 0.5)]):
        file_case(place, "g1", category="parking", captured_at=moment)
    for _ in range(4):
        file_case(place, "g1", category="parking")
    decision = TriageDecision.objects.get(case=file_case(place, "g1", category="parking"))
    assert (decision.facts["recurrence"], decision.facts["occurrences"]) == (16, 6)
    assert decision.rule == "long-unresolved"


def test_the_profile_says_how_far_apart_occurrences_are():
    now = datetime(2026, 5, 30, 12, tzinfo=UTC)
    reports = [now - timedelta(days=day) for day in (1, 2, 3, 40)]
    count = partial(earlier_of, reports, before=now)
    assert count(rule=Recurrence(apart_days=1)) == Earlier(4, 4)
    assert count(rule=Recurrence(apart_days=2)) == Earlier(4, 2)
    assert count(rule=Recurrence(window_days=30, apart_days=2)) == Earlier(3, 1)
    assert earlier_of([], before=now, rule=Recurrence()) == Earlier(0, 0)
    with pytest.raises(ValueError, match="apart_days must be at most window_days"):
        Recurrence(window_days=3, apart_days=4)


def test_trouble_that_is_said_to_begin_later_is_taken_and_flagged(place):
    later = (timezone.now() + timedelta(days=2)).date().isoformat()
    receipt = receipt_of(place, "g1", category="parking", began_on=later)
    case = Case.objects.get(pk=receipt.case_id)
    assert (case.clock_flagged, case.began_on.isoformat()) == (True, later)
    assert TriageDecision.objects.get(case=case).facts["age_days"] is None
    assert len(receipt.body["notes"]) == 1
    both = receipt_of(place, "g1", began_on=later, captured_at="2001-01-01T00:00:00+08:00")
    assert len(both.body["notes"]) == 2


def test_today_is_no_day_to_come(place):
    day = local_day_of(timezone.now(), place.place.time_zone)
    case = file_case(place, "g1", began_on=day.isoformat())
    assert not case.clock_flagged
    assert TriageDecision.objects.get(case=case).facts["age_days"] == 0


def test_who_has_the_bytes_has_the_receipt_without_the_names_that_are_for_staff(place):
    payload = filing(place)
    raw = raw_of(payload)
    first = case_file(raw=raw, actor=place.patroller)
    assert first.body["assigned"]["leaders"][0]["name"]
    for other in (None, place.resident, place.resident_2):
        again = case_file(raw=raw, actor=other)
        assert (again.created, again.case_id) == (False, first.case_id)
        assert again.body["follow_code"] == first.body["follow_code"]
        assert all(entry["name"] is None for entry in again.body["assigned"]["leaders"])
        assert again.body["assigned"]["party_cell"]["head"] is None
    assert case_file(raw=raw, actor=place.patroller).body == first.body
    assert Case.objects.get().filed_by == place.patroller
    assert InboxItem.objects.count() == 1


def test_who_sends_again_what_a_dead_process_left_does_not_become_its_sender(place):
    raw = raw_of(filing(place))
    inbox_receive(raw=raw, actor=place.patroller, received_at=timezone.now())
    receipt = case_file(raw=raw, actor=place.resident)
    assert Case.objects.get().filed_by == place.patroller
    assert all(entry["name"] is None for entry in receipt.body["assigned"]["leaders"])


def test_a_revision_of_nothing_is_a_conflict_and_kept(place):
    payload = filing(place, revises="0" * 64)
    with pytest.raises(PayloadConflict) as refused:
        case_file(raw=raw_of(payload), actor=None)
    assert (refused.value.field, refused.value.value) == ("revises", "0" * 64)
    item = InboxItem.objects.get()
    assert (item.state, bytes(item.raw), Case.objects.count()) == ("conflict", raw_of(payload), 0)


def test_a_revision_of_what_could_not_be_taken_is_taken(place):
    refused = filing(place, channel="pigeon")
    with pytest.raises(InvalidPayload):
        case_file(raw=raw_of(refused), actor=None)
    sha256 = InboxItem.objects.get().payload_sha256
    mended = refused | {"channel": "web", "revises": sha256}
    assert case_file(raw=raw_of(mended), actor=None).created
    # Of another id the hash is as unknown as any.
    with pytest.raises(PayloadConflict):
        case_file(raw=raw_of(mended | {"client_id": str(uuid.uuid4())}), actor=None)


def test_trouble_that_began_years_ago_is_an_old_case(place):
    case = file_case(place, "g1", category="parking", began_on="2018-05-01")
    decision = TriageDecision.objects.get(case=case)
    assert decision.rule == "long-unresolved"
    assert decision.facts["age_days"] > 365


def test_working_days_count_the_holiday_table(place):
    # A Wednesday; two working days are Friday evening, unless Thursday and Friday are holidays.
    start = datetime(2031, 5, 7, 10, tzinfo=ZONE)
    plain = case_file(raw=raw_of(filing(place, category="piled_up")), actor=None, received_at=start)
    assert plain.body["triage"]["deadline"] == "2031-05-08T10:00:00+08:00"
    assert plain.body["notes"], "2031 has no holidays yet: only weekends were counted"
    for day in (8, 9):
        Holiday.objects.create(day=f"2031-05-{day:02d}", kind="holiday", name="节")
    Holiday.objects.create(day="2031-05-10", kind="workday", name="调休")
    late = case_file(raw=raw_of(filing(place, category="piled_up")), actor=None, received_at=start)
    assert late.body["triage"]["deadline"] == "2031-05-10T10:00:00+08:00"
    assert late.body["notes"] == []


@pytest.mark.parametrize(
    ("offset", "flagged"),
    [
        (timedelta(days=400), True),
        (timedelta(minutes=2), False),
        (-timedelta(days=3), False),
        (-timedelta(days=800), True),
    ],
)
def test_a_clock_that_cannot_be_right_is_flagged_not_refused(place, offset, flagged):
    now = timezone.now()
    case = file_case(place, captured_at=(now + offset).isoformat())
    assert case.clock_flagged is flagged
    assert case.captured_at == now + offset
    assert case.reported_at == (case.received_at if flagged else now + offset)


# ---- repetitions -------------------------------------------------------------------------------------------------


def test_the_same_bytes_again_give_the_same_receipt(place):
    raw = raw_of(filing(place))
    first = case_file(raw=raw, actor=None)
    again = case_file(raw=raw, actor=None)
    assert (first.created, again.created) == (True, False)
    assert again.body == first.body
    assert Case.objects.count() == InboxItem.objects.count() == 1


def test_the_receipt_stays_the_same_when_the_case_has_gone_on(place):
    raw = raw_of(filing(place))
    first = case_file(raw=raw, actor=None)
    Case.objects.update(status="closed")
    assert case_file(raw=raw, actor=None).body == first.body


def test_the_same_id_with_other_bytes_is_a_conflict_and_both_are_kept(place):
    payload = filing(place)
    case_file(raw=raw_of(payload), actor=None)
    with pytest.raises(PayloadConflict):
        case_file(raw=raw_of(payload | {"text": "另一件事"}), actor=None)
    assert Case.objects.count() == 1
    assert sorted(InboxItem.objects.values_list("state", flat=True)) == ["conflict", "received"]


def test_the_earlier_hash_makes_it_a_revision(place):
    payload = filing(place, "g1")
    first = case_file(raw=raw_of(payload), actor=place.patroller)
    lon, lat = place.point("g5", 0.5, 0.95)
    revised = payload | {
        "text": "改到这里",
        "location": {"type": "Point", "coordinates": [lon, lat]},
        "revises": first.body["payload_sha256"],
    }
    raw = raw_of(revised)
    second = case_file(raw=raw, actor=place.patroller)
    case = Case.objects.get()
    assert not second.created
    assert case.payload_sha256 == second.body["payload_sha256"] != first.body["payload_sha256"]
    assert (case.text, case.areas[-1]["code"]) == ("改到这里", place.code("g5"))
    assert case.areas_at_filing[-1]["code"] == place.code("g1")
    event = Event.objects.get(kind="revised")
    assert event.data["before"]["payload_sha256"] == first.body["payload_sha256"]
    assert Case.objects.for_user(place.grid_leader_3).get().projection == "full"
    # Either version, sent again, gets its own receipt; a third that revises the first is a conflict.
    assert case_file(raw=raw, actor=place.patroller).body == second.body
    assert case_file(raw=raw_of(payload), actor=place.patroller).body == first.body
    with pytest.raises(PayloadConflict):
        case_file(raw=raw_of(revised | {"text": "又改"}), actor=place.patroller)


def test_somebody_elses_id_tells_nothing(place):
    payload = filing(place)
    raw = raw_of(payload)
    mine = case_file(raw=raw, actor=place.resident)
    for other in (place.resident_2, None):
        with pytest.raises(PayloadConflict) as refused:
            case_file(raw=raw_of(payload | {"text": "探一探"}), actor=other)
        assert mine.body["follow_code"] not in json.dumps(refused.value.extra) + refused.value.message
    revised = raw_of(payload | {"text": "探", "revises": mine.body["payload_sha256"]})
    with pytest.raises(PayloadConflict):
        case_file(raw=revised, actor=place.resident_2)
    assert Case.objects.get().text == payload["text"]


# ---- what cannot be taken ----------------------------------------------------------------------------------------

BAD = {
    "no JSON": (b"{", None),
    "not UTF-8": ("中文".encode("gbk"), None),
    "no object": (b"[1]", None),
    "nested": (b"[" * 100_000, None),
    "long integer": (b'{"accuracy_m": ' + b"9" * 5000 + b"}", None),
    "no id": ({"client_id": None}, "client_id"),
    "bad id": ({"client_id": "7"}, "client_id"),
    "NUL": ({"text": "a\x00b"}, "text"),
    "half a character": ({"text": "\ud800"}, None),
    "number as text": ({"text": 5}, "text"),
    "text as flag": ({"urgent": "yes"}, "urgent"),
    "unknown field": ({"textt": "x"}, "textt"),
    "too long": ({"text": "长" * 4001}, "text"),
    "NaN": ({"location": {"type": "Point", "coordinates": [float("nan"), 36.69]}}, "location.coordinates.0"),
    "huge number": ({"accuracy_m": 1e300}, "accuracy_m"),
    "latitude over 90": ({"location": {"type": "Point", "coordinates": [36.69, 116.97]}}, "lat"),
    "no such area": ({"place_code": "999"}, "place_code"),
    "no such place": ({"place": "atlantis"}, "place"),
    "open ring": (
        {
            "affected": {
                "type": "Polygon",
                "coordinates": [[[116.97, 36.69], [116.98, 36.69], [116.98, 36.7], [116.9, 36.7]]],
            }
        },
        "affected",
    ),
    "time without offset": ({"captured_at": "2026-05-01T10:00:00"}, "captured_at"),
    "nothing said": ({"text": " ", "category": "unsorted"}, ""),
    "unknown channel": ({"channel": "smoke"}, "channel"),
    "bad hash": ({"photos": ["xyz"]}, "photos.0"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_taken_is_kept_whole_with_its_reason(place, kind):
    bad, field = BAD[kind]
    raw = bad if isinstance(bad, bytes) else json.dumps(filing(place) | bad).encode()
    with pytest.raises(InvalidPayload) as refused:
        case_file(raw=raw, actor=None)
    item = InboxItem.objects.get()
    assert (item.state, bytes(item.raw)) == ("kept", raw)
    assert item.problem["detail"]
    assert refused.value.extra["kept"] is True
    if field is not None:
        assert refused.value.field == field
    assert Case.objects.count() == 0
    # Again: the same answer, nothing more stored.
    with pytest.raises(InvalidPayload):
        case_file(raw=raw, actor=None)
    assert InboxItem.objects.count() == 1


def test_a_key_that_stands_twice_is_not_guessed_at(place):
    raw = raw_of(filing(place)).replace(b'"text"', b'"category": "parking", "text"', 1)
    with pytest.raises(InvalidPayload, match="category"):
        case_file(raw=raw, actor=None)


def test_swapped_axes_are_said(place):
    # In eastern China lat and lon cannot be mistaken by range; elsewhere only the place tells.
    near = build_place("gabon", west=9.40, south=0.40, metric_srid=32632, county="000001")
    lon, lat = near.point("g1", 0.5, 0.95)
    with pytest.raises(InvalidPayload, match=r"swapped|反"):
        case_file(raw=raw_of(filing(near, location={"type": "Point", "coordinates": [lat, lon]})), actor=None)
    assert InboxItem.objects.get().state == "kept"


def test_a_line_for_a_kind_that_is_a_point(place):
    line = [list(place.point("g1", 0.2, 0.95)), list(place.point("g1", 0.8, 0.95))]
    with pytest.raises(InvalidPayload) as refused:
        receipt_of(place, category="street_light", affected={"type": "LineString", "coordinates": line})
    assert (refused.value.field, refused.value.accepted) == ("affected", ["Point"])


def test_personal_values_are_not_repeated_in_the_reason(place):
    with pytest.raises(InvalidPayload):
        receipt_of(place, reporter={"name": "王小明", "phone": 13812345678})
    assert "13812345678" not in json.dumps(InboxItem.objects.get().problem)


def test_a_kept_complaint_still_says_whom_it_is_about(place):
    with pytest.raises(InvalidPayload):
        receipt_of(place, about="community", text="x", accuracy_m=-1)
    assert InboxItem.objects.get().about == "community"


def test_residents_cannot_say_that_it_came_over_the_counter(place):
    case = file_case(place, "g1", None, channel="hotline")
    assert case.channel == "web"
    assert Event.objects.get(case=case, kind="filed").data["stated_channel"] == "hotline"
    assert file_case(place, "g1", place.counter, channel="hotline").channel == "hotline"


# ---- follow code ---------------------------------------------------------------------------------------------------


def test_follow_codes_can_be_read_out_and_not_guessed():
    codes = {new_follow_code() for _ in range(500)}
    assert len(codes) == 500
    letters = set("".join(codes)) - {"-"}
    assert letters <= set(FOLLOW_ALPHABET)
    assert not letters & set("01OILU")


def test_a_follow_code_that_is_taken_is_drawn_again(place, monkeypatch):
    taken = file_case(place).follow_code
    drawn = iter([taken, "AAAA-BBBB-CCCC"])
    monkeypatch.setattr("cases.services.intake.new_follow_code", lambda: next(drawn))
    assert file_case(place).follow_code == "AAAA-BBBB-CCCC"


# ---- statements ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["anonymous", "token", "session"])
def test_a_filing_takes_at_most_fifteen_statements(
    place, api, api_as, client, django_assert_max_num_queries, who
):
    payload = filing(place, category="parking", photos=["a" * 64])
    if who == "session":
        client.force_login(place.patroller)
        client.get("/api/v1/cases/")
    else:
        client = api_as(place.patroller) if who == "token" else api
    warm = client.post("/api/v1/cases/", raw_of(filing(place)), content_type="application/json")
    assert warm.status_code == 201
    with django_assert_max_num_queries(15):
        answer = client.post("/api/v1/cases/", raw_of(payload), content_type="application/json")
    assert answer.status_code == 201


def test_uuids_are_one_id_however_they_are_written(place):
    payload = filing(place)
    case_file(raw=raw_of(payload), actor=None)
    shouted = payload | {"client_id": payload["client_id"].upper()}
    with pytest.raises(PayloadConflict):
        case_file(raw=raw_of(shouted), actor=None)
    assert uuid.UUID(payload["client_id"]) == Case.objects.get().client_id
    assert Case.objects.get().received_at <= datetime.now(UTC)
