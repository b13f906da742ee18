"""Detail, steps, voices and the follow code over HTTP."""

import pytest
from django.db import connection
from django.db.utils import DatabaseError

from cases.models import Case, Event
from tests.factories.cases import act, file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return build_place()


@pytest.fixture
def case(place):
    return file_case(place, "g1", place.resident)


def test_a_step_answers_with_the_case_as_it_is_now(place, case, api_as):
    leader = api_as(place.grid_leader)
    answer = leader.post(f"/api/v1/cases/{case.pk}/settle/", {"note": "已填补"})
    properties = answer.json()["properties"]
    assert (answer.status_code, properties["status"]) == (200, "handled")
    assert properties["timeline"][-1]["note"] == "已填补"
    assert "settle" not in [step["action"] for step in properties["actions"]]
    assert {"action": "answer", "inputs": [{"name": "text", "required": True}]} in properties["actions"]


def test_what_is_not_possible_is_409_with_what_is(place, case, api_as):
    leader = api_as(place.grid_leader)
    answer = leader.post(f"/api/v1/cases/{case.pk}/close/", {})
    assert answer.status_code == 403
    answer = leader.post(f"/api/v1/cases/{case.pk}/resume/", {})
    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert (problem["status_now"], problem["value"]) == ("assigned", "resume")
    assert {"accept", "settle", "return", "relocate", "recategorise"} <= set(problem["accepted"])


def test_who_is_not_there_and_what_is_not_there(place, case, api, api_as):
    assert api.post(f"/api/v1/cases/{case.pk}/accept/", {}).status_code == 401
    assert api_as(place.official).post("/api/v1/cases/999999999999999999999/accept/", {}).status_code == 404
    assert api_as(place.official).get("/api/v1/cases/99999/").status_code == 404
    assert api_as(place.official).post(f"/api/v1/cases/{case.pk}/explode/", {}).status_code == 400
    assert api_as(place.official).post(f"/api/v1/cases/{case.pk}/note/", [1]).status_code == 400


def test_after_passing_it_away_only_the_number_is_left(place, api_as):
    hidden = file_case(place, "g1", None, category="culture")
    lon, lat = place.point("g5", 0.5, 0.95)
    answer = api_as(place.grid_leader).post(
        f"/api/v1/cases/{hidden.pk}/relocate/", {"location": {"type": "Point", "coordinates": [lon, lat]}}
    )
    assert (answer.status_code, answer.json()["properties"]) == (200, {"id": hidden.pk})


def test_voices(place, case, api):
    address = f"/api/v1/cases/{case.pk}/me-too/"
    voice = {"client_id": "11111111-1111-4111-8111-111111111111"}
    first, again = api.post(address, voice), api.post(address, voice)
    assert (first.status_code, first.json()) == (201, {"id": case.pk, "me_too": 1})
    assert (again.status_code, again.json()["me_too"]) == (200, 1)
    assert api.post(address, {}).json()["field"] == "client_id"
    assert api.get(f"/api/v1/cases/{case.pk}/").json()["properties"]["me_too"] == 1


def test_the_follow_code_opens_the_public_timeline_and_nothing_else(place, api):
    case = file_case(
        place,
        "g1.1",
        None,
        at=(0.5, 0.5),
        category="neighbours",
        text="楼上太吵",
        reporter={"name": "王小明"},
    )
    act(case, "note", place.grid_leader, note="内部情况")
    act(case, "answer", place.grid_leader, text="已上门调解")
    for written in (case.follow_code, case.follow_code.lower().replace("-", ""), f" {case.follow_code} "):
        answer = api.get(f"/api/v1/follow/{written}/")
        assert answer.status_code == 200
    followed = answer.json()
    assert followed["status"] == "answered"
    assert [step["kind"] for step in followed["timeline"]] == ["filed", "assigned", "answer"]
    assert followed["timeline"][-1]["note"] == "已上门调解"
    said = str(followed)
    for secret in ("楼上太吵", "王小明", "内部情况", place.grid_leader.display_name, case.building_code):
        assert secret not in said
    for wrong in ("AAAA-BBBB-CCCC", "x", case.follow_code[:-1]):
        assert api.get(f"/api/v1/follow/{wrong}/").status_code == 404


def test_a_merged_case_names_the_one_that_goes_on_unless_it_is_confidential(place, api):
    main, other = file_case(place, "g1"), file_case(place, "g1")
    act(other, "merge", place.grid_leader, into=main.pk)
    assert api.get(f"/api/v1/follow/{other.follow_code}/").json()["merged_into"] == main.follow_code
    Case.objects.filter(pk=main.pk).update(confidential=True)
    assert api.get(f"/api/v1/follow/{other.follow_code}/").json()["merged_into"] is None


def test_events_cannot_be_changed_by_anybody(case):
    event = Event.objects.filter(case=case).first()
    for change in (
        lambda: event.save(),
        lambda: Event.objects.filter(pk=event.pk).update(note="anders"),
        lambda: Event.objects.all().delete(),
    ):
        with pytest.raises(TypeError):
            change()


@pytest.mark.django_db(transaction=True)
def test_the_database_itself_refuses_to_change_an_event():
    place = build_place()
    case = file_case(place, "g1")
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_event SET note = 'anders' WHERE case_id = %s", [case.pk])
    assert not Event.objects.filter(note="anders").exists()


def test_detail_explains_itself_to_those_in_charge(place, case, api_as):
    properties = api_as(place.official).get(f"/api/v1/cases/{case.pk}/").json()["properties"]
    assert properties["triage"]["explanation"]
    assert properties["triage"]["rule"] == "competent-department"
    assert properties["why"]
    assert properties["follow_code"] == case.follow_code
    public = api_as(place.resident_2).get(f"/api/v1/cases/{case.pk}/").json()["properties"]
    assert not {"why", "follow_code", "reporter", "version", "about", "building"} & set(public)


def test_the_schema_describes_every_address(tmp_path):
    from django.core.management import call_command

    file = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(file))
    text = file.read_text()
    for address in (
        "/api/v1/cases/{id}/{action}/",
        "/api/v1/heat/",
        "/api/v1/inbox/{id}/replay/",
        "/api/v1/follow/{code}/",
    ):
        assert address in text


def test_words_of_the_steps_by_who_reads_them(place, api, api_as):
    """The follow page has the answer as written; all else that leaves the projection in charge is masked."""
    case = file_case(place, "g1", None, reporter={"name": "王小明", "phone": "010-1"})
    act(case, "settle", place.official, note="找王小明核实，13812345678，已填补")
    act(case, "answer", place.official, text="王小明您好，请致电 13987654321")

    def notes(body):
        return {step["kind"]: step.get("note") for step in body["timeline"]}

    followed = notes(api.get(f"/api/v1/follow/{case.follow_code}/").json())
    assert followed["answer"] == "王小明您好，请致电 13987654321"
    assert "已填补" in followed["settle"]
    for personal in ("王小明", "13812345678"):
        assert personal not in followed["settle"]
    public = notes(api.get(f"/api/v1/cases/{case.pk}/").json()["properties"])
    assert set(public.values()) == {None}
    full = notes(api_as(place.official).get(f"/api/v1/cases/{case.pk}/").json()["properties"])
    assert full["settle"] == "找王小明核实，13812345678，已填补"
    seen_masked = api_as(place.grid_leader_2).get(f"/api/v1/cases/{case.pk}/").json()["properties"]
    assert seen_masked["projection"] == "deidentified"
    for note in notes(seen_masked).values():
        for personal in ("王小明", "13812345678", "13987654321"):
            assert personal not in (note or "")
