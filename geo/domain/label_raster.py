"""Exact point in polygon by a label raster, for one point and for millions.

Each cell of a fine raster that no polygon edge touches is covered wholly by the same polygons, so that a
look-up answers. Points in the other cells are tested exactly, against the few polygons listed for their cell.
Polygons may overlap and leave gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.domain.ragged import ranges

__all__ = ["Cover", "LabelRaster"]

Objects = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

_OUTSIDE = -1
"""Label of a cell that no polygon reaches; 0 and above: the only one that covers it; below: -2 - list."""

_CELLS_ACROSS = 16
_MAX_CELLS = 1 << 23
# In cells. Far above the rounding of a coordinate (1e-9 cells), far below what would widen a border.
_MARGIN = 1e-4
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Cover:
    """Which polygons cover each of n points.

    Attributes
    ----------
    first : array (n,) of int64
        Lowest index of a covering polygon, -1 for none.
    count : array (n,) of int64
        Number of covering polygons.
    shared_point, shared_polygon : array (k,) of int64
        All pairs of points with a count above 1, by point, then polygon.
    """

    first: Indices
    count: Indices
    shared_point: Indices
    shared_polygon: Indices


class LabelRaster:
    """Raster over the bounds of polygons whose cells know which polygons can cover a point in them.

    Covering includes the border (`shapely.covers`).

    Parameters
    ----------
    polygons : array (n,) of shapely.Polygon or shapely.MultiPolygon
        Valid, not empty, prepared; n may be 0. Any planar CRS, also degrees.
    cells_across : int
        Cells across a polygon of median size: more cells leave fewer points to test and take more memory
        (4 bytes a cell, 8 million cells at most).
    """

    __slots__ = (
        "_columns", "_east", "_indptr", "_labels", "_listed", "_north", "_polygons", "_rows", "_scale_x",
        "_scale_y", "_south", "_west",
    )  # fmt: skip

    def __init__(self, polygons: Objects, cells_across: int = _CELLS_ACROSS):
        self._polygons = polygons
        if not len(polygons):
            self._west = self._south = np.inf
            self._east = self._north = -np.inf
            return
        self._lay_out(shapely.bounds(polygons), cells_across)
        edges = self._edge_pairs()
        border = _distinct(edges // len(polygons))
        slot = np.full(self._rows * self._columns, -1, dtype=np.int32)
        slot[border] = np.arange(len(border), dtype=np.int32)
        pairs = np.sort(np.concatenate([edges, self._whole_cell_pairs(slot, edges)]))
        cell, polygon = np.divmod(pairs, len(polygons))
        self._indptr = np.searchsorted(cell, np.append(border, np.iinfo(np.int64).max))
        self._listed = polygon
        self._fill(slot)
        for array in (self._labels, self._indptr, self._listed):
            array.setflags(write=False)

    def covering(self, x: float, y: float) -> list[int]:
        """Return the indices of the polygons that cover a point, ascending; none for NaN."""
        if not (self._west <= x <= self._east and self._south <= y <= self._north):
            return []
        column, row = int((x - self._west) * self._scale_x), int((y - self._south) * self._scale_y)
        label = self._labels.item(row * self._columns + column)
        if label >= 0:
            return [label]
        if label == _OUTSIDE:
            return []
        listed = self._listed[self._indptr[-2 - label] : self._indptr[-1 - label]]
        covers = shapely.intersects_xy(self._polygons[listed], x, y)
        found: list[int] = listed[covers].tolist()
        return found

    def covering_many(self, x: Floats, y: Floats) -> Cover:
        """Return which polygons cover each of the points.

        Parameters
        ----------
        x, y : array (n,) of float
            In the CRS of the polygons; NaN is outside, n may be 0.

        Returns
        -------
        Cover
        """
        label = self._labels_at(x, y)
        first = label.astype(np.int64)
        count = (label >= 0).astype(np.int64)
        near = np.flatnonzero(label < _OUTSIDE)
        # In the order of the cells, so that the polygon tested last is still in the processor's cache: 8
        # times faster than in the order of arrival.
        near = near[np.argsort(label[near], kind="stable")]
        listing = -2 - label[near].astype(np.int64)
        if not len(near):
            none = np.empty(0, dtype=np.int64)
            return Cover(first, count, none, none)
        start = self._indptr[listing]
        owner, step = ranges(self._indptr[listing + 1] - start)
        polygon = self._listed[start[owner] + step]
        point = near[owner]
        covers = shapely.intersects_xy(self._polygons[polygon], x[point], y[point])
        point, polygon = point[covers], polygon[covers]
        first[near] = _OUTSIDE
        first[point[::-1]] = polygon[::-1]  # the last one written is the lowest
        count += np.bincount(point, minlength=len(label))
        shared = count[point] > 1
        point, polygon = point[shared], polygon[shared]
        order = np.argsort(point, kind="stable")
        return Cover(first, count, point[order], polygon[order])

    def _labels_at(self, x: Floats, y: Floats) -> npt.NDArray[np.int32]:
        inside = (x >= self._west) & (x <= self._east) & (y >= self._south) & (y <= self._north)
        if not inside.any():
            return np.full(len(x), _OUTSIDE, dtype=np.int32)
        # Same operations as for one point: the same point falls into the same cell.
        column = np.where(inside, (x - self._west) * self._scale_x, 0.0).astype(np.int64)
        row = np.where(inside, (y - self._south) * self._scale_y, 0.0).astype(np.int64)
        found: npt.NDArray[np.int32] = np.where(inside, self._labels[row * self._columns + column], _OUTSIDE)
        return found

    def _lay_out(self, bounds: Floats, cells_across: int) -> None:
        west, south = bounds[:, :2].min(axis=0)
        east, north = bounds[:, 2:].max(axis=0)
        size = np.median(bounds[:, 2:] - bounds[:, :2], axis=0) / cells_across
        # Median 0 cannot be: a polygon has an area. Slivers beside giants are bounded by the number of cells.
        columns, rows = np.maximum(np.ceil((east - west, north - south) / size), 1)
        shrink = min(1.0, (_MAX_CELLS / (columns * rows)) ** 0.5)
        columns = int(np.clip(columns * shrink, 1, _MAX_CELLS))
        rows = int(np.clip(rows * shrink, 1, _MAX_CELLS))
        # A margin of two cells: what touches the bounds is off the rim, and column 0 is always outside.
        width, height = (east - west) / columns, (north - south) / rows
        self._scale_x, self._scale_y = float(1.0 / width), float(1.0 / height)
        self._west, self._south = float(west - 2 * width), float(south - 2 * height)
        self._east, self._north = float(east + width), float(north + height)
        self._columns, self._rows = columns + 4, rows + 4

    def _edge_pairs(self) -> Indices:
        """Return sorted unique cell * n + polygon of every cell that an edge of the polygon touches."""
        parts, part_of = shapely.get_parts(self._polygons, return_index=True)
        rings, ring_of = shapely.get_rings(parts, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        gx, gy = (xy[:, 0] - self._west) * self._scale_x, (xy[:, 1] - self._south) * self._scale_y
        edge = np.flatnonzero(ring[1:] == ring[:-1])
        polygon = part_of[ring_of[ring[edge]]]
        left = np.where(gx[edge] <= gx[edge + 1], edge, edge + 1)
        right = 2 * edge + 1 - left
        x0, y0, x1, y1 = gx[left], gy[left], gx[right], gy[right]
        # One piece for each column that the edge spans, then one cell for each row that the piece spans.
        column0 = np.floor(x0 - _MARGIN).astype(np.int64)
        owner, step = ranges(np.floor(x1 + _MARGIN).astype(np.int64) - column0 + 1)
        column = column0[owner] + step
        x0, y0, x1, y1 = x0[owner], y0[owner], x1[owner], y1[owner]
        run = x1 - x0
        steep = run < _MARGIN  # all of it lies in each of its columns, as far as the margin tells
        slope = np.where(steep, 0.0, (y1 - y0) / np.where(steep, 1.0, run))
        enter = np.where(steep, y0, y0 + slope * np.clip(column - x0, 0.0, run))
        leave = np.where(steep, y1, y0 + slope * np.clip(column + 1 - x0, 0.0, run))
        margin = _MARGIN * (1.0 + np.abs(slope))
        row0 = np.floor(np.minimum(enter, leave) - margin).astype(np.int64)
        piece, step = ranges(np.floor(np.maximum(enter, leave) + margin).astype(np.int64) - row0 + 1)
        row = np.clip(row0[piece] + step, 0, self._rows - 1)
        cell = row * self._columns + np.clip(column[piece], 0, self._columns - 1)
        return _distinct(np.sort(cell * len(self._polygons) + polygon[owner[piece]]))

    def _whole_cell_pairs(self, slot: npt.NDArray[np.int32], edges: Indices) -> Indices:
        """Return cell * n + polygon of border cells that a polygon covers without an edge in them."""
        bounds = shapely.bounds(self._polygons)
        column0 = ((bounds[:, 0] - self._west) * self._scale_x).astype(np.int64)
        row0 = ((bounds[:, 1] - self._south) * self._scale_y).astype(np.int64)
        width = ((bounds[:, 2] - self._west) * self._scale_x).astype(np.int64) - column0 + 1
        cells = width * (((bounds[:, 3] - self._south) * self._scale_y).astype(np.int64) - row0 + 1)
        found = []
        # In chunks: the boxes together hold more cells than the raster.
        chunk = np.cumsum(cells) // _CHUNK
        for group in np.split(np.arange(len(cells)), np.flatnonzero(np.diff(chunk)) + 1):
            owner, step = ranges(cells[group])
            polygon = group[owner]
            row, column = row0[polygon] + step // width[polygon], column0[polygon] + step % width[polygon]
            cell = row * self._columns + column
            keep = np.flatnonzero(slot[cell] >= 0)
            pair = cell[keep] * len(self._polygons) + polygon[keep]
            keep = keep[edges[np.minimum(np.searchsorted(edges, pair), len(edges) - 1)] != pair]
            # No edge of the polygon in the cell: its centre decides for all of it.
            x, y = self._centre(row[keep], column[keep])
            keep = keep[shapely.intersects_xy(self._polygons[polygon[keep]], x, y)]
            found.append(cell[keep] * len(self._polygons) + polygon[keep])
        return np.concatenate(found)

    def _centre(self, row: Indices, column: Indices) -> tuple[Floats, Floats]:
        x, y = self._west + (column + 0.5) / self._scale_x, self._south + (row + 0.5) / self._scale_y
        return x.astype(float), y.astype(float)

    def _fill(self, slot: npt.NDArray[np.int32]) -> None:
        """Label all cells: runs of cells without an edge between two border cells are covered by the same."""
        clean = (slot < 0).reshape(self._rows, self._columns)
        starts = clean.copy()
        starts[:, 1:] &= ~clean[:, :-1]
        row, column = np.nonzero(starts)
        # What covers a run also has an edge in the border cell to its left, or covers that cell as well.
        left = np.where(column > 0, slot[row * self._columns + np.maximum(column - 1, 0)], -1).astype(
            np.int64
        )
        begin = np.where(left >= 0, self._indptr[left], 0)
        owner, step = ranges(np.where(left >= 0, self._indptr[left + 1] - begin, 0))
        polygon = self._listed[begin[owner] + step]
        x, y = self._centre(row, column)
        covers = shapely.intersects_xy(self._polygons[polygon], x[owner], y[owner])
        owner, polygon = owner[covers], polygon[covers]
        count = np.bincount(owner, minlength=len(row))
        label = np.full(len(row), _OUTSIDE, dtype=np.int32)
        label[owner] = polygon
        # Runs that several polygons cover get lists of their own.
        several = np.flatnonzero(count > 1)
        label[several] = -2 - (len(self._indptr) - 1 + np.arange(len(several)))
        self._listed = np.concatenate([self._listed, polygon[count[owner] > 1]])
        self._indptr = np.concatenate([self._indptr, self._indptr[-1] + np.cumsum(count[several])])
        run = np.cumsum(starts.ravel()) - 1
        self._labels = np.where(clean.ravel(), label[run], -2 - slot).astype(np.int32)


def _distinct(ascending: Indices) -> Indices:
    """Return the distinct values of a sorted array; np.unique hashes, and takes five times as long."""
    return ascending[np.append(True, ascending[1:] != ascending[:-1])]
