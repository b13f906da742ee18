import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.domain import label_raster
from geo.domain.label_raster import LabelRaster
from tests.geo.domain.partitions import FINE, SOUTH, WEST, random_partition, telling_points


def truth(polygons, x, y):
    """Return the covering polygons of each point, by trying all of them."""
    covers = shapely.covers(np.asarray(polygons)[None, :], shapely.points(x, y)[:, None])
    return [np.flatnonzero(row).tolist() for row in covers]


def prepared(polygons):
    shapes = np.array(polygons, dtype=object)
    shapely.prepare(shapes)
    return shapes


def assert_exact(raster, polygons, x, y):
    expected = truth(polygons, x, y)
    cover = raster.covering_many(x, y)
    assert cover.count.tolist() == [len(found) for found in expected]
    assert cover.first.tolist() == [found[0] if found else -1 for found in expected]
    pairs = [(i, polygon) for i, found in enumerate(expected) if len(found) > 1 for polygon in found]
    assert list(zip(cover.shared_point.tolist(), cover.shared_polygon.tolist(), strict=True)) == pairs
    assert [raster.covering(float(a), float(b)) for a, b in zip(x, y, strict=True)] == expected


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cells_across=st.sampled_from([1, 2, 3, 7, 16, 40]))
def test_raster_is_brute_force(seed, cells_across):
    random = np.random.default_rng(seed)
    partition = random_partition(random, int(random.integers(1, 6)), int(random.integers(1, 5)))
    polygons = list(partition.polygons.values())
    raster = LabelRaster(prepared(polygons), cells_across)
    points = telling_points(random, partition, 60)
    assert_exact(raster, polygons, points[:, 0], points[:, 1])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_points_on_the_lines_of_the_raster_itself(seed):
    """Polygons and points on cell borders and corners, where a cell is chosen by rounding."""
    random = np.random.default_rng(seed)
    corners = random.integers(0, 17, (12, 2, 2)).astype(float)
    low, high = corners.min(axis=1), corners.max(axis=1) + 1
    polygons = list(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))
    raster = LabelRaster(prepared(polygons), int(random.integers(1, 20)))
    x, y = (grid.ravel() for grid in np.meshgrid(np.arange(-1, 20, 0.5), np.arange(-1, 20, 0.5)))
    assert_exact(raster, polygons, x, y)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_wild_polygons(seed):
    """Stars of very long and very short, steep and flat edges."""
    random = np.random.default_rng(seed)
    polygons = []
    for _ in range(int(random.integers(1, 9))):
        angle = np.sort(random.uniform(0, 2 * np.pi, int(random.integers(3, 40))))
        radius = 10.0 ** random.uniform(-6, 1, len(angle))
        centre = random.uniform(-3, 3, 2)
        shape = shapely.polygons(centre + np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None])
        if shape.is_valid and shape.area > 0:
            polygons.append(shape)
    if not polygons:
        polygons = [shapely.box(0, 0, 1, 1)]
    raster = LabelRaster(prepared(polygons), int(random.integers(1, 30)))
    vertices = shapely.get_coordinates(polygons)
    near = vertices + random.normal(0, 1e-9, vertices.shape)
    points = np.concatenate([random.uniform(-8, 8, (150, 2)), vertices, near])
    assert_exact(raster, polygons, points[:, 0], points[:, 1])


def test_interior_of_overlaps_is_listed_not_labelled():
    polygons = [shapely.box(0, 0, 10, 10), shapely.box(2, 2, 12, 12), shapely.box(3, 3, 4, 4)]
    raster = LabelRaster(prepared(polygons))
    assert raster.covering(1, 1) == [0]
    assert raster.covering(6, 6) == [0, 1]
    assert raster.covering(3.5, 3.5) == [0, 1, 2]
    assert raster.covering(13, 6) == []


@pytest.mark.parametrize("shape", [(1, 1), (5000, 1), (1, 5000), (3000, 3000)])
def test_the_number_of_cells_is_bounded(monkeypatch, shape):
    monkeypatch.setattr(label_raster, "_MAX_CELLS", 2000)
    width, height = shape
    polygons = [shapely.box(0, 0, 1, 1), shapely.box(width - 1, height - 1, width, height)]
    raster = LabelRaster(prepared(polygons))
    assert raster._labels.size <= 2000 + 4 * (raster._rows + raster._columns)
    if width == height:
        assert raster._rows == raster._columns
    x, y = np.array([0.5, width / 2 + 0.7, width - 0.5]), np.array([0.5, height / 2 + 0.7, height - 0.5])
    assert_exact(raster, polygons, x, y)


def test_chunks_find_the_same(monkeypatch):
    random = np.random.default_rng(4)
    partition = random_partition(random, 6, 6)
    polygons = [*partition.polygons.values(), shapely.box(WEST, SOUTH, WEST + 40 * FINE, SOUTH + 50 * FINE)]
    monkeypatch.setattr(label_raster, "_CHUNK", 300)
    points = telling_points(random, partition, 200)
    assert_exact(LabelRaster(prepared(polygons)), polygons, points[:, 0], points[:, 1])


def test_no_polygons_and_no_points():
    none = LabelRaster(np.empty(0, dtype=object))
    assert none.covering(117.0, 36.65) == []
    assert none.covering_many(np.array([117.0]), np.array([36.65])).first.tolist() == [-1]
    raster = LabelRaster(prepared([shapely.box(0, 0, 1, 1)]))
    assert raster.covering_many(np.empty(0), np.empty(0)).count.shape == (0,)


def test_nan_is_outside():
    raster = LabelRaster(prepared([shapely.box(0, 0, 1, 1)]))
    assert raster.covering(float("nan"), 0.5) == []
    assert raster.covering_many(np.array([np.nan, 0.5]), np.array([0.5, 0.5])).first.tolist() == [-1, 0]


def test_most_points_of_a_city_need_no_exact_test():
    side = 30
    polygons = [shapely.box(x, y, x + 1, y + 1) for x in range(side) for y in range(side)]
    raster = LabelRaster(prepared(polygons))
    assert (raster._labels < -1).mean() < 0.25
