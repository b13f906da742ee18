import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.domain.validity import RepairAction, explain_invalidity, repair_polygon
from geo.errors import InvalidInput

CRS = 4548
LON, LAT, STEP = 117.0, 36.65, 2.0**-10  # 87 by 108 metres
M2 = 87.3 * 108.4


def polygon(*points, holes=()):
    return shapely.Polygon(ring(*points), [ring(*hole) for hole in holes])


def ring(*points):
    return [(LON + x * STEP, LAT + y * STEP) for x, y in points]


SQUARE = polygon((0, 0), (4, 0), (4, 4), (0, 4))


def test_a_valid_polygon_becomes_a_multipolygon_and_nothing_else():
    repair = repair_polygon(SQUARE, metric_crs=CRS)
    assert repair.geometry.geom_type == "MultiPolygon"
    assert repair.geometry.equals(SQUARE)
    assert (repair.actions, repair.invalidity) == ((), None)
    assert repair.area_before_m2 == repair.area_after_m2 == pytest.approx(16 * M2, rel=1e-2)
    assert explain_invalidity(SQUARE) is None


def test_a_multipolygon_stays_one_and_heights_go():
    shape = shapely.force_3d(shapely.MultiPolygon([SQUARE, polygon((9, 0), (10, 0), (10, 1))]), 30.0)
    repair = repair_polygon(shape, metric_crs=CRS)
    assert repair.actions == (RepairAction.HEIGHTS_DROPPED,)
    assert len(repair.geometry.geoms) == 2
    assert not repair.geometry.has_z


def test_a_ring_that_touches_itself_is_laid_out_anew_without_loss():
    pinched = polygon((0, 0), (4, 0), (4, 4), (2, 0), (0, 4))
    repair = repair_polygon(pinched, metric_crs=CRS)
    assert repair.actions == (RepairAction.MADE_VALID,)
    assert "Self-intersection" in repair.invalidity.reason
    assert (repair.invalidity.lon, repair.invalidity.lat) == pytest.approx((LON + 2 * STEP, LAT))
    assert repair.area_after_m2 == pytest.approx(repair.area_before_m2, rel=1e-4)
    assert len(repair.geometry.geoms) == 2


def test_a_bowtie_keeps_both_lobes():
    repair = repair_polygon(polygon((0, 0), (4, 4), (4, 0), (0, 4)), metric_crs=CRS)
    assert repair.area_before_m2 == pytest.approx(
        0.0, abs=0.1
    )  # as drawn, its lobes count against each other
    assert repair.area_after_m2 == pytest.approx(8 * M2, rel=1e-2)


def test_a_spike_is_left_out_and_said():
    repair = repair_polygon(polygon((0, 0), (4, 0), (4, 4), (4, 9), (4, 4), (0, 4)), metric_crs=CRS)
    assert repair.actions == (RepairAction.MADE_VALID,)
    assert repair.area_after_m2 == pytest.approx(16 * M2, rel=1e-2)


def test_a_part_without_area_is_left_out_and_said():
    flat = shapely.MultiPolygon([SQUARE, polygon((6, 0), (8, 0), (7, 0))])
    repair = repair_polygon(flat, metric_crs=CRS)
    assert repair.actions == (RepairAction.MADE_VALID, RepairAction.LINES_DROPPED)
    assert repair.geometry.equals(SQUARE)


def test_what_keeps_no_area_is_refused_with_its_reason():
    with pytest.raises(InvalidInput, match=r"keeps no area when mended \(.* at 117\.\d+, 36\.\d+\)"):
        repair_polygon(polygon((0, 0), (2, 0), (1, 0)), metric_crs=CRS)


def test_what_loses_too_much_is_refused_with_the_figures():
    double = shapely.MultiPolygon([SQUARE, polygon((2, 0), (6, 0), (6, 4), (2, 4))])
    with pytest.raises(InvalidInput, match=r"loses 25\.0% of its 30\d,\d+ m² .*at most 1\.0%"):
        repair_polygon(double, metric_crs=CRS)
    repair = repair_polygon(double, metric_crs=CRS, max_loss_share=0.26)
    assert repair.area_after_m2 == pytest.approx(24 * M2, rel=1e-2)


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        (shapely.Point(LON, LAT), "must be a Polygon or MultiPolygon; got Point"),
        (shapely.LineString(ring((0, 0), (1, 1))), "got LineString"),
        (shapely.GeometryCollection([SQUARE]), "got GeometryCollection"),
        (shapely.Polygon(), "with coordinates"),
        (None, "with coordinates; got nothing"),
        (shapely.box(500000, 4060000, 500100, 4060100), "lon must be"),
        (shapely.box(36.6, 116.0, 36.7, 117.0), "axes look swapped"),
    ],
)
def test_what_is_no_polygon_in_degrees_is_refused(geometry, words):
    with pytest.raises(InvalidInput, match=words):
        repair_polygon(geometry, metric_crs=CRS)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), holes=st.booleans())
def test_scribbles_become_valid_or_are_refused(seed, holes):
    random = np.random.default_rng(seed)
    points = random.integers(0, 6, (random.integers(3, 12), 2)).tolist()
    inner = [random.integers(1, 5, (4, 2)).tolist()] if holes else []
    geometry = polygon(*points, holes=inner)
    try:
        repair = repair_polygon(geometry, metric_crs=CRS, max_loss_share=0.3)
    except InvalidInput:
        return
    assert repair.geometry.is_valid
    assert repair.geometry.geom_type == "MultiPolygon"
    assert repair.geometry.area > 0
    assert repair.area_after_m2 >= 0.7 * repair.area_before_m2
    assert (repair.invalidity is None) == geometry.is_valid
    assert (RepairAction.MADE_VALID in repair.actions) == (not geometry.is_valid)
    hull = shapely.convex_hull(shapely.multipoints(shapely.get_coordinates(geometry)))
    assert repair.geometry.difference(hull).area < 1e-6 * repair.geometry.area
    # Mended once is mended for good.
    assert repair_polygon(repair.geometry, metric_crs=CRS).actions == ()
