"""Seamless synthetic partitions with buildings, for measuring; the demo's geometry is made elsewhere."""

from __future__ import annotations

import numpy as np
import shapely

from geo.domain.areas import AreaRecord

__all__ = ["city_records", "partition"]


def partition(
    columns: int, rows: int, bounds: tuple[float, float, float, float], seed: int = 0
) -> np.ndarray:
    """Return columns * rows irregular polygons of 33 vertices without gap or overlap, row by row.

    Neighbours share every vertex of their common border. `bounds` is west, south, east, north in degrees.
    """
    random = np.random.default_rng(seed)
    west, south, east, north = bounds
    node = np.stack(
        np.meshgrid(np.linspace(west, east, columns + 1), np.linspace(south, north, rows + 1)), -1
    )
    jitter = (random.random(node.shape) - 0.5) * 0.4 * ((east - west) / columns, (north - south) / rows)
    jitter[[0, -1]] = jitter[:, [0, -1]] = 0.0
    node = node + jitter
    across, upward = _wiggle(node[:, :-1], node[:, 1:], random), _wiggle(node[:-1], node[1:], random)
    rings = [
        np.concatenate(
            [
                across[i, k],
                upward[i, k + 1],
                across[i + 1, k][::-1],
                upward[i, k][::-1],
            ]
        )
        for i in range(rows)
        for k in range(columns)
    ]
    return shapely.polygons([_without_repeats(ring) for ring in rings])


def _wiggle(start: np.ndarray, end: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return 9 points on each edge, ends included, pushed sideways between them."""
    t = np.linspace(0.0, 1.0, 9)[:, None]
    along = (end - start)[..., None, :]
    sideways = (random.random((*start.shape[:-1], 9, 1)) - 0.5) * 0.1
    sideways[..., [0, -1], :] = 0.0
    return start[..., None, :] + t * along + sideways * np.stack([-along[..., 1], along[..., 0]], -1)


def _without_repeats(ring: np.ndarray) -> np.ndarray:
    return ring[np.append(True, (ring[1:] != ring[:-1]).any(axis=1))]


def city_records(
    columns: int, rows: int, bounds: tuple[float, float, float, float], buildings: int = 0, seed: int = 0
) -> list[AreaRecord]:
    """Return grids in one community each column, with rectangular buildings on a lattice inside them."""
    grids = partition(columns, rows, bounds, seed)
    records = []
    for column in range(columns):
        members = grids[column::columns]
        records.append(
            AreaRecord(
                column,
                "community",
                f"{column + 1:012d}",
                f"community {column}",
                None,
                shapely.union_all(members),
            )
        )
    for position, grid in enumerate(grids):
        column = position % columns
        code = f"{column + 1:012d}{position // columns + 1:03d}"
        records.append(AreaRecord(columns + position, "grid", code, f"grid {code}", column, grid))
    if buildings:
        records += _buildings(grids, columns, bounds, buildings, seed, first_id=len(records))
    return records


def _buildings(
    grids: np.ndarray,
    columns: int,
    bounds: tuple[float, float, float, float],
    count: int,
    seed: int,
    first_id: int,
) -> list[AreaRecord]:
    """Return boxes of some 12 by 40 metres (at 36° N) that do not touch each other."""
    random = np.random.default_rng(seed + 1)
    west, south, east, north = bounds
    side = int(np.ceil(count**0.5))
    slot = random.choice(side * side, count, replace=False)
    x = west + (slot % side + 0.3 + 0.4 * random.random(count)) * (east - west) / side
    y = south + (slot // side + 0.3 + 0.4 * random.random(count)) * (north - south) / side
    boxes = shapely.box(x - 2.2e-4, y - 5.5e-5, x + 2.2e-4, y + 5.5e-5)
    of_box, of_grid = shapely.STRtree(grids).query(shapely.points(x, y), predicate="intersects")
    parents = dict(zip(of_box.tolist(), of_grid.tolist(), strict=True))
    return [
        AreaRecord(first_id + i, "building", f"b{i:05d}", f"building {i}", columns + parents[i], box)
        for i, box in enumerate(boxes)
    ]
