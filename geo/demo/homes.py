"""How homes stand in a block: walk-up rows towards the south, towers, low houses around yards. Metres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString

from geo.demo.footprints import Draft, rectangle, slab, tower
from geo.demo.packing import moved, widest_run
from geo.demo.plan import Layout

__all__ = ["Raster", "fill", "raster_of"]

_MIN_UNIT_M = 12.5


@dataclass(frozen=True, slots=True)
class Raster:
    """Columns and the lanes between them, for one block."""

    columns: tuple[tuple[float, float], ...]
    lane_x: float | None
    lane_y: float | None

    def lanes(self, reach: tuple[float, float, float, float]) -> Iterator[LineString]:
        """Yield the block's inner lanes across a box (west, south, east, north)."""
        west, south, east, north = reach
        if self.lane_x is not None:
            yield LineString([(self.lane_x, south), (self.lane_x, north)])
        if self.lane_y is not None:
            yield LineString([(west, self.lane_y), (east, self.lane_y)])


def raster_of(ground: shapely.Geometry, layout: Layout, rng: np.random.Generator) -> Raster:
    """Return the columns of a ground and where its main lanes run."""
    west, south, east, north = ground.bounds
    width = east - west
    pitch = {"slabs": 88.0, "old_slabs": 78.0, "towers": 66.0, "courtyards": 62.0}[layout] * rng.uniform(
        0.92, 1.08
    )
    count = max(1, round(width / pitch))
    inner = np.sort(west + width * (np.arange(1, count) + rng.uniform(-0.09, 0.09, count - 1)) / count)
    main = inner[len(inner) // 2] if count > 1 else None
    edges = [west + 3.0]
    for x in inner:
        half = 7.0 if x == main else 4.5
        edges += [x - half, x + half]
    edges.append(east - 3.0)
    columns = tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True))
    lane_y = south + (north - south) * rng.uniform(0.42, 0.58) if north - south > 110 else None
    return Raster(columns, None if main is None else float(main), lane_y)


def fill(free: shapely.Geometry, raster: Raster, layout: Layout, rng: np.random.Generator) -> list[Draft]:
    """Return the homes (and the sheds between them) that stand on free ground."""
    if layout == "towers":
        return list(_towers(free, raster, rng))
    if layout == "courtyards":
        return list(_courtyards(free, raster, rng))
    return list(_rows(free, raster, rng, old=layout == "old_slabs"))


def _row_starts(
    free: shapely.Geometry, raster: Raster, depth: float, gap: tuple[float, float], rng: np.random.Generator
) -> Iterator[float]:
    """Yield the south edge of each row; rows share out what is left over on each side of the lane."""
    _, south, _, north = free.bounds
    cuts = (
        [south, north] if raster.lane_y is None else [south, raster.lane_y - 5.0, raster.lane_y + 5.0, north]
    )
    for bottom, top in zip(cuts[::2], cuts[1::2], strict=True):
        room, pitch = top - bottom - 4.0, depth + float(np.mean(gap))
        rows = int((room - depth) // pitch) + 1 if room >= depth else 0
        spare = room - rows * depth - max(rows - 1, 0) * pitch + max(rows - 1, 0) * depth
        extra = spare / (rows + 1) if rows else 0.0
        y = bottom + 2.0 + extra * rng.uniform(0.5, 1.0)
        for _ in range(rows):
            yield y
            y += min(pitch + extra, pitch * 1.5) + rng.uniform(-0.6, 0.6)


def _rows(free: shapely.Geometry, raster: Raster, rng: np.random.Generator, *, old: bool) -> Iterator[Draft]:
    depth = rng.uniform(10.5, 11.8) if old else rng.uniform(12.0, 13.6)
    unit = rng.uniform(_MIN_UNIT_M, 14.5) if old else rng.uniform(14.5, 17.5)
    storeys = int(rng.choice([4, 5, 5, 6])) if old else int(rng.choice([5, 6, 6, 6, 7]))
    gap = (13.5, 17.0) if old else (18.0, 22.0)
    bays = bool(rng.random() < 0.6)
    for y in _row_starts(free, raster, depth, gap, rng):
        for column, (left, right) in enumerate(raster.columns):
            a, b = widest_run(free, left, right, y - 1.5, y + depth + 3.0)
            units = min(6, int((b - a) // unit))
            if units < 1 or (units == 1 and b - a < 18) or rng.random() < 0.07:
                continue
            slack = b - a - units * unit
            # Columns line up on the lane between them; the ragged edge is towards the border of the block.
            shift = slack if column < len(raster.columns) / 2 else 0.0
            shift = float(np.clip(shift + rng.normal(0, 0.8), 0.0, slack))
            jitter = float(rng.uniform(0.0, 1.2))
            floors = storeys - int(rng.random() < 0.12)
            yield slab(a + shift, y + jitter, units, unit, depth, floors, bays)
            if rng.random() < 0.13 and units >= 3:
                shed = rectangle("bike_shed", min(30.0, 0.55 * units * unit), 4.0, 1)
                spot = shapely.box(a + shift + 4, y + depth + 6, a + shift + 34, y + depth + 12)
                if free.contains(spot):
                    yield moved(shed, a + shift + 4, y + depth + 7.0)


def _towers(free: shapely.Geometry, raster: Raster, rng: np.random.Generator) -> Iterator[Draft]:
    storeys = int(rng.choice([18, 24, 27, 28]))
    for row, y in enumerate(_row_starts(free, raster, 18.0, (27.0, 32.0), rng)):
        for left, right in raster.columns:
            a, b = widest_run(free, left, right, y - 2.0, y + 20.0)
            units = 2 if b - a >= 48.5 else 1
            slack = b - a - 23.0 * units
            if slack < 1.0 or rng.random() < 0.05:
                continue
            shift = slack * (0.2 if row % 2 else 0.8) * rng.uniform(0.8, 1.0)
            floors = storeys if units == 1 or rng.random() < 0.5 else 11
            yield tower(a + shift, y, units, floors, 4 if units == 1 else 2)


def _courtyards(free: shapely.Geometry, raster: Raster, rng: np.random.Generator) -> Iterator[Draft]:
    unit = rng.uniform(12.5, 14.0)
    module = 40.0
    for y in _row_starts(free, raster, module, (7.0, 9.0), rng):
        for left, right in raster.columns:
            a, b = widest_run(free, left, right, y, y + module)
            units = min(4, int((b - a) // unit))
            if units < 2:
                # Too crooked for a yard: one low row, wherever it goes.
                low, high = widest_run(free, left, right, y + 14.0, y + 26.0)
                units = min(4, int((high - low) // unit))
                if units:
                    yield slab(low, y + 15.0, units, unit, 9.0, 3, stair_bays=False)
                continue
            width = units * unit
            x = a + (b - a - width) * rng.uniform(0.2, 0.8)
            yield slab(x, y + module - 12.0, units, unit, 9.6, int(rng.integers(3, 5)), stair_bays=False)
            if rng.random() < 0.75:
                yield slab(x, y, units, unit, 8.6, int(rng.integers(2, 4)), stair_bays=False)
            for side, likely in ((x, 0.75), (x + width - 6.0, 0.55)):
                if rng.random() < likely:
                    wing = rectangle("storehouse", 6.0, rng.uniform(12, 15), 1)
                    yield moved(wing, side, y + 10.5)
