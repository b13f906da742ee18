"""Vector tiles of areas and buildings: what lies in them, who may keep them, what is refused."""

import gzip
from dataclasses import replace

import mapbox_vector_tile
import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon

from geo.db.tiles import encode_tile
from geo.domain.tile_grid import TileAddress
from geo.models import BoundaryGeneration
from layers import registry
from layers.selectors import tiles as tiles_selector
from layers.sources.places import AREA_ZOOMS
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
MVT = "application/vnd.mapbox-vector-tile"


@pytest.fixture
def place():
    return build_place()


def path_at(layer, lon, lat, z):
    address = TileAddress.at(lon, lat, z)
    return f"/tiles/{layer}/{address.z}/{address.x}/{address.y}.mvt"


def decode(response):
    assert response.status_code == 200, response.content
    zipped = response.get("Content-Encoding") == "gzip"
    body = gzip.decompress(response.content) if zipped else response.content
    return mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})


def levels_in(response):
    return {feature["properties"]["level"] for feature in decode(response)["areas"]["features"]}


def test_area_tile_holds_the_levels_of_its_zoom(client, place):
    lon, lat = place.point("g2")
    for zoom in (8, 10, 12, 14, 16):
        expected = {level for level, (low, high) in AREA_ZOOMS.items() if low <= zoom <= high}
        answer = client.get(path_at("areas", lon, lat, zoom))
        assert levels_in(answer) == expected & {"subdistrict", "community", "block", "grid"}


def test_area_properties_say_what_it_is(client, place):
    answer = client.get(path_at("areas", *place.point("g2"), 16))
    features = decode(answer)["areas"]["features"]
    grid = next(f for f in features if f["properties"]["code"] == place.code("g2"))
    area = place.areas["g2"]
    assert grid["id"] == area.pk
    assert grid["properties"] == {
        "id": area.pk,
        "level": "grid",
        "code": area.code,
        "name": area.name,
        "name_en": "",
        "parent": place.code("b1"),
        "enclosure": "",
    }
    block = next(f for f in features if f["properties"]["code"] == place.code("b1"))
    assert block["properties"]["enclosure"] == "closed"


def test_buildings_from_zoom_14_units_from_16(client, place):
    lon, lat = place.point("g1.1")
    assert client.get(path_at("buildings", lon, lat, 13)).status_code == 204
    features = decode(client.get(path_at("buildings", lon, lat, 14)))["buildings"]["features"]
    assert {f["properties"]["level"] for f in features} == {"building"}
    house = next(f["properties"] for f in features if f["id"] == place.areas["g1.1"].pk)
    assert (house["number"], house["storeys"], house["kind"]) == ("1", "6", "residential")
    features = decode(client.get(path_at("buildings", lon, lat, 16)))["buildings"]["features"]
    assert {f["properties"]["level"] for f in features} == {"building", "unit"}


def test_every_name_is_written_once(client, place):
    size = 1 << 16
    names = []
    west, south = place.point("s1", 0, 0)
    east, north = place.point("s1", 1, 1)
    low, high = TileAddress.at(west, north, 16), TileAddress.at(east, south, 16)
    for x in range(low.x - 1, high.x + 2):
        for y in range(low.y - 1, high.y + 2):
            answer = client.get(f"/tiles/areas/16/{x % size}/{y}.mvt")
            if answer.status_code == 200:
                features = decode(answer).get("area_labels", {"features": []})["features"]
                names += [feature["properties"]["code"] for feature in features]
    expected = [area.code for area in place.areas.values() if area.level not in ("building", "unit")]
    assert sorted(names) == sorted(expected)


def test_only_active_generations_are_drawn(client, place):
    staged = BoundaryGeneration.objects.create(place=place.place, name="2027-1")
    area = place.areas["g2"]
    type(area).objects.create(
        generation=staged, level="grid", code="NEW", name="new", path="/NEW/", geometry=area.geometry
    )
    features = decode(client.get(path_at("areas", *place.point("g2"), 16)))["areas"]["features"]
    assert "NEW" not in {f["properties"]["code"] for f in features}


def test_activation_changes_the_tag_and_the_tile(client, place):
    path = path_at("areas", *place.point("g2"), 14)
    before = client.get(path)
    staged = BoundaryGeneration.objects.create(place=place.place, name="2027-1")
    area = place.areas["g2"]
    type(area).objects.create(
        generation=staged, level="grid", code="NEW", name="new", path="/NEW/", geometry=area.geometry
    )
    BoundaryGeneration.objects.filter(pk=place.generation.pk).update(state="retired")
    BoundaryGeneration.objects.filter(pk=staged.pk).update(state="active")
    after = client.get(path, headers={"If-None-Match": before["ETag"]})
    assert {f["properties"]["code"] for f in decode(after)["areas"]["features"]} == {"NEW"}
    assert after["ETag"] != before["ETag"]


def test_place_parameter_leaves_the_others_out(client, place):
    other = build_place("other", west=116.9705, with_people=False)
    path = path_at("areas", *place.point("g2"), 14)
    both = {f["properties"]["id"] for f in decode(client.get(path))["areas"]["features"]}
    one = {f["properties"]["id"] for f in decode(client.get(f"{path}?place=other"))["areas"]["features"]}
    assert one == {area.pk for area in other.areas.values() if area.level not in ("building", "unit")}
    assert one < both
    refused = client.get(f"{path}?place=nowhere")
    assert refused.status_code == 400
    assert refused.json()["field"] == "place"
    assert refused.json()["accepted"] == ["other", "wuyingshan"]


def test_public_tile_may_be_shared_and_is_not_sent_twice(client, place):
    path = path_at("areas", *place.point("g2"), 14)
    first = client.get(path)
    assert first["Content-Type"] == MVT
    assert first["Cache-Control"] == "public, max-age=60"
    assert "cookie" not in first["Vary"].lower()
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert not again.content
    assert again["ETag"] == first["ETag"]


def test_tile_asked_for_by_version_lasts(client, place):
    document = client.get("/tiles/areas.json").json()
    address = TileAddress.at(*place.point("g2"), 14)
    url = document["tiles"][0].format(z=address.z, x=address.x, y=address.y)
    assert client.get(url)["Cache-Control"] == "public, max-age=31536000, immutable"
    stale = client.get(f"/tiles/areas/{address.z}/{address.x}/{address.y}.mvt?v=g0")
    assert stale["Cache-Control"] == "public, max-age=60"


def test_gzip_only_for_who_takes_it(client, place):
    path = path_at("buildings", *place.point("g1.1"), 16)
    zipped = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    plain = client.get(path)
    assert zipped["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain
    assert gzip.decompress(zipped.content) == plain.content
    assert "accept-encoding" in plain["Vary"].lower()


def test_tile_without_features_is_204(client, place):
    assert client.get(path_at("areas", 0, 0, 14)).status_code == 204
    assert client.get("/tiles/areas/22/0/0.mvt").status_code == 204


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/tiles/areas/23/0/0.mvt", "z"),
        ("/tiles/areas/-1/0/0.mvt", "z"),
        ("/tiles/areas/x/0/0.mvt", "z"),
        ("/tiles/areas/2/4/0.mvt", "x"),
        ("/tiles/areas/2/0/4.mvt", "y"),
        ("/tiles/areas/2/0/1.5.mvt", "y"),
        ("/tiles/areas/2/0/٣.mvt", "y"),
        ("/tiles/areas/2/0/99999999999999999999.mvt", "y"),
        ("/tiles/areas/2/0/0.mvt?colour=red", "colour"),
    ],
)
def test_what_is_no_tile_gets_words(client, path, field):
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == field


@pytest.mark.parametrize("path", ["/tiles/secrets/0/0/0.mvt", "/tiles/secrets.json"])
def test_unknown_layer_is_404(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_any_accept_header_is_taken(client, place):
    answer = client.get(
        path_at("areas", *place.point("g2"), 14), headers={"Accept": "application/x-protobuf"}
    )
    assert answer.status_code == 200


def test_kept_tile_needs_no_query_but_the_version(client, place, django_assert_num_queries):
    path = path_at("buildings", *place.point("g1.1"), 15)
    first = client.get(path)
    with django_assert_num_queries(1):
        assert client.get(path).content == first.content


def test_tilejson_describes_the_layer(client, place):
    document = client.get("/tiles/buildings.json?place=wuyingshan").json()
    assert document["tilejson"] == "3.0.0"
    assert (document["minzoom"], document["maxzoom"]) == (14, 16)
    assert document["tiles"] == [
        f"http://testserver/tiles/buildings/{{z}}/{{x}}/{{y}}.mvt?place=wuyingshan&v=g{place.generation.pk}"
    ]
    assert document["bounds"] == pytest.approx(list(place.place.outline.extent))
    assert [layer["id"] for layer in document["vector_layers"]] == ["buildings", "building_labels"]
    house = decode(client.get(path_at("buildings", *place.point("g1.1"), 16)))["buildings"]["features"][0]
    assert set(house["properties"]) <= set(document["vector_layers"][0]["fields"])


def test_demo_is_marked_on_the_map(client, place):
    assert "attribution" not in client.get("/tiles/areas.json").json()
    type(place.place).objects.update(is_demo=True)
    chinese = client.get("/tiles/areas.json", headers={"Accept-Language": "zh-hans"})
    assert chinese.json()["attribution"] == "模拟数据"


def test_cap_cuts_and_says_so(client, place, monkeypatch):
    layer = registry.layer_of("buildings")

    def capped(ask, address):
        return [replace(source, limit=5) for source in layer.sources(ask, address)[:1]]

    monkeypatch.setitem(registry._layers, "buildings", replace(layer, sources=capped))
    answer = client.get(path_at("buildings", *place.point("g1.1"), 14))
    tile = decode(answer)
    assert len(tile["buildings"]["features"]) == 5
    assert tile["truncated"]["features"][0]["properties"] == {"layer": "buildings", "shown": 5}
    assert answer["Tile-Truncated"] == "buildings"


def _hole_and_sliver(place):
    west, south = place.point("g1", 0, 0)

    def ring(x, y, size):
        return [
            (west + x, south + y),
            (west + x + size, south + y),
            (west + x + size, south + y + size),
            (west + x, south + y + size),
            (west + x, south + y),
        ]

    holed = Polygon(ring(0, 0, 0.002), ring(0.0005, 0.0005, 0.001))
    apart = Polygon(ring(0.003, 0, 0.001))
    sliver = Polygon(
        (
            (west, south + 0.004),
            (west + 0.004, south + 0.004),
            (west + 0.004, south + 0.00400001),
            (west, south + 0.004),
        )
    )
    tiny = Polygon(ring(0.0001, 0.004, 1e-7))
    round_one = Point(west + 0.006, south + 0.004).buffer(0.001, quadsegs=32)
    model = type(place.areas["g1"])
    for code, shape in (
        ("HOLED", MultiPolygon(holed, apart)),
        ("SLIVER", MultiPolygon(sliver)),
        ("TINY", MultiPolygon(tiny)),
        ("ROUND", MultiPolygon(round_one)),
    ):
        model.objects.create(
            generation=place.generation, level="grid", code=code, name=code, path=f"/{code}/", geometry=shape
        )


def _drawn(body, layer):
    from shapely.geometry import shape

    features = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})[layer]["features"]
    return {f["id"]: (f["properties"], shape(f["geometry"])) for f in features}


@pytest.mark.parametrize(("layer", "zoom"), [("areas", 12), ("areas", 14), ("areas", 17), ("buildings", 15)])
def test_both_encoders_give_the_same(place, layer, zoom):
    _hole_and_sliver(place)
    ask = tiles_selector.read_ask(registry.layer_of(layer), None, {})
    address = TileAddress.at(*place.point("g2"), zoom)
    sources = registry.layer_of(layer).sources(ask, address)[:1]  # names are made in the process anyway
    native = _drawn(encode_tile(address, sources).body, layer)
    here = _drawn(encode_tile(address, sources, in_process=True).body, layer)
    assert native.keys() == here.keys()
    assert len(native) >= 5
    for key, (properties, drawn) in native.items():
        assert here[key][0] == properties
        assert here[key][1].is_valid
        # Simplified by up to 4 units each, rounded to whole ones.
        assert drawn.hausdorff_distance(here[key][1]) <= (6 if zoom < 14 else 3), properties
