import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.datum import (
    DATUMS,
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    in_china,
    to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from geo.errors import InvalidInput

LON, LAT = st.floats(73.5, 135.1), st.floats(3.0, 53.6)  # extremes of the country
PAIRS = [
    (wgs84_to_gcj02, gcj02_to_wgs84),
    (gcj02_to_bd09, bd09_to_gcj02),
    (wgs84_to_bd09, bd09_to_wgs84),
]


def metres(a, b):
    """Distance in metres of two lon, lat pairs, small or not (sphere, equirectangular)."""
    scale = np.cos(np.radians(a[1]))
    return np.hypot((np.asarray(a[0]) - b[0]) * scale, np.asarray(a[1]) - b[1]) * 111_320.0


# Test vectors of two public libraries: googollee/eviltransform (the first three) and wandergis/coordtransform.
@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
    ],
)
def test_gcj02_known_answers(wgs84, gcj02):
    assert wgs84_to_gcj02(*wgs84) == pytest.approx(gcj02, abs=1e-12)
    assert gcj02_to_wgs84(*gcj02) == pytest.approx(wgs84, abs=1e-11)


def test_bd09_known_answers():
    assert gcj02_to_bd09(116.404, 39.915) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-12)
    # The libraries' inverse is the approximate closed formula: it agrees to 0.1 m, not better.
    closed_formula = (116.39762729119315, 39.90865673957631)
    assert metres(bd09_to_gcj02(116.404, 39.915), closed_formula) < 0.1


@pytest.mark.parametrize(("forward", "inverse"), PAIRS)
@given(lon=LON, lat=LAT)
def test_round_trip_is_below_a_micrometre(forward, inverse, lon, lat):
    assert metres(inverse(*forward(lon, lat)), (lon, lat)) < 1e-6


@pytest.mark.parametrize(("forward", "inverse"), PAIRS)
def test_round_trip_of_arrays_is_below_a_micrometre(forward, inverse):
    r = np.random.default_rng(7)
    lon, lat = r.uniform(73.5, 135.1, 200_000), r.uniform(3.0, 53.6, 200_000)
    lon[:1000] = 105.0  # where the formula has a square root of |lon - 105|, the slowest to converge
    assert metres(inverse(*forward(lon, lat)), (lon, lat)).max() < 1e-6


def test_the_offset_is_what_makes_a_pin_miss_its_grid():
    r = np.random.default_rng(1)
    lon, lat = r.uniform(98.0, 122.0, 50_000), r.uniform(22.0, 45.0, 50_000)
    offset_m = metres(wgs84_to_gcj02(lon, lat), (lon, lat))
    assert 300 < offset_m.mean() < 600
    assert offset_m.max() < 720


@pytest.mark.parametrize("convert", [f for pair in PAIRS for f in pair])
def test_arrays_and_scalars_agree(convert):
    lon, lat = np.array([116.98, 121.5, -71.06, 5.0]), np.array([36.68, 31.2, 42.36, 60.0])
    x, y = convert(lon, lat)
    for i in range(len(lon)):
        single = convert(float(lon[i]), float(lat[i]))
        assert all(isinstance(value, float) for value in single)
        assert single == pytest.approx((x[i], y[i]), abs=1e-13)


@pytest.mark.parametrize("convert", [f for pair in PAIRS for f in pair])
@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_identity_outside_china(convert, lon, lat):
    if in_china(lon, lat, margin=0.1):
        lon = -lon
    assert convert(lon, lat) == (lon, lat)
    x, y = convert(np.array([lon]), np.array([lat]))
    assert (x[0], y[0]) == (lon, lat)


def test_a_pin_just_inside_the_rectangle_comes_back():
    pin = (137.8346, 40.0)
    image = wgs84_to_gcj02(*pin)
    assert not in_china(*image)
    assert metres(gcj02_to_wgs84(*image), pin) < 1e-6


@pytest.mark.parametrize("convert", [f for pair in PAIRS for f in pair])
def test_empty_and_not_finite(convert):
    x, y = convert(np.empty(0), np.empty(0))
    assert x.shape == y.shape == (0,)
    assert all(math.isnan(v) for v in convert(math.nan, math.nan))
    assert convert(math.inf, 30.0) == (math.inf, 30.0)


def test_to_wgs84_by_name():
    assert to_wgs84(116.404, 39.915) == (116.404, 39.915)
    assert to_wgs84(116.404, 39.915, "gcj02") == gcj02_to_wgs84(116.404, 39.915)
    assert to_wgs84(116.404, 39.915, "bd09") == bd09_to_wgs84(116.404, 39.915)
    assert set(DATUMS) == {"wgs84", "gcj02", "bd09"}
    with pytest.raises(InvalidInput, match="one of wgs84, gcj02, bd09; got 'GCJ-02'"):
        to_wgs84(116.404, 39.915, "GCJ-02")


def test_to_wgs84_refuses_what_is_no_coordinate():
    with pytest.raises(InvalidInput, match=r"lat must .* got 116\.404; the axes look swapped"):
        to_wgs84(39.915, 116.404, "gcj02")
    with pytest.raises(InvalidInput, match=r"lon must .* got nan"):
        to_wgs84(np.array([116.4, np.nan]), np.array([39.9, 39.9]), "gcj02")
