"""What a map page must know before it asks the server anything: place, categories, emergency numbers, basemap."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from cases.domain.profile import CasesSection
from geo.domain.authority import Authority
from geo.models import Area
from geo.routing import PlaceSnapshot

__all__ = ["area_bounds", "map_config"]


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
