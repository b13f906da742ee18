"""Classes of the map and its view: pure, so that the drawing, the legend and the live map agree."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.domain.cell_sizes import FINEST_RES, SMALLEST_PX, across_px, resolution_for, zoom_range
from maps.domain.classes import COLOURS, class_of, classes_of_counts, classes_of_rates, ink_on
from maps.domain.viewport import Viewport

COUNTS = st.lists(st.integers(1, 100_000), min_size=1, max_size=200)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@given(COUNTS)
def test_every_count_is_in_one_class_and_no_class_is_empty(counts):
    classes = classes_of_counts(counts)
    assert 1 <= len(classes) <= len(COLOURS)
    assert classes[0].low == 1
    assert classes[-1].high == max(counts)
    for lower, upper in itertools.pairwise(classes):
        assert upper.low == lower.high + 1
    for entry in classes:
        assert entry.low == int(entry.low)
        assert entry.high == int(entry.high)
        assert any(entry.low <= count <= entry.high for count in counts)
    for count in counts:
        position = class_of(count, classes)
        assert classes[position].low <= count <= classes[position].high
    assert len({entry.colour for entry in classes}) == len(classes)


@given(st.lists(st.floats(0.01, 5000), min_size=1, max_size=200))
def test_every_rate_is_in_one_class(rates):
    classes = classes_of_rates(rates)
    assert classes[0].low == 0
    assert classes[-1].high is None
    for rate in rates:
        entry = classes[class_of(rate, classes)]
        assert entry.low <= rate
        assert entry.high is None or rate < entry.high
    if max(rates) >= 5:
        assert all(entry.low == int(entry.low) for entry in classes)


def test_few_large_values_get_classes_of_their_own():
    classes = classes_of_counts([1] * 70 + [2] * 30 + [3] * 10 + [4, 5, 5, 11, 12, 18, 26])
    assert [(entry.low, entry.high) for entry in classes] == [
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 4),
        (5, 9),
        (10, 26),
    ]


def test_nothing_has_no_classes_and_zero_is_in_none():
    assert classes_of_counts([]) == classes_of_counts([0, 0]) == ()
    assert class_of(0, classes_of_counts([3, 4])) is None


def test_numbers_are_read_on_their_colour_and_dark_means_many():
    lights = [luminance(colour) for colour in COLOURS]
    assert lights == sorted(lights, reverse=True)
    for colour, light in zip(COLOURS, lights, strict=True):
        ink = 1.0 if ink_on(colour) == "#ffffff" else 0.0
        assert (max(light, ink) + 0.05) / (min(light, ink) + 0.05) >= 4.5, colour


@given(st.floats(0, 22), st.floats(-60, 60))
def test_cells_are_wide_enough_and_hold_in_their_range(zoom, lat):
    res = resolution_for(zoom, lat)
    low, high = zoom_range(res, lat)
    assert low - 1e-9 <= zoom < high + 1e-9
    if res:
        assert across_px(res, zoom, lat) >= SMALLEST_PX
    if res < FINEST_RES:
        assert across_px(res + 1, zoom, lat) < SMALLEST_PX


def test_a_view_fits_a_box_and_knows_where_things_are():
    box = (116.96, 36.67, 117.0, 36.7)
    view = Viewport.fitting(box, width_px=760, height_px=640, padding_px=24)
    corners = view.to_px(np.array([[box[0], box[3]], [box[2], box[1]]]))
    assert corners.min() >= 23.9
    assert corners[1, 0] <= 760 - 23.9
    assert corners[1, 1] <= 640 - 23.9
    assert corners[0, 0] == pytest.approx(24) or corners[0, 1] == pytest.approx(24)
    west, _south, east, north = view.bbox()
    assert view.to_px(np.array([[west, north]])).tolist()[0] == pytest.approx([0, 0], abs=1e-6)
    assert view.moved(0.5, 0).lon == pytest.approx(east)
    assert view.zoomed(1).metres_per_px == pytest.approx(view.metres_per_px / 2)
    assert len(view.to_px(np.empty((0, 2)))) == 0
