import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.tile_grid import MERCATOR_HALF_M, TileAddress

LON = st.floats(-180, 180, allow_nan=False)
LAT = st.floats(-85, 85, allow_nan=False)


@given(LON, LAT, st.integers(0, 22))
def test_tile_at_a_position_holds_it(lon, lat, z):
    west, south, east, north = TileAddress.at(lon, lat, z).bbox(margin=1e-6)
    assert west <= lon <= east
    assert south <= lat <= north


@given(st.integers(0, 22), st.data())
def test_corners_of_a_tile_are_its_units(z, data):
    last = (1 << z) - 1
    tile = TileAddress(z, data.draw(st.integers(0, last)), data.draw(st.integers(0, last)))
    west, south, east, north = tile.bbox()
    corners = tile.to_tile_units(np.array([[west, north], [east, south], tile.centre]), 4096)
    # The numbers of a degree end near 1e-14 of the world: at zoom 22 that is 1e-4 of a unit.
    assert corners == pytest.approx(np.array([[0, 0], [4096, 4096], [2048, 2048]]), abs=1e-3)


def test_mercator_bounds_are_those_of_the_projection():
    west, south, east, north = TileAddress(14, 13515, 6395).mercator_bounds_m
    lon_w, lat_s, lon_e, lat_n = TileAddress(14, 13515, 6395).bbox()
    radius = MERCATOR_HALF_M / math.pi

    def northing(lat):
        return radius * math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))

    assert (west, east) == pytest.approx((math.radians(lon_w) * radius, math.radians(lon_e) * radius))
    assert (south, north) == pytest.approx((northing(lat_s), northing(lat_n)))


def test_margin_widens_by_tile_widths_and_ends_at_the_edge_of_the_world():
    west, south, east, north = TileAddress(1, 0, 0).bbox(margin=0.5)
    assert (west, east) == (-180, 90)
    assert north == pytest.approx(85.0511287798066)
    assert south < 0


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ((-1, 0, 0), "z must be 0 to 22; got -1"),
        ((23, 0, 0), "z must be 0 to 22; got 23"),
        ((3, 8, 0), "x must be 0 to 7 at z = 3; got 8"),
        ((3, 0, -1), "y must be 0 to 7 at z = 3; got -1"),
    ],
)
def test_no_tile_beyond_the_grid(address, words):
    with pytest.raises(ValueError, match=words):
        TileAddress(*address)


def test_no_positions_give_no_units():
    assert TileAddress(0, 0, 0).to_tile_units(np.empty((0, 2)), 4096).shape == (0, 2)
