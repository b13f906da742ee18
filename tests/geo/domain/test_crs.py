import math

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.crs import (
    axes_look_swapped,
    gauss_kruger_epsg,
    is_lonlat,
    metric_epsg,
    metric_transformer,
    project,
    require_lonlat,
    unproject,
)
from geo.errors import InvalidInput

JINAN = (116.95, 36.63, 117.05, 36.72)


@pytest.mark.parametrize(
    ("lon", "epsg"),
    [
        (73.5, 4534),
        (76.4999, 4534),
        (76.5, 4535),
        (116.98, 4548),
        (118.5, 4549),
        (135.0, 4554),
        (136.5, 4554),
    ],
)
def test_gauss_kruger_zone(lon, epsg):
    assert gauss_kruger_epsg(lon) == epsg


@given(st.floats(73.5, 136.5))
def test_zone_is_the_nearest_central_meridian_by_the_epsg_registry(lon):
    crs = pyproj.CRS(gauss_kruger_epsg(lon))
    meridian = next(p.value for p in crs.coordinate_operation.params if "Longitude of natural" in p.name)
    assert crs.name.startswith("CGCS2000 / 3-degree Gauss-Kruger CM")
    assert abs(lon - meridian) <= 1.5


@pytest.mark.parametrize("lon", [73.4, 136.6, math.nan, math.inf, -71.0])
def test_no_zone_outside_china(lon):
    with pytest.raises(InvalidInput, match=r"73\.5\.\.136\.5.*got"):
        gauss_kruger_epsg(lon)


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (116.98, 36.68, 4548),
        (-71.06, 42.36, 32619),
        (180.0, -17.0, 32760),
        (2.35, 48.85, 32631),
        (18, 60, 32634),
    ],
)
def test_metric_crs_of_a_place(lon, lat, epsg):
    assert metric_epsg(lon, lat) == epsg


def test_no_metric_crs_at_the_pole():
    with pytest.raises(InvalidInput, match=r"-80\.\.84.*got 89"):
        metric_epsg(0.0, 89.0)


def test_axis_order_is_lon_lat_although_epsg_says_north_east():
    x, y = metric_transformer("EPSG:4548").transform(117.0, 36.68)
    assert x == pytest.approx(500_000.0, abs=1e-6)  # on the central meridian
    assert 4_060_000 < y < 4_063_000


def test_project_and_back_is_the_same_point_and_keeps_arrays():
    shapes = shapely.points([[116.95, 36.65], [117.03, 36.70]])
    back = unproject(project(shapes, "EPSG:4548"), "EPSG:4548")
    assert shapely.get_coordinates(back) == pytest.approx(shapely.get_coordinates(shapes), abs=1e-11)
    assert len(project(np.empty(0, dtype=object), "EPSG:4548")) == 0


def test_metres_are_metres():
    shapes = project(shapely.points([[116.98, 36.68], [116.98, 36.681]]), 4548)
    geod = pyproj.Geod(ellps="GRS80").inv(116.98, 36.68, 116.98, 36.681)[2]
    assert shapely.distance(*shapes) == pytest.approx(geod, rel=1e-5)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4978", "EPSG:2249", "EPSG:999999", "nonsense"])
def test_a_metric_crs_must_be_in_metres(crs):  # 4978: geocentric; 2249: in US feet
    with pytest.raises(InvalidInput, match=f"projected CRS in metres.*{crs}"):
        metric_transformer(crs)


def test_transformer_is_built_once():
    assert metric_transformer("EPSG:4548") is metric_transformer("EPSG:4548")


@pytest.mark.parametrize("corner", [(180, 90), (-180, -90), (0, 0), (116.98, 36.68)])
def test_coordinates_in_range_are_accepted(corner):
    require_lonlat(*corner)
    assert is_lonlat(*corner)


@pytest.mark.parametrize(
    ("lon", "lat", "words"),
    [
        (math.nan, 36.68, r"lon must be a finite number within -180\.\.180 degrees; got nan$"),
        (116.98, math.nan, r"lat must be a finite number within -90\.\.90 degrees; got nan$"),
        (math.inf, 36.68, r"lon must .* got inf$"),
        (116.98, -math.inf, r"lat must .* got -inf$"),
        (36.68, 116.98, r"lat must .* got 116\.98; the axes look swapped, send lon, lat"),
        (500123.0, 4061000.0, r"lon must .* got 500123\.0$"),
        (181.0, 10.0, r"lon must .* got 181\.0$"),
        ("116.98", 36.68, r"must be numbers in degrees; got '116\.98'"),
        (None, 36.68, r"must be numbers in degrees; got None"),
    ],
)
def test_bad_coordinates_are_named(lon, lat, words):
    with pytest.raises(InvalidInput, match=words) as caught:
        require_lonlat(lon, lat)
    assert caught.value.field in ("lon", "lat")
    assert caught.value.accepted


@given(st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_the_vectorised_check_agrees(lon, lat):
    try:
        require_lonlat(lon, lat)
        accepted = True
    except InvalidInput:
        accepted = False
    assert bool(is_lonlat(lon, lat)) is accepted
    assert is_lonlat([lon], [lat]).tolist() == [accepted]


@pytest.mark.parametrize(
    ("lon", "lat", "extents", "swapped"),
    [
        (36.68, 116.98, (), True),  # latitude out of range
        (36.68, 116.98, (JINAN,), True),
        (116.98, 36.68, (JINAN,), False),
        (42.36, -71.06, ((-71.2, 42.2, -70.9, 42.4),), True),  # both in range, only the place tells
        (42.36, -71.06, (JINAN,), False),
        (42.36, -71.06, (), False),
        (500123.0, 4061000.0, (JINAN,), False),
        (40.1, 40.2, ((40.0, 40.0, 41.0, 41.0),), False),  # right either way
        (math.nan, 36.68, (JINAN,), False),
    ],
)
def test_swapped_axes_are_recognised(lon, lat, extents, swapped):
    assert axes_look_swapped(lon, lat, extents) is swapped
