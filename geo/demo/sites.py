"""Schools, markets, works and other institutions: what stands on a parcel of each use. Metres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from geo.demo.footprints import Draft, hall, l_shape, rectangle, stadium, teaching_block
from geo.demo.packing import place_draft, place_shape
from geo.demo.plan import ParcelUse

__all__ = ["AREAS_M2", "Ground", "Site", "build_site"]

AREAS_M2: dict[ParcelUse, tuple[float, float]] = {
    "school": (13_500, 16_500),
    "kindergarten": (3_000, 4_000),
    "market": (5_500, 8_000),
    "office": (5_000, 7_000),
    "factory": (14_000, 18_000),
    "hospital": (8_000, 11_000),
    "park": (7_000, 10_000),
    "depot": (11_000, 14_000),
    "mall": (11_000, 14_000),
}
"""How much ground each use takes, from and to."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Open ground that a map shows: park, sports field, school yard."""

    kind: str
    name: str
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class Site:
    """What stands and lies on a parcel."""

    buildings: tuple[Draft, ...]
    grounds: tuple[Ground, ...]


def build_site(
    use: ParcelUse, name: str, parcel: Polygon, front: tuple[float, float], rng: np.random.Generator
) -> Site:
    """Return the buildings and grounds of a parcel; what does not fit any more is left out.

    Parameters
    ----------
    use, name
        What it is and what it is called.
    parcel
        Its polygon in the block's own frame.
    front
        A point on the street that it faces; the main building stands nearest to it.
    """
    free: shapely.Geometry = parcel.buffer(-4.0)
    grounds: list[Ground] = []
    if use == "school":
        grounds.append(Ground("school", name, parcel.buffer(-1.5)))
    elif use == "park":
        grounds.append(Ground("park", name, parcel.buffer(-2.0)))
        pond = parcel.centroid.buffer(0.16 * np.sqrt(parcel.area), quad_segs=3)
        pond = shapely.affinity.scale(pond, 1.5, 0.8)
        if parcel.buffer(-10).contains(pond):
            grounds.append(Ground("water", f"{name}水池", pond))
            free = free.difference(pond.buffer(4.0))
    elif use == "hospital":
        grounds.append(Ground("hospital", name, parcel.buffer(-1.5)))
    elif use in ("factory", "depot"):
        grounds.append(Ground("industrial", name, parcel.buffer(-1.5)))
    built: list[Draft] = []
    centre = parcel.centroid.coords[0]
    for step, (draft, at_front) in enumerate(_PROGRAMMES[use](name, rng)):
        if use == "school" and step == 1:
            free, field = _sports_field(free, centre, front)
            if field is not None:
                grounds.append(Ground("sports", f"{name}操场", field))
        placed = place_draft(draft, free, front if at_front else centre, clearance_m=3.5)
        if placed is not None:
            built.append(placed)
            free = free.difference(placed.footprint.buffer(5.0, join_style="mitre"))
    return Site(tuple(built), tuple(grounds))


def _sports_field(
    free: shapely.Geometry, centre: tuple[float, float], front: tuple[float, float]
) -> tuple[shapely.Geometry, Polygon | None]:
    away = (2 * centre[0] - front[0], 2 * centre[1] - front[1])
    for width, depth in (
        (58.0, 92.0),
        (92.0, 58.0),
        (44.0, 76.0),
        (76.0, 44.0),
        (34.0, 56.0),
        (56.0, 34.0),
        (15.0, 28.0),
    ):
        track = stadium(0, 0, width, depth)
        spot = place_shape(track, free, away, clearance_m=2.0)
        if spot is not None:
            track = shapely.affinity.translate(track, *spot)
            return free.difference(shapely.box(*track.bounds).buffer(3.0)), track
    return free, None


Programme = list[tuple[Draft, bool]]


def _school(name: str, rng: np.random.Generator) -> Programme:
    return [
        (teaching_block(rng, f"{name}教学楼"), True),
        (rectangle("school", 44, 11, 4, f"{name}综合楼"), True),
        (hall("school", 32, 22, 2, f"{name}体育馆"), False),
        (rectangle("school", 24, 14, 2, f"{name}食堂"), False),
        (rectangle("gatehouse", 5, 4, 1, f"{name}传达室"), True),
    ]


def _kindergarten(name: str, rng: np.random.Generator) -> Programme:
    return [
        (l_shape("kindergarten", 34, 24, 11, 3, name), True),
        (rectangle("kindergarten", 16, 9, 1, f"{name}多功能厅"), False),
        (rectangle("gatehouse", 5, 4, 1, f"{name}传达室"), True),
    ]


def _market(name: str, rng: np.random.Generator) -> Programme:
    stalls = [(rectangle("market", 30, 8, 1, f"{name}{k}区"), False) for k in "甲乙丙丁"]
    return [
        (hall("market", rng.uniform(52, 66), rng.uniform(28, 36), 2, f"{name}交易大厅"), True),
        *stalls,
        (rectangle("market", 12, 9, 2, f"{name}管理办公室"), True),
        (rectangle("toilet", 9, 6, 1, f"{name}公厕"), False),
    ]


def _office(name: str, rng: np.random.Generator) -> Programme:
    return [
        (l_shape("office", 46, 34, 17, int(rng.integers(8, 17)), f"{name}主楼"), True),
        (rectangle("office", 36, 13, 5, f"{name}附楼"), True),
        (rectangle("office", 22, 12, 2, f"{name}食堂"), False),
        (rectangle("gatehouse", 5, 4, 1, f"{name}门卫室"), True),
    ]


def _factory(name: str, rng: np.random.Generator) -> Programme:
    sheds = [
        (rectangle("factory", rng.uniform(58, 74), rng.uniform(19, 26), 1, f"{name}{k}车间"), False)
        for k in "一二三四"
    ]
    return [
        (rectangle("office", 40, 13, 4, f"{name}办公楼"), True),
        *sheds,
        (rectangle("factory", 22, 14, 1, f"{name}锅炉房"), False),
        (rectangle("factory", 26, 12, 1, f"{name}仓库"), False),
        (rectangle("factory", 16, 10, 1, f"{name}配件库"), False),
        (rectangle("gatehouse", 6, 5, 1, f"{name}门卫室"), True),
    ]


def _hospital(name: str, rng: np.random.Generator) -> Programme:
    return [
        (l_shape("hospital", 58, 40, 16, 7, f"{name}门诊楼"), True),
        (rectangle("hospital", 50, 15, 9, f"{name}病房楼"), False),
        (rectangle("hospital", 22, 12, 3, f"{name}医技楼"), False),
        (rectangle("hospital", 14, 9, 1, f"{name}后勤房"), False),
        (rectangle("gatehouse", 5, 4, 1, f"{name}门卫室"), True),
    ]


def _park(name: str, rng: np.random.Generator) -> Programme:
    return [
        (rectangle("pavilion", 7, 7, 1, f"{name}凉亭"), False),
        (rectangle("toilet", 10, 6, 1, f"{name}公厕"), True),
        (rectangle("office", 12, 7, 1, f"{name}管理房"), True),
    ]


def _depot(name: str, rng: np.random.Generator) -> Programme:
    stores = [
        (rectangle("warehouse", rng.uniform(46, 62), rng.uniform(14, 18), 1, f"{name}{k}号库"), False)
        for k in range(1, 6)
    ]
    return [
        (rectangle("office", 34, 12, 3, f"{name}办公楼"), True),
        *stores,
        (rectangle("warehouse", 20, 12, 1, f"{name}维修间"), False),
        (rectangle("gatehouse", 6, 5, 1, f"{name}门卫室"), True),
    ]


def _mall(name: str, rng: np.random.Generator) -> Programme:
    return [
        (hall("mall", 92, 62, 5, name), True),
        (rectangle("hotel", 44, 17, 12, f"{name}酒店楼"), False),
        (rectangle("shop", 40, 12, 2, f"{name}北区"), False),
    ]


_PROGRAMMES: dict[ParcelUse, Callable[[str, np.random.Generator], Programme]] = {
    "school": _school,
    "kindergarten": _kindergarten,
    "market": _market,
    "office": _office,
    "factory": _factory,
    "hospital": _hospital,
    "park": _park,
    "depot": _depot,
    "mall": _mall,
}
