import numpy as np
import pytest
import shapely

from geo.domain import packed
from geo.domain.areas import AreaRecord, AreaRef
from geo.domain.packed import PackedPolygons, PackedRefs, Positions

RINGED = shapely.box(0, 0, 9, 9).difference(shapely.box(1 / 3, 1, 2, 2))
SHAPES = np.array(
    [RINGED, shapely.MultiPolygon([shapely.box(117.1, 36.6, 117.2, 36.7)]), shapely.box(0, 0, 0.1, 1e-7)]
    + [shapely.box(i, 0, i + 1, 1) for i in range(4)]
)


@pytest.fixture(params=[2, 3, 7, 8192], autouse=True)
def chunk(request, monkeypatch):
    monkeypatch.setattr(packed, "CHUNK", request.param)


def test_polygons_come_back_to_the_last_bit_with_their_type():
    found = PackedPolygons([SHAPES[:3], SHAPES[3:]])
    assert len(found) == 7
    assert shapely.to_wkb(np.asarray(found)).tolist() == shapely.to_wkb(SHAPES).tolist()
    assert [shapely.to_wkb(shape) for shape in found] == shapely.to_wkb(SHAPES).tolist()


@pytest.mark.parametrize("at", [0, 6, -1, np.int64(3)])
def test_one_polygon(at):
    assert shapely.equals_exact(PackedPolygons([SHAPES])[at], SHAPES[at], tolerance=0.0)


@pytest.mark.parametrize("at", [[5, 0, 0], np.array([6, 1]), slice(1, 6, 2), slice(None), [-1], []])
def test_some_polygons(at):
    wanted = SHAPES[np.array(at, dtype=int) if isinstance(at, list) else at]
    found = PackedPolygons([SHAPES])[at]
    assert isinstance(found, np.ndarray)
    assert found.tolist() == wanted.tolist()


def test_no_such_polygon():
    with pytest.raises(IndexError):
        PackedPolygons([SHAPES])[7]
    assert list(PackedPolygons([])) == []
    assert np.asarray(PackedPolygons([])).shape == (0,)


def test_refs():
    records = [
        AreaRecord(2**40 + i, "building", f"B{i}", name, None, RINGED, enclosure)
        for i, (name, enclosure) in enumerate(
            [("12号楼", "open"), ("", ""), ("십이동", "closed"), ("A", "open"), ("B", "")]
        )
    ]
    refs = PackedRefs(records)
    wanted = [AreaRef(r.id, r.level, r.code, r.name, r.enclosure) for r in records]
    assert list(refs) == wanted
    assert refs[-1] == wanted[-1]
    assert refs[1:4] == tuple(wanted[1:4])
    assert list(PackedRefs([])) == []
    with pytest.raises(IndexError):
        refs[5]


def test_positions_by_id():
    ids = [7, -3, 2**40, 0, 12]
    positions = Positions(ids)
    assert [positions[i] for i in ids] == [0, 1, 2, 3, 4]
    assert dict(positions) == dict(zip(ids, range(5), strict=True))
    assert positions.get(8) is None
    assert positions.get(2**50) is None
    with pytest.raises(KeyError):
        positions[-4]
    assert dict(Positions([])) == {}
