"""A case as lists and pages show it: what its projection leaves, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from cases.domain.profile import CasesSection
from cases.selectors.due import Due, DueReader
from cases.selectors.projection import Asker
from geo.routing import PlaceSnapshot

__all__ = ["Row", "chain_words", "place_of", "row_of", "spot_words", "who_words"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list."""

    case: Mapping[str, Any]
    icon: Any
    text: str
    spot: str
    chain: str
    who: str
    party: str
    due: Due | None
    zone: Any
    is_held_back: bool


def place_of(properties: Mapping[str, Any], asker: Asker) -> PlaceSnapshot | None:
    """Return the snapshot of a case's place; None where it has no boundaries in force."""
    return next((s for s in asker.snapshots.values() if s.slug == properties["place"]), None)


def row_of(feature: Mapping[str, Any], asker: Asker, due: DueReader) -> Row:
    """Return a line for a feature of `cases_page`."""
    properties = feature["properties"]
    snapshot = place_of(properties, asker)
    place_id = snapshot.place_id if snapshot else None
    kind = (
        snapshot.profile.section(CasesSection).categories_by_key.get(properties["category"])
        if snapshot
        else None
    )
    spot = spot_words(properties)
    return Row(
        case=properties,
        icon=kind.icon if kind else None,
        text=properties["text"],
        spot=spot,
        chain=_chain_beside(spot, properties["areas"]),
        who=who_words(properties["assigned"]),
        party=(properties["assigned"]["party_cell"] or {}).get("name", ""),
        due=due.of(properties, place_id),
        zone=asker.zone(place_id) if place_id else None,
        # Sensitive texts stand in no list, not even in that of those in charge.
        is_held_back=not properties["text"] and bool(properties.get("sensitive")),
    )


def spot_words(properties: Mapping[str, Any]) -> str:
    """Return the finest place that is shown: building and unit, else the last area of the chain."""
    building = properties.get("building")
    if building:
        home = next((area["name"] for area in properties["areas"] if area["level"] == "block"), "")
        # Some buildings carry their block's name already, others only a number.
        named = home if home and not building["name"].startswith(home) else ""
        return " ".join(part for part in (named, building["name"], building["unit"]) if part)
    areas = properties["areas"]
    if areas:
        return str(areas[-1]["name"])
    return properties.get("place_text") or _("without a place")


def _chain_beside(spot: str, areas: list[Mapping[str, Any]]) -> str:
    """Return the chain without what everybody knows (the widest area) and what the spot says already."""
    shorter = areas[1:] if len(areas) > 2 else areas
    return chain_words([area for area in shorter if area["name"] != spot])


def chain_words(areas: list[Mapping[str, Any]]) -> str:
    """Return the chain of areas, widest first."""
    return " › ".join(str(area["name"]) for area in areas)


def who_words(assigned: Mapping[str, Any]) -> str:
    """Return who has a case in one line: the first by name (or post) and department, then how many more."""
    people = [*assigned["leaders"], *assigned["handlers"]]
    first = [
        f"{person['name']} {person['post']}" if person["name"] else person["post"] for person in people[:1]
    ]
    first += [department["name"] for department in assigned["departments"][: 2 - len(first)]]
    more = len(people) + len(assigned["departments"]) - len(first)
    if not first:
        return _("nobody yet")
    said = pgettext("between names", ", ").join(first)
    if not more:
        return said
    shown = {"who": said, "count": more, "total": more + len(first)}
    return ngettext("%(who)s and %(count)s more", "%(who)s and %(count)s more", more) % shown
