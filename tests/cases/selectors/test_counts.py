"""`/api/v1/counts/`: the list of the same asker, added up by area; `state` and `channel` are filters of all lists."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.domain.vocabulary import STATUSES
from cases.models import Case
from cases.selectors.counts import cases_by_area
from cases.selectors.filters import STATE_GROUPS, CaseFilters
from geo.models import Area, BoundaryGeneration, User
from tests.cases.selectors.test_cases import copies
from tests.factories.cases import act, file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
LIST, COUNTS = "/api/v1/cases/?limit=1000", "/api/v1/counts/"


@pytest.fixture
def place():
    return build_place()


@pytest.fixture
def filed(place):
    file_case(place, "g1")
    file_case(
        place, "g1.1", category="drainage", at=(0.5, 0.5)
    )  # a home: outside of `full` by its block only
    act(file_case(place, "g3", place.counter, category="parking", channel="hotline"), "settle",
        place.grid_leader_2, note="x")  # fmt: skip
    file_case(place, "g5", category="neighbours")  # sensitive
    file_case(place, "g6", category="culture")
    file_case(place, location=None, category="certificate", place=place.place.slug)
    return place


def of(answer):
    assert answer.status_code == 200, answer.json()
    return answer.json()


def numbers(body):
    return {area["code"]: area["count"] for area in body["areas"] if area["count"]}


def expected(listed, level):
    """Count what the list says, by the finest area that it shows."""
    found, without = {}, 0
    for feature in listed["features"]:
        shown = feature["properties"]
        code = next((area["code"] for area in shown["areas"] if area["level"] == level), None)
        if code is None or shown["category"] == "neighbours":
            without += 1
        else:
            found[code] = found.get(code, 0) + 1
    return found, without


@pytest.mark.parametrize("level", ["subdistrict", "community", "block", "grid"])
@pytest.mark.parametrize("person", [None, "official", "grid_leader", "grid_leader_2", "resident"])
def test_counts_add_up_to_the_list_of_the_same_asker(filed, api, api_as, level, person):
    client = api_as(getattr(filed, person)) if person else api
    for query in ("", "&scope=public", "&category=road,parking", "&state=open", "&channel=hotline",
                  f"&area={filed.code('c1')}"):  # fmt: skip
        listed = of(client.get(LIST + query))
        counts = of(client.get(f"{COUNTS}?level={level}{query}"))
        assert (numbers(counts), counts["without_area"]) == expected(listed, level)
        assert counts["total"] + counts["without_area"] == listed["total"]


def test_every_area_is_there_with_its_rate(filed, api_as):
    Area.objects.filter(pk=filed.areas["c2"].pk).update(population=None)
    body = of(api_as(filed.official).get(COUNTS))
    assert body["level"] == "community"
    first, second = body["areas"]
    assert first == {
        "place": "wuyingshan", "code": filed.code("c1"), "name": "翡翠社区", "count": 3, "population": 800,
        "former": False, "rate": 3.75, "rate_missing": None,
    }  # fmt: skip
    assert (second["count"], second["rate"], second["rate_missing"]) == (1, None, "population_unknown")
    Area.objects.filter(pk=filed.areas["c2"].pk).update(population=0)
    assert of(api_as(filed.official).get(COUNTS))["areas"][1]["rate_missing"] == "population_zero"
    plain = of(api_as(filed.official).get(f"{COUNTS}?level=grid&rate=0"))
    assert len(plain["areas"]) == 8
    assert "rate" not in plain["areas"][0]


def test_closed_under_former_boundaries(filed, api_as):
    """A closed case stays where it was closed: under a code that lives on, or under one that is gone."""
    former = BoundaryGeneration.objects.create(place=filed.place, name="2020", state="retired")
    town = filed.code("s1")
    top = Area.objects.create(
        generation=former, level="subdistrict", code=town, name="旧街道", path=f"/{town}/",
        geometry=filed.areas["s1"].geometry,
    )  # fmt: skip
    for code, name in ((filed.code("c1"), "同码旧名"), ("OLD", "旧社区")):
        community = Area.objects.create(
            generation=former, level="community", code=code, name=name, path=f"/{town}/{code}/", parent=top,
            geometry=filed.areas["c1"].geometry,
        )  # fmt: skip
        grid = Area.objects.create(
            generation=former, level="grid", code=f"{code}-1", name="旧网格", parent=community,
            path=f"/{town}/{code}/{code}-1/", geometry=filed.areas["g1"].geometry,
        )  # fmt: skip
        case = file_case(filed, "g1")
        Case.objects.filter(pk=case.pk).update(area=grid, generation=former)
    body = of(api_as(filed.official).get(COUNTS))
    assert numbers(body) == {filed.code("c1"): 4, filed.code("c2"): 1, "OLD": 1}
    gone = next(area for area in body["areas"] if area["code"] == "OLD")
    assert (gone["name"], gone["former"], gone["rate_missing"]) == ("旧社区", True, "population_unknown")


def test_refused(api, filed):
    for query, field in (("level=unit", "level"), ("rate=2", "rate"), ("state=ended", "state")):
        problem = api.get(f"{COUNTS}?{query}")
        assert (problem.status_code, problem.json()["field"]) == (400, field)


def test_state_knows_every_status_once():
    assert sorted(status for group in STATE_GROUPS.values() for status in group) == sorted(STATUSES)


def test_state_and_status_hold_both(filed, api_as):
    official = api_as(filed.official)
    totals = {
        query: of(official.get(f"{LIST}&{query}"))["total"]
        for query in ("state=open", "state=closed", "state=handled", "state=open&status=handled",
                      "state=closed&status=handled", "state=open,closed")
    }  # fmt: skip
    assert totals == {
        "state=open": 6, "state=closed": 0, "state=handled": 1, "state=open&status=handled": 1,
        "state=closed&status=handled": 0, "state=open,closed": 6,
    }  # fmt: skip


def test_statements_do_not_grow(filed):
    cases_by_area(None, CaseFilters(), level="grid")  # boundaries are read once
    numbers = []
    for rows in (10, 1000):
        copies(Case.objects.order_by("pk").first(), rows)
        user = User.objects.get(pk=filed.official.pk)
        with CaptureQueriesContext(connection) as seen:
            cases_by_area(user, CaseFilters(), level="grid")
        numbers.append(len(seen))
        Case.objects.filter(follow_code__startswith="T0").delete()
    assert numbers[0] == numbers[1] <= 12
