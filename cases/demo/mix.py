"""How often what is reported, how it comes in, and when: the background against which clusters stand out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["CHANNELS", "HOURS", "MONTHS", "RATES", "WEEKDAYS", "Rate"]


class Rate(NamedTuple):
    """How many cases of a kind half a year brings, where they lie and who tells.

    `site` is one of `home` (by households), `street` (by length of named streets), `shop`, `yard` (open ground of a
    block), `tower` (homes with a lift), `none` (a matter without a place).
    """

    n: int
    site: str
    by_staff: float = 0.5
    """Share that patrollers find themselves."""


RATES: Mapping[str, Rate] = {
    "road": Rate(170, "street", 0.7),
    "kerb": Rate(22, "street", 0.8),
    "blind_path": Rate(26, "street", 0.7),
    "street_light": Rate(105, "street", 0.5),
    "snow_ice": Rate(30, "street", 0.5),
    "drainage": Rate(115, "home", 0.3),
    "flooding": Rate(40, "street", 0.5),
    "storm_grating": Rate(22, "street", 0.8),
    "sewer_manhole": Rate(32, "street", 0.7),
    "storm_manhole": Rate(14, "street", 0.7),
    "parking": Rate(290, "yard", 0.3),
    "nonmotor_parking": Rate(115, "yard", 0.6),
    "shared_bikes": Rate(85, "street", 0.7),
    "fire_lane": Rate(80, "yard", 0.5),
    "fallen_cable": Rate(9, "street", 0.6),
    "gas_leak": Rate(3, "home", 0.1),
    "rescue_blocked": Rate(2, "yard", 0.2),
    "falling_object": Rate(10, "home", 0.4),
    "ebike_charging": Rate(75, "home", 0.7),
    "garbage": Rate(200, "yard", 0.6),
    "dirty_road": Rate(60, "street", 0.8),
    "piled_up": Rate(135, "home", 0.7),
    "green_occupied": Rate(48, "yard", 0.5),
    "street_trading": Rate(95, "shop", 0.6),
    "illegal_building": Rate(45, "home", 0.4),
    "dogs": Rate(85, "yard", 0.2),
    "noise": Rate(140, "home", 0.1),
    "cooking_fumes": Rate(48, "shop", 0.1),
    "elevator": Rate(40, "tower", 0.2),
    "housing_repair": Rate(110, "home", 0.3),
    "property_service": Rate(130, "home", 0.1),
    "facilities": Rate(48, "yard", 0.6),
    "water_supply": Rate(40, "home", 0.2),
    "power_supply": Rate(30, "home", 0.2),
    "heating": Rate(110, "home", 0.1),
    "culture": Rate(24, "yard", 0.2),
    "neighbours": Rate(60, "home", 0.3),
    "family": Rate(8, "home", 0.4),
    "vulnerable_help": Rate(32, "home", 0.7),
    "health": Rate(10, "home", 0.6),
    "certificate": Rate(60, "none", 0.1),
    "conduct": Rate(8, "none", 0.0),
    "unsorted": Rate(40, "yard", 0.3),
}

CHANNELS: Mapping[str, float] = {
    "hotline": 0.27,
    "phone": 0.2,
    "chat": 0.18,
    "web": 0.14,
    "counter": 0.12,
    "form": 0.05,
    "representative": 0.02,
    "box": 0.02,
}
"""How residents are heard."""

MONTHS: Mapping[str, tuple[float, ...]] = {
    # January to December; 1 is the year's mean.
    "snow_ice": (3.0, 2.5, 0.2, 0, 0, 0, 0, 0, 0, 0, 0.3, 2.0),
    "heating": (2.6, 2.0, 0.8, 0, 0, 0, 0, 0, 0, 0.2, 2.6, 2.6),
    "flooding": (0, 0.1, 0.3, 0.6, 1.0, 2.0, 3.2, 3.0, 1.4, 0.4, 0.2, 0),
    "drainage": (0.7, 0.7, 0.8, 0.9, 1.0, 1.3, 1.6, 1.5, 1.1, 0.9, 0.8, 0.7),
    "noise": (0.6, 0.6, 0.8, 1.0, 1.3, 1.4, 1.4, 1.4, 1.2, 1.0, 0.7, 0.6),
    "street_trading": (0.5, 0.5, 0.8, 1.1, 1.3, 1.4, 1.4, 1.4, 1.2, 1.0, 0.8, 0.6),
    "garbage": (0.8, 0.9, 0.9, 1.0, 1.1, 1.2, 1.3, 1.3, 1.1, 1.0, 0.8, 0.8),
    "dirty_road": (0.7, 0.7, 0.8, 0.9, 0.9, 0.9, 0.9, 0.9, 1.0, 1.6, 1.8, 0.9),
}

WEEKDAYS = (1.12, 1.1, 1.06, 1.04, 1.06, 0.85, 0.77)
"""Monday to Sunday."""

HOURS = (
    0,
    0,
    0,
    0,
    0,
    0.2,
    0.8,
    2.4,
    4.2,
    4.6,
    4.4,
    3.2,
    1.6,
    2.2,
    3.6,
    3.8,
    3.4,
    2.8,
    2.6,
    2.2,
    1.6,
    0.9,
    0.4,
    0.1,
)
"""Weight of each hour of the day."""
