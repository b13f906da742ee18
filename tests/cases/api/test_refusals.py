"""What is refused says the field, the value and what is accepted, in the reader's language, also of filters."""

import json
import re

import pytest

from cases.models import Case
from cases.services.refusals import WORDS
from tests.factories.cases import file_case, filing
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return build_place()


def refused(answer, field, value=None):
    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert problem["field"] == field
    assert problem.get("value") == value
    assert problem["accepted"]
    return problem


@pytest.mark.parametrize("value", ["1.5", "1e2", "nan", "-1", "1_0", " 1", "9" * 30])
def test_a_number_is_whole_or_refused(place, api, api_as, value):
    for address, name in (("/api/v1/cases/", "limit"), ("/api/v1/heat/", "res")):
        refused(api.get(address, {name: value}), name, value)
    for address, name in (("inbox", "limit"), ("inbox", "after"), ("notifications", "before")):
        refused(api_as(place.official).get(f"/api/v1/{address}/", {name: value}), name, value)


def test_bounds_are_told(place, api):
    assert refused(api.get("/api/v1/heat/", {"res": "11"}), "res", "11")["accepted"] == "0..10"
    assert api.get("/api/v1/heat/", {"res": "0"}).status_code == 200
    assert refused(api.get("/api/v1/cases/", {"limit": "0"}), "limit", "0")["accepted"] == "1..1000"


@pytest.mark.parametrize("address", ["cases", "heat"])
@pytest.mark.parametrize(("name", "good"), [("place", "wuyingshan"), ("category", "road"), ("area", "g1")])
def test_a_filter_that_names_nothing_is_refused(place, api, address, name, good):
    good = place.code(good) if name == "area" else good
    assert api.get(f"/api/v1/{address}/", {name: good}).status_code == 200
    problem = refused(api.get(f"/api/v1/{address}/", {name: "raod"}), name, "raod")
    expected = {"place": "wuyingshan", "category": "road", "area": "/api/v1/places/"}[name]
    assert expected in str(problem["accepted"])
    assert "raod" in problem["detail"]
    if name != "place":
        assert api.get(f"/api/v1/{address}/", {name: f"{good},raod"}).status_code == 400


def test_what_was_there_once_is_still_found(place, api):
    case = file_case(place, "g1")
    Case.objects.filter(pk=case.pk).update(category="of-an-older-profile")
    found = api.get("/api/v1/cases/", {"category": "of-an-older-profile"}).json()
    assert [feature["id"] for feature in found["features"]] == [case.pk]


def test_an_area_of_another_place_is_not_of_this_one(place, api):
    other = build_place("other", west=117.5, county="370106", with_people=False)
    assert api.get("/api/v1/cases/", {"area": other.code("g1")}).status_code == 200
    refused(
        api.get("/api/v1/cases/", {"area": other.code("g1"), "place": "wuyingshan"}), "area", other.code("g1")
    )


def test_swapped_axes_are_told_nearby_as_by_locate(place, api):
    lon, lat = place.point("g1")
    asked = {"lon": lat, "lat": lon, "category": "road"}
    nearby, located = (api.get(f"/api/v1/{a}/", asked) for a in ("cases/nearby", "locate"))
    assert nearby.status_code == located.status_code == 400
    assert nearby.json()["detail"] == located.json()["detail"]
    asked = {"lon": 36.6, "lat": 117.0}
    nearby, located = (api.get(f"/api/v1/{a}/", asked) for a in ("cases/nearby", "locate"))
    assert nearby.status_code == located.status_code == 400
    assert nearby.json()["detail"] == located.json()["detail"]


def test_nearby_asks_for_one_known_kind(place, api):
    lon, lat = place.point("g1")
    refused(
        api.get("/api/v1/cases/nearby/", {"lon": lon, "lat": lat, "category": "raod"}), "category", "raod"
    )
    refused(api.get("/api/v1/cases/nearby/", {"lon": lon, "lat": lat, "category": "road,dogs"}), "category")
    refused(api.get("/api/v1/cases/nearby/", {"lon": lon, "lat": lat, "datum": "x"}), "datum", "x")


WRONG = {
    "client_id": ["x", 1],
    "text": [1, "x" * 4001, "\x00"],
    "category": [1],
    "location": [
        1,
        {"type": "Point"},
        {"type": "Point", "coordinates": [1]},
        {"type": "Line", "coordinates": []},
    ],
    "affected": [{"type": "x"}, {}, {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}],
    "accuracy_m": ["1", -1, 1e9, True],
    "pin": ["hand"],
    "datum": ["x"],
    "captured_at": ["yesterday", "2026-05-01T08:00:00", "2500-01-01T00:00:00Z", 5],
    "began_on": ["2026-13-01", "1800-01-01", 5],
    "channel": ["pigeon"],
    "urgent": ["yes", 1],
    "about": ["x"],
    "reporter": [1, {"name": 1}, {"x": 1}],
    "photos": ["a", ["a"], ["a" * 64] * 10],
    "revises": ["a"],
    "unknown": [1],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in WRONG for value in WRONG[field]])
def test_a_refused_filing_speaks_the_readers_language(place, api, field, value):
    payload = filing(place) | {field: value}
    chinese = api.post("/api/v1/cases/", payload)
    english = api.post("/api/v1/cases/", payload, headers={"Accept-Language": "en"})
    assert chinese.status_code == english.status_code == 400
    for found, native in ((chinese.json(), True), (english.json(), False)):
        assert found["errors"][0]["field"].split(".")[0] == field
        for error in found["errors"]:
            assert bool(re.search("[\u4e00-\u9fff]", error["message"])) == native, error
            assert "is not as it should be" not in error["message"], "has words of its own"
            assert "%(" not in error["message"]
    if field not in ("text", "reporter", "unknown") and not isinstance(value, list | dict):
        assert chinese.json()["value"] == str(value)


def test_choices_are_listed(place, api):
    problem = api.post("/api/v1/cases/", filing(place, datum="x")).json()
    assert problem["accepted"] == ["wgs84", "gcj02", "bd09"]


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b"\xff", b'{"a":1,"a":2}', b'{"a":"\\ud800"}', b'{"a":1e999}']
)
def test_a_body_that_cannot_be_read_is_told_in_chinese(place, api, body):
    answer = api.generic("POST", "/api/v1/cases/", body, content_type="application/json")
    assert answer.status_code == 400
    english = re.sub(r"JSON|UTF-8", "", answer.json()["detail"])
    assert not re.search("[a-z]{3}", english), english


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("extend", {"until": "soon", "reason": "x"}),
        ("extend", {"until": "2026-13-45", "reason": "x"}),
        ("reassign", {"to": {"post": 1, "level": "grid"}, "reason": "x"}),
        ("reassign", {"to": 1, "reason": "x"}),
        ("merge", {"into": "x"}),
        ("settle", {"note": 1}),
        ("relocate", {"location": {"type": "Point", "coordinates": ["a", 1]}}),
    ],
)
def test_a_refused_step_speaks_the_readers_language(place, api_as, action, fields):
    case = file_case(place, "g1")
    answer = api_as(place.official).post(f"/api/v1/cases/{case.pk}/{action}/", fields)
    assert answer.status_code == 400
    for error in answer.json()["errors"]:
        assert re.search("[\u4e00-\u9fff]", error["message"]), error
        assert error["message"] != "不符合要求"


def test_personal_values_are_not_repeated(place, api):
    payload = filing(place, reporter={"name": "王小明", "phone": 13812345678})
    assert "1381234" not in json.dumps(api.post("/api/v1/cases/", payload).json())


def test_every_kind_has_words():
    assert {"missing", "literal_error", "moment", "nul"} <= set(WORDS)
