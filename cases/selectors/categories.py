"""Kinds of cases that can be reported at a place, as the phone offers them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from cases.domain.catalogue import Category
from cases.domain.profile import REQUIRED_CATEGORIES, CasesSection
from geo.profiles import Profile
from geo.routing import PlaceSnapshot
from geo.selectors.locate import locate_pin, snapshot_named

__all__ = ["categories_at", "categories_of"]

_GEOMETRY = {"point": "Point", "line": "LineString", "area": "Polygon"}


def categories_at(
    lon: float, lat: float, *, datum: str = "wgs84", place: str | None = None
) -> list[dict[str, Any]]:
    """Return the categories of the profile in force at a coordinate that somebody there can be given.

    Parameters
    ----------
    lon, lat
        Degrees in `datum`.
    datum, place
        As for `geo.selectors.locate.locate_pin`. A pin outside every area gets those of the place whose people
        sort it.

    Returns
    -------
    list of dict
        The six commonest first, then by group in the profile's order. Categories that neither a leader nor a
        department can be given are left out, except for `REQUIRED_CATEGORIES`, which always exist.

    Raises
    ------
    InvalidInput, NotThere
        As for `locate_pin`.
    """
    answer = locate_pin(lon, lat, datum=datum, place=place)
    people_sort_it = answer.outcome == "outside"
    anybody = people_sort_it or bool(answer.responsible.leaders)
    return _categories(answer.snapshot, answer.profile, answer.codes, anybody=anybody)


def categories_of(place: str) -> list[dict[str, Any]]:
    """Return the categories of a place's own profile, for forms that ask for the kind before the place.

    Raises
    ------
    NotThere
        If there is no such place.
    """
    snapshot = snapshot_named(place)
    return _categories(snapshot, snapshot.profile, (), anybody=True)


def _categories(
    snapshot: PlaceSnapshot, profile: Profile, codes: tuple[str, ...], *, anybody: bool
) -> list[dict[str, Any]]:
    section = profile.section(CasesSection)
    groups = {group.key: (position, group.name) for position, group in enumerate(section.groups)}
    language = get_language() or "zh-hans"
    found = []
    for category in section.categories:
        competent = snapshot.directory.competent(category.key, category.authority, codes)
        if anybody or competent or category.key in REQUIRED_CATEGORIES:
            departments = [department.names.text(language) for department in competent]
            found.append((category, departments))
    found.sort(key=lambda entry: (entry[0].commonest or 7, groups[entry[0].group][0]))
    return [
        {
            **_described(category, section, language),
            "group_name": groups[category.group][1].text(language),
            "departments": departments,
        }
        for category, departments in found
    ]


def _described(category: Category, section: CasesSection, language: str) -> dict[str, Any]:
    codes = [code.model_dump() for code in category.standard]
    return {
        "key": category.key,
        "name": category.name.text(language),
        "group": category.group,
        "standard": {name: codes[0][name] for name in ("ref", "kind", "code")} if codes else None,
        "standards": codes,
        "geometry": [_GEOMETRY[kind] for kind in category.geometry],
        "sensitive": category.sensitive,
        "published": category.published,
        "danger": category.danger,
        "icon": {"shape": category.icon.shape, "colour": category.icon.colour, "hex": category.icon.hex},
        "commonest": category.commonest,
        "duplicate_radius_m": category.duplicate_radius_m,
        "emergency": [
            {"number": number.number, "name": number.name.text(language)}
            for number in (section.emergency_for(category.key) if category.danger else ())
        ],
    }
