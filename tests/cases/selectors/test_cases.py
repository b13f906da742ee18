"""Lists: filters that tell no more than the projection, pages that lose nothing, few statements."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import h3.api.basic_int as h3
import pytest
from django.utils import timezone

from cases.models import Assignment, Case, CaseArea
from cases.selectors.filters import read_bbox, read_filters
from geo.errors import InvalidInput
from tests.factories.cases import act, file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
LIST = "/api/v1/cases/"


@pytest.fixture
def place():
    return build_place()


def ids(answer):
    assert answer.status_code == 200, answer.json()
    return [feature["id"] for feature in answer.json()["features"]]


def copies(case, count, **fields):
    """Insert copies of a filed case; the last is the newest."""
    made = []
    for number in range(count):
        row = Case.objects.get(pk=case.pk)
        row.pk = row.inbox_item_id = None
        row.client_id = f"00000000-0000-4000-8000-{number:012d}"
        row.follow_code = f"T{number:013d}"
        row.reported_at = case.reported_at + timedelta(seconds=number)
        for name, value in fields.items():
            setattr(row, name, value)
        made.append(row)
    rows = Case.objects.bulk_create(made)
    areas = list(CaseArea.objects.filter(case=case))
    open_rows = list(Assignment.objects.filter(case=case))
    CaseArea.objects.bulk_create(
        CaseArea(case=row, place_id=a.place_id, level=a.level, code=a.code) for row in rows for a in areas
    )
    for row in rows:
        for assignment in open_rows:
            assignment.pk, assignment.case = None, row
        Assignment.objects.bulk_create(open_rows)
    return rows


# ---- filters ----------------------------------------------------------------------------------------------------


def test_by_kind_status_channel_place_and_area(place, api_as):
    road = file_case(place, "g1")
    parking = file_case(place, "g3", place.counter, category="parking", channel="hotline")
    act(parking, "settle", place.grid_leader_2, note="x")
    official = api_as(place.official)
    assert ids(official.get(LIST)) == [parking.pk, road.pk]
    assert ids(official.get(f"{LIST}?category=road")) == [road.pk]
    assert ids(official.get(f"{LIST}?category=road,parking&status=assigned")) == [road.pk]
    assert ids(official.get(f"{LIST}?status=handled")) == [parking.pk]
    assert ids(official.get(f"{LIST}?channel=hotline")) == [parking.pk]
    refused = official.get(f"{LIST}?place=nowhere")
    assert (refused.status_code, refused.json()["field"]) == (400, "place")
    for short, expected in (
        ("c1", [parking.pk, road.pk]),
        ("b1", [road.pk]),
        ("g3", [parking.pk]),
        ("g4", []),
    ):
        assert ids(official.get(f"{LIST}?area={place.code(short)}")) == expected
    assert ids(official.get(f"{LIST}?area={place.code('g1')},{place.code('g3')}")) == [parking.pk, road.pk]


def test_periods_are_half_open_in_local_days(place, api):
    zone = ZoneInfo("Asia/Shanghai")
    case = file_case(place)
    midnight = datetime(2026, 5, 2, tzinfo=zone)
    Case.objects.update(reported_at=midnight)
    assert ids(api.get(f"{LIST}?since=2026-05-02&until=2026-05-03")) == [case.pk]
    assert ids(api.get(f"{LIST}?until=2026-05-02")) == []
    Case.objects.update(reported_at=midnight - timedelta(microseconds=1))
    assert ids(api.get(f"{LIST}?until=2026-05-02")) == [case.pk]
    assert ids(api.get(f"{LIST}?since=2026-05-02")) == []
    moment = midnight.astimezone(UTC).isoformat().replace("+", "%2B")
    assert ids(api.get(f"{LIST}?until={moment}")) == [case.pk]
    assert ids(api.get(f"{LIST}?since={moment}")) == []


def test_a_box_includes_its_border(place, api):
    case = file_case(place, "g1")
    lon, lat = case.location.coords
    assert ids(api.get(f"{LIST}?bbox={lon},{lat},{lon + 0.001},{lat + 0.001}")) == [case.pk]
    assert ids(api.get(f"{LIST}?bbox={lon + 1e-6},{lat},{lon + 0.001},{lat + 0.001}")) == []
    assert ids(api.get(f"{LIST}?bbox=-180,-90,180,90")) == [case.pk]


def test_overdue(place, api_as):
    case = file_case(place)
    official = api_as(place.official)
    assert ids(official.get(f"{LIST}?overdue=1")) == []
    Case.objects.update(deadline_at=timezone.now() - timedelta(hours=1))
    assert ids(official.get(f"{LIST}?overdue=1")) == [case.pk]
    assert official.get(LIST).json()["features"][0]["properties"]["overdue"] is True
    act(case, "settle", place.grid_leader, note="x")
    assert ids(official.get(f"{LIST}?overdue=1")) == []


@pytest.mark.parametrize(
    "query",
    [
        "bbox=12,abc", "bbox=1,2,3", "bbox=2,1,1,3", "bbox=nan,1,2,3", "bbox=-181,0,1,1", "status=lost",
        "channel=smoke",
        "scope=all", "since=yesterday", "since=2026-05-01T00:00:00", "until=2026-13-01", "limit=0", "limit=1001",
        "limit=many", "after=xyz",
        "after=20260501T000000.000000-99999999999999999999", "overdue=yes", "q=" + "长" * 101,
        "category=a%00b", "q=%00", "status=" + ",".join(["assigned"] * 51),
    ],
)  # fmt: skip
def test_bad_filters_are_named(place, api, query):
    answer = api.get(f"{LIST}?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == query.partition("=")[0]


def test_bbox_message_says_what_is_accepted():
    with pytest.raises(InvalidInput, match="12,abc"):
        read_bbox("12,abc")
    assert read_filters({}).bbox is None


# ---- nothing beyond the projection ------------------------------------------------------------------------------


def test_no_filter_tells_more_than_is_shown(place, api, api_as):
    """A public case in a building: box, area, words, heat and nearby see the block, not the home."""
    home = file_case(
        place, "g1.1", None, at=(0.5, 0.5), category="drainage", text="王大爷家1号楼2单元301下水道堵了，13812345678",
        place_text="1号楼2单元301",
    )  # fmt: skip
    assert home.is_published
    assert home.private_place
    lon, lat = home.location.coords
    near = f"bbox={lon - 1e-4},{lat - 1e-4},{lon + 1e-4},{lat + 1e-4}"
    block = f"bbox={','.join(str(v) for v in place.areas['b1'].geometry.extent)}"
    outsiders = (api, api_as(place.resident_2), api_as(place.grid_leader_2), api_as(place.grid_leader_3))
    for client in outsiders:
        scope = "&scope=mine" if client is outsiders[2] else "&scope=public"
        assert ids(client.get(f"{LIST}?{near}{scope}")) == []
        assert ids(client.get(f"{LIST}?{block}{scope}")) == [home.pk]
        assert ids(client.get(f"{LIST}?area={place.code('g1')}{scope}")) == []
        assert ids(client.get(f"{LIST}?area={place.code('b1')}{scope}")) == [home.pk]
        assert ids(client.get(f"{LIST}?area={place.code('g1.1')}{scope}")) == []
        for secret in ("13812345678", "301", "1号楼", "王大爷", home.follow_code):
            assert ids(client.get(f"{LIST}?q={secret}{scope}")) == [], secret
        assert ids(client.get(f"{LIST}?q=下水道{scope}")) == [home.pk]
        feature = client.get(f"{LIST}?{block}{scope}").json()["features"][0]
        assert [a["level"] for a in feature["properties"]["areas"]] == ["subdistrict", "community", "block"]
        assert feature["geometry"]["coordinates"] == pytest.approx(list(home.location_shown.coords))
        shown = str(client.get(f"/api/v1/cases/{home.pk}/").json())
        for secret in ("13812345678", "301", "1号楼", home.building_code, home.follow_code):
            assert secret not in shown
        heat = client.get(f"/api/v1/heat/?res=10&{scope[1:]}").json()
        assert [cell["h3"] for cell in heat["cells"]] == [f"{home.h3_shown:x}"]
        assert (
            ids(client.get(f"/api/v1/cases/nearby/?lon={lon}&lat={lat}&category=drainage&radius_m=15")) == []
        )
    leader = api_as(place.grid_leader)
    assert ids(leader.get(f"{LIST}?{near}")) == [home.pk]
    assert ids(leader.get(f"{LIST}?area={place.code('g1')}")) == [home.pk]
    assert ids(leader.get(f"{LIST}?q=301")) == [home.pk]
    assert ids(leader.get(f"/api/v1/cases/nearby/?lon={lon}&lat={lat}&category=drainage&radius_m=15")) == [
        home.pk
    ]


def test_lists_hold_no_text_of_sensitive_cases_details_do(place, api_as):
    case = file_case(place, "g1", None, category="neighbours", text="楼上吵架")
    official = api_as(place.official)
    assert official.get(LIST).json()["features"][0]["properties"]["text"] == ""
    assert official.get(f"{LIST}{case.pk}/").json()["properties"]["text"] == "楼上吵架"


# ---- pages ------------------------------------------------------------------------------------------------------


def test_pages_hold_every_row_once_also_where_times_are_equal(place, api):
    rows = copies(file_case(place), 24)
    Case.objects.filter(pk__in=[row.pk for row in rows[:12]]).update(reported_at=rows[0].reported_at)
    expected = list(Case.objects.order_by("-reported_at", "-id").values_list("pk", flat=True))
    found, address, totals = [], f"{LIST}?limit=7&category=road", []
    while address:
        page = api.get(address).json()
        found += [feature["id"] for feature in page["features"]]
        totals.append(page.get("total"))
        address = page["next"]
        if len(found) == 14:
            file_case(place)  # what comes in meanwhile moves nothing
    assert found == expected
    assert totals == [25, None, None, None]


@pytest.mark.parametrize("who", ["anonymous", "token", "session"])
def test_a_list_takes_as_many_statements_for_a_thousand_as_for_ten(
    place, api, api_as, client, django_assert_num_queries, who
):
    copies(file_case(place, category="culture" if who != "anonymous" else "road"), 999)
    if who == "session":
        client.force_login(place.grid_leader)
    else:
        client = api_as(place.grid_leader) if who == "token" else api
    client.get(LIST)
    allowed = {"anonymous": 3, "token": 4, "session": 5}[who]
    for limit in (10, 100, 1000):
        with django_assert_num_queries(allowed):
            assert len(ids(client.get(f"{LIST}?limit={limit}"))) == limit


def test_etag_spares_what_has_not_changed(place, api, api_as):
    case = file_case(place)
    first = api.get(LIST)
    assert first["Cache-Control"].startswith("public")
    assert api.get(LIST, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    act(case, "accept", place.grid_leader)
    assert api.get(LIST, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200
    own = api_as(place.grid_leader).get(LIST)
    assert own["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(own["Vary"].split(", "))


# ---- nearby -------------------------------------------------------------------------------------------------------


def test_nearby_gives_open_cases_of_the_kind_nearest_first(place, api):
    lon, lat = place.point("g1", 0.5, 0.95)
    far = file_case(place, "g1", at=(0.8, 0.95))
    near = file_case(place, "g1", at=(0.55, 0.95))
    file_case(place, "g1", category="parking")
    done = file_case(place, "g1")
    act(done, "settle", place.grid_leader, note="x")
    act(done, "close", place.official)
    address = f"/api/v1/cases/nearby/?lon={lon}&lat={lat}&category=road"
    answer = api.get(f"{address}&radius_m=100")
    assert ids(answer) == [near.pk, far.pk]
    assert [f["properties"]["distance_m"] for f in answer.json()["features"]] == pytest.approx(
        [6.0, 35.9], abs=0.3
    )
    assert ids(api.get(f"{address}&radius_m=20")) == [near.pk]
    assert ids(api.get(address)) == [near.pk, far.pk], "the profile says 40 m for roads"
    assert ids(api.get("/api/v1/cases/nearby/?lon=0&lat=0")) == []
    for bad in (
        "lon=x&lat=1",
        "lon=1",
        "lon=1&lat=91",
        "lon=1&lat=1&radius_m=3000",
        "lon=1&lat=1&datum=mars",
    ):
        assert api.get(f"/api/v1/cases/nearby/?{bad}").status_code == 400


# ---- heat ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("res", [0, 5, 8, 10])
def test_heat_adds_up_to_the_list_of_the_same_asker(place, api, api_as, res):
    for short, category, more in (
        ("g1", "road", {}), ("g1", "road", {}), ("g2", "parking", {}), ("g5", "culture", {}), ("g1.1", "drainage", {}),
        ("g1", "neighbours", {}), ("g7", "road", {"confidential": True}), ("g3", "road", {"about": "leader"}),
    ):  # fmt: skip
        file_case(place, short, category=category, **more)
    file_case(place, location=None, category="certificate", place=place.place.slug)
    people = (
        None,
        place.official,
        place.grid_leader,
        place.grid_leader_2,
        place.resident,
        place.administrator,
    )
    for user in people:
        client = api_as(user) if user else api
        for query in ("", "&scope=public", "&category=road", f"&area={place.code('c1')}", "&q=坑"):
            listed = client.get(f"{LIST}?limit=1000{query}").json()
            heat = client.get(f"/api/v1/heat/?res={res}{query}").json()
            assert heat["total"] == sum(cell["count"] for cell in heat["cells"])
            assert heat["total"] + heat["without_place"] == listed["total"] == len(listed["features"])
            expected = {}
            for feature in listed["features"]:
                sensitive = feature["properties"]["category"] == "neighbours" or feature["properties"].get(
                    "sensitive"
                )
                if feature["geometry"] and not sensitive:
                    lon, lat = feature["geometry"]["coordinates"]
                    cell = f"{h3.cell_to_parent(h3.latlng_to_cell(lat, lon, 10), res):x}"
                    expected[cell] = expected.get(cell, 0) + 1
            assert {cell["h3"]: cell["count"] for cell in heat["cells"]} == expected


def test_heat_of_nothing(api, django_assert_num_queries):
    assert api.get("/api/v1/heat/").json() == {"cells": [], "total": 0, "without_place": 0}
    assert api.get("/api/v1/heat/?res=11").json()["field"] == "res"
