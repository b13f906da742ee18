"""GEOS ↔ shapely: the same coordinates on both sides."""

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry, Point, Polygon
from hypothesis import given
from hypothesis import strategies as st

from geo.db.convert import to_geos, to_multipolygon, to_shapely, to_shapely_array

coordinates = st.tuples(st.floats(-180, 180, allow_nan=False), st.floats(-90, 90, allow_nan=False))


@given(st.lists(coordinates, min_size=2, max_size=12))
def test_there_and_back_loses_nothing(vertices):
    line = shapely.LineString(vertices)
    geos = to_geos(line)
    assert geos.srid == 4326
    assert list(geos.coords) == vertices
    assert shapely.equals_exact(to_shapely(geos), line, tolerance=0)


def test_another_crs_is_kept():
    assert to_geos(shapely.Point(500_000, 4_000_000), srid=4549).srid == 4549


def test_arrays_keep_their_order():
    points = [Point(117.0 + i / 100, 36.7) for i in range(5)]
    got = to_shapely_array(points)
    assert got.shape == (5,)
    assert shapely.get_x(got) == pytest.approx([p.x for p in points], abs=0)


def test_an_empty_array():
    got = to_shapely_array([])
    assert got.shape == (0,)
    assert got.dtype == np.dtype(object)


def test_a_polygon_becomes_a_multipolygon():
    square = to_shapely(Polygon.from_bbox((0, 0, 1, 1)))
    got = to_multipolygon(square)
    assert isinstance(got, GEOSGeometry)
    assert (got.geom_type, got.num_geom, got.srid) == ("MultiPolygon", 1, 4326)
    assert to_multipolygon(to_shapely(got)).equals_exact(got)


def test_anything_else_is_refused_by_name():
    with pytest.raises(ValueError, match="LineString"):
        to_multipolygon(shapely.LineString([(0, 0), (1, 1)]))
