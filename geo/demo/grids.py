"""Cut a block into small grids around its buildings, never through one. Local metres."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon
from shapely.ops import split

__all__ = ["Cell", "Mass", "cut_blocks"]

CLEARANCE_M = 1.2
_OFFSETS = np.linspace(-0.36, 0.36, 37)
_TRIES = 16
_TURNS = (0.0, -3.0, 3.0, -7.0, 7.0, -12.0, 12.0)


@dataclass(frozen=True, slots=True)
class Mass:
    """A building for the purpose of cutting: its footprint and how much of a grid's work it makes."""

    footprint: Polygon
    weight: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a block with what stands in it."""

    block: int
    polygon: Polygon
    masses: tuple[Mass, ...]

    @property
    def weight(self) -> float:
        """Share of work: homes, other buildings, and ground at one home for each 250 m²."""
        return sum(mass.weight for mass in self.masses) + self.polygon.area / 250.0


def cut_blocks(blocks: Sequence[tuple[Polygon, Iterable[Mass]]], wanted: int) -> list[Cell]:
    """Return exactly `wanted` cells that partition the blocks, each with at least one building.

    The heaviest cell that can still be cut is cut next, along a straight line that keeps clear of every building
    and leaves two halves of about the same weight.

    Raises
    ------
    ValueError
        If the blocks cannot be cut into that many.
    """
    cells = [Cell(i, polygon, tuple(masses)) for i, (polygon, masses) in enumerate(blocks)]
    whole: set[int] = set()  # ids of cells that no line can cut
    while len(cells) < wanted:
        heaviest = max(
            (i for i in range(len(cells)) if id(cells[i].polygon) not in whole),
            key=lambda i: cells[i].weight,
            default=None,
        )
        if heaviest is None:
            raise ValueError(f"blocks cannot be cut into {wanted} grids; {len(cells)} at most")
        halves = _halve(cells[heaviest])
        if halves is None:
            whole.add(id(cells[heaviest].polygon))
        else:
            cells[heaviest : heaviest + 1] = halves
    return cells


def _halve(cell: Cell) -> list[Cell] | None:
    if len(cell.masses) < 2:
        return None
    obstacles = shapely.union_all([m.footprint.buffer(CLEARANCE_M, join_style="mitre") for m in cell.masses])
    shapely.prepare(obstacles)
    lines, tilt = _candidates(cell.polygon)
    clear = np.asarray(~shapely.intersects(lines, obstacles))
    lines, tilt = lines[clear], tilt[clear]
    sides = _sides(lines, shapely.centroid([m.footprint for m in cell.masses]))
    weights = np.array([m.weight for m in cell.masses]) + cell.polygon.area / 250.0 / len(cell.masses)
    share = sides @ weights / weights.sum()
    cuts = np.asarray(sides.any(axis=1) & ~sides.all(axis=1))
    order = np.argsort(np.abs(share - 0.5) + 0.006 * np.abs(tilt), kind="stable")
    best: tuple[float, list[Cell]] | None = None
    for i in order[cuts[order]][:_TRIES]:
        halves = [part for part in split(cell.polygon, lines[i]).geoms if part.area > 1.0]
        if len(halves) != 2:
            continue
        masses = [tuple(m for m in cell.masses if half.contains(m.footprint)) for half in halves]
        parts = [Cell(cell.block, half, own) for half, own in zip(halves, masses, strict=True)]
        uneven = abs(parts[0].weight / (parts[0].weight + parts[1].weight) - 0.5)
        badness = 2.2 * uneven + 0.16 * max(_slimness(h) for h in halves) + 0.012 * abs(tilt[i])
        if best is None or badness < best[0]:
            best = badness, parts
    return None if best is None else best[1]


def _sides(lines: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return (lines, points) booleans: whether the point lies left of the line."""
    ends = shapely.get_coordinates(lines).reshape(-1, 2, 2)
    start, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    to = shapely.get_coordinates(points)[None, :, :] - start[:, None, :]
    return along[:, None, 0] * to[..., 1] - along[:, None, 1] * to[..., 0] > 0


def _candidates(polygon: Polygon) -> tuple[np.ndarray, np.ndarray]:
    """Return straight lines across a polygon along and across its sides, and how far each is turned."""
    box = np.asarray(shapely.minimum_rotated_rectangle(polygon).exterior.coords)[:4]
    centre = box.mean(axis=0)
    sides = [box[1] - box[0], box[2] - box[1]]
    reach = float(np.hypot(*(sides[0] + sides[1])))
    middles, headings, tilt = [], [], []
    for along, across in (sides, sides[::-1]):
        heading = np.arctan2(across[1], across[0])
        for turn in _TURNS:
            middles.append(centre + _OFFSETS[:, None] * along)
            headings.append(np.full(len(_OFFSETS), heading + np.radians(turn)))
            tilt.append(np.full(len(_OFFSETS), turn))
    middle, heading = np.concatenate(middles), np.concatenate(headings)
    step = reach * np.column_stack([np.cos(heading), np.sin(heading)])
    return shapely.linestrings(np.stack([middle - step, middle + step], axis=1)), np.concatenate(tilt)


def _slimness(polygon: Polygon) -> float:
    box = np.asarray(shapely.minimum_rotated_rectangle(polygon).exterior.coords)
    a, b = np.hypot(*(box[1] - box[0])), np.hypot(*(box[2] - box[1]))
    return float(max(a, b) / min(a, b))
