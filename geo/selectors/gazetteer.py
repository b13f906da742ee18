"""Places by what people call them, in every place of the deployment or in one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import shapely
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geo.db.convert import to_shapely_array
from geo.domain.crossings import road_crossings
from geo.domain.gazetteer import Crossing, Gazetteer, Match, NamedArea, NamedRoad
from geo.domain.profile_base import Names
from geo.errors import InvalidInput
from geo.models import Area, Road
from geo.routing import AreaEntry, PlaceSnapshot, snapshots
from geo.selectors.locate import snapshot_named

__all__ = ["LONGEST_QUERY", "MOST", "STREET_LEVELS", "gazetteer_of", "places_found"]

LONGEST_QUERY = 100
MOST = 50
STREET_LEVELS = ("road", "crossing")
"""Levels of what is found and is no area."""


@dataclass(frozen=True, slots=True)
class Street:
    """A street (`road`, at its middle) or where two meet (`crossing`); lon, lat in EPSG:4326."""

    level: str
    code: str
    names: Names
    point: tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlaceNames:
    """The gazetteer of a place, and the streets among its finds, whose ids are negative."""

    gazetteer: Gazetteer
    streets: Mapping[int, Street]


_lock = threading.Lock()
_kept: WeakKeyDictionary[PlaceSnapshot, PlaceNames] = WeakKeyDictionary()
_last: dict[int, tuple[int, object, PlaceNames]] = {}
"""By place: generation, what the names were built from, and the names."""


def places_found(query: str, *, place: str | None = None, limit: int = 10) -> list[dict[str, Any]]:
    """Return the areas, buildings, units, streets and crossings that a text can mean, surest first.

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
        agreed where it is another than the label's. Empty where nothing is like it. A street has the level `road`
        or `crossing`, no code (nothing belongs to it, only its location can be filed at) and its middle as location.

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
        (match, snapshot)
        for snapshot in chosen
        for match in gazetteer_of(snapshot).gazetteer.search(query, limit)
    ]
    found.sort(key=lambda entry: -entry[0].score)
    return [_entry(match, snapshot) for match, snapshot in found[:limit]]


def gazetteer_of(snapshot: PlaceSnapshot) -> PlaceNames:
    """Return the names of a snapshot's place, built at their first use.

    A snapshot is replaced whenever staffing changes; the names are built anew only where one of them changed, or
    another generation is active. One index a place is kept beside those of snapshots still in use.
    """
    kept = _kept.get(snapshot)
    if kept is not None:
        return kept
    with _lock:
        kept = _kept.get(snapshot)
        if kept is None:
            areas, roads = _named_areas(snapshot), _road_lines(snapshot)
            lines = tuple((names, shapely.to_wkb(line)) for names, line in roads.items())
            told = (snapshot.metric_srid, tuple(areas), lines)
            last = _last.get(snapshot.place_id)
            if last is not None and last[:2] == (snapshot.generation_id, told):
                kept = last[2]
            else:
                kept = _built(areas, roads, snapshot.metric_srid)
                _last[snapshot.place_id] = (snapshot.generation_id, told, kept)
            _kept[snapshot] = kept
        return kept


def _built(areas: list[NamedArea], lines: dict[Names, shapely.Geometry], metric_srid: int) -> PlaceNames:
    by_code = {names.zh: (names, line) for names, line in lines.items()}
    met = road_crossings({code: line for code, (_names, line) in by_code.items()}, metric_srid)
    streets: dict[int, Street] = {}
    ids: dict[str, int] = {}
    for code, (names, line) in sorted(by_code.items()):
        ids[code] = -1 - len(streets)  # areas have the positive ones
        streets[ids[code]] = Street("road", code, names, _middle(line))
    roads = [NamedRoad(key, street.code, _both(street.names)) for key, street in streets.items()]
    crossings = []
    for (one, other), point in met.items():
        key, code = -1 - len(streets), f"{one}/{other}"
        pair = (streets[ids[one]].names, streets[ids[other]].names)
        names = Names(zh=f"{pair[0].zh}与{pair[1].zh}路口", en=f"{pair[0].en} and {pair[1].en}")
        streets[key] = Street("crossing", code, names, point)
        crossings.append(Crossing(key, code, frozenset((ids[one], ids[other]))))
    return PlaceNames(Gazetteer(areas, roads, crossings), streets)


def _named_areas(snapshot: PlaceSnapshot) -> list[NamedArea]:
    rows = (
        Area.objects.filter(generation_id=snapshot.generation_id)
        .order_by("pk")
        .values_list("pk", "level", "code", "parent_id", "name", "name_en", "aliases", "attributes")
    )
    found = []
    for pk, level, code, parent_id, name, name_en, aliases, attributes in rows:
        others = [str(alias) for alias in aliases if alias]
        address, number = (str(attributes.get(key) or "") for key in ("address", "number"))
        street, door = (str(attributes.get(key) or "") for key in ("street", "door"))
        names = tuple(text for text in (name, name_en, *others, address) if text)
        at = f"{street}{door.removesuffix('号')}号" if street and door else ""
        found.append(NamedArea(pk, level, code, parent_id, names, number, at))
    return found


def _road_lines(snapshot: PlaceSnapshot) -> dict[Names, shapely.Geometry]:
    """Return the named streets' centre lines; the parts of one street are one."""
    rows = list(
        Road.objects.filter(generation_id=snapshot.generation_id)
        .exclude(name="")
        .order_by("pk")
        .values_list("name", "name_en", "geometry")
    )
    parts: dict[str, list[shapely.Geometry]] = {}
    english: dict[str, str] = {}
    for (name, name_en, _geometry), line in zip(rows, to_shapely_array(row[2] for row in rows), strict=True):
        parts.setdefault(name, []).append(line)
        english.setdefault(name, name_en or name)
    return {
        Names(zh=name, en=english[name]): shapely.line_merge(shapely.union_all(lines))
        for name, lines in parts.items()
    }


def _middle(line: shapely.Geometry) -> tuple[float, float]:
    """Return the middle of a street's longest part."""
    longest = max(shapely.get_parts(line), key=lambda part: part.length)
    point = shapely.line_interpolate_point(longest, 0.5, normalized=True)
    return point.x, point.y


def _both(names: Names) -> tuple[str, ...]:
    return tuple(dict.fromkeys((names.zh, names.en)))


def _entry(match: Match, snapshot: PlaceSnapshot) -> dict[str, Any]:
    area = gazetteer_of(snapshot).streets.get(match.id) or snapshot.areas[match.id]
    names = area.names if isinstance(area, Street) else _label(snapshot, area)
    label = names.text(get_language() or "zh-hans")
    entry = {
        "label": label,
        "level": area.level,
        "code": "" if isinstance(area, Street) else area.code,
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
