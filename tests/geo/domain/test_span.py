import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.domain.routing_index import AreaRecord, RoutingIndex
from geo.errors import InvalidInput
from tests.geo.domain.brute_force import BruteForce, metric
from tests.geo.domain.partitions import FINE, METRIC_CRS, SOUTH, STEP, WEST, random_partition

LEVELS = ("community", "block", "grid", "building")


def shape(west, south, east, north):
    """A box in cells of 87 by 108 metres."""
    return shapely.box(WEST + west * STEP, SOUTH + south * STEP, WEST + east * STEP, SOUTH + north * STEP)


def line(*points):
    return shapely.linestrings([(WEST + x * STEP, SOUTH + y * STEP) for x, y in points])


@pytest.fixture
def index():
    """Blocks P and Q, 14 m apart (a road), each of two grids, in community K; R in community L to the north."""
    return RoutingIndex.build(
        [
            AreaRecord(1, "community", "K", "", None, shape(0, 0, 4.16, 2)),
            AreaRecord(2, "community", "L", "", None, shape(0, 2, 4.16, 4)),
            AreaRecord(11, "block", "P", "", 1, shape(0, 0, 2, 2)),
            AreaRecord(12, "block", "Q", "", 1, shape(2.16, 0, 4.16, 2)),
            AreaRecord(13, "block", "R", "", 2, shape(0, 2, 4.16, 4)),
            AreaRecord(21, "grid", "P1", "", 11, shape(0, 0, 2, 1)),
            AreaRecord(22, "grid", "P2", "", 11, shape(0, 1, 2, 2)),
            AreaRecord(23, "grid", "Q1", "", 12, shape(2.16, 0, 4.16, 1)),
            AreaRecord(24, "grid", "Q2", "", 12, shape(2.16, 1, 4.16, 2)),
            AreaRecord(25, "grid", "R1", "", 13, shape(0, 2, 4.16, 4)),
            AreaRecord(31, "building", "h1", "", 21, shape(0.5, 0.2, 0.9, 0.4)),
        ],
        levels=LEVELS,
        metric_crs=METRIC_CRS,
        generation=3,
    )


def test_inside_one_block(index):
    span = index.span(line((0.5, 0.6), (1.5, 0.8)), tolerance_m=5.0)
    assert span.codes == {"community": ("K",), "block": ("P",), "grid": ("P1",)}
    assert span.narrowest.code == "P1"
    assert (span.generation, span.tolerance_m) == (3, 5.0)


def test_the_road_between_two_blocks_touches_both_although_inside_neither(index):
    road = line((2.08, 0.2), (2.08, 0.8))
    assert index.locate(*road.coords[0]).outcome == "snapped"
    span = index.span(road, tolerance_m=15.0)
    assert span.at("block").codes == ("P", "Q")
    assert span.at("block").ids == (11, 12)
    assert span.at("grid").codes == ("P1", "Q1")
    assert span.count("block") == 2
    assert span.narrowest.code == "K"
    assert index.span(road, tolerance_m=0.0).count("block") == 0


def test_across_communities_nothing_holds_it(index):
    span = index.span(line((1, 1.5), (1, 2.5)), tolerance_m=5.0)
    assert span.at("community").codes == ("K", "L")
    assert span.narrowest is None


def test_a_line_that_leaves_the_place_is_held_by_none(index):
    span = index.span(line((1, 0.5), (-1, 0.5)), tolerance_m=10.0)
    assert span.codes == {"community": ("K",), "block": ("P",), "grid": ("P1",)}
    assert span.narrowest is None
    assert not any(level.holds for level in span.levels)
    assert index.span(line((1, 0.5), (-0.1, 0.5)), tolerance_m=10.0).narrowest.code == "P1"


@pytest.mark.parametrize(("east", "north"), [(1.0, 0.0), (0.9239, 0.3827)])
def test_holding_ends_at_the_tolerance_also_round_a_corner(east, north):
    grid = AreaRecord(1, "grid", "G", "", None, shape(0, 0, 1, 1))
    lone = RoutingIndex.build([grid], levels=("grid",), metric_crs=METRIC_CRS)

    def beyond(distance_m):
        start, corner = (0.5, 0.5 * (1 + north)), (1.0, 1.0 if north else 0.5)
        return line(start, (corner[0] + east * distance_m / 87.2, corner[1] + north * distance_m / 108.4))

    reach_m = _farthest_m(beyond(20.0), metric(grid.geometry))
    assert reach_m == pytest.approx(20.0, rel=0.01)
    assert lone.span(beyond(20.0), tolerance_m=reach_m * 1.001).narrowest.code == "G"
    assert lone.span(beyond(20.0), tolerance_m=reach_m * 0.999).narrowest is None


def test_a_polygon_and_a_point(index):
    yard = index.span(shape(0.2, 0.5, 0.4, 1.5), tolerance_m=1.0)
    assert (yard.at("grid").codes, yard.narrowest.code) == (("P1", "P2"), "P")
    pin = index.span(shapely.Point(WEST + 0.7 * STEP, SOUTH + 0.3 * STEP), tolerance_m=1.0)
    assert (pin.at("building").codes, pin.narrowest.code) == (("h1",), "h1")


def test_levels_come_widest_first_with_building_and_unit_last(index):
    span = index.span(shapely.Point(WEST, SOUTH), tolerance_m=1.0)
    assert [level.level for level in span.levels] == ["community", "block", "grid", "building", "unit"]
    assert span.at("subdistrict").areas == ()
    assert span.count("subdistrict") == 0


def test_ancestors_of_a_touched_grid_are_touched_though_their_outline_is_not(index):
    far = [
        AreaRecord(1, "community", "K", "", None, shape(50, 50, 51, 51)),
        AreaRecord(21, "grid", "P1", "", 1, shape(0, 0, 1, 1)),
    ]
    strange = RoutingIndex.build(far, levels=("community", "grid"), metric_crs=METRIC_CRS)
    span = strange.span(line((0.5, 0.5), (0.6, 0.6)), tolerance_m=1.0)
    assert span.codes == {"community": ("K",), "grid": ("P1",)}
    assert span.narrowest.code == "P1"


def test_nothing_near(index):
    for away in (shapely.Point(WEST + 1, SOUTH), shapely.Point(-71, 42), shapely.Point(27, 0)):
        span = index.span(away, tolerance_m=15.0)
        assert (span.codes, span.narrowest) == ({}, None)


def test_a_polygon_that_crosses_itself_is_taken_as_drawn(index):
    bowtie = shapely.Polygon(
        [(WEST + x * STEP, SOUTH + y * STEP) for x, y in ((0.2, 0.2), (0.8, 1.8), (0.8, 0.2), (0.2, 1.8))]
    )
    span = index.span(bowtie, tolerance_m=0.0)
    assert span.at("grid").codes == ("P1", "P2")
    assert span.narrowest.code == "P"


def test_a_loop_drawn_over_itself_covers_what_it_goes_round_twice():
    """Round the block once and half again: the crossings would say that the grid in the middle is outside."""
    middle = AreaRecord(1, "grid", "M", "", None, shape(0.9, 0.9, 1.1, 1.1))
    index = RoutingIndex.build([middle], levels=("grid",), metric_crs=METRIC_CRS)
    outer, inner = ((0, 0), (2, 0), (2, 2), (0, 2)), ((0.2, 0.2), (1.8, 0.2), (1.8, 1.8), (0.2, 1.8))
    loop = shapely.Polygon([(WEST + x * STEP, SOUTH + y * STEP) for x, y in (*outer, *inner)])
    assert not loop.is_valid
    assert index.span(loop, tolerance_m=0.0).at("grid").codes == ("M",)


def test_a_polygon_drawn_flat_is_a_line(index):
    flat = shapely.Polygon([(WEST + x * STEP, SOUTH + 0.5 * STEP) for x in (0.5, 3.0, 1.0)])
    assert index.span(flat, tolerance_m=0.0).at("block").codes == ("P", "Q")


@pytest.mark.parametrize("geometry", [shapely.Point(), shapely.LineString(), None, "POINT (117 36)"])
def test_no_geometry_is_refused(index, geometry):
    with pytest.raises(InvalidInput, match="geometry must be a point, line or polygon with coordinates"):
        index.span(geometry, tolerance_m=5.0)


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        (shapely.Point(36.65, 117.0), "axes look swapped"),
        (shapely.LineString([(117.0, 36.65), (117.0, 1e308)]), "lat must"),
        (shapely.LineString([(117.0, 36.65), (500000.0, 36.65)]), "lon must"),
    ],
)
def test_bad_coordinates_are_refused(index, geometry, words):
    with pytest.raises(InvalidInput, match=words):
        index.span(geometry, tolerance_m=5.0)


def test_a_coordinate_that_is_not_a_number_is_refused(index):
    with np.errstate(invalid="ignore"):
        geometry = shapely.linestrings([(117.0, 36.65), (117.0, np.nan)])
    with pytest.raises(InvalidInput, match=r"lat must .* got nan"):
        index.span(geometry, tolerance_m=5.0)


@pytest.mark.parametrize("tolerance_m", [-1.0, math.nan, math.inf, None])
def test_bad_tolerance_is_refused(index, tolerance_m):
    with pytest.raises(InvalidInput, match="tolerance_m must be a finite number of metres"):
        index.span(line((0, 0), (1, 1)), tolerance_m=tolerance_m)


def _random_geometry(random):
    points = np.array([WEST, SOUTH]) + random.uniform(-20, 110, (4, 2)) * FINE
    kind = random.integers(4)
    if kind == 0:
        return shapely.Point(points[0])
    if kind == 1:
        return shapely.linestrings(points)
    if kind == 2:
        return shapely.convex_hull(shapely.multipoints(points))
    return shapely.multilinestrings([shapely.linestrings(points[:2]), shapely.linestrings(points[2:])])


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_span_is_brute_force(seed):
    random = np.random.default_rng(seed)
    records = random_partition(random).records
    boxes = random.uniform(0, 80, (6, 2))
    for i, (x, y) in enumerate(boxes.tolist()):
        house = shapely.box(WEST + x * FINE, SOUTH + y * FINE, WEST + (x + 5) * FINE, SOUTH + (y + 2) * FINE)
        parent = int(random.choice([record.id for record in records if record.level == "grid"]))
        records.append(AreaRecord(5000 + i, "building", f"h{i}", "", parent, house))
    levels = ("community", "grid", "building")
    index = RoutingIndex.build(records, levels=levels, metric_crs=METRIC_CRS)
    brute = BruteForce(records)
    for _ in range(6):
        geometry = _random_geometry(random)
        tolerance_m = float(random.choice([0.0, 1.0, 15.0, 60.0]))
        span = index.span(geometry, tolerance_m=tolerance_m)
        touched = brute.span(geometry, tolerance_m, levels)
        assert {level: set(span.at(level).ids) for level in levels} == touched
        for level in span.levels:
            assert list(level.codes) == sorted(level.codes)
            if level.holds:
                (area_id,) = level.ids
                assert _farthest_m(geometry, brute.metric[area_id]) <= tolerance_m + 1e-6
            elif len(level.areas) == 1:
                # The widened outline is a polygon: 0.03 % of the tolerance may be missing.
                assert _farthest_m(geometry, brute.metric[level.ids[0]]) >= tolerance_m * 0.9995 - 1e-6


def _farthest_m(geometry, area):
    """Return the distance of the farthest point of a geometry from an area, by sampling every 0.2 m."""
    outline = metric(geometry)
    samples = shapely.get_coordinates(shapely.segmentize(outline, 0.2))
    return shapely.distance(area, shapely.points(samples)).max()
