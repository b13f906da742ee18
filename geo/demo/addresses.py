"""House numbers along streets, numbers of buildings within a block, names of what is not a home."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from geo.demo.blocks import Block
from geo.demo.footprints import Draft
from geo.demo.plan import TownPlan
from geo.demo.streets import Street

__all__ = ["Address", "Addressed", "address_town", "name_streets"]

_INNER = frozenset(
    {
        "gatehouse",
        "substation",
        "bike_shed",
        "rubbish_station",
        "activity_room",
        "property_office",
        "storehouse",
    }
)
_PLAIN = {"bike_shed": ("车棚", "Bicycle shed"), "storehouse": ("储藏室", "Storehouse")}


@dataclass(frozen=True, slots=True)
class Address:
    """A door on a street: `无影山中路48号`."""

    street: str
    number: int

    def __str__(self) -> str:
        return f"{self.street}{self.number}号"


@dataclass(frozen=True, slots=True)
class Addressed:
    """A building with its name; `number` is its own within the block, empty where it has none."""

    draft: Draft
    name: str
    name_en: str
    number: str
    address: str
    street: str
    door: str


def name_streets(plan: TownPlan, blocks: Sequence[Block], streets: Sequence[Street]) -> tuple[Street, ...]:
    """Return the streets with the names of small ones moved to where they belong: 运输巷 beside 省运输三队宿舍.

    A name belongs to a street beside a block whose name holds its first two characters. What is left over gets the
    names that point to no block.
    """
    small = [i for i, street in enumerate(streets) if street.rank == "local"]
    beside = {
        i: " ".join(b.plan.name for b in blocks if streets[i].line.distance(b.polygon) < 1.0) for i in small
    }
    everywhere = " ".join(block.plan.name for block in blocks)
    chosen: dict[int, tuple[str, str]] = {}
    spare = []
    for name in plan.small_streets:
        fitting = [i for i in small if i not in chosen and name[0][:2] in beside[i]]
        if fitting:
            chosen[max(fitting, key=lambda i: streets[i].line.length)] = name
        else:
            spare.append(name)
    spare.sort(key=lambda name: name[0][:2] in everywhere)
    chosen.update(zip((i for i in small if i not in chosen), spare, strict=False))
    return tuple(
        replace(street, name=chosen[i][0], name_en=chosen[i][1]) if i in chosen else street
        for i, street in enumerate(streets)
    )


def address_town(plan: TownPlan, blocks: Sequence[Block], streets: Sequence[Street]) -> list[list[Addressed]]:
    """Return the buildings of each block with names and addresses.

    Homes are numbered through the block from the north-west, row by row. What faces a street has a house number
    there, odd on the left of the street's direction and even on its right; everything else has the block's.
    """
    rng = np.random.default_rng([plan.seed, 4])
    doors = _doors(blocks, streets, rng)
    shops = _cycle(plan.shop_names, rng)
    found = []
    for b, block in enumerate(blocks):
        order = _row_by_row([d.footprint for d in block.buildings])
        homes, own = 0, doors[(b, -1)]
        named = []
        for i in order:
            draft = block.buildings[i]
            door = doors.get((b, i), own)
            if draft.kind == "residential":
                homes += 1
                named.append(
                    Addressed(
                        draft,
                        f"{homes}号楼",
                        f"Building {homes}",
                        str(homes),
                        f"{own}{block.plan.name}{homes}号楼",
                        own.street,
                        str(own.number),
                    )
                )
                continue
            name, name_en = draft.name, ""
            if draft.kind == "shop" and not draft.name:
                name = next(shops)
            elif draft.kind in _PLAIN:
                name, name_en = _PLAIN[draft.kind]
            named.append(
                Addressed(
                    draft,
                    name,
                    name_en,
                    str(door.number) if door is not own else "",
                    f"{door}{name}",
                    door.street,
                    str(door.number),
                )
            )
        found.append(named)
    return found


def _doors(
    blocks: Sequence[Block], streets: Sequence[Street], rng: np.random.Generator
) -> dict[tuple[int, int], Address]:
    """Return the door of each block, under (block, -1), and of each building that faces a street."""
    wanted: dict[str, list[tuple[float, bool, tuple[int, int]]]] = {}
    for b, block in enumerate(blocks):
        near = [s for s in streets if s.line.distance(block.polygon) < 1.0]
        faced = max(near, key=lambda s: s.line.intersection(block.polygon.buffer(1.0)).length * s.width_m)
        _stand(wanted, faced, block.polygon.centroid, (b, -1))
        for i, draft in enumerate(block.buildings):
            if draft.kind in _INNER or draft.kind == "residential":
                continue
            street = min(near, key=lambda s: s.line.distance(draft.footprint))
            if street.line.distance(draft.footprint) < street.width_m / 2 + 30.0:
                _stand(wanted, street, draft.footprint.centroid, (b, i))
    found = {}
    for street_name, doors in wanted.items():
        counters = {True: -1, False: 0}
        for _, left, key in sorted(doors, key=lambda door: (door[0], door[2])):
            counters[left] += 2 * int(rng.integers(1, 3))
            found[key] = Address(street_name, counters[left])
    return found


def _stand(
    wanted: dict[str, list[tuple[float, bool, tuple[int, int]]]],
    street: Street,
    spot: shapely.Point,
    key: tuple[int, int],
) -> None:
    along = street.line.project(spot)
    foot = street.line.interpolate(along)
    ahead = street.line.interpolate(min(along + 5.0, street.line.length))
    behind = street.line.interpolate(max(along - 5.0, 0.0))
    cross = (ahead.x - behind.x) * (spot.y - foot.y) - (ahead.y - behind.y) * (spot.x - foot.x)
    wanted.setdefault(street.name, []).append((along, cross > 0, key))


def _cycle(names: Sequence[str], rng: np.random.Generator) -> Iterator[str]:
    while True:
        yield from (names[i] for i in rng.permutation(len(names)))


def _row_by_row(footprints: Sequence[shapely.Polygon]) -> list[int]:
    if not footprints:
        return []
    centres = shapely.get_coordinates(shapely.centroid(list(footprints)))
    rows = np.round(-centres[:, 1] / 28.0)
    return [int(i) for i in np.lexsort((centres[:, 0], rows))]
