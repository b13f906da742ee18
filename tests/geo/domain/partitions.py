"""Random partitions as real places have them: with gaps, overlaps, slivers, holes, islands and T-junctions.

Lattice coordinates are multiples of 2**-14 degrees (some 6 m), so that midpoints of straight edges are exact
doubles and a test can stand exactly on a border.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.domain.areas import AreaRecord

WEST, SOUTH, STEP = 117.0, 36.65, 2.0**-10  # cells of 87 by 108 metres
FINE = 2.0**-14
METRIC_CRS = 4548


@dataclass(frozen=True)
class Partition:
    records: list[AreaRecord]
    polygons: dict[int, shapely.Geometry]  # leaves by id
    bounds: tuple[float, float, float, float]


def random_partition(random: np.random.Generator, columns: int = 5, rows: int = 4) -> Partition:
    """Return a lattice of grids in communities of one column each, then spoilt at random."""
    node = np.stack(np.meshgrid(np.arange(columns + 1) * 16, np.arange(rows + 1) * 16), -1)
    node = node + random.integers(-5, 6, node.shape) * (random.random() < 0.7)
    cells = {}
    for row in range(rows):
        for column in range(columns):
            ring = node[[row, row, row + 1, row + 1], [column, column + 1, column + 1, column]]
            cells[row * columns + column] = shapely.polygons(np.array([WEST, SOUTH]) + ring * FINE)
    for spoil in random.permutation(SPOILERS)[: random.integers(0, len(SPOILERS) + 1)]:
        spoil(random, cells, columns)
    order = random.permutation(list(cells))
    codes = random.permutation(len(cells) * 3)[: len(cells)]
    # Communities as the sum of their grids, or as hulls that overlap and cover what lies between the grids.
    outline = shapely.convex_hull if random.random() < 0.5 else shapely.normalize
    communities = {
        column: outline(shapely.union_all([cells[cell] for cell in cells if cell % columns == column]))
        for column in range(columns)
    }
    records = [
        AreaRecord(1000 + column, "community", f"C{column}", "", None, shape)
        for column, shape in communities.items()
        if not shape.is_empty
    ]
    for cell, code in zip(order, codes, strict=True):
        records.append(
            AreaRecord(int(cell), "grid", f"G{code:03d}", "", 1000 + int(cell) % columns, cells[int(cell)])
        )
    shapes = [record.geometry for record in records]
    return Partition(
        [records[i] for i in random.permutation(len(records))],
        {int(cell): cells[int(cell)] for cell in order},
        tuple(shapely.total_bounds(shapes)),
    )


def _any(random, cells):
    return int(random.choice(list(cells)))


def gap(random, cells, columns):
    if len(cells) > 2:
        del cells[_any(random, cells)]


def shrunk(random, cells, columns):
    cell = _any(random, cells)
    smaller = shapely.buffer(cells[cell], -random.uniform(0.5, 4) * FINE, join_style="mitre")
    if not smaller.is_empty:
        cells[cell] = smaller


def grown(random, cells, columns):
    cell = _any(random, cells)
    cells[cell] = shapely.buffer(cells[cell], random.uniform(0.01, 9) * FINE, join_style="mitre")


def sliver(random, cells, columns):
    """Move one vertex of one cell only: a gap or an overlap of a hair's breadth along its border."""
    cell = _any(random, cells)
    if cells[cell].geom_type == "Polygon":
        xy = shapely.get_coordinates(shapely.get_exterior_ring(cells[cell]))
        xy[1] += random.normal(0, 1, 2) * 10.0 ** random.uniform(-13, -4)
        moved = shapely.polygons(xy)
        if moved.is_valid:
            cells[cell] = moved


def holed(random, cells, columns):
    """Punch a hole; half of the time another grid fills it, with the same coordinates."""
    cell = _any(random, cells)
    centre = shapely.get_coordinates(cells[cell].representative_point())[0]
    size = int(random.integers(1, 4)) * FINE
    x, y = np.round((centre - (WEST, SOUTH)) / FINE) * FINE + (WEST, SOUTH)
    hole = shapely.box(x - size, y - size, x + size, y + size)
    if cells[cell].contains_properly(hole):
        cells[cell] = cells[cell].difference(hole)
        if random.random() < 0.5:
            cells[_new(cells, cell, columns)] = hole


def duplicate(random, cells, columns):
    cell = _any(random, cells)
    cells[_new(cells, cell, columns)] = cells[cell]


def nested(random, cells, columns):
    cell = _any(random, cells)
    inner = shapely.buffer(cells[cell], -3 * FINE)
    if not inner.is_empty:
        cells[_new(cells, cell, columns)] = inner


def islands(random, cells, columns):
    """Give one grid a second part far from the first."""
    cell = _any(random, cells)
    x, y = WEST + random.integers(-60, -40) * FINE, SOUTH + random.integers(-60, 100) * FINE
    cells[cell] = shapely.union(cells[cell], shapely.box(x, y, x + 9 * FINE, y + 7 * FINE))


def needle(random, cells, columns):
    """Add a very thin long triangle across everything."""
    xy = (
        np.array([WEST, SOUTH])
        + np.array([[-20, -20], [90, 70], [90, 70.0 + random.uniform(1e-6, 1)]]) * FINE
    )
    shape = shapely.polygons(xy)
    if shape.is_valid:
        cells[_new(cells, _any(random, cells), columns)] = shape


def _new(cells, cell, columns):
    """Return a free key in the column of another cell."""
    key = cell
    while key in cells:
        key += columns
    return key


SPOILERS = [gap, gap, shrunk, grown, sliver, sliver, holed, duplicate, nested, islands, needle]


def telling_points(random: np.random.Generator, partition: Partition, n: int = 120) -> np.ndarray:
    """Return points (n, 2) at random, on vertices, on edges, a hair beside them, and far away."""
    west, south, east, north = partition.bounds
    margin = 40 * FINE
    anywhere = np.column_stack(
        [random.uniform(west - margin, east + margin, n), random.uniform(south - margin, north + margin, n)]
    )
    shapes = np.array(list(partition.polygons.values()), dtype=object)
    vertices = shapely.get_coordinates(shapes)
    some = vertices[random.integers(0, len(vertices), n)]
    pairs, ring = shapely.get_coordinates(shapely.boundary(shapes), return_index=True)
    middle = ((pairs[1:] + pairs[:-1]) / 2)[ring[1:] == ring[:-1]]
    middle = middle[random.integers(0, len(middle), n)]
    beside = np.concatenate([some, middle])
    beside = beside + random.normal(0, 1, beside.shape) * 10.0 ** random.uniform(-14, -3, (len(beside), 1))
    far = np.array(
        [[0.0, 0.0], [-71.06, 42.36], [180.0, 90.0], [-180.0, -90.0], [118.5, 36.65], [117.0, -36.65]]
    )
    return np.concatenate([anywhere, some, middle, beside, far])
