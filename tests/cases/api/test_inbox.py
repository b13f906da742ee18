"""What could not be taken: seen by officials of the place, mended, replayed; never by those it names."""

import json

import pytest

from cases.models import Case, Event, InboxItem, Notification
from tests.factories.cases import file_case, filing, raw_of
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
INBOX = "/api/v1/inbox/"


@pytest.fixture
def place():
    return build_place()


def keep(client, payload):
    answer = client.post("/api/v1/cases/", raw_of(payload), content_type="application/json")
    assert answer.status_code == 400
    return InboxItem.objects.latest("pk")


def test_kept_items_are_mended_and_taken_in_the_name_of_who_sent_them(place, api_as):
    payload = filing(place, accuracy_m=-5)
    item = keep(api_as(place.resident), payload)
    official = api_as(place.official)
    (listed,) = official.get(INBOX).json()["items"]
    assert (listed["id"], listed["state"], listed["problem"]["field"]) == (item.pk, "kept", "accuracy_m")
    mended = json.loads(listed["payload"]) | {"accuracy_m": 5}
    answer = official.post(f"{INBOX}{item.pk}/replay/", raw_of(mended), content_type="application/json")
    assert answer.status_code == 201
    case = Case.objects.get()
    assert (case.filed_by, case.received_at) == (place.resident, item.received_at)
    assert case.inbox_item.replay_of == item
    assert official.get(INBOX).json()["items"] == []
    item.refresh_from_db()
    assert (item.state, item.case, bytes(item.raw)) == ("taken", case, raw_of(payload))
    event = Event.objects.get(kind="mended")
    assert (event.actor, event.visibility) == (place.official, "internal")
    again = official.post(f"{INBOX}{item.pk}/replay/", raw_of(mended), content_type="application/json")
    assert again.status_code == 409


def test_a_mended_payload_that_still_cannot_be_taken_is_kept_as_well(place, api, api_as):
    item = keep(api, filing(place, accuracy_m=-5))
    answer = api_as(place.official).post(
        f"{INBOX}{item.pk}/replay/", raw_of(filing(place, accuracy_m=-6)), content_type="application/json"
    )
    assert answer.status_code == 400
    assert InboxItem.objects.filter(state="kept").count() == 2
    assert Case.objects.count() == 0


def test_the_same_bytes_are_taken_once_the_place_can(place, api, api_as):
    from geo.models import Area

    area = place.areas["b2"]
    Area.objects.filter(pk=area.pk).update(code="gone")
    from geo import routing

    routing.forget()
    item = keep(api, filing(place, location=None, place_code=area.code))
    Area.objects.filter(pk=area.pk).update(code=area.code)
    routing.forget()
    answer = api_as(place.official).post(f"{INBOX}{item.pk}/replay/", b"", content_type="application/json")
    assert answer.status_code == 201
    item.refresh_from_db()
    assert Case.objects.get().inbox_item == item
    assert Event.objects.get(kind="replayed").actor == place.official


def test_who_may_read_it(place, api, api_as):
    other = build_place("elsewhere", west=118.0, county="370106")
    item = keep(api_as(place.resident), filing(place, accuracy_m=-5))
    assert api.get(INBOX).status_code == 401
    for person in (place.resident, place.planner, place.grid_leader):
        assert api_as(person).get(INBOX).status_code == 403
    assert api_as(other.official).get(INBOX).json()["items"] == []
    assert api_as(other.official).post(f"{INBOX}{item.pk}/replay/").status_code == 404
    assert [i["id"] for i in api_as(place.administrator).get(INBOX).json()["items"]] == [item.pk]


def test_a_complaint_that_cannot_be_read_is_not_mended_by_those_it_names(place, api, api_as):
    item = keep(api, filing(place, about="community", accuracy_m=-5, place=place.place.slug))
    assert api_as(place.community_leader).get(INBOX).json()["items"] == []
    assert [i["id"] for i in api_as(place.official).get(INBOX).json()["items"]] == [item.pk]
    unreadable = api.post("/api/v1/cases/", b'{"about": "official", ', content_type="application/json")
    assert unreadable.status_code == 400
    assert [i["id"] for i in api_as(place.official).get(INBOX).json()["items"]] == [item.pk]


def test_pages_of_the_inbox(place, api, api_as):
    items = [keep(api, filing(place, accuracy_m=-5)).pk for _ in range(5)]
    found, address = [], f"{INBOX}?state=kept&limit=2"
    while address:
        page = api_as(place.official).get(address).json()
        found += [item["id"] for item in page["items"]]
        address = page["next"]
    assert found == items
    assert api_as(place.official).get(f"{INBOX}?state=lost").status_code == 400


def test_notifications_are_ones_own_and_read_through_the_predicate(
    place, api, api_as, django_assert_max_num_queries
):
    first, second = file_case(place, "g1"), file_case(place, "g1", category="gas_leak")
    leader = api_as(place.grid_leader)
    found = leader.get("/api/v1/notifications/").json()
    assert (found["unread"], [line["kind"] for line in found["lines"]]) == (2, ["urgent", "assigned"])
    assert [line["case"]["id"] for line in found["lines"]] == [second.pk, first.pk]
    with django_assert_max_num_queries(6):
        leader.get("/api/v1/notifications/")
    # Moved away: the line stays, what it was about is no longer for its reader.
    Notification.objects.update(case=file_case(place, "g5", category="culture"))
    assert {line["case"] for line in leader.get("/api/v1/notifications/").json()["lines"]} == {None}
    last = found["lines"][1]["id"]
    assert leader.post("/api/v1/notifications/", {"up_to": last}).json() == {"unread": 1}
    assert leader.post("/api/v1/notifications/", {}).json() == {"unread": 0}
    assert api.get("/api/v1/notifications/").status_code == 401
    assert api_as(place.resident).get("/api/v1/notifications/").json() == {"unread": 0, "lines": []}
