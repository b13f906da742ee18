"""What a map page must know before it asks the server anything: place, categories, emergency numbers, basemap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from cases.domain.profile import CasesSection
from geo.domain.authority import Authority
from geo.models import Area
from geo.routing import PlaceSnapshot

__all__ = ["BlockChoice", "PlaceChoice", "area_bounds", "map_config", "place_choices"]


@dataclass(frozen=True)
class PlaceChoice:
    """One building (or a whole block) in the list that stands in for the map."""

    code: str
    label: str


@dataclass(frozen=True)
class BlockChoice:
    """A block and its buildings."""

    label: str
    places: tuple[PlaceChoice, ...]


def area_bounds(snapshot: PlaceSnapshot, codes: set[str]) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of the areas with the given codes, EPSG:4326; None where there are none."""
    extents = [
        geometry.extent
        for geometry in Area.objects.filter(
            generation_id=snapshot.generation_id, code__in=codes, level__in=snapshot.profile.geo.area_levels
        ).values_list("geometry", flat=True)
    ]
    if not extents:
        return None
    west, south, east, north = zip(*extents, strict=True)
    return min(west), min(south), max(east), max(north)


def map_config(snapshot: PlaceSnapshot | None, authority: Authority) -> dict[str, Any]:
    """Return the settings of a map page as the scripts read them (`maps/frontend/src/map/config.ts`).

    Parameters
    ----------
    snapshot
        Of the place shown; None for a deployment without an active boundary generation.
    authority
        Of the asker: the map begins at the asker's own areas.
    """
    basemap = {key: settings.BASEMAP[key] for key in ("url", "datum", "attribution", "review_number")}
    if snapshot is None:
        return {
            "place": None,
            "bounds": None,
            "start": None,
            "basemap": basemap,
            "categories": [],
            "groups": [],
            "emergency_numbers": [],
            "levels": [],
            "leaf_level": "",
        }
    language = get_language() or "zh-hans"
    section = snapshot.profile.section(CasesSection)
    own = {
        grant.area_code
        for grant in authority.grants
        if grant.place_id == snapshot.place_id and grant.area_code
    }
    return {
        "place": {
            "slug": snapshot.slug,
            "name": snapshot.name,
            "time_zone": snapshot.time_zone,
            "is_demo": snapshot.is_demo,
        },
        "bounds": list(snapshot.bounds),
        "start": area_bounds(snapshot, own) if own else None,
        "basemap": basemap,
        "categories": [
            {
                "key": category.key,
                "name": category.name.text(language),
                "group": category.group,
                "icon": {"shape": category.icon.shape, "colour": category.icon.colour},
                "geometry": list(category.geometry),
                "danger": category.danger,
                "sensitive": category.sensitive,
                "commonest": category.commonest,
                "keywords": list(category.keywords),
                "duplicate_radius_m": category.duplicate_radius_m,
            }
            for category in section.categories
        ],
        "groups": [{"key": group.key, "name": group.name.text(language)} for group in section.groups],
        "emergency_numbers": [
            {
                "number": number.number,
                "name": number.name.text(language),
                "categories": list(number.categories),
                "always": number.always,
            }
            for number in section.emergency_numbers
        ],
        "levels": [
            {"key": level.key, "name": level.name.text(language)} for level in snapshot.profile.geo.levels
        ],
        "leaf_level": snapshot.profile.geo.leaf_level,
    }


def place_choices(snapshot: PlaceSnapshot, authority: Authority) -> list[BlockChoice]:
    """Return blocks with their buildings, for forms without a map.

    Buildings of the asker's own communities are listed one by one, or of all where the asker has none of the place;
    elsewhere the block stands for them, so that the list stays short enough for a phone.
    """
    own = {grant.community_code for grant in authority.grants if grant.place_id == snapshot.place_id} - {""}
    listed: dict[int, list[PlaceChoice]] = {}
    homes: dict[int, str] = {}
    for area in snapshot.areas.values():
        if area.level == "block":
            homes[area.id] = area.name
            listed.setdefault(area.id, []).insert(0, PlaceChoice(area.code, area.name))
        elif area.level == "building":
            chain = snapshot.chain(area.id)
            block = next((step for step in chain if step.level == "block"), None)
            community = next((step for step in chain if step.level == "community"), None)
            if block is None or (own and (community is None or community.code not in own)):
                continue
            listed.setdefault(block.id, []).append(PlaceChoice(area.code, area.name))
    return [
        BlockChoice(homes[block_id], tuple(places))
        for block_id, places in listed.items()
        if block_id in homes
    ]
