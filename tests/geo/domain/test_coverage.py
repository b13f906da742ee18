import dataclasses

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.domain.areas import AreaRecord
from geo.domain.coverage import check_coverage, parents_by_overlap
from geo.domain.crs import project
from tests.geo.domain.partitions import random_partition

CRS = 4548
LON, LAT, STEP = 117.0, 36.65, 2.0**-10
M2 = 87.3 * 108.4


def box(west, south, east, north):
    return shapely.box(LON + west * STEP, LAT + south * STEP, LON + east * STEP, LAT + north * STEP)


def check(records, levels=("community", "grid", "building")):
    return check_coverage(records, levels=levels, metric_crs=CRS)


@pytest.fixture
def clean():
    """Community K of four grids with one house."""
    return [
        AreaRecord(1, "community", "K", "", None, box(0, 0, 2, 2)),
        *(
            AreaRecord(2 + i, "grid", f"G{i}", "", 1, box(i % 2, i // 2, i % 2 + 1, i // 2 + 1))
            for i in range(4)
        ),
        AreaRecord(9, "building", "H", "", 2, box(0.2, 0.2, 0.5, 0.4)),
    ]


def replaced(records, code, **changes):
    return [dataclasses.replace(r, **changes) if r.code == code else r for r in records]


def test_a_clean_place(clean):
    report = check(clean)
    assert report.is_clean
    assert report == check(clean[::-1])


def test_nothing_at_all():
    assert check([]).is_clean


def test_a_gap_is_measured_and_named_by_the_area_above(clean):
    report = check([r for r in clean if r.code != "G3"])
    (gap,) = report.gaps
    assert gap.parent.code == "K"
    assert gap.area_m2 == pytest.approx(M2, rel=1e-2)
    assert gap.geometry.equals(box(1, 1, 2, 2))
    assert not report.is_clean


def test_a_neighbours_grid_closes_a_gap_but_lies_outside_its_parent(clean):
    other = AreaRecord(20, "community", "L", "", None, box(2, 0, 4, 2))
    report = check(
        [*replaced(clean, "G3", parent_id=20), other, AreaRecord(21, "grid", "M", "", 20, box(2, 0, 4, 2))]
    )
    assert report.gaps == report.overlaps == ()
    (out,) = report.outlying
    assert (out.child.code, out.parent.code, out.share) == ("G3", "L", pytest.approx(1.0))


def test_grids_directly_below_count_beside_blocks(clean):
    block = AreaRecord(30, "block", "P", "", 1, box(0, 0, 2, 1))
    assert check([*clean, block], ("community", "block", "grid")).is_clean


def test_an_overlap_is_measured_and_names_both(clean):
    report = check(replaced(clean, "G0", geometry=box(0, 0, 1.5, 1)))
    (overlap,) = report.overlaps
    assert {overlap.first.code, overlap.second.code} == {"G0", "G1"}
    assert overlap.area_m2 == pytest.approx(M2 / 2, rel=1e-2)


def test_the_part_of_a_child_outside_its_parent(clean):
    report = check(replaced(clean, "G3", geometry=box(1, 1, 2, 3)))
    (out,) = report.outlying
    assert (out.child.code, out.parent.code) == ("G3", "K")
    assert (out.area_m2, out.share) == (pytest.approx(M2, rel=1e-2), pytest.approx(0.5, rel=1e-3))
    assert out.geometry.equals(box(1, 2, 2, 3))


def test_less_than_a_square_metre_is_nothing(clean):
    hair = 0.5 / 108 / 87.3  # half a square metre along a side of 108 m
    shifted = replaced(clean, "G0", geometry=box(0, 0, 1 - hair, 1))
    assert check(shifted).is_clean
    exact = check_coverage(shifted, levels=("community", "grid"), metric_crs=CRS, min_area_m2=0.1)
    assert [gap.area_m2 for gap in exact.gaps] == [pytest.approx(0.5, rel=0.01)]


def test_a_hole_between_the_widest_areas_is_a_gap_of_nobody():
    around = [
        AreaRecord(i, "community", f"C{i}", "", None, shape)
        for i, shape in enumerate([box(0, 0, 3, 1), box(0, 2, 3, 3), box(0, 1, 1, 2), box(2, 1, 3, 2)])
    ]
    (gap,) = check(around, ("community",)).gaps
    assert (gap.parent, gap.area_m2) == (None, pytest.approx(M2, rel=1e-2))
    ring = [AreaRecord(1, "community", "C", "", None, box(0, 0, 3, 3).difference(box(1, 1, 2, 2)))]
    assert check(ring, ("community",)).gaps == ()  # its own outline


def test_long_edges_of_a_parent_make_no_slivers():
    """A parent of 20 km with four corners over children with corners in between: straight is straight for both."""
    parent = AreaRecord(1, "community", "K", "", None, box(0, 0, 200, 100))
    children = [
        AreaRecord(2 + i, "grid", f"G{i:02d}", "", 1, box(i * 10, 0, i * 10 + 10, 100)) for i in range(20)
    ]
    assert check([parent, *children]).is_clean


def test_buildings_outside_and_cut(clean):
    report = check(
        [
            *clean,
            AreaRecord(40, "building", "away", "", 2, box(5, 5, 6, 6)),
            AreaRecord(41, "building", "beside", "", None, box(2, 0, 3, 1)),  # shares a border only
            AreaRecord(42, "building", "across", "", 2, box(0.8, 0.8, 1.2, 0.9)),
            AreaRecord(43, "building", "half out", "", 3, box(1.8, 0.2, 2.4, 0.4)),
        ]
    )
    assert [area.code for area in report.buildings_outside] == ["away", "beside"]
    assert [(c.building.code, [leaf.code for leaf in c.leaves]) for c in report.buildings_cut] == [
        ("across", ["G0", "G1"])
    ]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_areas_add_up(seed):
    """Ground of a community = what its grids cover + its gaps; each overlap is the pair's intersection."""
    random = np.random.default_rng(seed)
    records = random_partition(random).records
    report = check_coverage(records, levels=("community", "grid"), metric_crs=CRS, min_area_m2=1e-6)
    grids = [r for r in records if r.level == "grid"]
    covered = shapely.union_all([r.geometry for r in grids])
    for community in (r for r in records if r.level == "community"):
        gaps = sum(gap.geometry.area for gap in report.gaps if gap.parent == community.ref)
        ground = community.geometry.intersection(covered).area + gaps
        assert ground == pytest.approx(community.geometry.area, rel=1e-9)
    found = {frozenset((o.first.code, o.second.code)): o.area_m2 for o in report.overlaps}
    for i, one in enumerate(grids):
        for other in grids[i + 1 :]:
            shared_m2 = _m2(one.geometry.intersection(other.geometry))
            assert found.get(frozenset((one.code, other.code)), 0.0) == pytest.approx(
                shared_m2, abs=2e-6, rel=1e-9
            )
    outlying = {o.child.code: o.area_m2 for o in report.outlying}
    parents = {r.id: r for r in records}
    for record in grids:
        out_m2 = _m2(record.geometry.difference(parents[record.parent_id].geometry))
        assert outlying.get(record.code, 0.0) == pytest.approx(out_m2, abs=2e-6, rel=1e-9)


def _m2(geometry):
    return shapely.area(project(geometry, CRS))


def test_parents_by_largest_overlap():
    parents = [box(0, 0, 2, 2), box(2, 0, 4, 2), box(2, 0, 4, 2)]
    children = [box(0, 0, 1, 1), box(1.5, 0, 3, 1), box(9, 9, 10, 10), box(4, 0, 5, 1)]
    parent, share = parents_by_overlap(children, parents, metric_crs=CRS)
    assert parent.tolist() == [0, 1, -1, -1]  # of two equal ones the first; the last child only touches
    assert share == pytest.approx([1.0, 2 / 3, 0.0, 0.0], rel=1e-3)


def test_parents_of_nothing():
    for children, parents in (([], [box(0, 0, 1, 1)]), ([box(0, 0, 1, 1)], [])):
        parent, share = parents_by_overlap(children, parents, metric_crs=CRS)
        assert parent.tolist() == [-1] * len(children)
        assert share.tolist() == [0.0] * len(children)
