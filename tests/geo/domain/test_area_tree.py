import dataclasses

import numpy as np
import pytest
import shapely

from geo.domain.area_tree import chains_of, choose_leaf_level, tree_levels
from geo.domain.routing_index import AreaRecord, RoutingIndex
from geo.errors import InvalidInput

SQUARE = shapely.box(117.0, 36.65, 117.001, 36.651)
COMMUNITY = AreaRecord(1, "community", "K", "", None, SQUARE)
GRID = AreaRecord(2, "grid", "G", "", 1, SQUARE)


def build(*records, **options):
    return RoutingIndex.build(records, **{"levels": ("community", "grid"), "metric_crs": 4548, **options})


def test_levels_keep_their_order_without_footprints():
    assert tree_levels(("subdistrict", "block", "building", "unit")) == ("subdistrict", "block")


@pytest.mark.parametrize(
    "levels", [(), ("building",), ("grid", "community"), ("grid", "grid"), ("community", "street")]
)
def test_bad_levels_are_refused(levels):
    with pytest.raises(InvalidInput, match=f"widest first.*got {', '.join(levels) or 'none'}"):
        tree_levels(levels)


def test_leaf_level():
    assert choose_leaf_level(("community", "block"), None) == "block"
    assert choose_leaf_level(("community", "block"), "community") == "community"
    with pytest.raises(InvalidInput, match="one of community, block; got 'grid'"):
        choose_leaf_level(("community", "block"), "grid")


def test_chains_go_by_parent_over_skipped_levels():
    records = [
        dataclasses.replace(GRID, parent_id=1),
        dataclasses.replace(COMMUNITY, level="subdistrict"),
        AreaRecord(3, "building", "H", "", 2, SQUARE),
    ]
    assert [ref.code for ref in chains_of(records)[3]] == ["K", "G", "H"]


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ((), "at least one area; got none"),
        (
            (COMMUNITY, dataclasses.replace(GRID, id=1)),
            "grid 'G': id must be unique in a generation; got 1 twice",
        ),
        (
            (GRID, COMMUNITY, dataclasses.replace(GRID, id=3)),
            "code must be unique in its level; got 'G' twice",
        ),
        (
            (dataclasses.replace(COMMUNITY, level="block"),),
            "level must be one of community, grid, building, unit",
        ),
        ((GRID,), "grid 'G': parent must be an area of a wider level; got id 1"),
        ((COMMUNITY, dataclasses.replace(GRID, parent_id=2)), "wider level; got id 2"),
        ((COMMUNITY, GRID, AreaRecord(4, "grid", "H", "", 2, SQUARE)), "grid 'H': parent .* got id 2"),
        ((dataclasses.replace(COMMUNITY, parent_id=2), GRID), "community 'K': parent .* got id 2"),
        ((dataclasses.replace(COMMUNITY, geometry=shapely.Point(117, 36)),), "not empty; got Point"),
        ((dataclasses.replace(COMMUNITY, geometry=shapely.Polygon()),), "got empty Polygon"),
        ((dataclasses.replace(COMMUNITY, geometry=None),), "got none"),
        (
            (dataclasses.replace(COMMUNITY, geometry=shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])),),
            r"community 'K': geometry .* got Self-intersection\[0.5 0.5\]",
        ),
        (
            (dataclasses.replace(COMMUNITY, geometry=shapely.box(500000, 4060000, 500100, 4060100)),),
            r"in degrees .* got bounds \(500000",
        ),
    ],
)
def test_what_is_no_area_is_refused_by_name(records, words):
    with pytest.raises(InvalidInput, match=words):
        build(*records)


@pytest.mark.parametrize("option", ["snap_tolerance_m", "building_tolerance_m"])
@pytest.mark.parametrize("value", [-1.0, np.nan, None])
def test_bad_tolerances_are_refused(option, value):
    with pytest.raises(InvalidInput, match=f"{option} must be a finite number of metres"):
        build(COMMUNITY, GRID, **{option: value})


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2249"])
def test_a_crs_that_is_not_in_metres_is_refused(crs):
    with pytest.raises(InvalidInput, match="metric CRS must be a projected CRS in metres"):
        build(COMMUNITY, GRID, metric_crs=crs)


def test_a_crs_of_another_part_of_the_world_is_refused():
    far = shapely.box(27.0, 0.0, 27.1, 0.1)  # a quarter of the way round the globe from the meridian 117° E
    with pytest.raises(
        InvalidInput, match="metric CRS must be defined where the areas lie; got 4548 and area 'K'"
    ):
        build(dataclasses.replace(COMMUNITY, geometry=far))
