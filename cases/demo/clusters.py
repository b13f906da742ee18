"""Clusters planted among the cases of a town: what a hotspot method should find, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CLUSTERS", "Cluster"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A planted cluster.

    Attributes
    ----------
    id
        Also the key of its own phrases.
    category
    anchor
        Name of a block, with `building` the home of that number; or of a street.
    shape
        `rim`: along the outside of the block. `unit`: at one unit of the building. `stretch`: along the street,
        `length_m` from `along` (share of its length). `yard`: around the anchor.
    radius_m
        Within which its cases lie, from its centre.
    from_day, to_day
        Days before the day that the demo is set to; half-open.
    n
        How many cases.
    kind
        How it develops over that period.
    """

    id: str
    category: str
    anchor: str
    shape: Literal["rim", "unit", "stretch", "yard"]
    radius_m: float
    from_day: int
    to_day: int
    n: int
    kind: Literal["steady", "emerging", "diminishing"]
    building: int = 0
    unit: int = 0
    along: float = 0.0
    length_m: float = 0.0


CLUSTERS: dict[str, tuple[Cluster, ...]] = {
    "jinan-wuyingshan": (
        Cluster("parking-feicui", "parking", "翡翠郡", "rim", 190.0, -125, 0, 88, "steady"),
        Cluster(
            "drainage-dibei", "drainage", "堤北小区", "unit", 25.0, -150, -2, 16, "steady", building=6, unit=2
        ),
        Cluster(
            "road-shifan",
            "road",
            "师范路",
            "stretch",
            170.0,
            -63,
            0,
            46,
            "steady",
            along=0.58,
            length_m=280.0,
        ),
        Cluster("garbage-cuiping", "garbage", "翠屏农贸市场交易大厅", "yard", 90.0, -42, 0, 42, "emerging"),
        Cluster(
            "light-luoan",
            "street_light",
            "泺安大街",
            "stretch",
            160.0,
            -182,
            -70,
            40,
            "diminishing",
            along=0.3,
            length_m=260.0,
        ),
        Cluster("firelane-yinran", "fire_lane", "泉城印染厂宿舍", "yard", 110.0, -91, 0, 30, "steady"),
    ),
}
