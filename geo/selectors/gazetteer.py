"""Places by what people call them, in every place of the deployment or in one."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geo.domain.gazetteer import Gazetteer, Match, NamedArea
from geo.domain.profile_base import Names
from geo.errors import InvalidInput
from geo.models import Area
from geo.routing import AreaEntry, PlaceSnapshot, snapshots
from geo.selectors.locate import snapshot_named

__all__ = ["LONGEST_QUERY", "MOST", "gazetteer_of", "places_found"]

LONGEST_QUERY = 100
MOST = 50

_lock = threading.Lock()
_kept: WeakKeyDictionary[PlaceSnapshot, Gazetteer] = WeakKeyDictionary()


def places_found(query: str, *, place: str | None = None, limit: int = 10) -> list[dict[str, Any]]:
    """Return the areas, buildings and units that a text can mean, surest first.

    Parameters
    ----------
    query
        Name, former name, address, number, unit, pinyin or its first letters.
    place
        Key of the only place to look in; None for all.
    limit
        At most this many, 50 at most.

    Returns
    -------
    list of dict
        `label, level, code, location` (GeoJSON point), `score` (0 to 1), `place`, and `matched`: the name that
        agreed where it is another than the label's. Empty where nothing is like it.

    Raises
    ------
    InvalidInput
        If the query is empty or too long.
    NotThere
        If there is no such place.
    """
    if not query.strip() or len(query) > LONGEST_QUERY:
        message = _("q must be a text of 1 to %(longest)d characters; got %(length)d")
        raise InvalidInput(
            message % {"longest": LONGEST_QUERY, "length": len(query)},
            field="q",
            accepted=f"1..{LONGEST_QUERY}",
        )
    limit = max(1, min(limit, MOST))
    known = snapshots()
    chosen = [snapshot_named(place, known)] if place else sorted(known.values(), key=lambda s: s.slug)
    found = [
        (match, snapshot) for snapshot in chosen for match in gazetteer_of(snapshot).search(query, limit)
    ]
    found.sort(key=lambda entry: -entry[0].score)
    return [_entry(match, snapshot) for match, snapshot in found[:limit]]


def gazetteer_of(snapshot: PlaceSnapshot) -> Gazetteer:
    """Return the gazetteer of a snapshot, built at its first use and kept until the place changes."""
    with _lock:
        kept = _kept.get(snapshot)
        if kept is None:
            kept = _kept[snapshot] = Gazetteer(_named_areas(snapshot))
        return kept


def _named_areas(snapshot: PlaceSnapshot) -> list[NamedArea]:
    rows = Area.objects.filter(generation_id=snapshot.generation_id).values_list(
        "pk", "level", "code", "parent_id", "name", "name_en", "aliases", "attributes"
    )
    found = []
    for pk, level, code, parent_id, name, name_en, aliases, attributes in rows:
        others = [str(alias) for alias in aliases if alias]
        address = str(attributes.get("address") or "")
        number = str(attributes.get("number") or "")
        names = tuple(text for text in (name, name_en, *others, address) if text)
        found.append(NamedArea(pk, level, code, parent_id, names, number))
    return found


def _entry(match: Match, snapshot: PlaceSnapshot) -> dict[str, Any]:
    area = snapshot.areas[match.id]
    label = _label(snapshot, area).text(get_language() or "zh-hans")
    entry = {
        "label": label,
        "level": area.level,
        "code": area.code,
        "location": {"type": "Point", "coordinates": [round(area.point[0], 7), round(area.point[1], 7)]},
        "score": round(match.score, 3),
        "place": snapshot.slug,
    }
    if match.name and match.name not in label:
        entry["matched"] = match.name
    return entry


def _label(snapshot: PlaceSnapshot, area: AreaEntry) -> Names:
    """Return 翡翠郡12号楼2单元 · 翡翠社区: as people say it, with what tells it from another of that name."""
    chain = {a.level: a.names for a in snapshot.chain(area.id)}
    above = [chain[level] for level in ("block", "grid") if level in chain][:1]
    own = [chain[level] for level in ("building", "unit") if level in chain] or [area.names]
    said = [*above, *own] if area.level in ("grid", "building", "unit") and above != own else own
    label = Names(zh="".join(n.zh for n in said), en=" ".join(n.en for n in said))
    community = chain.get("community")
    if community is None or community == area.names:
        return label
    return Names(zh=f"{label.zh} · {community.zh}", en=f"{label.en} · {community.en}")
