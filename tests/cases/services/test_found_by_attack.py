"""What somebody found who tried to break in: each of these once gave the wrong answer."""

import json

import pytest
from django.core.management import call_command

from cases.models import Case, InboxItem
from cases.services.payload import about_of
from tests.factories.cases import filing
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return build_place()


@pytest.mark.parametrize(
    ("raw", "about"),
    [
        (rb'{"about":"offici\u0061l"}', "official"),
        (rb'{"\u0061bout":"community"}', "community"),
        (rb'{"about":"official","about":"none"}', "official"),
        (rb'{"about":"none"}', "none"),
        (rb'{"text":"no word of it"}', "none"),
        (rb'{"about":"leader"', "leader"),
        (rb'{"\u0061bout":"leader"', "official"),
        (rb"\xff\xfe", "none"),
    ],
)
def test_whom_a_body_names_is_read_however_it_is_spelt(raw, about):
    assert about_of(raw) == about


def test_a_taken_complaint_is_in_no_inbox_of_those_it_names(place, api, api_as):
    answer = api_as(place.resident).post("/api/v1/cases/", filing(place, about="official"))
    assert answer.status_code == 201
    call_command("tick", verbosity=0)
    assert InboxItem.objects.get().state == "taken"
    for state in ("taken", "received", "kept"):
        listed = api_as(place.official).get(f"/api/v1/inbox/?state={state}")
        assert str(answer.json()["client_id"]) not in listed.content.decode()


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_no_clock_shows_is_told_and_kept(place, api, moment):
    answer = api.post("/api/v1/cases/", filing(place, captured_at=moment))
    assert answer.status_code == 400
    assert answer.json()["field"] == "captured_at"
    assert InboxItem.objects.get().state == "kept"


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("address", ["/api/v1/cases/", "/api/v1/heat/"])
def test_a_period_beyond_the_calendar_is_refused(place, api, address, query):
    answer = api.get(f"{address}?{query}")
    assert answer.status_code == 400
    assert answer.json()["field"] == query.split("=")[0]


def test_the_senders_own_name_is_masked_where_the_text_repeats_it(place, api):
    filed = filing(place, text="路坏了,王小明 留", reporter={"name": "王小明", "phone": "010-1"})
    answer = api.post("/api/v1/cases/", filed)
    assert answer.status_code == 201
    case = Case.objects.get(pk=answer.json()["id"])
    assert "王小明" in case.text
    assert "王小明" not in case.text_masked
    assert "王小明" not in json.dumps(api.get(f"/api/v1/cases/{case.pk}/").json(), ensure_ascii=False)


def test_what_is_drawn_over_half_the_world_is_refused(place, api):
    ring = [[0, 0], [179, 0], [179, 80], [0, 80], [0, 0]]
    filed = filing(place, category="flooding", affected={"type": "Polygon", "coordinates": [ring]})
    del filed["location"]
    answer = api.post("/api/v1/cases/", filed)
    assert answer.status_code == 400
    assert answer.json()["field"] == "affected"


def test_what_lies_in_no_grid_waits_for_a_person_before_the_public_sees_it(place, api):
    answer = api.post("/api/v1/cases/", filing(place, location={"type": "Point", "coordinates": [0.0, 0.0]}))
    assert answer.status_code == 201
    assert api.get(f"/api/v1/cases/{answer.json()['id']}/").status_code == 404
