"""`cell=` finds in the list exactly what the heat of the same asker counts there."""

import h3.api.basic_int as h3
import pytest

from cases.models import Case
from cases.selectors.counts import cases_by_area
from cases.selectors.filters import read_filters
from tests.factories.cases import file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
LIST = "/api/v1/cases/?limit=1000"


@pytest.fixture
def place():
    place = build_place()
    for number, short in enumerate(("g1", "g1", "g2", "g4", "g5", "g8")):
        file_case(place, short, at=(0.1 + number / 10, 0.95))
    file_case(place, "g1", at=(0.4, 0.5))  # in a building: known by its block outside of the full projection
    file_case(place, "g3", place.counter, category="mediation", at=(0.3, 0.95))
    file_case(place, "g1", place.counter, location=None, place_text="某处", place=place.place.slug)
    Case.objects.filter(pk=Case.objects.order_by("pk").values("pk")[:1]).update(is_sensitive=True)
    return place


@pytest.mark.parametrize("res", [5, 8, 9, 10])
@pytest.mark.parametrize("scope", ["", "&scope=public"])
def test_a_cell_lists_what_it_counts(place, api, api_as, res, scope):
    for client in (api, *(api_as(getattr(place, role)) for role in ("official", "grid_leader_2", "planner"))):
        heat = client.get(f"/api/v1/heat/?res={res}{scope}").json()
        seen = []
        for cell in heat["cells"]:
            listed = client.get(f"{LIST}{scope}&cell={cell['h3']}").json()
            assert listed["total"] == cell["count"]
            seen += [feature["id"] for feature in listed["features"]]
        without = client.get(f"{LIST}{scope}&cell=none").json()
        assert without["total"] == heat["without_place"]
        seen += [feature["id"] for feature in without["features"]]
        everything = client.get(f"{LIST}{scope}").json()
        assert sorted(seen) == sorted(feature["id"] for feature in everything["features"])


def test_the_official_has_cells_and_cases_without(place, api_as):
    heat = api_as(place.official).get("/api/v1/heat/?res=10").json()
    assert len(heat["cells"]) > 3
    assert heat["without_place"] >= 2


@pytest.mark.parametrize(
    "value", ["8", "xyz", "ffffffffffffffff", "8" * 17, "none1", f"{h3.latlng_to_cell(36.7, 117, 11):x}"]
)
def test_what_is_no_cell_is_refused_in_words(place, api, value):
    answer = api.get(f"{LIST}&cell={value}")
    assert answer.status_code == 400
    assert (answer.json()["field"], answer.json()["value"]) == ("cell", value)


@pytest.mark.parametrize("level", ["community", "block", "grid"])
@pytest.mark.parametrize("scope", ["", "public"])
def test_an_area_lists_what_it_counts(place, api, api_as, level, scope):
    # Begins in g2, ends in g3: it touches both, and is counted where its pin lies.
    ends = [list(place.point("g2", 0.5, 0.96)), list(place.point("g3", 0.5, 0.96))]
    file_case(place, "g2", affected={"type": "LineString", "coordinates": ends}, location=None)
    for role in (None, "official", "grid_leader_2", "planner"):
        user = getattr(place, role) if role else None
        client = api_as(user) if user else api
        counts = cases_by_area(user, read_filters({"scope": scope}), level=level)
        seen = []
        for area in counts.areas:
            listed = client.get(f"{LIST}&scope={scope}&lies_in={level}:{area.code}").json()
            assert listed["total"] == area.count, (role, area)
            seen += [feature["id"] for feature in listed["features"]]
        without = client.get(f"{LIST}&scope={scope}&lies_in={level}:").json()
        assert without["total"] == counts.without_area
        seen += [feature["id"] for feature in without["features"]]
        everything = client.get(f"{LIST}&scope={scope}").json()
        assert sorted(seen) == sorted(feature["id"] for feature in everything["features"])


@pytest.mark.parametrize("value", ["grid", "building:1", ":1"])
def test_what_is_no_level_is_refused_in_words(place, api, value):
    answer = api.get(f"{LIST}&lies_in={value}")
    assert answer.status_code == 400
    assert (answer.json()["field"], answer.json()["value"]) == ("lies_in", value)
