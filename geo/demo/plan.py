"""What a synthetic town is made from: the hand-drawn skeleton of a place and its quotas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "BlockPlan",
    "CommunityPlan",
    "DepartmentPlan",
    "Layout",
    "ParcelUse",
    "Rank",
    "StreetPlan",
    "TownPlan",
    "WaterPlan",
]

Rank = Literal["arterial", "secondary", "local", "lane"]
Layout = Literal["slabs", "old_slabs", "towers", "courtyards"]
"""How the homes of a block stand: walk-up rows, tight older rows, towers, low houses around yards."""
ParcelUse = Literal[
    "school", "kindergarten", "market", "office", "factory", "hospital", "park", "depot", "mall"
]

XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class StreetPlan:
    """A street of the skeleton: control points in metres east and north of the anchor."""

    name: str
    name_en: str
    rank: Rank
    width_m: float
    points: tuple[XY, ...]


@dataclass(frozen=True, slots=True)
class WaterPlan:
    """A canal or brook: control points in metres east and north of the anchor."""

    name: str
    name_en: str
    width_m: float
    points: tuple[XY, ...]


@dataclass(frozen=True, slots=True)
class CommunityPlan:
    """A community: the superblocks that hold its `sites`, cut into `blocks` blocks."""

    name: str
    name_en: str
    sites: tuple[XY, ...]
    blocks: int


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """A block by name. `near` pins it to the block that holds the point; else the generator chooses."""

    name: str
    name_en: str
    kind: str
    layout: Layout
    enclosure: Literal["closed", "open"]
    parcel: ParcelUse | None = None
    aliases: tuple[str, ...] = ()
    near: XY | None = None
    site: str = ""
    """What the school, market or works on its parcel is called."""


@dataclass(frozen=True, slots=True)
class DepartmentPlan:
    """A department, firm or organisation. `authority` is the competent authority it is, if its code is not that key.

    Jurisdiction: all categories of that authority, within the named blocks or (none named) everywhere.
    """

    code: str
    name: str
    name_en: str
    kind: str
    off_area: bool = False
    authority: str = ""
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TownPlan:
    """Everything that is particular to one synthetic town."""

    slug: str
    name: str
    name_en: str
    seed: int
    lon: float
    lat: float
    metric_srid: int
    county_code: str
    subdistrict_code: str
    population: int
    residents_per_household: float
    grids: int
    streets: tuple[StreetPlan, ...]
    waters: tuple[WaterPlan, ...]
    communities: tuple[CommunityPlan, ...]
    blocks: tuple[BlockPlan, ...]
    small_streets: tuple[tuple[str, str], ...]
    """Names for the streets between blocks, Chinese and English, in the order of use."""
    shop_names: tuple[str, ...]
    unclaimed_street: XY
    """A point near the street that two blocks leave out of their boundaries."""
    patrollers: int
    """How many serve, full- and part-time."""
    departments: tuple[DepartmentPlan, ...]
    dialling_code: str
    demo_blocks: tuple[str, str, str]
    """Where the demo's grid leaders serve: a block, another of its community, one of another community."""
    demo_grids: tuple[str, ...]
    """Grids that always have a patroller of each kind."""
    demo_department: str
