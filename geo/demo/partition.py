"""From cut cells to boundaries fit to be published: shared vertices, rounded degrees, and flaws put in on purpose.

A real survey is never quite clean. So that a coverage report has something to find, each town gets a street that two
blocks leave to each other, a sliver between two grids, a pocket in no grid with a building in it, and two overlaps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.ops import polygonize

from geo.demo.grids import Cell
from geo.demo.packing import polygons
from geo.demo.streets import Street

__all__ = ["GRID_DEG", "Flaw", "Partition", "partition"]

GRID_DEG = 1e-7
"""Coordinates are multiples of this: about a centimetre, seven digits in a file."""

_HAIR_DEG2 = 3e-10
_SLIVER_M, _OVERLAP_M, _DISPUTED_M = 3.0, 5.0, 6.0
Transform = Callable[[shapely.Geometry], shapely.Geometry]


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong on purpose; `cells` are those next to it, geometry in degrees."""

    kind: str
    geometry: shapely.Geometry
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Partition:
    """Grids in the order of the cells, blocks, communities and the town in degrees, and what is wrong with them."""

    grids: tuple[shapely.Geometry, ...]
    blocks: tuple[shapely.Geometry, ...]
    communities: tuple[shapely.Geometry, ...]
    town: shapely.Geometry
    flaws: tuple[Flaw, ...]


def partition(
    cells: Sequence[Cell],
    community_of: Sequence[int],
    unclaimed: Street,
    pockets: Sequence[Polygon],
    to_degrees: Transform,
    rng: np.random.Generator,
) -> Partition:
    """Return the boundaries of a town.

    Parameters
    ----------
    cells
        A partition of the blocks, in local metres.
    community_of
        Community of each block.
    unclaimed
        The street that stays in neither block beside it.
    pockets
        Buildings, one of which is left in no grid.
    to_degrees
        From local metres to EPSG:4326.

    Raises
    ------
    ValueError
        If there is nowhere to put a flaw.
    """
    whole = [cell.polygon for cell in cells]
    strip = unclaimed.line.buffer(unclaimed.width_m / 2, cap_style="flat")
    beside = _beside(cells, unclaimed.line)
    cut = [polygons(p.difference(strip))[0] if i in beside else p for i, p in enumerate(whole)]
    gone: list[tuple[str, shapely.Geometry, tuple[int, ...]]] = []
    gone.append(
        ("street_in_no_block", shapely.union_all([whole[i].intersection(strip) for i in beside]), beside)
    )
    kept = set(beside)
    for kind, finder in (("sliver_gap", _sliver), ("pocket_in_no_grid", _pocket)):
        hole, near = finder(cells, cut, pockets, kept, rng)
        cut[near[0]] = polygons(cut[near[0]].difference(hole))[0]
        gone.append((kind, hole, near))
        kept.update(near)
    overlaps = [
        ("overlap_in_block", *_overlap(cells, cut, kept, rng, same_block=True)),
        ("overlap_of_blocks", *_overlap(cells, cut, kept, rng, same_block=False, community_of=community_of)),
    ]
    return _publish(cells, community_of, whole, cut, gone, overlaps, to_degrees)


def _beside(cells: Sequence[Cell], line: LineString) -> tuple[int, ...]:
    """Return the cells beside a street, of the two blocks that share most of it."""
    shared = [cell.polygon.boundary.intersection(line.buffer(0.05)).length for cell in cells]
    by_block: dict[int, float] = {}
    for cell, length in zip(cells, shared, strict=True):
        by_block[cell.block] = by_block.get(cell.block, 0.0) + length
    two = sorted(by_block, key=lambda block: -by_block[block])[:2]
    return tuple(i for i, length in enumerate(shared) if length > 1.0 and cells[i].block in two)


def _shared_edges(
    cells: Sequence[Cell], cut: Sequence[Polygon], used: set[int], same_block: bool
) -> list[tuple[int, int, LineString]]:
    """Return pairs of neighbours with the longest straight border they share, 55 m at least."""
    tree = shapely.STRtree(list(cut))
    found = []
    for i, j in tree.query(list(cut), predicate="intersects").T.tolist():
        if i >= j or i in used or j in used or (cells[i].block == cells[j].block) is not same_block:
            continue
        border = cut[i].boundary.intersection(cut[j].boundary.buffer(0.05))
        lines = [
            part for part in shapely.get_parts(shapely.line_merge(border)) if part.geom_type == "LineString"
        ]
        longest = max(lines, key=lambda part: part.length, default=None)
        if longest is not None and longest.length > 55.0:
            found.append((i, j, longest))
    return found


def _free(strip: shapely.Geometry, *cells: Cell) -> bool:
    return not any(mass.footprint.distance(strip) < 0.4 for cell in cells for mass in cell.masses)


def _sliver(
    cells: Sequence[Cell],
    cut: Sequence[Polygon],
    pockets: Sequence[Polygon],
    used: set[int],
    rng: np.random.Generator,
) -> tuple[shapely.Geometry, tuple[int, int]]:
    edges = _shared_edges(cells, cut, used, same_block=True)
    for k in rng.permutation(len(edges)):
        i, j, line = edges[k]
        strip = line.buffer(_SLIVER_M, cap_style="flat").intersection(cut[i])
        if _free(strip, cells[i]) and len(polygons(cut[i].difference(strip))) == 1:
            return strip, (i, j)
    raise ValueError("no border between two grids is clear enough for a gap")


def _pocket(
    cells: Sequence[Cell],
    cut: Sequence[Polygon],
    pockets: Sequence[Polygon],
    used: set[int],
    rng: np.random.Generator,
) -> tuple[shapely.Geometry, tuple[int]]:
    order = rng.permutation(len(pockets))
    for k in order:
        yard = shapely.box(*pockets[k].buffer(5.0).bounds)
        for i, cell in enumerate(cells):
            others = [m.footprint for m in cell.masses if not m.footprint.equals(pockets[k])]
            inside = cut[i].buffer(-3.0).contains(yard) and len(others) == len(cell.masses) - 1
            if i not in used and inside and len(others) > 1 and all(o.distance(yard) > 1.0 for o in others):
                return yard, (i,)
    raise ValueError("no building stands apart enough to be left in no grid")


def _overlap(
    cells: Sequence[Cell],
    cut: Sequence[Polygon],
    used: set[int],
    rng: np.random.Generator,
    *,
    same_block: bool,
    community_of: Sequence[int] | None = None,
) -> tuple[shapely.Geometry, tuple[int, int]]:
    width = _OVERLAP_M if same_block else _DISPUTED_M
    edges = _shared_edges(cells, cut, used, same_block)
    if community_of is not None:
        edges = [e for e in edges if community_of[cells[e[0]].block] == community_of[cells[e[1]].block]]
    for k in rng.permutation(len(edges)):
        i, j, line = edges[k]
        strip = line.buffer(width, cap_style="flat").intersection(cut[j])
        if _free(strip, cells[j]) and len(polygons(strip)) == 1:
            used.update((i, j))
            return polygons(strip)[0], (i, j)
    raise ValueError("no border is clear enough for an overlap")


def _publish(
    cells: Sequence[Cell],
    community_of: Sequence[int],
    whole: Sequence[Polygon],
    cut: Sequence[Polygon],
    gone: Sequence[tuple[str, shapely.Geometry, tuple[int, ...]]],
    overlaps: Sequence[tuple[str, shapely.Geometry, tuple[int, ...]]],
    to_degrees: Transform,
) -> Partition:
    """Node all borders on one lattice, so that neighbours share their vertices, and put the faces together."""
    whole_deg, cut_deg = to_degrees(np.array(whole, dtype=object)), to_degrees(np.array(cut, dtype=object))
    borders = shapely.union_all(shapely.boundary([*whole_deg, *cut_deg]), grid_size=GRID_DEG)
    faces = np.array(list(polygonize(shapely.get_parts(borders))), dtype=object)
    spots = shapely.point_on_surface(faces)
    holes = to_degrees(np.array([hole for _, hole, _ in gone], dtype=object))
    is_hole = np.array([bool(shapely.contains(holes, spot).any()) for spot in spots])
    owner = _nearest(whole_deg, spots)
    grid = np.where(is_hole, -1, _nearest(cut_deg, spots))
    owner = np.where(is_hole, owner, grid)
    # Rounding leaves faces as thin as a hair beside a border: each goes where most of its own border is.
    solid = is_hole | (shapely.area(faces) > _HAIR_DEG2)
    waiting = list(np.flatnonzero(~solid))
    for _ in range(2 * len(waiting)):
        if not waiting:
            break
        hair = waiting.pop(0)
        shared = shapely.length(shapely.intersection(faces[hair], faces)) * (solid & ~is_hole)
        if shared.max() > 0.0:
            owner[hair] = grid[hair] = grid[int(np.argmax(shared))]
            solid[hair] = True
        else:
            waiting.append(hair)  # beside another hair only: once that one has found its place
    # What is left touches nothing but a planted gap, and belongs to it.
    grid[waiting] = -1
    block = np.array([cells[i].block for i in owner])
    in_street = shapely.contains(holes[0], spots) | (~solid & (shapely.distance(holes[0], spots) < 1e-6))
    in_block = np.where(in_street, -1, block)
    community = np.asarray(community_of)[block]
    grids = [_joined(faces[grid == i]) for i in range(len(cells))]
    blocks = [_joined(faces[in_block == b]) for b in range(len(community_of))]
    flaws = [
        Flaw(kind, _joined(faces[shapely.contains(hole, spots)]), near)
        for hole, (kind, _, near) in zip(holes, gone, strict=True)
    ]
    for kind, strip, (i, j) in overlaps:
        common = _largest(shapely.intersection(to_degrees(strip), grids[j], grid_size=GRID_DEG))
        grids[i] = _rounded(shapely.union(grids[i], common, grid_size=GRID_DEG))
        if cells[i].block != cells[j].block:
            b = cells[i].block
            blocks[b] = _rounded(shapely.union(blocks[b], grids[i], grid_size=GRID_DEG))
        flaws.append(Flaw(kind, _rounded(common), (i, j)))
    return Partition(
        tuple(grids),
        tuple(blocks),
        tuple(_joined(faces[community == c]) for c in range(max(community_of) + 1)),
        _joined(faces),
        tuple(flaws),
    )


def _nearest(regions: np.ndarray, spots: np.ndarray) -> np.ndarray:
    spot, region = shapely.STRtree(regions).query_nearest(spots, all_matches=True)
    found = np.full(len(spots), len(regions))
    np.minimum.at(found, spot, region)
    return found


def _largest(geometry: shapely.Geometry) -> Polygon:
    return max((p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon"), key=lambda p: p.area)


def _joined(faces: np.ndarray) -> shapely.Geometry:
    return _rounded(shapely.coverage_union_all(faces))


def _rounded(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.normalize(shapely.transform(geometry, lambda xy: np.round(xy, 7)))
