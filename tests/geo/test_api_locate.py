import json

import pytest

from geo.selectors.locate import locate_pin
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
URL = "/api/v1/locate/"


@pytest.fixture
def place(db):
    return build_place()


def problem(response, status, field=None):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["detail"]
    if field is not None:
        assert body["field"] == field
    return body


def test_anyone_may_ask_whose_a_pin_is(api, place):
    lon, lat = place.point("g1")
    response = api.get(URL, {"lon": lon, "lat": lat})
    assert response.status_code == 200
    body = response.json()
    assert body == locate_pin(lon, lat).as_json(staff=False)
    assert body["leaders"][0]["name"] is None
    assert response["Cache-Control"] == "no-store"


def test_residents_with_an_account_read_no_names(api, place):
    lon, lat = place.point("g1")
    body = api.as_user(place.resident).get(URL, {"lon": lon, "lat": lat}).json()
    assert body["leaders"][0]["name"] is None
    assert body["party_cell"]["head"] is None


def test_staff_read_names(api, place):
    lon, lat = place.point("g1")
    body = api.as_user(place.patroller).get(URL, {"lon": lon, "lat": lat}).json()
    assert body["leaders"][0]["name"] == place.grid_leader.display_name


def test_all_parameters(api, place):
    lon, lat = place.point("g1", 0.97)
    query = {"lon": lon, "lat": lat, "accuracy_m": 8, "datum": "wgs84", "pin": "gps", "place": "wuyingshan"}
    assert api.get(URL, query).json()["outcome"] == "border"
    assert api.get(URL, {"place_code": place.code("g1.1")}).json()["building"]["name"] == "1号楼"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "lon"),
        ({"lon": 116.97}, "lat"),
        ({"lon": "", "lat": 1}, "lon"),
        ({"lon": "abc", "lat": 1}, "lon"),
        ({"lon": "1,2", "lat": 1}, "lon"),
        ({"lon": "nan", "lat": 1}, "lon"),
        ({"lon": "inf", "lat": 1}, "lon"),
        ({"lon": "1e999", "lat": 1}, "lon"),
        ({"lon": 36.69, "lat": 116.97}, "lat"),
        ({"lon": 116.97, "lat": 36.69, "accuracy_m": "-5"}, "accuracy_m"),
        ({"lon": 116.97, "lat": 36.69, "accuracy_m": "nan"}, "accuracy_m"),
        ({"lon": 116.97, "lat": 36.69, "datum": "mars"}, "datum"),
        ({"lon": 116.97, "lat": 36.69, "datum": "x" * 300}, "datum"),
        ({"lon": 116.97, "lat": 36.69, "pin": "thrown"}, "pin"),
        ({"lon": 116.97, "lat": 36.69, "datum": "a\0b"}, "datum"),
    ],
)
def test_bad_values_are_named(api, place, query, field):
    body = problem(api.get(URL, query), 400, field)
    assert "accepted" in body


@pytest.mark.parametrize(
    "query",
    [
        {"lon": 116.97, "lat": 36.69, "place": "nowhere"},
        {"place_code": "nowhere"},
        {"lon": 116.97, "lat": 36.69, "place": "' OR 1=1 --"},
    ],
)
def test_places_that_are_not_there(api, place, query):
    problem(api.get(URL, query), 404)


def test_an_unknown_token_is_refused(api, place):
    api.credentials(HTTP_AUTHORIZATION="Token nonsense")
    lon, lat = place.point("g1")
    problem(api.get(URL, {"lon": lon, "lat": lat}), 401)


@pytest.mark.parametrize("who", ["resident", None])
def test_many_points_are_for_staff(api, place, who):
    client = api.as_user(place.people[who]) if who else api
    problem(client.post(URL, {"points": []}), 403 if who else 401)


def test_many_points_at_once(api, place):
    points = [place.point(f"g{number}") for number in range(1, 9)] + [place.outside_point()]
    body = api.as_user(place.official).post(URL, {"points": points, "place": "wuyingshan"}).json()
    assert body == {
        "generation": "2026-1",
        "place": "wuyingshan",
        "level": "grid",
        "codes": [*(place.code(f"g{number}") for number in range(1, 9)), None],
        "outcomes": ["inside"] * 8 + ["outside"],
    }


def test_ten_thousand_points_agree_with_one_by_one(api, place):
    west, south = place.point("s1", 0, 0)
    points = [(west + 0.0107 * (i % 100) / 99, south + 0.00135 * (i // 100) / 99) for i in range(10_000)]
    body = api.as_user(place.official).post(URL, {"points": points}).json()
    assert len(body["codes"]) == 10_000
    for position in range(0, 10_000, 501):
        assert body["codes"][position] == locate_pin(*points[position]).area.code


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "points"),
        ({"points": "116,36"}, "points"),
        ({"points": [[116.97]]}, "points"),
        ({"points": [[116.97, 36.69], [1]]}, "points"),
        ({"points": [["116.97", "36.69"]]}, "points"),
        ({"points": [[None, 1]]}, "points"),
        ({"points": [[[1, 2], [3, 4]]]}, "points"),
        ({"points": [{"lon": 1, "lat": 2}]}, "points"),
        ({"points": [[0, 0]] * 10_001}, "points"),
        ({"points": [[0, 91]]}, "lat"),
        ({"points": [[36.69, 116.97]]}, "lat"),
        ([], "points"),
    ],
)
def test_bad_lists_of_points_are_named(api, place, body, field):
    problem(api.as_user(place.official).post(URL, body), 400, field)


@pytest.mark.parametrize("body", [b'{"points": [[NaN, 1]]}', b"{", b"\xff\xfe", b""])
def test_bodies_that_are_no_json_are_refused(api, place, body):
    client = api.as_user(place.official)
    problem(client.generic("POST", URL, body, content_type="application/json"), 400)


def test_swapped_points_are_said(api, place):
    boston = build_place(
        "boston", profile="plain", west=-71.06, south=42.35, county="025000", metric_srid=32619
    )
    lon, lat = boston.point("g1")
    client = api.as_user(boston.official)
    body = problem(client.post(URL, {"points": [[lat, lon]] * 3, "place": "boston"}), 400, "points")
    assert body["accepted"] == "[lon, lat]"
    # With several places the body must name one.
    assert set(problem(client.post(URL, {"points": []}), 400, "place")["accepted"]) == {
        "boston",
        "wuyingshan",
    }


def test_other_methods_are_refused(api, place):
    for method in ("put", "patch", "delete"):
        problem(getattr(api.as_user(place.official), method)(URL), 405)


def test_the_gazetteer(api, place):
    response = api.get("/api/v1/places/", {"q": "锅炉厂宿舍2号楼1单元"})
    first = response.json()[0]
    assert {"label", "level", "code", "location", "score"} <= set(first)
    assert (first["level"], first["code"]) == ("unit", place.code("g1.2.1"))
    assert first["location"]["type"] == "Point"
    lon, lat = first["location"]["coordinates"]
    assert locate_pin(lon, lat).unit.code == first["code"]
    assert first["matched"] == "锅炉厂宿舍"


def test_the_gazetteer_of_one_place(api, place):
    build_place("other", west=117.5, county="370106", with_people=False)
    both = api.get("/api/v1/places/", {"q": "翡翠郡"}).json()
    assert {entry["place"] for entry in both} == {"wuyingshan", "other"}
    one = api.get("/api/v1/places/", {"q": "翡翠郡", "place": "other"}).json()
    assert {entry["place"] for entry in one} == {"other"}
    assert len(api.get("/api/v1/places/", {"q": "1号楼", "limit": 3}).json()) == 3
    assert len(api.get("/api/v1/places/", {"q": "1号楼"}).json()) == 8


@pytest.mark.parametrize("limit", ["nan", "1.5", "0", "51", "1e1", "1_0", "٣"])
def test_a_number_of_places_that_is_none_is_named(api, place, limit):
    answer = api.get("/api/v1/places/", {"q": "1号楼", "limit": limit})
    problem = answer.json()
    assert (answer.status_code, problem["field"], problem["value"]) == (400, "limit", limit)
    assert problem["accepted"] == "1..50"


def test_true_is_no_coordinate(api_as, place):
    lon, lat = place.point("g1")
    staff = api_as(place.official)
    points = [[lon, lat], [True, lat]]
    answer = staff.post("/api/v1/locate/", {"points": points, "place": "wuyingshan"})
    assert (answer.status_code, answer.json()["field"]) == (400, "points[1]")
    answer = staff.post("/api/v1/locate/", {"points": points[:1], "place": "wuyingshan"})
    assert (answer.status_code, answer.json()["outcomes"]) == (200, ["inside"])


@pytest.mark.parametrize(
    "query", [{}, {"q": ""}, {"q": "  "}, {"q": "a" * 101}, {"q": "a\0"}, {"q": "a", "limit": "x"}]
)
def test_bad_searches_are_named(api, place, query):
    problem(api.get("/api/v1/places/", query), 400)


def test_a_new_name_is_found_at_once(api, place):
    from geo.services.areas import area_update

    assert api.get("/api/v1/places/", {"q": "新月湾"}).json() == []
    area_update(area_id=place.areas["b1"].pk, changes={"aliases": ["新月湾"]})
    assert api.get("/api/v1/places/", {"q": "新月湾"}).json()[0]["code"] == place.code("b1")


def _two_streets(place):
    from django.contrib.gis.geos import LineString

    from geo.models import Road
    from geo.services.areas import area_update

    lon, lat = place.point("g1")
    for name, english, line in (
        ("造纸厂路", "Paper Mill Road", LineString((lon - 0.01, lat), (lon + 0.01, lat))),
        ("轧钢街", "", LineString((lon, lat - 0.01), (lon, lat))),
        ("轧钢街", "", LineString((lon, lat), (lon, lat + 0.02))),
        ("", "", LineString((lon, lat), (lon + 0.01, lat + 0.01))),
    ):
        Road.objects.create(
            generation=place.areas["g1"].generation,
            name=name,
            name_en=english,
            rank=Road.Rank.LOCAL,
            width_m=8.0,
            geometry=line,
        )
    area_update(area_id=place.areas["b1"].pk, changes={"aliases": ["新月湾"]})  # another state of the place
    return lon, lat


def test_streets_and_crossings_are_found_without_a_code(api, place):
    lon, lat = _two_streets(place)
    road = api.get("/api/v1/places/", {"q": "造纸场路"}).json()[0]
    assert (road["label"], road["level"], road["code"]) == ("造纸厂路", "road", "")
    crossing = api.get("/api/v1/places/", {"q": "轧钢街与造纸厂路路口"}).json()[0]
    assert (crossing["label"], crossing["level"], crossing["score"]) == (
        "轧钢街与造纸厂路路口",
        "crossing",
        1.0,
    )
    assert crossing["location"]["coordinates"] == pytest.approx([lon, lat], abs=1e-6)
    english = api.get("/api/v1/places/", {"q": "paper mill road"}, headers={"Accept-Language": "en"}).json()[
        0
    ]
    assert english["label"] == "Paper Mill Road"
    middle = api.get("/api/v1/places/", {"q": "轧钢街"}).json()[0]["location"]["coordinates"]
    assert middle == pytest.approx([lon, lat + 0.005], abs=1e-6)


def test_names_are_built_once_a_generation_whatever_staffing_does(place):
    from geo.routing import snapshot_of
    from geo.selectors.gazetteer import gazetteer_of
    from geo.services.areas import area_update
    from geo.services.versions import directory_changed

    before = snapshot_of(place.place.pk)
    names = gazetteer_of(before)
    directory_changed(place_id=place.place.pk)
    after = snapshot_of(place.place.pk)
    assert after is not before
    assert gazetteer_of(after) is names
    area_update(area_id=place.areas["b1"].pk, changes={"aliases": ["新月湾"]})
    assert gazetteer_of(snapshot_of(place.place.pk)) is not names


def test_categories_of_a_pin(api, place):
    lon, lat = place.point("g1")
    found = {entry["key"]: entry for entry in api.get("/api/v1/categories/", {"lon": lon, "lat": lat}).json()}
    assert {"road", "parking", "drainage", "unsorted"} <= set(found)
    road = found["road"]
    assert road["standard"] == {"ref": "GB/T 47678.5", "kind": "matter", "code": "06013"}
    assert road["geometry"] == ["Point", "LineString", "Polygon"]
    assert road["departments"] == ["市政养护所"]
    assert road["sensitive"] is False
    danger = next(entry for entry in found.values() if entry["danger"])
    assert "119" in {number["number"] for number in danger["emergency"]}
    assert road["emergency"] == []


def test_the_commonest_categories_come_first(api, place):
    found = api.get("/api/v1/categories/", {"place": "wuyingshan"}).json()
    assert [entry["commonest"] for entry in found[:6]] == [1, 2, 3, 4, 5, 6]


def test_where_nobody_holds_a_post_only_what_a_department_takes_is_offered(api, place):
    from geo.models import Appointment
    from geo.services.versions import directory_changed

    lon, lat = place.point("g1")
    Appointment.objects.all().delete()
    directory_changed(place_id=place.place.pk)
    found = {entry["key"] for entry in api.get("/api/v1/categories/", {"lon": lon, "lat": lat}).json()}
    assert found == {"road", "parking", "drainage", "unsorted"}


def test_categories_follow_the_profile_below_an_area(api, place):
    from geo.services.places import profile_override_set

    profile_override_set(place_id=place.place.pk, area_code=place.code("c2"), profile="plain")
    assert (
        api.get("/api/v1/categories/", dict(zip(("lon", "lat"), place.point("g5"), strict=True))).status_code
        == 200
    )


@pytest.mark.parametrize(
    "query", [{}, {"lon": 116.97}, {"lon": "x", "lat": 1}, {"lon": 36.69, "lat": 116.97}]
)
def test_bad_places_of_categories_are_named(api, place, query):
    problem(api.get("/api/v1/categories/", query), 400)


def test_answers_are_json_that_every_reader_takes(api, place):
    for path in (
        f"{URL}?lon=116.975&lat=36.6905",
        "/api/v1/places/?q=1",
        "/api/v1/categories/?place=wuyingshan",
    ):
        response = api.get(path)
        assert response.status_code == 200
        json.loads(response.content, parse_constant=lambda text: pytest.fail(text))


def test_anonymous_requests_are_limited(api, place, monkeypatch):
    from django.core.cache import cache

    from geo.permissions import AnonymousThrottle

    cache.clear()
    monkeypatch.setattr(AnonymousThrottle, "THROTTLE_RATES", {"anonymous": "3/minute"})
    lon, lat = place.point("g1")
    answers = [api.get(URL, {"lon": lon, "lat": lat}).status_code for _request in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    limited = api.get(URL, {"lon": lon, "lat": lat})
    assert int(problem(limited, 429)["status"]) == 429
    assert int(limited["Retry-After"]) > 0
    # A header that anybody can write gives no other account of requests.
    assert api.get(URL, {"lon": lon, "lat": lat}, headers={"X-Forwarded-For": "10.9.8.7"}).status_code == 429
    assert api.as_user(place.official).get(URL, {"lon": lon, "lat": lat}).status_code == 200
    cache.clear()


def test_the_schema_describes_these_addresses(db):
    from io import StringIO

    from django.core.management import call_command

    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=out)
    paths = json.loads(out.getvalue())["paths"]
    assert {"get", "post"} <= set(paths["/api/v1/locate/"])
    assert {"/api/v1/places/", "/api/v1/categories/", "/api/v1/token/"} <= set(paths)
