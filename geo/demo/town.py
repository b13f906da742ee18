"""A whole synthetic town: areas of every level with codes, names and numbers, roads, open ground, its flaws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyproj
import shapely

from geo.demo.addresses import Addressed, address_town, name_streets
from geo.demo.blocks import Block, build_blocks
from geo.demo.grids import Cell, Mass, cut_blocks
from geo.demo.partition import GRID_DEG, Partition, partition
from geo.demo.plan import TownPlan
from geo.demo.streets import Parcelling, Street, lay_out, smooth
from geo.domain.codes import numbering_order, unit_grid_codes

__all__ = ["Feature", "Town", "build_town"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a layer: geometry in EPSG:4326 rounded to seven digits, and its properties."""

    geometry: shapely.Geometry
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Town:
    """Layers by name (areas by level, `road`, `landcover`), and what is wrong with them on purpose."""

    plan: TownPlan
    layers: dict[str, list[Feature]] = field(default_factory=dict)
    flaws: list[dict[str, Any]] = field(default_factory=list)


def build_town(plan: TownPlan) -> Town:
    """Return the town of a plan; the same plan gives the same town."""
    parcelling = lay_out(plan)
    blocks = build_blocks(plan, parcelling)
    parcelling = replace(parcelling, streets=name_streets(plan, blocks, parcelling.streets))
    named = address_town(plan, blocks, parcelling.streets)
    cells = cut_blocks(
        [(b.polygon, [_mass(item) for item in own]) for b, own in zip(blocks, named, strict=True)], plan.grids
    )
    degrees = _Degrees(plan)
    pockets = [
        i.draft.footprint for own in named for i in own if i.draft.kind in ("substation", "rubbish_station")
    ]
    boundaries = partition(
        cells,
        [b.community for b in blocks],
        _street_near(parcelling.streets, plan.unclaimed_street),
        pockets,
        degrees,
        np.random.default_rng([plan.seed, 5]),
    )
    return _Register(plan, parcelling, blocks, named, cells, boundaries, degrees).town()


class _Degrees:
    """From local metres around the anchor to EPSG:4326 on the lattice of `GRID_DEG`."""

    def __init__(self, plan: TownPlan) -> None:
        there = pyproj.Transformer.from_crs("EPSG:4326", plan.metric_srid, always_xy=True)
        self._origin = np.array(there.transform(plan.lon, plan.lat))
        self._back = pyproj.Transformer.from_crs(plan.metric_srid, "EPSG:4326", always_xy=True)

    def __call__(self, geometry: Any) -> Any:
        def to_degrees(xy: np.ndarray) -> np.ndarray:
            x, y = (xy + self._origin).T
            return np.round(np.column_stack(self._back.transform(x, y)), 7)

        return shapely.transform(geometry, to_degrees)


def _mass(item: Addressed) -> Mass:
    return Mass(item.draft.footprint, float(item.draft.homes or 8))


def _street_near(streets: Sequence[Street], spot: tuple[float, float]) -> Street:
    return min((s for s in streets if s.rank == "local"), key=lambda s: s.line.distance(shapely.Point(spot)))


def shared_out(total: int, weights: Sequence[float]) -> list[int]:
    """Return whole numbers in proportion to weights that add up to the total (largest remainders)."""
    quotas = np.asarray(weights, dtype=float) * total / np.sum(weights)
    whole = np.floor(quotas).astype(int)
    rest = total - int(whole.sum())
    whole[np.lexsort((np.arange(len(quotas)), whole - quotas))[:rest]] += 1
    return [int(n) for n in whole]


class _Register:
    """Gives every area its code, name and numbers."""

    def __init__(
        self,
        plan: TownPlan,
        parcelling: Parcelling,
        blocks: Sequence[Block],
        named: Sequence[Sequence[Addressed]],
        cells: Sequence[Cell],
        boundaries: Partition,
        degrees: _Degrees,
    ) -> None:
        self.plan, self.parcelling, self.blocks, self.named = plan, parcelling, blocks, named
        self.cells, self.boundaries, self.degrees = cells, boundaries, degrees
        self.top = f"{plan.county_code}{plan.subdistrict_code}"
        self.community_codes = self._community_codes()
        self.block_codes = self._block_codes()
        self.grid_codes = self._grid_codes()

    def town(self) -> Town:
        """Return the finished town."""
        buildings, units, people = self._buildings()
        grids = list(self._grids(people))
        blocks = list(self._blocks(people))
        layers = {
            "subdistrict": [self._subdistrict()],
            "community": list(self._communities(people)),
            "block": blocks,
            "grid": grids,
            "building": buildings,
            "unit": units,
            "road": list(self._roads()),
            "landcover": list(self._landcover()),
        }
        for level in ("community", "block", "grid", "building", "unit"):
            layers[level].sort(key=lambda feature: feature.properties["code"])
        return Town(self.plan, layers, self._flaws(buildings))

    def _community_codes(self) -> list[str]:
        codes = [""] * len(self.plan.communities)
        for n, c in enumerate(numbering_order(self.boundaries.communities, self.plan.metric_srid), start=1):
            codes[c] = f"{self.top}{n:03d}"
        return codes

    def _block_codes(self) -> list[str]:
        codes = [""] * len(self.blocks)
        for c, community in enumerate(self.community_codes):
            own = [b for b, block in enumerate(self.blocks) if block.community == c]
            order = numbering_order([self.boundaries.blocks[b] for b in own], self.plan.metric_srid)
            for n, k in enumerate(order, start=1):
                codes[own[k]] = f"{community}-{n:02d}"
        return codes

    def _grid_codes(self) -> list[str]:
        codes = [""] * len(self.cells)
        for c, community in enumerate(self.community_codes):
            own = [i for i, cell in enumerate(self.cells) if self.blocks[cell.block].community == c]
            grids = [self.boundaries.grids[i] for i in own]
            for i, code in zip(
                own, unit_grid_codes(community, grids, metric_crs=self.plan.metric_srid), strict=True
            ):
                codes[i] = code
        return codes

    def _subdistrict(self) -> Feature:
        plan = self.plan
        homes = sum(item.draft.homes for own in self.named for item in own)
        return Feature(
            self.boundaries.town,
            {
                "code": self.top,
                "name": plan.name,
                "name_en": plan.name_en,
                "parent": None,
                "population": plan.population,
                "households": homes,
            },
        )

    def _communities(self, people: dict[str, list[int]]) -> Iterator[Feature]:
        for c, community in enumerate(self.plan.communities):
            own = [self.block_codes[b] for b, block in enumerate(self.blocks) if block.community == c]
            population, households = (sum(people[code][k] for code in own) for k in (0, 1))
            yield Feature(
                self.boundaries.communities[c],
                {
                    "code": self.community_codes[c],
                    "name": community.name,
                    "name_en": community.name_en,
                    "parent": self.top,
                    "population": population,
                    "households": households,
                },
            )

    def _blocks(self, people: dict[str, list[int]]) -> Iterator[Feature]:
        for b, block in enumerate(self.blocks):
            population, households = people[self.block_codes[b]]
            yield Feature(
                self.boundaries.blocks[b],
                {
                    "code": self.block_codes[b],
                    "name": block.plan.name,
                    "name_en": block.plan.name_en,
                    "parent": self.community_codes[block.community],
                    "aliases": list(block.plan.aliases),
                    "population": population,
                    "households": households,
                    "enclosure": block.plan.enclosure,
                    "kind": block.plan.kind,
                },
            )

    def _grids(self, people: dict[str, list[int]]) -> Iterator[Feature]:
        numbers: dict[int, int] = {}
        for i in sorted(range(len(self.cells)), key=lambda i: self.grid_codes[i]):
            block = self.cells[i].block
            numbers[block] = n = numbers.get(block, 0) + 1
            population, households = people.get(self.grid_codes[i], [0, 0])
            name = self.blocks[block].plan
            yield Feature(
                self.boundaries.grids[i],
                {
                    "code": self.grid_codes[i],
                    "name": f"{name.name}第{n}小网格",
                    "name_en": f"{name.name_en} Grid {n}",
                    "parent": self.block_codes[block],
                    "population": population,
                    "households": households,
                    "land_use": self._land_use(i),
                },
            )

    def _land_use(self, cell: int) -> str:
        kinds = {m.footprint.wkb: m.footprint.area for m in self.cells[cell].masses}
        by_kind: dict[str, float] = {}
        for item in self.named[self.cells[cell].block]:
            if item.draft.footprint.wkb in kinds:
                by_kind[item.draft.kind] = by_kind.get(item.draft.kind, 0.0) + item.draft.footprint.area
        return max(by_kind, key=lambda kind: by_kind[kind])

    def _buildings(self) -> tuple[list[Feature], list[Feature], dict[str, list[int]]]:
        """Return buildings, units, and [population, households] of everything above them by code."""
        grids = shapely.STRtree(self.boundaries.grids)
        flat = [(b, item) for b, own in enumerate(self.named) for item in own]
        population = iter(shared_out(self.plan.population, [item.draft.homes for _, item in flat]))
        buildings: list[Feature] = []
        units: list[Feature] = []
        people: dict[str, list[int]] = {}
        numbers: dict[str, int] = {}
        for b, item in flat:
            footprint = self.degrees(item.draft.footprint)
            inside = [i for i in grids.query(footprint) if self.boundaries.grids[i].covers(footprint)]
            # Where two grids claim it, the one that was cut around it has it.
            inside.sort(
                key=lambda i: (self.cells[i].block != b, not self._holds(i, item), self.grid_codes[i])
            )
            parent = self.grid_codes[inside[0]] if inside else self.block_codes[b]
            n = numbers[parent] = numbers.get(parent, 0) + 1
            code = f"{parent}-{n:02d}" if inside else f"{parent}-X{n:02d}"
            residents, homes = next(population), item.draft.homes
            for above in {parent, self.block_codes[b]}:
                counts = people.setdefault(above, [0, 0])
                counts[0] += residents
                counts[1] += homes
            properties = {
                "code": code,
                "name": item.name,
                "parent": parent,
                "kind": item.draft.kind,
                "storeys": item.draft.storeys,
                "street": item.street,
                "door": item.door,
                "address": item.address,
            }
            if item.name_en:
                properties["name_en"] = item.name_en
            if item.number:
                properties["number"] = item.number
            if homes:
                properties |= {"households": homes, "population": residents}
            buildings.append(Feature(footprint, properties))
            for u, unit in enumerate(item.draft.units, start=1):
                units.append(
                    Feature(
                        self.degrees(unit),
                        {
                            "code": f"{code}-{u}",
                            "name": f"{u}单元",
                            "parent": code,
                            "number": str(u),
                            "households": homes // len(item.draft.units),
                        },
                    )
                )
        return buildings, units, people

    def _holds(self, cell: int, item: Addressed) -> bool:
        return any(mass.footprint is item.draft.footprint for mass in self.cells[cell].masses)

    def _roads(self) -> Iterator[Feature]:
        for street in self.parcelling.streets:
            yield Feature(
                self.degrees(street.line.simplify(0.3)),
                {
                    "name": street.name,
                    "name_en": street.name_en,
                    "rank": street.rank,
                    "width_m": street.width_m,
                },
            )
        for block in self.blocks:
            for lane in block.lanes:
                yield Feature(self.degrees(lane), {"name": "", "name_en": "", "rank": "lane", "width_m": 6.0})

    def _landcover(self) -> Iterator[Feature]:
        town = shapely.union_all([block.polygon for block in self.blocks])
        for water in self.plan.waters:
            course = smooth(water.points)
            for kind, half in (("green", water.width_m / 2 + 6.0), ("water", water.width_m / 2)):
                bed = course.buffer(half, cap_style="flat").intersection(town)
                name = water.name if kind == "water" else f"{water.name}绿带"
                yield Feature(self.degrees(bed.simplify(0.3)), {"kind": kind, "name": name})
        for block in self.blocks:
            for ground in sorted(block.grounds, key=lambda g: -g.polygon.area):
                yield Feature(
                    self.degrees(ground.polygon.simplify(0.2)), {"kind": ground.kind, "name": ground.name}
                )

    def _flaws(self, buildings: Sequence[Feature]) -> list[dict[str, Any]]:
        found = []
        for flaw in self.boundaries.flaws:
            spot = shapely.point_on_surface(flaw.geometry)
            held = [b.properties["code"] for b in buildings if flaw.geometry.covers(b.geometry)]
            found.append(
                {
                    "kind": flaw.kind,
                    "grids": [self.grid_codes[i] for i in flaw.cells],
                    "blocks": sorted({self.block_codes[self.cells[i].block] for i in flaw.cells}),
                    "point": [round(spot.x, 7), round(spot.y, 7)],
                    "buildings": held,
                }
            )
        return found


assert GRID_DEG == 1e-7
