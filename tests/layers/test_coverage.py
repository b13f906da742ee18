"""Coverage as a map layer: buildings in no grid, grids without people, gaps and overlaps; for staff."""

import pytest
from django.db.models import F
from mapbox_vector_tile import decode

from geo import routing
from geo.domain.tile_grid import TileAddress
from geo.models import Area, Place
from layers.sources import coverage
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    coverage._kept.clear()
    place = build_place()
    # g3 ends where its neighbour overlaps it, and g5 leaves a strip; a house stands in that strip.
    g4, g5 = place.areas["g4"], place.areas["g5"]
    west, south, east, north = g4.geometry.extent
    g4.geometry = _box(west - 0.0002, south, east, north)
    g4.save()
    west, south, east, north = g5.geometry.extent
    g5.geometry = _box(west + 0.0006, south, east, north)
    g5.save()
    routing.forget()
    return place


def _box(west, south, east, north):
    from django.contrib.gis.geos import MultiPolygon, Polygon

    return MultiPolygon(Polygon.from_bbox((west, south, east, north)), srid=4326)


def tile(client, place, zoom=15, short="g4"):
    address = TileAddress.at(*place.point(short), zoom)
    return client.get(f"/tiles/coverage/{address.z}/{address.x}/{address.y}.mvt")


def kinds(answer):
    found = {}
    for feature in decode(answer.content)["coverage"]["features"]:
        said = feature["properties"]
        found.setdefault(said["kind"], []).append(said.get("code") or said.get("first") or said.get("parent"))
    return found


def test_what_is_left_out_is_drawn(place, api_as):
    answer = tile(api_as(place.planner), place, zoom=14)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-cache"
    found = kinds(answer)
    assert place.code("g5.1") in found["building_in_no_grid"]
    assert found["overlap"] == [place.code("g3")]
    assert place.code("c2") in found["gap"] or place.code("b3") in found["gap"]
    assert {place.code("g7"), place.code("g8")} <= set(found["without_leader"]) | set(found["without_party"])
    people = {str(person) for person in place.people.values()}
    assert not any(name.encode() in answer.content for name in people)


def test_others_find_no_such_layer(place, client, api_as):
    assert tile(client, place).status_code == 404
    assert tile(api_as(place.resident), place).status_code == 404
    assert client.get("/tiles/coverage.json").status_code == 404
    document = api_as(place.planner).get("/tiles/coverage.json").json()
    assert document["vector_layers"][0]["id"] == "coverage"
    assert "building_in_no_grid" in document["vector_layers"][0]["fields"]["kind"]


def test_computed_once_for_boundaries_and_staffing(place, api_as, monkeypatch):
    computed = []
    real = coverage.coverage_of
    monkeypatch.setattr(coverage, "coverage_of", lambda *a, **k: computed.append(1) or real(*a, **k))
    planner = api_as(place.planner)
    first = tile(planner, place)
    assert tile(planner, place, short="g1").status_code in (200, 204)
    again = planner.get(first.request["PATH_INFO"], headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, len(computed)) == (304, 1)
    Place.objects.filter(pk=place.place.pk).update(directory_version=F("directory_version") + 1)
    assert tile(planner, place)["ETag"] != first["ETag"]
    assert len(computed) == 2


def test_nothing_left_out_is_an_empty_tile(api_as):
    coverage._kept.clear()
    whole = build_place("whole")
    Area.objects.filter(code=whole.code("g8")).update(name="x")
    assert tile(api_as(whole.planner), whole, zoom=17, short="g1").status_code == 204
