"""Vector tiles of areas and buildings: what lies in them, who may keep them, what is refused."""

import gzip

import mapbox_vector_tile
import pytest

from geo.domain.tile_grid import TileAddress
from layers.selectors import tiles as tiles_selector
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_kept_tiles():
    tiles_selector.kept.clear()
    yield
    tiles_selector.kept.clear()


def tile_at(client, layer, lon, lat, z, query="", **headers):
    address = TileAddress.at(lon, lat, z)
    return client.get(f"/tiles/{layer}/{address.z}/{address.x}/{address.y}.mvt{query}", **headers)


def decode(response):
    body = (
        gzip.decompress(response.content) if response.get("Content-Encoding") == "gzip" else response.content
    )
    return mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})


def test_area_tile_holds_the_levels_of_its_zoom(client):
    place = build_place()
    lon, lat = place.point("g2")
    found = decode(tile_at(client, "areas", lon, lat, 14))["areas"]["features"]
    levels = {feature["properties"]["level"] for feature in found}
    assert levels == {"subdistrict", "community", "block", "grid"}
    grid = next(f for f in found if f["properties"]["code"] == place.code("g2"))
    assert grid["id"] == grid["properties"]["id"] == place.areas["g2"].pk
    assert grid["properties"]["name"] == place.areas["g2"].name
    assert grid["properties"]["parent"] == place.code("b1")
    far = decode(tile_at(client, "areas", lon, lat, 10))["areas"]["features"]
    assert {feature["properties"]["level"] for feature in far} == {"subdistrict", "community"}
