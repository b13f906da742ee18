import dataclasses
import json
import threading

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.domain.location import OUTCOMES, Outcome, Rule
from geo.domain.routing_index import MAX_CANDIDATES, AreaRecord, RoutingIndex
from geo.errors import InvalidInput
from tests.geo.domain.brute_force import BruteForce
from tests.geo.domain.partitions import FINE, METRIC_CRS, SOUTH, STEP, WEST, random_partition, telling_points

LEVELS = ("community", "grid")


def build(records, **options):
    return RoutingIndex.build(
        records, **{"levels": LEVELS, "metric_crs": METRIC_CRS, "generation": 7, **options}
    )


def cell(column, row, width=1.0, height=1.0):
    x, y = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(x, y, x + width * STEP, y + height * STEP)


def at(column, row):
    return WEST + column * STEP, SOUTH + row * STEP


def grid(area_id, code, shape, parent=None):
    return AreaRecord(area_id, "grid", code, f"grid {code}", parent, shape)


@pytest.fixture
def place():
    """Community K of two columns with grids A, B (west), C, D (east); 4 metres of no-man's land, then E of L."""
    gap = 0.05
    return [
        AreaRecord(10, "community", "K", "K", None, cell(0, 0, 2 + gap, 2)),
        AreaRecord(11, "community", "L", "L", None, cell(2 + gap, 0, 1, 2)),
        grid(1, "A", cell(0, 1), 10),
        grid(2, "B", cell(0, 0), 10),
        grid(3, "C", cell(1, 1), 10),
        grid(4, "D", cell(1, 0), 10),
        grid(5, "E", cell(2 + gap, 0, 1, 2), 11),
    ]


def codes(areas):
    return [area.code for area in areas]


# The five outcomes


def test_inside(place):
    found = build(place).locate(*at(0.5, 1.5))
    assert found.outcome == "inside"
    assert found.leaf.code == "A"
    assert codes(found.areas) == ["K", "A"]
    assert found.covering == found.areas
    assert found.generation == 7
    assert found.distance_to_border_m == pytest.approx(43.6, abs=0.1)  # half of 87.2 m
    assert found.candidates == ()
    assert found.rules == (Rule.COVERED,)
    assert not found.is_tie


def test_border_names_the_neighbours_with_their_distance(place):
    found = build(place).locate(*at(0.95, 1.5), accuracy_m=9.0)
    assert found.outcome == "border"
    assert found.leaf.code == "A"  # the covering grid has it at once
    assert found.rules == (Rule.COVERED, Rule.WITHIN_ACCURACY)
    (neighbour,) = found.candidates
    assert neighbour.area.code == "C"
    assert neighbour.rule == Rule.WITHIN_ACCURACY
    assert neighbour.distance_m == pytest.approx(4.36, abs=0.01) == found.distance_to_border_m


@pytest.mark.parametrize("options", [{}, {"accuracy_m": None}, {"accuracy_m": 4.3}])
def test_no_border_case_without_an_accuracy_that_reaches_it(place, options):
    assert build(place).locate(*at(0.95, 1.5), **options).outcome == "inside"


def test_a_confirmed_pin_ignores_accuracy_and_says_so(place):
    found = build(place).locate(*at(0.95, 1.5), accuracy_m=9.0, confirmed=True)
    assert (found.outcome, found.candidates) == ("inside", ())
    assert found.rules == (Rule.COVERED, Rule.ACCURACY_IGNORED)


def test_the_rim_of_the_place_is_a_border_too(place):
    found = build(place).locate(*at(0.05, 1.5), accuracy_m=9.0)
    assert (found.outcome, found.candidates) == ("border", ())


def test_accuracy_exactly_at_the_border(place):
    index = build(place)
    border_m = index.locate(*at(0.95, 1.5)).distance_to_border_m
    assert index.locate(*at(0.95, 1.5), accuracy_m=border_m).outcome == "border"
    assert index.locate(*at(0.95, 1.5), accuracy_m=np.nextafter(border_m, 0)).outcome == "inside"


def test_snapped_to_the_nearest(place):
    found = build(place).locate(*at(2.01, 1.5))  # 0.9 m east of C, 3.5 m west of E
    assert found.outcome == "snapped"
    assert codes(found.areas) == ["K", "C"]
    assert found.distance_to_border_m == pytest.approx(0.87, abs=0.01)
    assert [(c.area.code, c.rule) for c in found.candidates] == [("E", Rule.NEAREST_WITHIN_TOLERANCE)]
    assert found.rules == (Rule.NEAREST_WITHIN_TOLERANCE, Rule.WIDER_AREA_COVERS)


def test_snapped_across_communities_says_which_one_covers(place):
    found = build(place).locate(*at(2.04, 1.5))  # in community K, but nearest to E of L
    assert (found.outcome, codes(found.areas), codes(found.covering)) == ("snapped", ["L", "E"], ["K"])
    assert found.rules[-1] == Rule.SNAPPED_ACROSS


def test_snap_tolerance_decides(place):
    pin = at(0.5, -0.1)  # 10.8 m south of B, outside both communities
    found = build(place, snap_tolerance_m=10.9).locate(*pin)
    assert (found.outcome, codes(found.areas), found.covering) == ("snapped", ["K", "B"], ())
    assert build(place, snap_tolerance_m=10.7).locate(*pin).outcome == "outside"
    assert build(place, snap_tolerance_m=0.0).locate(*at(0.5, 0.0)).outcome == "inside"


def test_outside_names_the_nearest_and_the_deepest_covering_area(place):
    index = build(place, snap_tolerance_m=0.5)
    found = index.locate(*at(2.01, 1.5))
    assert (found.outcome, found.leaf, codes(found.areas)) == ("outside", None, ["K"])
    assert found.distance_to_border_m is None
    assert [(c.area.code, c.rule) for c in found.candidates] == [("C", Rule.NOTHING_WITHIN_TOLERANCE)]
    assert found.rules == (Rule.NOTHING_WITHIN_TOLERANCE, Rule.WIDER_AREA_COVERS)
    away = index.locate(*at(30, 30))
    assert (away.outcome, away.areas, len(away.candidates)) == ("outside", (), 1)
    assert away.candidates[0].distance_m == pytest.approx(3880, rel=0.02)


def test_in_a_gap_the_deepest_covering_area_is_reported(place):
    levels = ("subdistrict", "community", "grid")
    wide = AreaRecord(20, "subdistrict", "S", "", None, cell(-1, -1, 9, 9))
    tree = [wide, *(dataclasses.replace(r, parent_id=20) if r.level == "community" else r for r in place)]
    index = build(tree, levels=levels, snap_tolerance_m=0.5)
    assert codes(index.locate(*at(0.5, 0.5)).areas) == ["S", "K", "B"]
    assert codes(index.locate(*at(2.01, 1.5)).areas) == ["S", "K"]  # between C and E
    assert codes(index.locate(*at(-0.5, 0.5)).areas) == ["S"]
    assert codes(index.locate(*at(-2, 0.5)).areas) == []


def test_accuracy_does_not_snap_but_names_more_candidates(place):
    found = build(place, snap_tolerance_m=0.5).locate(*at(2.01, 1.5), accuracy_m=20.0)
    assert found.outcome == "outside"
    assert [(c.area.code, c.rule) for c in found.candidates] == [
        ("C", Rule.WITHIN_ACCURACY),
        ("E", Rule.WITHIN_ACCURACY),
    ]


def test_the_other_side_of_the_world_has_an_answer(place):
    index = build(place)
    for lon, lat in ((-71.06, 42.36), (-63.0, -36.65), (117.0, 90.0), (27.0, 0.0), (-153.0, 0.0)):
        found = index.locate(lon, lat)
        assert (found.outcome, found.leaf, found.building) == ("outside", None, None)
        assert index.locate_many([lon], [lat]).outcome.tolist() == [OUTCOMES.index("outside")]


# Ties and overlaps


def test_a_shared_border_goes_to_the_lowest_code_and_says_so(place):
    found = build(place).locate(*at(1.0, 0.5))
    assert (found.outcome, found.leaf.code, found.is_tie) == ("inside", "B", True)
    assert found.distance_to_border_m == pytest.approx(0.0, abs=1e-6)
    assert found.rules == (Rule.TIE_LOWEST_CODE,)
    assert [(c.area.code, c.distance_m, c.rule) for c in found.candidates] == [
        ("D", 0.0, Rule.TIE_LOWEST_CODE)
    ]


def test_a_vertex_of_four_is_a_tie_of_four(place):
    found = build(place).locate(*at(1.0, 1.0))
    assert (found.leaf.code, codes(c.area for c in found.candidates)) == ("A", ["B", "C", "D"])


def test_ties_of_unconfirmed_pins_are_border_cases(place):
    found = build(place).locate(*at(1.0, 0.5), accuracy_m=5.0)
    assert (found.outcome, found.leaf.code, found.is_tie) == ("border", "B", True)
    assert codes(c.area for c in found.candidates) == ["D"]


def test_equal_codes_at_different_levels_do_not_disturb(place):
    renamed = [dataclasses.replace(r, code="A") if r.code == "K" else r for r in place]
    assert codes(build(renamed).locate(*at(0.5, 1.5)).areas) == ["A", "A"]


def test_overlap_goes_to_the_smallest_area(place):
    index = build([*place, grid(6, "Z", cell(0.25, 1.25, 0.5, 0.5), 11)])
    found = index.locate(*at(0.5, 1.5))
    assert (found.outcome, found.leaf.code, codes(found.areas)) == ("overlap", "Z", ["L", "Z"])
    assert found.rules == (Rule.OVERLAP_SMALLEST_AREA,)
    assert [(c.area.code, c.rule) for c in found.candidates] == [("A", Rule.OVERLAP_SMALLEST_AREA)]
    on_its_border = index.locate(*at(0.25, 1.5))  # in the interior of A
    assert (on_its_border.outcome, on_its_border.leaf.code, on_its_border.is_tie) == ("overlap", "Z", False)


def test_equal_polygons_go_to_the_lowest_code(place):
    found = build([*place, grid(6, "0", cell(0, 1), 11)]).locate(*at(0.5, 1.5))
    assert (found.outcome, found.leaf.code) == ("overlap", "0")


def test_overlap_comes_before_border(place):
    found = build([*place, grid(6, "Z", cell(0.9, 1.25, 0.5, 0.5), 11)]).locate(
        *at(0.95, 1.5), accuracy_m=6.0
    )
    assert (found.outcome, found.leaf.code) == ("overlap", "Z")
    assert {(c.area.code, c.rule) for c in found.candidates} == {
        ("A", Rule.OVERLAP_SMALLEST_AREA),
        ("C", Rule.WITHIN_ACCURACY),
    }


def test_candidates_are_cut_and_say_so():
    records = [grid(i, f"{i:03d}", cell(i % 10, i // 10)) for i in range(100)]
    found = build(records).locate(*at(5.5, 5.5), accuracy_m=500.0)
    assert len(found.candidates) == MAX_CANDIDATES
    assert found.rules[-1] == Rule.CANDIDATES_CUT
    distances = [c.distance_m for c in found.candidates]
    assert distances == sorted(distances)


# Held against brute force


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_locate_is_brute_force(seed):
    random = np.random.default_rng(seed)
    partition = random_partition(random)
    snap_m = float(random.choice([0.0, 1.0, 30.0, 300.0]))
    index, brute = (
        build(partition.records, snap_tolerance_m=snap_m),
        BruteForce(partition.records, snap_m=snap_m),
    )
    for lon, lat in telling_points(random, partition, 25).tolist():
        accuracy_m = random.choice([None, 0.0, 9.0, 60.0])
        confirmed = bool(random.random() < 0.3)
        found = index.locate(lon, lat, accuracy_m=accuracy_m, confirmed=confirmed)
        truth = brute.locate(lon, lat, accuracy_m, confirmed)
        where = (seed, lon, lat, accuracy_m, confirmed)
        assert found.outcome == truth.outcome, where
        assert (found.leaf.id if found.leaf else None) == truth.leaf, where
        assert [area.id for area in found.areas] == truth.areas, where
        assert found.is_tie == truth.is_tie, where
        assert found.distance_to_border_m == pytest.approx(truth.border_m, abs=1e-9), where
        listed = {c.area.id: c.distance_m for c in found.candidates}
        if len(truth.candidates) <= MAX_CANDIDATES and found.outcome != "outside":
            assert listed == pytest.approx(truth.candidates, abs=1e-9), where
        assert set(listed) <= set(truth.candidates), where
        assert len(listed) == min(len(truth.candidates), MAX_CANDIDATES), where


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_many_is_one_by_one(seed):
    random = np.random.default_rng(seed)
    partition = random_partition(random, columns=int(random.integers(1, 8)), rows=int(random.integers(1, 6)))
    index = build(partition.records, snap_tolerance_m=float(random.choice([0.0, 1.0, 30.0, 300.0])))
    points = telling_points(random, partition, 40)
    accuracy_m = random.choice([np.nan, 0.0, 9.0, 60.0], len(points))
    confirmed = random.random(len(points)) < 0.3
    leaf, outcome = index.locate_many(points[:, 0], points[:, 1], accuracy_m=accuracy_m, confirmed=confirmed)
    for i, (lon, lat) in enumerate(points.tolist()):
        accuracy = None if np.isnan(accuracy_m[i]) else float(accuracy_m[i])
        found = index.locate(lon, lat, accuracy_m=accuracy, confirmed=bool(confirmed[i]))
        assert OUTCOMES[outcome[i]] == found.outcome, (seed, lon, lat)
        assert (index.leaves[leaf[i]] if leaf[i] >= 0 else None) == found.leaf, (seed, lon, lat)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_areas_does_not_matter(seed):
    random = np.random.default_rng(seed)
    partition = random_partition(random)
    shuffled = [partition.records[i] for i in random.permutation(len(partition.records))]
    one, other = build(partition.records), build(shuffled)
    for lon, lat in telling_points(random, partition, 20).tolist():
        assert one.locate(lon, lat, accuracy_m=9.0) == other.locate(lon, lat, accuracy_m=9.0)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_seamless_partition_leaves_nothing_outside_and_nothing_doubled(seed):
    random = np.random.default_rng(seed)
    node = np.stack(np.meshgrid(np.arange(9.0), np.arange(8.0)), -1)
    node[1:-1, 1:-1] += random.uniform(-0.3, 0.3, (6, 7, 2))
    shapes = [
        shapely.polygons(np.array(at(0, 0)) + node[[r, r, r + 1, r + 1], [c, c + 1, c + 1, c]] * STEP)
        for r in range(7)
        for c in range(8)
    ]
    index = build([grid(i, f"{i:03d}", shape) for i, shape in enumerate(shapes)])
    n = 3000
    lon, lat = WEST + random.random(n) * 8 * STEP, SOUTH + random.random(n) * 7 * STEP
    leaf, outcome = index.locate_many(lon, lat)
    assert set(outcome.tolist()) == {OUTCOMES.index(Outcome.INSIDE)}
    assert shapely.contains_xy(np.array(shapes)[leaf], lon, lat).all()


def test_buildings_are_brute_force():
    random = np.random.default_rng(11)
    records = [grid(i, f"{i:03d}", cell(i % 5, i // 5)) for i in range(20)]
    for i in range(120):
        x, y = random.uniform(0, 5), random.uniform(0, 4)
        records.append(
            AreaRecord(100 + i, "building", f"B{random.integers(10**6)}-{i}", "", int(random.integers(20)),
                       cell(x, y, random.uniform(0.02, 0.5), random.uniform(0.02, 0.5)))
        )  # fmt: skip
    for tolerance_m in (0.0, 4.0, 15.0, 80.0):
        index, brute = (
            build(records, building_tolerance_m=tolerance_m),
            BruteForce(records, building_m=tolerance_m),
        )
        found_some = 0
        for lon, lat in np.column_stack([
            random.uniform(WEST - STEP, WEST + 6 * STEP, 400), random.uniform(SOUTH - STEP, SOUTH + 5 * STEP, 400)
        ]).tolist():  # fmt: skip
            found, truth = index.locate(lon, lat).building, brute.building(lon, lat)
            assert (found and (found.area.id, found.distance_m)) == truth
            found_some += found is not None
        assert found_some > 50


# Errors, emptiness, threads


@pytest.mark.parametrize(
    ("lon", "lat", "words"),
    [(float("nan"), 36.6, "lon must"), (36.6, 117.0, "axes look swapped"), (117.0, float("inf"), "lat must")],
)
def test_bad_coordinates_are_refused(place, lon, lat, words):
    index = build(place)
    with pytest.raises(InvalidInput, match=words):
        index.locate(lon, lat)
    with pytest.raises(InvalidInput, match=f"point 1: .*{words}"):
        index.locate_many([117.0, lon], [36.65, lat])


@pytest.mark.parametrize("accuracy_m", [-1.0, float("nan"), float("inf"), "9"])
def test_bad_accuracy_is_refused(place, accuracy_m):
    with pytest.raises(InvalidInput, match="accuracy_m must be a finite number of metres"):
        build(place).locate(*at(0.5, 0.5), accuracy_m=accuracy_m)


def test_bad_accuracy_of_many_is_refused(place):
    with pytest.raises(InvalidInput, match=r"accuracy_m must be .* got -1\.0"):
        build(place).locate_many([117.0, 117.0], [36.65, 36.65], accuracy_m=[np.nan, -1.0])


def test_arrays_of_unequal_length_are_refused(place):
    with pytest.raises(InvalidInput, match=r"got shapes \(2,\) and \(1,\)"):
        build(place).locate_many([117.0, 117.0], [36.65])


def test_no_points(place):
    leaf, outcome = build(place).locate_many([], [])
    assert leaf.shape == outcome.shape == (0,)


def test_without_leaves_every_pin_is_outside_but_its_community_known(place):
    index = build([record for record in place if record.level == "community"])
    found = index.locate(*at(0.5, 0.5))
    assert (found.outcome, codes(found.areas), found.candidates) == ("outside", ["K"], ())
    leaf, outcome = index.locate_many([at(0.5, 0.5)[0]], [at(0.5, 0.5)[1]])
    assert (leaf.tolist(), outcome.tolist()) == ([-1], [OUTCOMES.index("outside")])


def test_leaf_is_the_finest_level_unless_told(place):
    assert build(place).leaf_level == "grid"
    assert build(place, levels=("community", "grid", "building", "unit")).leaf_level == "grid"
    index = build(place, leaf_level="community")
    assert codes(index.locate(*at(0.5, 0.5)).areas) == ["K"]
    assert codes(index.leaves) == ["K", "L"]


def test_bounds_and_chain(place):
    index = build(place)
    assert index.bounds == pytest.approx((*at(0, 0), *at(3.05, 2)))
    assert codes(index.chain(5)) == ["L", "E"]
    with pytest.raises(KeyError):
        index.chain(99)
    assert repr(index) == "<RoutingIndex of generation 7: 2 community, 5 grid, 0 building, 0 unit>"


def test_nothing_can_be_changed(place):
    index = build(place)
    with pytest.raises(dataclasses.FrozenInstanceError):
        index.generation = 8
    found = index.locate(*at(0.5, 0.5))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.outcome = "outside"


def test_the_geometries_of_the_caller_stay_as_they_are(place):
    build(place).locate(*at(0.5, 0.5))
    assert not shapely.is_prepared([record.geometry for record in place]).any()


def test_outcome_and_rules_are_plain_strings_in_json(place):
    found = build(place).locate(*at(1.0, 0.5))
    assert json.dumps([found.outcome, *found.rules]) == '["inside", "tie_lowest_code"]'


def test_third_dimension_is_ignored(place):
    flat = build(place).locate(*at(0.5, 1.5))
    raised = [dataclasses.replace(r, geometry=shapely.force_3d(r.geometry, 50.0)) for r in place]
    assert build(raised).locate(*at(0.5, 1.5)) == flat


def test_threads_get_the_same_answers():
    random = np.random.default_rng(3)
    partition = random_partition(random, 12, 12)
    index = build(partition.records)
    points = telling_points(random, partition, 300)
    expected = [index.locate(lon, lat, accuracy_m=9.0) for lon, lat in points.tolist()]
    fresh = build(partition.records)
    wrong, start = [], threading.Barrier(8)

    def run():
        start.wait()
        found = [fresh.locate(lon, lat, accuracy_m=9.0) for lon, lat in points.tolist()]
        many = fresh.locate_many(points[:, 0], points[:, 1])
        if found != expected or len(many.leaf) != len(points):
            wrong.append(found)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_hair_thin_gap_snaps_by_less_than_a_millimetre():
    shape = shapely.box(WEST + STEP + 1e-12, SOUTH, WEST + 2 * STEP, SOUTH + STEP)
    found = build([grid(1, "A", cell(0, 0)), grid(2, "B", shape)]).locate(
        WEST + STEP + 5e-13, SOUTH + 8 * FINE
    )
    assert found.outcome == "snapped"
    assert found.distance_to_border_m < 1e-3
