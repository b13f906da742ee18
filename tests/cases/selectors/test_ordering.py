"""Every order of the list: what stands first, and pages that neither lose nor repeat a row."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Case
from cases.selectors.ordering import SORTS
from tests.factories.cases import file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return build_place()


@pytest.fixture
def cases(place):
    """Return ten road cases in all states: two of each deadline, some without, reported at three moments."""
    now = timezone.now().replace(microsecond=0)
    states = ("assigned", "in_progress", "suspended", "handled", "closed")
    made = []
    for n in range(10):
        case = file_case(place, "g1")
        Case.objects.filter(pk=case.pk).update(
            status=states[n % 5],
            reported_at=now - timedelta(days=n % 3),
            deadline_at=None if n in (5, 6) else now + timedelta(hours=12 - n // 2),
        )
        made.append(case.pk)
    return list(Case.objects.filter(pk__in=made))


def listed(client, query, limit=3):
    """Return the ids of all pages."""
    found, url = [], f"/api/v1/cases/?limit={limit}&{query}"
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.content
        page = answer.json()
        found += [feature["id"] for feature in page["features"]]
        url = page["next"]
    return found


def pending_deadline(case):
    return case.deadline_at if case.status in Case.PENDING_STATUSES else None


WALK = ["assigned", "in_progress", "suspended", "handled", "closed"]
KEYS = {
    "-reported": lambda c: (-c.reported_at.timestamp(), -c.pk),
    "reported": lambda c: (c.reported_at.timestamp(), c.pk),
    "deadline": lambda c: (d.timestamp() if (d := pending_deadline(c)) else 1e18, -c.pk),
    "-deadline": lambda c: (-d.timestamp() if (d := pending_deadline(c)) else 1e18, -c.pk),
    "status": lambda c: (WALK.index(c.status), -c.reported_at.timestamp(), -c.pk),
    "-status": lambda c: (-WALK.index(c.status), -c.reported_at.timestamp(), -c.pk),
}


@pytest.mark.parametrize("sort", SORTS)
def test_pages_of_every_order_hold_every_row_once(place, cases, api_as, sort):
    expected = [case.pk for case in sorted(cases, key=KEYS[sort])]
    assert listed(api_as(place.official), f"sort={sort}") == expected


def test_without_a_word_the_newest_come_first(place, cases, api_as):
    official = api_as(place.official)
    assert listed(official, "") == listed(official, "sort=-reported")


@pytest.mark.parametrize("sort", SORTS)
def test_rows_that_come_meanwhile_neither_repeat_nor_drop_others(place, cases, api_as, sort):
    official = api_as(place.official)
    first = official.get(f"/api/v1/cases/?limit=4&sort={sort}").json()
    seen = [feature["id"] for feature in first["features"]]
    file_case(place, "g1")
    Case.objects.filter(pk=seen[0]).delete()
    rest = official.get(first["next"].replace("limit=4", "limit=100")).json()
    found = [feature["id"] for feature in rest["features"]]
    assert set(seen).isdisjoint(found)
    assert {case.pk for case in cases} <= {*seen, *found}


def test_danger_to_life_stands_first_for_those_in_charge_only(place, api, api_as):
    soon = file_case(place, "g1", category="noise")
    danger = file_case(place, "g1", category="noise")
    Case.objects.filter(pk=soon.pk).update(
        deadline_at=timezone.now() + timedelta(minutes=5), is_published=True
    )
    Case.objects.filter(pk=danger.pk).update(
        deadline_at=timezone.now() + timedelta(hours=9), skips_queue=True, is_published=True
    )
    assert listed(api_as(place.official), "sort=deadline") == [danger.pk, soon.pk]
    # The same two rows, de-identified or public: their order must not tell what is not shown.
    assert listed(api_as(place.grid_leader_2), "sort=deadline") == [soon.pk, danger.pk]
    assert listed(api, "sort=deadline") == [soon.pk, danger.pk]


@pytest.mark.parametrize(
    "query", ["sort=newest", "sort=deadline&after=MARK", "after=-reported~20260501T000000.000000~x"]
)
def test_an_unknown_order_or_the_mark_of_another_is_refused(place, cases, api_as, query):
    official = api_as(place.official)
    mark = official.get("/api/v1/cases/?limit=3").json()["next"].partition("after=")[2]
    answer = official.get(f"/api/v1/cases/?{query.replace('MARK', mark)}")
    assert answer.status_code == 400
    assert answer.json()["field"] == ("sort" if "newest" in query else "after")


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_takes_as_many_statements(place, cases, api_as, django_assert_num_queries, sort):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    official = api_as(place.official)
    official.get("/api/v1/cases/")
    with CaptureQueriesContext(connection) as usual:
        official.get("/api/v1/cases/")
    with django_assert_num_queries(len(usual)):
        official.get(f"/api/v1/cases/?sort={sort}")
