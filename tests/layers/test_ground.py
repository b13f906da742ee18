"""Streets by class and zoom, open ground, the same from both encoders."""

import pytest
from django.contrib.gis.geos import LineString, MultiPolygon, Polygon
from mapbox_vector_tile import decode

from geo.db.tiles import encode_tile
from geo.domain.tile_grid import TileAddress
from geo.models import LandCover, Road
from layers import registry
from layers.selectors.tiles import read_ask
from layers.sources.ground import ROAD_ZOOMS
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    built = build_place(with_people=False)
    for number, rank in enumerate(ROAD_ZOOMS):
        west, east = built.point("g1", 0, 0.5 + number / 40), built.point("g8", 1, 0.5 + number / 40)
        bend = ((west[0] + east[0]) / 2, west[1] + 0.0001)
        Road.objects.create(
            generation=built.generation,
            name=f"{rank}路",
            rank=rank,
            width_m=7.5,
            geometry=LineString(west, bend, east, srid=4326),
        )
    park = Polygon.from_bbox((*built.point("g1", 0.2, 0.2), *built.point("g2", 0.5, 0.8)))
    LandCover.objects.create(
        generation=built.generation, kind="park", name="公园", geometry=MultiPolygon(park)
    )
    return built


def tile(client, place, layer, zoom):
    address = TileAddress.at(*place.point("g2"), zoom)
    answer = client.get(f"/tiles/{layer}/{address.z}/{address.x}/{address.y}.mvt")
    return decode(answer.content)[layer]["features"] if answer.status_code == 200 else []


@pytest.mark.parametrize("zoom", [9, 10, 12, 13, 14, 16])
def test_classes_of_road_come_with_the_zoom(client, place, zoom):
    found = {f["properties"]["rank"] for f in tile(client, place, "roads", zoom)}
    assert found == {rank for rank, first in ROAD_ZOOMS.items() if zoom >= first}


def test_road_says_its_name_and_width(client, place):
    road = next(f for f in tile(client, place, "roads", 16) if f["properties"]["rank"] == "lane")
    assert road["properties"] == {"rank": "lane", "name": "lane路", "name_en": "", "width_m": 7.5}


def test_open_ground(client, place):
    found = tile(client, place, "ground", 14)
    assert [f["properties"] for f in found] == [{"kind": "park", "name": "公园"}]
    assert tile(client, place, "ground", 10) == []


@pytest.mark.parametrize("zoom", [12, 14, 17])
def test_both_encoders_give_the_same_lines(place, zoom):
    from shapely.geometry import shape

    layer = registry.layer_of("roads")
    address = TileAddress.at(*place.point("g2"), zoom)
    sources = layer.sources(read_ask(layer, None, {}), address)
    drawn = []
    for in_process in (None, True):
        body = encode_tile(address, sources, in_process=in_process).body
        features = decode(body, default_options={"y_coord_down": True})["roads"]["features"]
        drawn.append({f["id"]: (f["properties"], shape(f["geometry"])) for f in features})
    native, here = drawn
    assert native.keys() == here.keys()
    for key, (properties, line) in native.items():
        assert here[key][0] == properties
        assert line.hausdorff_distance(here[key][1]) <= 3
