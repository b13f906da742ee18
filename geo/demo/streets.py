"""From the hand-drawn skeleton to a street network and the blocks between its streets. Local metres."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.ops import polygonize, split, substring

from geo.demo.plan import Rank, TownPlan

__all__ = ["Parcelling", "Street", "lay_out", "road_surface", "smooth"]

_NEVER_CUT_BELOW_M2 = 16_000.0


@dataclass(frozen=True, slots=True)
class Street:
    """A street by its centre line."""

    name: str
    name_en: str
    rank: Rank
    width_m: float
    line: LineString


@dataclass(frozen=True, slots=True)
class Parcelling:
    """Streets and what lies between them; `blocks[i]` are the blocks of community i, each to its centre lines."""

    streets: tuple[Street, ...]
    communities: tuple[Polygon, ...]
    blocks: tuple[tuple[Polygon, ...], ...]


def smooth(points: Sequence[tuple[float, float]], rounds: int = 2) -> LineString:
    """Return a polyline through the ends of `points` with its corners cut (Chaikin's scheme)."""
    xy = np.asarray(points, dtype=float)
    for _ in range(rounds if len(xy) > 2 else 0):
        near, far = 0.75 * xy[:-1] + 0.25 * xy[1:], 0.25 * xy[:-1] + 0.75 * xy[1:]
        inner = np.stack([near, far], axis=1).reshape(-1, 2)
        xy = np.vstack([xy[:1], inner[1:-1], xy[-1:]])
    return LineString(xy)


def lay_out(plan: TownPlan) -> Parcelling:
    """Return the streets and blocks of a plan.

    Superblocks are the faces between the streets of the skeleton. Each community cuts its superblocks at random
    angles and fractions, the largest first, until it has its number of blocks; most cuts become small streets,
    some a wall between two neighbours.

    Raises
    ------
    ValueError
        If a community's sites lie in no superblock, or names of small streets run out.
    """
    rng = np.random.default_rng([plan.seed, 1])
    skeleton = [Street(s.name, s.name_en, s.rank, s.width_m, smooth(s.points)) for s in plan.streets]
    faces = list(polygonize(shapely.unary_union([s.line for s in skeleton])))
    names = iter(plan.small_streets)
    kerbs = shapely.unary_union([face.boundary for face in faces])
    streets = [_between_crossings(street, kerbs) for street in skeleton]
    communities, blocks = [], []
    for community in plan.communities:
        own = [_face_at(faces, site) for site in community.sites]
        communities.append(shapely.unary_union(own))
        pieces, added = _cut_up(own, community.blocks, rng, names)
        blocks.append(tuple(pieces))
        streets.extend(added)
    return Parcelling(tuple(streets), tuple(communities), tuple(blocks))


def road_surface(streets: Sequence[Street]) -> shapely.Geometry:
    """Return the ground that streets take, kerb to kerb with their pavements."""
    return shapely.unary_union(
        [s.line.buffer(s.width_m / 2, cap_style="flat", join_style="mitre") for s in streets]
    )


def _between_crossings(street: Street, kerbs: shapely.Geometry) -> Street:
    """Trim what runs on beyond the last crossing."""
    corners = shapely.points(shapely.get_coordinates(kerbs))
    on_street = corners[shapely.distance(corners, street.line) < 0.01]
    along = shapely.line_locate_point(street.line, on_street)
    return replace(street, line=substring(street.line, float(along.min()), float(along.max())))


def _face_at(faces: list[Polygon], site: tuple[float, float]) -> Polygon:
    for face in faces:
        if face.contains(Point(site)):
            return face
    raise ValueError(f"site of a community must lie between streets of the skeleton; got {site}")


def _cut_up(
    pieces: list[Polygon], wanted: int, rng: np.random.Generator, names: Iterator[tuple[str, str]]
) -> tuple[list[Polygon], list[Street]]:
    pieces, streets = list(pieces), []
    while len(pieces) < wanted:
        largest = max(range(len(pieces)), key=lambda i: pieces[i].area)
        polygon = pieces[largest]
        line, halves = _cut(polygon, rng)
        pieces[largest : largest + 1] = halves
        # Below some size neighbours share a wall rather than a street between them.
        is_wall = polygon.area < 90_000 and rng.random() < 0.22
        if is_wall:
            continue
        name, name_en = _next(names)
        width = 16.0 if polygon.area > 150_000 else float(rng.choice([10.0, 12.0, 14.0]))
        streets.append(Street(name, name_en, "local", width, line))
    return pieces, streets


def _next(names: Iterator[tuple[str, str]]) -> tuple[str, str]:
    try:
        return next(names)
    except StopIteration:
        raise ValueError(
            "the plan has fewer names of small streets than streets between its blocks"
        ) from None


def _cut(polygon: Polygon, rng: np.random.Generator) -> tuple[LineString, list[Polygon]]:
    """Cut a polygon in two across its long side by a slightly bent line; the least elongated of some tries."""
    box = shapely.minimum_rotated_rectangle(polygon)
    corners = np.asarray(box.exterior.coords)[:4]
    sides = corners[1] - corners[0], corners[2] - corners[1]
    along, across = sides if np.hypot(*sides[0]) >= np.hypot(*sides[1]) else sides[::-1]
    length, breadth = np.hypot(*along), np.hypot(*across)
    u, v = along / length, across / breadth
    centre = np.asarray(box.centroid.coords[0])
    best: tuple[float, LineString, list[Polygon]] | None = None
    for _ in range(12):
        offset = (rng.uniform(0.32, 0.68) - 0.5) * length
        tilt = np.tan(np.radians(rng.normal(0.0, 6.0)))
        bend = rng.normal(0.0, 0.025) * breadth
        reach = 0.75 * breadth
        steps = np.array([-reach, -0.15 * breadth, 0.2 * breadth, reach])
        sway = np.array([0.0, bend, bend, 0.0])
        line = LineString(centre + np.outer(steps, v) + np.outer(offset + steps * tilt + sway, u))
        halves = [part for part in split(polygon, line).geoms if part.area > 1.0]
        if len(halves) != 2 or min(part.area for part in halves) < _NEVER_CUT_BELOW_M2:
            continue
        badness = max(_elongation(part) for part in halves) + 0.2 * abs(offset) / length
        if best is None or badness < best[0]:
            best = badness, line.intersection(polygon), halves
    if best is None:
        raise ValueError(f"a block of {polygon.area:.0f} m² cannot be cut further")
    return best[1], best[2]


def _elongation(polygon: Polygon) -> float:
    corners = np.asarray(shapely.minimum_rotated_rectangle(polygon).exterior.coords)
    sides = np.hypot(*(corners[1] - corners[0])), np.hypot(*(corners[2] - corners[1]))
    return float(max(sides) / min(sides))
