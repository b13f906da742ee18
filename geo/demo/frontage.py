"""Rows of shops along the streets of a block. Metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.affinity import rotate, translate

from geo.demo.footprints import Draft, shop_row
from geo.demo.streets import Street

__all__ = ["shop_fronts", "street_edges"]

_LIKELY = {"arterial": 0.72, "secondary": 0.6, "local": 0.3, "lane": 0.0}


def street_edges(lot: Polygon, streets: Sequence[Street]) -> list[tuple[np.ndarray, np.ndarray, Street]]:
    """Return the straight edges (start, end, street) of a lot that lie along a street, interior on their left."""
    outline = shapely.orient_polygons(lot.simplify(2.5))
    xy = np.asarray(outline.exterior.coords)
    edges = []
    for start, end in pairwise(xy):
        middle = shapely.Point((start + end) / 2)
        near = [s for s in streets if s.line.distance(middle) < s.width_m / 2 + 4.0]
        if near:
            edges.append((start, end, max(near, key=lambda s: s.width_m)))
    return edges


def shop_fronts(
    lot: Polygon,
    streets: Sequence[Street],
    keep_clear: shapely.Geometry,
    density: float,
    rng: np.random.Generator,
) -> list[Draft]:
    """Return shop rows with their fronts on the streets around a lot.

    Parameters
    ----------
    keep_clear
        Ground that no shop may touch: parcels of institutions, gates.
    density
        Factor on the share of a street's length that is built up.
    """
    shops: list[Draft] = []
    taken: shapely.Geometry = keep_clear
    for start, end, street in street_edges(lot, streets):
        length = float(np.hypot(*(end - start)))
        angle = float(np.degrees(np.arctan2(*(end - start)[::-1])))
        # A whole side is either built up or not: half a street of shops looks wrong.
        if length < 36 or rng.random() > min(0.95, _LIKELY[street.rank] * density):
            continue
        at = rng.uniform(9, 16)
        while at + 16 < length - 9:
            row = shop_row(
                float(min(rng.uniform(17, 46), length - 9 - at)),
                float(rng.uniform(8.5, 11.5)),
                int(rng.integers(1, 4)),
            )
            placed = translate(rotate(translate(row.footprint, at, 1.5), angle, origin=(0, 0)), *start)
            if lot.contains(placed) and not placed.buffer(2.5).intersects(taken):
                shops.append(replace(row, footprint=placed))
                taken = taken.union(placed)
            at += row.footprint.bounds[2] + rng.uniform(7, 20)
    return shops


def facing(point: shapely.Point, streets: Sequence[Street]) -> Street:
    """Return the street nearest to a point."""
    return min(streets, key=lambda s: s.line.distance(point))


def stub(line: LineString, lot: Polygon) -> LineString:
    """Return the part of a line within a lot; empty line where none."""
    part = line.intersection(lot)
    pieces = [p for p in shapely.get_parts(part) if p.geom_type == "LineString"]
    return max(pieces, key=lambda p: p.length) if pieces else LineString()
