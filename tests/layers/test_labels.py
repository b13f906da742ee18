"""Names on the map: one point for each area, inside it, in one tile only."""

import gzip

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Polygon
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.tile_grid import TileAddress
from geo.models import Area
from layers.selectors import tiles as tiles_selector
from layers.sources.labels import label_points, label_source
from tests.factories.places import build_place


@pytest.fixture(autouse=True)
def _no_kept_tiles():
    tiles_selector.kept.clear()
    yield
    tiles_selector.kept.clear()


def test_the_point_of_a_bent_area_lies_inside_it():
    bent = shapely.Polygon([(0, 0), (10, 0), (10, 1), (1, 1), (1, 10), (0, 10)])
    assert not bent.contains(bent.centroid)
    (point,) = label_points(np.array([bent], dtype=object))
    assert bent.contains(point)


def test_of_several_parts_the_largest_gets_the_name():
    small, large = shapely.box(0, 0, 1, 1), shapely.box(5, 5, 9, 9)
    (point,) = label_points(np.array([shapely.MultiPolygon([small, large])], dtype=object))
    assert large.contains(point)


def test_no_areas_no_points():
    assert len(label_points(np.array([], dtype=object))) == 0


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=4, max_size=12))
def test_points_lie_inside_whatever_the_shape(corners):
    shape = shapely.MultiPoint(corners).convex_hull
    if shape.geom_type != "Polygon" or shape.area < 1e-6:
        return
    (point,) = label_points(np.array([shape], dtype=object))
    assert shape.distance(point) < 1e-9


@pytest.mark.django_db
@pytest.mark.parametrize("zoom", [14, 16])
def test_each_grid_is_named_in_exactly_one_tile(client, zoom):
    place = build_place()
    west, south, east, north = place.place.outline.extent
    first, last = TileAddress.at(west, north, zoom), TileAddress.at(east, south, zoom)
    named = []
    for x in range(first.x, last.x + 1):
        for y in range(first.y, last.y + 1):
            answer = client.get(f"/tiles/areas/{zoom}/{x}/{y}.mvt")
            if answer.status_code == 204 or not answer.content:
                continue
            body = (
                gzip.decompress(answer.content)
                if answer.get("Content-Encoding") == "gzip"
                else answer.content
            )
            layer = mapbox_vector_tile.decode(body).get("area_labels", {"features": []})
            named += [
                f["properties"]["code"] for f in layer["features"] if f["properties"]["level"] == "grid"
            ]
    grids = [area.code for short, area in place.areas.items() if area.level == "grid"]
    assert sorted(named) == sorted(grids)


@pytest.mark.django_db
def test_a_name_near_an_edge_is_not_in_the_neighbours_buffer():
    place = build_place()
    grid = place.areas["g1"]
    address = TileAddress.at(*place.point("g1"), 16)
    west, south, _east, north = address.bbox()
    lon, lat, half = west + 1e-6, (south + north) / 2, 2e-4
    grid.geometry = MultiPolygon(
        Polygon.from_bbox((lon - half, lat - half, lon + half, lat + half)), srid=4326
    )
    grid.save()
    rows = Area.objects.filter(pk=grid.pk)
    neighbour = TileAddress(address.z, address.x - 1, address.y)
    assert len(label_source("area_labels", rows, address, {"code": "code"}).features) == 1
    assert not label_source("area_labels", rows, neighbour, {"code": "code"}).features
