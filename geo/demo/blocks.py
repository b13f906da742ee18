"""Which block is called what, and what is built in it. Local metres."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.affinity import rotate

from geo.demo.footprints import Draft, l_shape, rectangle
from geo.demo.frontage import shop_fronts, street_edges, stub
from geo.demo.homes import fill, raster_of
from geo.demo.packing import place_draft, polygons
from geo.demo.plan import BlockPlan, TownPlan
from geo.demo.sites import AREAS_M2, Ground, build_site
from geo.demo.streets import Parcelling, Street, road_surface, smooth

__all__ = ["Block", "build_blocks"]


@dataclass(frozen=True, slots=True)
class Block:
    """A block with its buildings; all geometry in local metres, the polygon to the middle of its streets."""

    plan: BlockPlan
    community: int
    polygon: Polygon
    buildings: tuple[Draft, ...]
    lanes: tuple[LineString, ...]
    grounds: tuple[Ground, ...]


def build_blocks(plan: TownPlan, parcelling: Parcelling) -> list[Block]:
    """Return the blocks of a town, community by community.

    Raises
    ------
    ValueError
        If the plan has not exactly one name for each block.
    """
    rng = np.random.default_rng([plan.seed, 2])
    polygons_of = [(c, polygon) for c, own in enumerate(parcelling.blocks) for polygon in own]
    if len(polygons_of) != len(plan.blocks):
        raise ValueError(f"the plan has {len(plan.blocks)} names for {len(polygons_of)} blocks")
    order = _christen(plan.blocks, [polygon for _, polygon in polygons_of], rng)
    # Nobody builds on a street or on the green banks of a canal.
    banks = [smooth(water.points).buffer(water.width_m / 2 + 9.0) for water in plan.waters]
    surface = shapely.union_all([road_surface(parcelling.streets), *banks])
    shapely.prepare(surface)
    blocks = []
    for number, (community, polygon) in enumerate(polygons_of):
        block_plan = plan.blocks[order[number]]
        own = np.random.default_rng([plan.seed, 3, number])
        blocks.append(_build(block_plan, community, polygon, parcelling.streets, surface, own))
    return blocks


def _christen(plans: Sequence[BlockPlan], blocks: list[Polygon], rng: np.random.Generator) -> list[int]:
    """Return for each block the index of its plan: pinned ones first, then what needs much ground gets most."""
    order = [-1] * len(blocks)
    free = set(range(len(blocks)))
    pinned = [i for i, plan in enumerate(plans) if plan.near]
    for i in pinned:
        near = Point(plans[i].near or (0, 0))
        at = min(free, key=lambda b: (blocks[b].distance(near), b))
        order[at] = i
        free.remove(at)
    needs = {
        i: _ground_needed(plans[i]) * rng.uniform(0.9, 1.1) for i in range(len(plans)) if i not in pinned
    }
    by_need = sorted(needs, key=lambda i: (-needs[i], i))
    by_area = sorted(free, key=lambda b: (-blocks[b].area, b))
    for b, i in zip(by_area, by_need, strict=True):
        order[b] = i
    return order


def _ground_needed(plan: BlockPlan) -> float:
    return AREAS_M2[plan.parcel][1] if plan.parcel else 1_000.0


def _angle_of(lot: Polygon) -> float:
    """Return the angle in degrees by which rows turn from due east: along the block's sides, at most 11°."""
    xy = np.asarray(lot.simplify(3.0).exterior.coords)
    steps = np.diff(xy, axis=0)
    angles = np.degrees(np.arctan2(steps[:, 1], steps[:, 0]))
    turned = (angles + 45.0) % 90.0 - 45.0
    weights = np.hypot(*steps.T)
    middle = float(np.average(turned, weights=weights))
    return float(np.clip(middle, -11.0, 11.0))


def _build(
    plan: BlockPlan,
    community: int,
    polygon: Polygon,
    streets: Sequence[Street],
    surface: shapely.Geometry,
    rng: np.random.Generator,
) -> Block:
    lot = polygons(polygon.difference(surface))[0].buffer(-1.0, join_style="mitre")
    angle, origin = _angle_of(lot), lot.centroid
    turn = lambda shape: rotate(shape, -angle, origin=origin)  # noqa: E731
    near = [replace(s, line=turn(s.line)) for s in streets if s.line.distance(polygon) < 40]
    lot = turn(lot)
    parcel = _parcel(plan, lot, near, rng)
    ground = lot if parcel is None else polygons(lot.difference(parcel.buffer(3.5, join_style="mitre")))[0]
    raster = raster_of(ground, plan.layout, rng)
    lanes = list(_lanes(raster.lanes(turn(polygon).bounds), ground, turn(polygon), parcel, near))
    clear = shapely.union_all([lane.buffer(5.0) for lane in lanes] + ([parcel] if parcel is not None else []))
    density = {"slabs": 1.0, "old_slabs": 1.25, "towers": 0.8, "courtyards": 0.9}[plan.layout]
    shops = shop_fronts(lot, near, clear, density, rng)
    built: list[Draft] = list(shops)
    grounds: list[Ground] = []
    if parcel is not None and plan.parcel is not None:
        front = _front(parcel, near)
        site = build_site(plan.parcel, plan.site, parcel, front, rng)
        built += site.buildings
        grounds += site.grounds
    free = ground.buffer(-5.0, join_style="mitre")
    free = free.difference(shapely.union_all([s.footprint.buffer(7.0, join_style="mitre") for s in shops]))
    free = free.difference(shapely.union_all([lane.buffer(3.5) for lane in lanes]))
    garden = _garden(plan, free, rng)
    if garden is not None:
        grounds.append(Ground("green", f"{plan.name}中心花园", garden))
    homes = fill(free if garden is None else free.difference(garden.buffer(4.0)), raster, plan.layout, rng)
    built += homes
    taken = shapely.union_all([d.footprint.buffer(4.0, join_style="mitre") for d in homes])
    open_ground = free.difference(taken)
    if garden is not None:
        open_ground = open_ground.difference(garden)
    built += _services(plan, open_ground, lanes, rng)
    back = lambda shape: rotate(shape, angle, origin=origin)  # noqa: E731
    return Block(
        plan,
        community,
        polygon,
        tuple(replace(d, footprint=back(d.footprint), units=tuple(back(u) for u in d.units)) for d in built),
        tuple(back(lane) for lane in lanes),
        tuple(replace(g, polygon=back(g.polygon)) for g in grounds),
    )


def _parcel(
    plan: BlockPlan, lot: Polygon, streets: Sequence[Street], rng: np.random.Generator
) -> Polygon | None:
    """Cut the corner for the block's institution out of its lot."""
    if plan.parcel is None:
        return None
    wanted = min(float(rng.uniform(*AREAS_M2[plan.parcel])), 0.42 * lot.area)
    west, south, east, north = lot.bounds
    busy = plan.parcel in ("mall", "market", "office", "hospital")
    corners = [(x, y) for x in (west, east) for y in (south, north)]
    widest = max(streets, key=lambda s: s.width_m)
    corners.sort(key=lambda c: widest.line.distance(Point(c)) * (1 if busy else -1))
    x, y = corners[int(rng.integers(0, 2))]
    ratio, grow = rng.uniform(0.85, 1.3), 1.0
    parcel = None
    while grow < 2.0:
        w, h = np.sqrt(wanted * ratio) * grow, np.sqrt(wanted / ratio) * grow
        # A strip too narrow for a row of houses goes to the parcel.
        w = east - west if w > 0.72 * (east - west) else w
        h = north - south if h > 0.72 * (north - south) else h
        parts = polygons(lot.intersection(_corner_box(x, y, w, h, (west, south))))
        parcel = parts[0] if parts else None
        if parcel is not None and parcel.area >= 0.9 * wanted:
            break
        grow += 0.1
    return parcel


def _corner_box(x: float, y: float, w: float, h: float, south_west: tuple[float, float]) -> Polygon:
    x1 = x + w if x == south_west[0] else x - w
    y1 = y + h if y == south_west[1] else y - h
    return shapely.box(min(x, x1), min(y, y1), max(x, x1), max(y, y1))


def _front(parcel: Polygon, streets: Sequence[Street]) -> tuple[float, float]:
    edges = street_edges(parcel, streets)
    if not edges:
        return tuple(parcel.centroid.coords[0])
    start, end, _ = max(edges, key=lambda e: np.hypot(*(e[1] - e[0])) * e[2].width_m)
    return tuple((start + end) / 2)


def _lanes(
    lanes: Iterator[LineString],
    ground: Polygon,
    polygon: Polygon,
    parcel: Polygon | None,
    streets: Sequence[Street],
) -> Iterator[LineString]:
    """Yield inner lanes, each from the middle of a street to the far wall."""
    for lane in lanes:
        inner = stub(lane, ground.buffer(-4.0))
        if inner.is_empty or inner.length < 40:
            continue
        ends = [Point(inner.coords[0]), Point(inner.coords[-1])]
        reach = [min(s.line.distance(end) for s in streets) for end in ends]
        gate = int(np.argmin(reach))
        way_out = LineString([ends[gate], _beyond(inner, gate)]).intersection(polygon)
        parts = [p for p in shapely.get_parts(way_out) if p.geom_type == "LineString"]
        out = min(parts, key=lambda p: p.distance(ends[gate]), default=None)
        if out is None or reach[gate] > 40 or (parcel is not None and out.intersects(parcel)):
            yield inner
            continue
        a, b = np.asarray(inner.coords[1 - gate]), np.asarray(out.coords)
        far = b[np.argmax(np.hypot(*(b - a).T))]
        yield LineString([a, far])


def _beyond(inner: LineString, gate: int) -> np.ndarray:
    a, b = np.asarray(inner.coords[1 - gate]), np.asarray(inner.coords[gate])
    return b + (b - a) / np.hypot(*(b - a)) * 60.0


def _garden(plan: BlockPlan, free: shapely.Geometry, rng: np.random.Generator) -> Polygon | None:
    """Leave a garden in the middle of some closed estates."""
    likely = {"towers": 1.0, "slabs": 0.55, "old_slabs": 0.1, "courtyards": 0.0}[plan.layout]
    if rng.random() > likely:
        return None
    centre = np.asarray(free.centroid.coords[0]) + rng.normal(0, 8, 2)
    half = np.array([rng.uniform(34, 56), rng.uniform(24, 38)]) / 2.0
    shape = shapely.box(*(centre - half), *(centre + half)).buffer(-6).buffer(6, quad_segs=3)
    parts = polygons(shape.intersection(free))
    return parts[0] if parts and parts[0].area > 400 else None


def _services(
    plan: BlockPlan, free: shapely.Geometry, lanes: Sequence[LineString], rng: np.random.Generator
) -> list[Draft]:
    """Return the small buildings of a block: gatehouse, substation, activity room, rubbish station."""
    gate = lanes[0].coords[-1] if lanes else free.centroid.coords[0]
    centre = free.centroid.coords[0]
    programme = [
        (rectangle("substation", 6.5, 5.0, 1, f"{plan.name}配电室"), centre, 0.8),
        (rectangle("rubbish_station", 7.0, 4.5, 1, f"{plan.name}垃圾分类房"), gate, 0.45),
        (l_shape("activity_room", 17.0, 12.0, 7.0, 2, f"{plan.name}党群活动室"), centre, 0.45),
    ]
    if plan.enclosure == "closed":
        programme.insert(0, (rectangle("gatehouse", 5.0, 4.0, 1, f"{plan.name}门岗"), gate, 1.0))
        programme.append((rectangle("property_office", 14.0, 9.0, 2, f"{plan.name}物业服务中心"), gate, 0.8))
    built = []
    for draft, towards, likely in programme:
        if rng.random() > likely:
            continue
        placed = place_draft(draft, free, towards, clearance_m=2.0, step_m=2.5)
        if placed is not None:
            built.append(placed)
            free = free.difference(placed.footprint.buffer(4.0, join_style="mitre"))
    return built
