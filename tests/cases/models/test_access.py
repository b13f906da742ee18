"""Who sees what: the matrix of people and kinds of case, the same behind every address."""

import hashlib
from datetime import date, timedelta

import pytest

from cases.models import Case
from cases.services.photos import Piece, photo_receive
from geo.models import Appointment, Post
from geo.selectors.authority import authority_of
from geo.selectors.clock import local_day
from geo.services.staffing import appointment_end
from geo.services.versions import directory_changed
from tests.factories.cases import act, file_case, jpeg, seen
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db

FULL, PART, PUBLIC, NONE = "full", "deidentified", "public", None
PEOPLE = (
    "grid_leader",  # leads block b1, where the cases lie
    "grid_leader_2",  # leads b2, same community
    "grid_leader_3",  # leads b3, other community
    "patroller",  # grid g1
    "official",  # subdistrict
    "community_leader",
    "secretary",  # Party branch of b1
    "planner",
    "resident",
)
MATRIX = {
    # kind of case                 leader  -2    -3      patrol official commun  party  planner resident
    "road": {"expect": (FULL, PART, PUBLIC, FULL, FULL, FULL, FULL, PART, PUBLIC)},
    "culture": {"expect": (FULL, PART, NONE, FULL, FULL, FULL, FULL, PART, NONE)},  # not a published kind
    "neighbours": {"expect": (FULL, NONE, NONE, FULL, FULL, FULL, FULL, NONE, NONE)},  # sensitive
    "road in confidence": {
        "confidential": True,
        "expect": (FULL, NONE, NONE, FULL, FULL, FULL, FULL, NONE, NONE),
    },
    "road about leader": {
        "about": "leader",
        "expect": (NONE, NONE, NONE, NONE, FULL, FULL, NONE, NONE, NONE),
    },
    "road about community": {
        "about": "community",
        "expect": (NONE, NONE, NONE, NONE, FULL, NONE, NONE, NONE, NONE),
    },
}


@pytest.fixture
def place():
    return build_place()


@pytest.mark.parametrize("kind", MATRIX)
def test_matrix(place, kind):
    row = MATRIX[kind]
    more = {name: row[name] for name in ("about", "confidential") if name in row}
    case = file_case(place, "g1", None, category=kind.split()[0], **more)
    found = tuple(seen(getattr(place, person), case) for person in PEOPLE)
    assert dict(zip(PEOPLE, found, strict=True)) == dict(zip(PEOPLE, row["expect"], strict=True))
    assert seen(None, case) == (PUBLIC if PUBLIC in row["expect"] else NONE)


@pytest.mark.parametrize("kind", MATRIX)
def test_every_address_agrees_with_the_predicate(place, api, api_as, kind):
    row = MATRIX[kind]
    more = {name: row[name] for name in ("about", "confidential") if name in row}
    category = kind.split()[0]
    photo = jpeg()
    sha256 = hashlib.sha256(photo).hexdigest()
    case = file_case(place, "g1", None, category=category, photos=[sha256], **more)
    photo_receive(case_id=case.pk, sha256=sha256, piece=Piece(photo, 0, len(photo)), actor=None)
    lon, lat = place.point("g1", 0.5, 0.95)
    near = f"/api/v1/cases/nearby/?lon={lon}&lat={lat}&category={category}&radius_m=300"
    for person in (None, *PEOPLE):
        user = getattr(place, person) if person else None
        client = api_as(user) if user else api
        expected = seen(user, case)
        listed = client.get("/api/v1/cases/?scope=public").json()["features"]
        if person and person != "resident":
            listed += client.get("/api/v1/cases/?scope=mine").json()["features"]
        detail = client.get(f"/api/v1/cases/{case.pk}/")
        nearby = client.get(near).json()["features"]
        assert {f["id"] for f in listed} == ({case.pk} if expected else set()), person
        assert detail.status_code == (200 if expected else 404), person
        assert [f["properties"]["projection"] for f in nearby] == ([expected] if expected else []), person
        picture = client.get(f"/api/v1/cases/{case.pk}/photos/{sha256}/")
        assert picture.status_code == (200 if expected == FULL else 404), person
        scope = "mine" if expected in (FULL, PART) else "public"
        heat = client.get(f"/api/v1/heat/?scope={scope}").json()
        assert heat["total"] + heat["without_place"] == (1 if expected else 0), person
        if expected:
            assert detail.json()["properties"]["projection"] == expected, person


def test_the_filer_has_it_in_full_whatever_it_is(place):
    case = file_case(place, "g1", place.resident, category="neighbours", about="official")
    assert seen(place.resident, case) == FULL
    assert seen(place.resident_2, case) is NONE


def test_whoever_is_named_stays_out_after_another_post_and_after_the_pin_moved(place):
    case = file_case(place, "g1", None, about="leader")
    leader = place.grid_leader
    # Promoted into the office that handles it: still named.
    post = Post.objects.create(place=place.place, kind="community-worker", area_code=place.code("c1"))
    Appointment.objects.create(post=post, person=leader, since=date(2020, 1, 1))
    directory_changed(place_id=place.place.pk)
    leader = type(leader).objects.get(pk=leader.pk)
    assert seen(leader, case) is NONE
    other = file_case(place, "g1", None)
    assert seen(leader, other) == FULL
    moved = place.point("g3", 0.5, 0.95)
    act(case, "relocate", place.community_leader, location={"type": "Point", "coordinates": list(moved)})
    assert case.areas[-1]["code"] == place.code("g3")
    leader = type(leader).objects.get(pk=leader.pk)
    assert seen(leader, case) is NONE
    assert seen(place.grid_leader_2, case) is NONE


def test_a_department_sees_what_it_was_given_and_nothing_else(place):
    road = file_case(place, "g1", None, category="road")
    culture = file_case(place, "g1", None, category="culture")
    assert seen(place.department, road) == FULL
    assert seen(place.department, culture) is NONE
    assert seen(place.department_2, road) == PUBLIC


def test_a_wide_line_reaches_the_leaders_of_every_block_it_touches(place):
    west, east = place.point("g2", 0.9, 0.95), place.point("g3", 0.1, 0.95)
    line = {"type": "LineString", "coordinates": [list(west), list(east)]}
    case = file_case(place, "g2", None, location=None, affected=line)
    assert seen(place.grid_leader, case) == FULL
    assert seen(place.grid_leader_2, case) == FULL
    assert seen(place.grid_leader_3, case) == PUBLIC


def test_an_appointment_that_ended_sees_nothing_more(place):
    case = file_case(place, "g1", None, category="culture")
    leader = place.grid_leader
    assert seen(leader, case) == FULL
    appointment = Appointment.objects.get(person=leader)
    appointment_end(appointment_id=appointment.pk, until=local_day("Asia/Shanghai") - timedelta(days=1))
    leader = type(leader).objects.get(pk=leader.pk)
    assert authority_of(leader).grants == ()
    # Who held the post when it came is still written down, but the post is what carries the right.
    assert seen(leader, case) is NONE


def test_scope_mine_of_a_resident_is_what_they_filed(place, api_as):
    mine = file_case(place, "g1", place.resident, category="culture")
    file_case(place, "g1", None, category="road")
    listed = api_as(place.resident).get("/api/v1/cases/?scope=mine").json()
    assert [f["id"] for f in listed["features"]] == [mine.pk]
    assert listed["features"][0]["properties"]["projection"] == FULL


def test_scope_in_charge_is_what_is_ones_own_to_work_on(place):
    """Neither a colleague's case, nor a public one, nor what one has only reported."""
    road = file_case(place, "g1", place.resident)
    elsewhere = file_case(place, "g5", place.grid_leader)
    quiet = file_case(place, "g3", None, category="noise")
    about = file_case(place, "g1", place.resident, category="unsorted", about="leader")

    def work(user):
        rows = Case.objects.for_user(user, "in_charge")
        assert {row.projection for row in rows} <= {FULL}
        return {row.pk for row in rows}

    assert (
        Case.objects.for_user(place.grid_leader, "mine").filter(pk__in=[elsewhere.pk, quiet.pk]).count() == 2
    )
    assert work(place.grid_leader) == {road.pk}
    assert work(place.patroller) == {road.pk}
    assert work(place.grid_leader_2) == {quiet.pk}
    assert work(place.grid_leader_3) == {elsewhere.pk}
    assert about.pk in work(place.official) | work(place.supervisor)
    for nobody in (place.resident, place.planner, place.administrator, None):
        assert work(nobody) == set(), nobody


def test_administrators_see_everything(place):
    case = file_case(place, "g1", None, about="official", category="neighbours")
    assert seen(place.administrator, case) == FULL
    assert Case.objects.for_user(place.administrator, "public").count() == 0


def test_the_reporter_of_a_confidential_case_is_for_those_with_the_capability(place, api_as):
    reporter = {"name": "王某", "phone": "13800000000"}
    pk = file_case(place, reporter=reporter, confidential=True).pk
    address = f"/api/v1/cases/{pk}/"
    assert api_as(place.official).get(address).json()["properties"]["reporter"] == reporter
    assert "reporter" not in api_as(place.grid_leader).get(address).json()["properties"]
    open_pk = file_case(place, reporter=reporter).pk
    properties = api_as(place.grid_leader).get(f"/api/v1/cases/{open_pk}/").json()["properties"]
    assert properties["reporter"] == reporter
    assert "reporter" not in api_as(place.grid_leader_2).get(f"/api/v1/cases/{open_pk}/").json()["properties"]
