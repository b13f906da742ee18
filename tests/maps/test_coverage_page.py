"""`/staff/coverage/` (不漏一楼): findings in one's own areas, counted, in words, on a map without scripts too."""

import json
import re

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from geo import routing
from geo.models import Area
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    place = build_place()
    # A house 20 m east of the place, in no grid; grid g6 loses its northern third.
    west, south = place.point("g8", 1.02, 0.3)
    Area.objects.create(
        generation=place.generation, level="building", code="LOST", name="门卫室", path="/LOST/",
        geometry=MultiPolygon(Polygon.from_bbox((west, south, west + 0.0002, south + 0.0002)), srid=4326),
    )  # fmt: skip
    grid = place.areas["g6"]
    left, bottom, right, top = grid.geometry.extent
    grid.geometry = MultiPolygon(
        Polygon.from_bbox((left, bottom, right, bottom + (top - bottom) * 0.66)), srid=4326
    )
    grid.save()
    routing.forget()
    return place


@pytest.fixture
def see(client, place):
    def look(role, query=""):
        client.force_login(getattr(place, role))
        return client.get(f"/staff/coverage/{query}")

    return look


def counts(answer):
    return {kind["key"]: kind["count"] for kind in answer.context["kinds"]}


def test_the_official_sees_every_kind_with_its_entries(see, place):
    answer = see("official")
    html = answer.content.decode()
    found = counts(answer)
    assert found["building_in_no_grid"] == 1
    assert found["gap"] >= 1
    vacant = [area for area in place.areas.values() if area.level == "grid" and place.above(
        next(short for short, a in place.areas.items() if a.pk == area.pk), "block") == "b4"]  # fmt: skip
    assert found["without_leader"] == found["without_party"] == len(vacant) == 2
    assert found["overlap"] == 0
    assert "门卫室" in html
    assert str(answer.context["total"]) == str(sum(found.values()))
    shapes = json.loads(re.search(r'id="coverage-shapes"[^>]*>(.*?)</script>', html, re.S).group(1))
    assert len(shapes["features"]) == sum(found.values())
    assert html.count('class="finding finding--') >= len(shapes["features"])


def test_an_entry_leads_the_map_to_its_place(see, place):
    answer = see("official")
    entry = next(kind for kind in answer.context["kinds"] if kind["key"] == "building_in_no_grid")[
        "findings"
    ][0]
    there = see("official", entry["url"])
    view = there.context["drawing"].viewport
    west, south, east, north = view.bbox()
    lon, lat = entry["finding"].shape.centroid.coords[0]
    assert west < lon < east
    assert south < lat < north
    assert view.zoom >= 16
    assert counts(there) == counts(answer)


def test_a_community_sees_what_lies_in_it(see, place):
    answer = see("community_leader")
    assert answer.status_code == 200
    found = counts(answer)
    assert found["without_leader"] == found["gap"] == found["building_in_no_grid"] == 0
    assert "已全部覆盖" in answer.content.decode()


@pytest.mark.parametrize("role", ["patroller", "grid_leader", "department", "resident"])
def test_it_is_for_those_who_answer_for_a_community_or_more(see, place, role):
    assert see(role).status_code == 403
    assert 'href="/staff/coverage/"' not in see(role).content.decode()


def test_strangers_are_asked_to_sign_in(client, place):
    assert client.get("/staff/coverage/").status_code == 302


def test_staff_find_it_in_the_navigation(client, place):
    client.force_login(place.official)
    assert 'href="/staff/coverage/"' in client.get("/map/").content.decode()


def test_a_wrong_place_of_the_map_changes_nothing_of_the_list(see, place):
    assert counts(see("official", "?at=nonsense")) == counts(see("official"))


def test_the_report_follows_what_changes(see, place):
    before = counts(see("official"))
    Area.objects.filter(code="LOST").delete()
    routing.forget()
    place.place.directory_version += 1
    place.place.save()
    assert counts(see("official"))["building_in_no_grid"] == before["building_in_no_grid"] - 1
