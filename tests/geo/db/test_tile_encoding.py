"""Encoding of features made in the process: the same code on both databases."""

import pytest
import shapely
from mapbox_vector_tile import decode
from mapbox_vector_tile.Mapbox import vector_tile_pb2

from geo.db.tiles import Feature, FeatureSource, encode_tile
from geo.domain.tile_grid import TileAddress

WHOLE = TileAddress(14, 13515, 6395)
WEST, SOUTH, EAST, NORTH = WHOLE.bbox()


def at(x, y):
    """Position at a fraction of the tile, from its north-west corner (nearly: Mercator is straight here)."""
    return WEST + x * (EAST - WEST), NORTH - y * (NORTH - SOUTH)


def encode(*geometries, **more):
    features = [Feature(number, shape, {"n": number}) for number, shape in enumerate(geometries, start=1)]
    return encode_tile(WHOLE, [FeatureSource("drawn", features, **more)])


def drawn(tile):
    if not tile.body:
        return {}
    features = decode(tile.body, default_options={"y_coord_down": True})["drawn"]["features"]
    return {feature["id"]: feature["geometry"] for feature in features}


def test_points_fall_where_they_are():
    found = drawn(encode(shapely.Point(at(0, 0)), shapely.Point(at(0.5, 0.25)), shapely.Point(at(1, 1))))
    assert [found[n]["coordinates"] for n in (1, 2, 3)] == [[0, 0], [2048, 1024], [4096, 4096]]


def test_points_beyond_the_margin_are_left_out():
    found = drawn(encode(shapely.Point(at(-0.015, 0.5)), shapely.Point(at(-0.017, 0.5))))
    assert found.keys() == {1}


def test_line_is_cut_into_the_parts_inside():
    line = shapely.LineString([at(-1, 0.25), at(2, 0.25), at(2, 0.75), at(-1, 0.75)])
    shape = drawn(encode(line))[1]
    assert shape["type"] == "MultiLineString"
    assert sorted(tuple(map(tuple, sorted(part))) for part in shape["coordinates"]) == [
        ((-64, 1024), (4160, 1024)),
        ((-64, 3072), (4160, 3072)),
    ]


def test_what_is_too_small_or_only_touches_is_left_out():
    corner = shapely.Polygon([at(1.015625, 0), at(1.1, 0), at(1.1, 0.1), at(1.015625, 0.1)])
    dot = shapely.box(*at(0.5, 0.50001), *at(0.50001, 0.5))
    short = shapely.LineString([at(0.5, 0.5), at(0.50005, 0.5)])
    tile = encode(corner, dot, short)
    assert tile.body == b""
    assert tile.rows == {"drawn": 3}


def test_polygon_that_leaves_an_edge_behind_keeps_its_area():
    # Cut at the margin this gives a polygon and, beside it, a line along the margin.
    edge = 1.015625
    comb = shapely.Polygon(
        [
            at(0.5, 0.2),
            at(1.2, 0.2),
            at(1.2, 0.8),
            at(edge, 0.8),
            at(edge, 0.6),
            at(1.1, 0.6),
            at(1.1, 0.4),
            at(0.5, 0.4),
        ]
    )
    assert drawn(encode(comb))[1]["type"] == "Polygon"


def test_rings_wind_as_the_specification_wants():
    square = shapely.box(*at(0.1, 0.9), *at(0.9, 0.1))
    holed = square.difference(shapely.box(*at(0.4, 0.6), *at(0.6, 0.4)))
    for shape in (holed, shapely.reverse(holed)):
        message = vector_tile_pb2.tile()
        message.ParseFromString(encode(shape).body)
        outer, inner = _rings(list(message.layers[0].features[0].geometry))
        # By the surveyor's formula in tile coordinates, the outer ring has a positive area, an inner one a negative.
        assert _area(outer) > 0 > _area(inner)


def _rings(commands):
    """Rings of a polygon's command integers, MVT 2.1 § 4.3."""
    rings, x, y, at_ = [], 0, 0, 0
    while at_ < len(commands):
        kind, count = commands[at_] & 7, commands[at_] >> 3
        at_ += 1
        if kind == 7:
            continue
        if kind == 1:
            rings.append([])
        for _ in range(count):
            dx, dy = ((v >> 1) ^ -(v & 1) for v in commands[at_ : at_ + 2])
            at_ += 2
            x, y = x + dx, y + dy
            rings[-1].append((x, y))
    return rings


def _area(ring):
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def test_shape_folded_by_rounding_stays_valid():
    # Two triangles joined by a neck far thinner than one unit.
    thin = 1e-6
    bow = shapely.Polygon(
        [at(0.2, 0.2), at(0.5, 0.5 - thin), at(0.8, 0.2), at(0.8, 0.8), at(0.5, 0.5 + thin), at(0.2, 0.8)]
    )
    shape = shapely.geometry.shape(drawn(encode(bow))[1])
    assert shape.is_valid
    assert shape.area == pytest.approx(2 * 0.5 * 0.6 * 4096 * 0.3 * 4096, rel=0.01)


def test_missing_values_are_left_out_and_kinds_kept():
    values = {"text": "格", "number": 3, "share": 0.5, "yes": True, "empty": "", "zero": 0, "none": None}
    tile = encode_tile(WHOLE, [FeatureSource("drawn", [Feature(7, shapely.Point(at(0.5, 0.5)), values)])])
    found = decode(tile.body)["drawn"]["features"][0]["properties"]
    assert found == {key: value for key, value in values.items() if value is not None}
    assert found["yes"] is True


def test_truncation_is_said_in_the_tile():
    tile = encode(shapely.Point(at(0.5, 0.5)), truncated=True)
    assert tile.truncated == ("drawn",)
    mark = decode(tile.body, default_options={"y_coord_down": True})["truncated"]["features"][0]
    assert mark["properties"] == {"layer": "drawn", "shown": 1}
    assert mark["geometry"]["coordinates"] == pytest.approx([2048, 2048], abs=1)


def test_nothing_gives_an_empty_tile():
    assert encode_tile(WHOLE, []).body == b""
    assert encode().body == b""
