import pytest
import shapely

from geo.domain.location import Rule
from geo.domain.routing_index import AreaRecord, RoutingIndex
from tests.geo.domain.partitions import METRIC_CRS, SOUTH, STEP, WEST


def box(west, south, east, north):
    return shapely.box(WEST + west * STEP, SOUTH + south * STEP, WEST + east * STEP, SOUTH + north * STEP)


def at(x, y):
    return WEST + x * STEP, SOUTH + y * STEP


@pytest.fixture
def index():
    """Grids A and B side by side; house H with two units in A, house J in B two metres from the border."""
    return RoutingIndex.build(
        [
            AreaRecord(1, "grid", "A", "", None, box(0, 0, 1, 1)),
            AreaRecord(2, "grid", "B", "", None, box(1, 0, 2, 1)),
            AreaRecord(11, "building", "H", "12号楼", 1, box(0.2, 0.4, 0.6, 0.6)),
            AreaRecord(12, "building", "J", "13号楼", 2, box(1.02, 0.4, 1.4, 0.6)),
            AreaRecord(21, "unit", "H-1", "1单元", 11, box(0.2, 0.4, 0.4, 0.6)),
            AreaRecord(22, "unit", "H-2", "2单元", 11, box(0.4, 0.4, 0.6, 0.6)),
        ],
        levels=("grid", "building", "unit"),
        metric_crs=METRIC_CRS,
        building_tolerance_m=15.0,
    )


def test_inside_a_building_and_its_unit(index):
    found = index.locate(*at(0.3, 0.5))
    assert (found.building.area.name, found.building.distance_m) == ("12号楼", 0.0)
    assert (found.unit.area.name, found.unit.distance_m) == ("1单元", 0.0)
    assert found.rules == (Rule.COVERED, Rule.BUILDING_COVERS, Rule.UNIT_COVERS)


def test_beside_a_building_the_nearest_unit(index):
    found = index.locate(*at(0.5, 0.65))  # 5.4 m north of unit 2
    assert (found.building.area.code, found.unit.area.code) == ("H", "H-2")
    assert (found.building.distance_m, found.unit.distance_m) == pytest.approx((5.42, 5.42), abs=0.01)
    assert found.rules == (Rule.COVERED, Rule.BUILDING_NEAREST, Rule.UNIT_NEAREST)


def test_between_two_units_the_lowest_code(index):
    assert index.locate(*at(0.4, 0.5)).unit.area.code == "H-1"


def test_a_unit_beyond_the_tolerance_is_left_out():
    index = RoutingIndex.build(
        [
            AreaRecord(1, "grid", "A", "", None, box(0, 0, 1, 1)),
            AreaRecord(11, "building", "H", "", 1, box(0.2, 0.4, 0.8, 0.6)),
            AreaRecord(21, "unit", "H-1", "", 11, box(0.2, 0.4, 0.3, 0.6)),
        ],
        levels=("grid",),
        metric_crs=METRIC_CRS,
    )
    found = index.locate(*at(0.75, 0.5))
    assert (found.building.area.code, found.unit) == ("H", None)
    assert found.rules == (Rule.COVERED, Rule.BUILDING_COVERS)


def test_beyond_the_tolerance_no_building(index):
    found = index.locate(*at(0.4, 0.75))  # 16.2 m north
    assert (found.building, found.unit) == (None, None)
    assert found.rules == (Rule.COVERED,)


def test_the_building_of_another_grid_is_named_and_said_to_be_so(index):
    found = index.locate(*at(0.99, 0.5))
    assert (found.leaf.code, found.building.area.code) == ("A", "J")
    assert found.building.distance_m == pytest.approx(0.03 * 87.2, abs=0.01)
    assert found.unit is None
    assert found.rules == (Rule.COVERED, Rule.BUILDING_NEAREST, Rule.BUILDING_IN_OTHER_LEAF)


def test_of_buildings_that_cover_a_pin_the_smallest(index):
    records = [
        AreaRecord(1, "grid", "A", "", None, box(0, 0, 1, 1)),
        AreaRecord(11, "building", "H", "", 1, box(0.1, 0.1, 0.9, 0.9)),
        AreaRecord(12, "building", "Z", "", 1, box(0.4, 0.4, 0.6, 0.6)),
        AreaRecord(13, "building", "Y", "", 1, box(0.3, 0.3, 0.7, 0.7)),
    ]
    tower = RoutingIndex.build(records, levels=("grid",), metric_crs=METRIC_CRS)
    assert tower.locate(*at(0.5, 0.5)).building.area.code == "Z"
    assert tower.locate(*at(0.35, 0.5)).building.area.code == "Y"


def test_a_building_is_found_when_the_pin_is_in_no_grid():
    records = [
        AreaRecord(1, "grid", "A", "", None, box(0, 0, 1, 1)),
        AreaRecord(11, "building", "H", "", None, box(5, 5, 5.2, 5.2)),
    ]
    found = RoutingIndex.build(records, levels=("grid",), metric_crs=METRIC_CRS).locate(*at(5.1, 5.1))
    assert (found.outcome, found.building.area.code) == ("outside", "H")
    assert Rule.BUILDING_IN_OTHER_LEAF not in found.rules


def test_an_orphan_building_in_a_grid_is_said_to_belong_elsewhere():
    records = [
        AreaRecord(1, "grid", "A", "", None, box(0, 0, 1, 1)),
        AreaRecord(11, "building", "H", "", None, box(0.2, 0.2, 0.4, 0.4)),
    ]
    found = RoutingIndex.build(records, levels=("grid",), metric_crs=METRIC_CRS).locate(*at(0.3, 0.3))
    assert found.rules[-1] == Rule.BUILDING_IN_OTHER_LEAF
