"""Open cases follow the boundaries: previewed, switched, and taken back."""

import json
import uuid
from dataclasses import replace
from io import StringIO

import pytest
import shapely
from django.core.management import CommandError, call_command

from cases.models import Assignment, Case, CaseArea, Event, Notification
from cases.services.intake import case_file
from geo.models import BoundaryGeneration
from geo.services.generations import AreaInput, generation_activate, generation_stage
from tests.factories.places import GRID_WIDTH_DEG, build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(db):
    return build_place()


def filed(place, short, category="road", dx=0.5, dy=0.06, **more):
    """File a case in a grid, by default off its buildings."""
    lon, lat = place.point(short, dx, dy)
    body = {
        "client_id": str(uuid.uuid4()),
        "text": "路面破损",
        "category": category,
        "location": {"type": "Point", "coordinates": [lon, lat]},
        "pin": "confirmed",
        **more,
    }
    receipt = case_file(raw=json.dumps(body).encode(), actor=None)
    return Case.objects.get(pk=receipt.body["id"])


def shifted(place, shift=GRID_WIDTH_DEG, without=()):
    """Return the place's areas (buildings stay where they are) moved east by some degrees."""
    found = []
    for area in place.areas.values():
        if area.code in without:
            continue
        footprint = area.level in ("building", "unit")
        west, south, east, north = area.geometry.extent
        dx = 0.0 if footprint else shift
        found.append(
            AreaInput(
                level=area.level,
                code=area.code,
                name=area.name,
                geometry=shapely.box(west + dx, south, east + dx, north),
                parent=area.parent.code if area.parent else None,
                enclosure=area.enclosure,
            )
        )
    return found


def stage(place, name="2026-2", areas=None):
    generation_stage(place_id=place.place.pk, name=name, areas=areas or shifted(place))


def run(*arguments):
    out = StringIO()
    call_command(*arguments, "--place", "wuyingshan", "--json", stdout=out)
    return json.loads(out.getvalue())


def leaders(case):
    rows = Assignment.objects.filter(case=case, until__isnull=True, kind="leader")
    return set(rows.values_list("person_id", flat=True))


def snapshot_of(case):
    fields = (
        "status",
        "areas",
        "outcome",
        "label",
        "route",
        "deadline_at",
        "version",
        "area_id",
        "text_masked",
    )
    return [getattr(case, name) for name in fields], leaders(case)


def test_a_case_follows_its_ground_and_keeps_where_it_was_filed(place):
    case = filed(place, "g3")
    assert leaders(case) >= {place.grid_leader_2.pk}
    before = case.areas
    stage(place)
    report = generation_activate(place_id=place.place.pk, name="2026-2").parts["cases"]
    case.refresh_from_db()
    assert case.areas[-1]["code"] == place.code("g2")
    assert case.areas_at_filing == before
    assert case.generation.name == case.area.generation.name == "2026-2"
    assert case.area_at_filing.generation.name == "2026-1"
    assert (report["open"], report["moved"], report["change_hands"]) == (1, 1, 1)
    assert report["by_area"] == [{"from": place.code("g3"), "to": place.code("g2"), "count": 1}]
    assert place.grid_leader.pk in leaders(case)
    assert place.grid_leader_2.pk not in leaders(case)
    codes = set(CaseArea.objects.filter(case=case).values_list("code", flat=True))
    assert place.code("g2") in codes
    assert place.code("g3") not in codes
    event = Event.objects.filter(case=case, kind="reroute").get()
    assert event.data["generation"] == {"from": "2026-1", "to": "2026-2"}
    assert event.data["from"]["areas"] == before
    told = Notification.objects.filter(person=place.grid_leader, kind="reroute").get()
    assert (told.case, told.data["came"], told.data["went"]) == (None, 1, 0)
    assert Notification.objects.filter(person=place.grid_leader_2, kind="reroute").get().data["went"] == 1


def test_case_by_case_locate_agrees_with_the_bulk(place):
    from geo.selectors.locate import locate_pin

    cases = [filed(place, f"g{n}", dx=dx) for n in range(1, 9) for dx in (0.02, 0.5, 0.98)]
    stage(place, areas=shifted(place, 0.0004))
    generation_activate(place_id=place.place.pk, name="2026-2")
    for case in cases:
        case.refresh_from_db()
        answer = locate_pin(case.location.x, case.location.y, pin="confirmed")
        assert (case.outcome, case.areas) == (answer.outcome, answer.areas_json())
        assert case.generation.name == "2026-2"


def test_what_lies_in_the_same_areas_gets_no_event(place):
    case = filed(place, "g2")
    version, status = case.version, case.status
    stage(place, areas=shifted(place, 0.0))
    report = generation_activate(place_id=place.place.pk, name="2026-2").parts["cases"]
    case.refresh_from_db()
    assert (report["open"], report["moved"], report["located_anew"]) == (1, 0, 0)
    assert (case.version, case.status) == (version, status)
    assert case.area.generation.name == "2026-2"
    assert not Event.objects.filter(case=case, kind="reroute").exists()
    assert not Notification.objects.filter(kind="reroute").exists()


def test_closed_cases_keep_their_boundaries(place):
    case = filed(place, "g3")
    Case.objects.filter(pk=case.pk).update(status="closed")
    stage(place)
    report = generation_activate(place_id=place.place.pk, name="2026-2").parts["cases"]
    case.refresh_from_db()
    assert report["open"] == 0
    assert (case.areas[-1]["code"], case.generation.name) == (place.code("g3"), "2026-1")


def test_what_falls_outside_is_sorted_by_people_and_comes_back(place):
    case = filed(place, "g1", dx=0.1)
    before = snapshot_of(case)
    stage(place)
    report = generation_activate(place_id=place.place.pk, name="2026-2").parts["cases"]
    case.refresh_from_db()
    assert (report["fall_outside"], case.outcome, case.status) == (1, "outside", "received")
    assert Assignment.objects.filter(case=case, until__isnull=True).exists()
    back = run("activate_generation", "--rollback")
    case.refresh_from_db()
    assert (back["generation"], back["retired"], back["cases"]["come_inside"]) == ("2026-1", "2026-2", 1)
    after = snapshot_of(case)
    assert (after[0][0], after[0][1], after[0][2], after[1]) == (
        before[0][0],
        before[0][1],
        before[0][2],
        before[1],
    )
    assert Event.objects.filter(case=case, kind="reroute").count() == 2


def test_what_people_decided_and_passed_on_stands(place):
    case = filed(place, "g3")
    Case.objects.filter(pk=case.pk).update(label="jinan-wuyingshan/own", triage_state="confirmed")
    Assignment.objects.filter(case=case).exclude(kind="party_cell").update(until=case.received_at)
    kept = Assignment.objects.create(
        case=case, kind="department", department=place.departments["sewer"], since=case.received_at
    )
    Event.objects.create(case=case, kind="reassign", at=case.received_at)
    stage(place)
    generation_activate(place_id=place.place.pk, name="2026-2")
    case.refresh_from_db()
    kept.refresh_from_db()
    assert (case.label, case.triage_state) == ("jinan-wuyingshan/own", "confirmed")
    assert kept.until is None
    assert leaders(case) == set()
    party = Assignment.objects.filter(case=case, until__isnull=True, kind="party_cell").get()
    assert party.area_code in {area["code"] for area in case.areas}


def test_preview_says_what_activation_does_and_writes_nothing(place):
    for number in range(1, 9):
        filed(place, f"g{number}")
    stage(
        place,
        areas=shifted(
            place,
            without={place.code("g8")}
            | {area.code for area in place.areas.values() if area.code.startswith(f"{place.code('g8')}-")},
        ),
    )
    events, rows = Event.objects.count(), Assignment.objects.count()
    preview = run("activate_generation", "2026-2", "--preview")
    assert (Event.objects.count(), Assignment.objects.count()) == (events, rows)
    assert BoundaryGeneration.objects.get(name="2026-2").state == "staged"
    assert preview["can_be_activated"]
    grids = next(level for level in preview["levels"] if level["level"] == "grid")
    assert (grids["before"], grids["after"], grids["gone"]) == (8, 7, [place.code("g8")])
    assert preview["cases"]["change_hands"] > 0
    assert {post["area_code"] for post in preview["posts_vacant"]} <= {place.code("g8")}
    assert preview["coverage"]["buildings_in_no_grid"] > 0
    done = run("activate_generation", "2026-2")
    assert done["cases"] == preview["cases"]


def test_the_number_of_statements_does_not_grow_with_the_cases(place, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def statements(name, shift):
        stage(place, name=name, areas=shifted(place, shift))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            generation_activate(place_id=place.place.pk, name=name)
        return len(captured)

    for number in range(3):
        filed(place, "g3", dx=0.3 + number / 10)
    few = statements("2026-2", GRID_WIDTH_DEG)
    for number in range(30):
        filed(place, "g4", dx=0.2 + number / 60)
    many = statements("2026-3", 2 * GRID_WIDTH_DEG)
    assert abs(many - few) <= 2


def test_a_failure_on_the_way_leaves_everything_as_it_was(place, monkeypatch):
    case = filed(place, "g3")
    stage(place)
    monkeypatch.setattr("cases.services.boundary_switch._tell_sums", lambda *_given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        generation_activate(place_id=place.place.pk, name="2026-2")
    case.refresh_from_db()
    assert (case.areas[-1]["code"], case.generation.name) == (place.code("g3"), "2026-1")
    assert BoundaryGeneration.objects.get(name="2026-2").state == "staged"


@pytest.mark.parametrize("arguments", [(), ("2030",), ("2026-1",), ("--rollback",), ("2026-1", "--rollback")])
def test_the_command_says_what_is_wrong(place, arguments):
    with pytest.raises(CommandError):
        run("activate_generation", *arguments)


def test_coverage_tells_buildings_and_grids_without_people(place, tmp_path):
    target = tmp_path / "findings.geojson"
    call_command("coverage", "--place", "wuyingshan", "--out", str(target), stdout=StringIO())
    report = run("coverage")
    assert {found["code"] for found in report["without_leader"]} >= {place.code("g8")}
    assert place.code("g8") in {found["code"] for found in report["without_party"]}
    assert report["buildings_in_no_grid"] == []
    kinds = {feature["properties"]["kind"] for feature in json.loads(target.read_text())["features"]}
    assert {"without_leader", "without_party"} <= kinds
    areas = [replace(area) for area in shifted(place, 0.0) if area.code != place.code("g1")]
    stage(
        place,
        areas=[a if a.parent != place.code("g1") else replace(a, parent=place.code("b1")) for a in areas],
    )
    staged = run("coverage", "--generation", "2026-2")
    assert len(staged["buildings_in_no_grid"]) == 2
    assert staged["gaps"][0]["parent"] == place.code("b1")
