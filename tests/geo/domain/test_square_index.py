import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.domain import square_index
from geo.domain.square_index import SquareIndex

metre = st.floats(-200, 200)
boxes = st.lists(
    st.tuples(metre, metre, st.floats(0, 90), st.floats(0, 90)).map(
        lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
    ),
    max_size=12,
)


def made(found, square_m=20.0, reach_m=7.0):
    return SquareIndex(np.array(found, dtype=float).reshape(-1, 4), square_m, reach_m)


@given(boxes, metre, metre)
def test_near_a_point_none_is_missed(found, x, y):
    near = made(found).at(x, y).tolist()
    assert near == sorted(set(near))
    for i, (west, south, east, north) in enumerate(found):
        apart_m = math.hypot(max(west - x, 0, x - east), max(south - y, 0, y - north))
        assert i in near or apart_m > 7.0


@given(boxes, boxes)
def test_in_a_box_none_is_missed(found, asked):
    index = made(found)
    for west, south, east, north in asked:
        meeting = index.meeting(west, south, east, north).tolist()
        assert meeting == sorted(set(meeting))
        for i, box in enumerate(found):
            apart = box[0] > east or box[2] < west or box[1] > north or box[3] < south
            assert i in meeting or apart


def test_far_ones_are_left_out():
    index = made([(0, 0, 5, 5), (1000, 0, 1005, 5), (-3, -900, -1, -890)])
    assert index.at(2, 2).tolist() == [0]
    assert index.meeting(990, 0, 1010, 30).tolist() == [1]
    assert index.meeting(-50, -2000, 50, -500).tolist() == [2]
    assert index.at(500, 0).tolist() == []


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        ((-math.inf, -math.inf, math.inf, math.inf), [0]),
        ((math.inf, math.inf, math.inf, math.inf), []),
        ((math.nan, 0, 5, 5), []),
    ],
)
def test_boxes_beyond_the_plane(box, wanted):
    assert made([(0, 0, 5, 5)]).meeting(*box).tolist() == wanted
    assert made([]).meeting(*box).tolist() == []


def test_made_in_chunks_it_is_the_same(monkeypatch):
    corner = np.random.default_rng(1).random((50, 2)) * 300
    bounds = np.hstack([corner, corner + 30])
    whole = SquareIndex(bounds, 20.0, 7.0)
    monkeypatch.setattr(square_index, "_CHUNK", 7)
    parts = SquareIndex(bounds, 20.0, 7.0)
    for x, y in np.random.default_rng(2).random((200, 2)) * 300:
        assert parts.at(x, y).tolist() == whole.at(x, y).tolist()
