"""Where a case lies: from what was sent to areas, building, span, and what of it may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import h3.api.basic_int as h3
import shapely
from django.utils.translation import gettext as _

from cases.domain.privacy import public_chain
from cases.domain.profile import CasesSection, Category
from cases.errors import InvalidPayload
from cases.services.payload import Line, PinPoint, Region, Where
from geo.domain.datum import to_wgs84
from geo.domain.span import require_geometry
from geo.errors import NotThere
from geo.models import User
from geo.profiles import Profile
from geo.routing import AreaEntry, PlaceSnapshot, snapshots
from geo.selectors.gazetteer import LONGEST_QUERY, STREET_LEVELS, places_found
from geo.selectors.locate import locate_area, locate_pin, snapshot_named, span_of
from geo.selectors.pin_answer import PinAnswer

__all__ = [
    "GEOMETRY_KINDS",
    "H3_RES",
    "UNLOCATED",
    "Placed",
    "check_geometry",
    "place_filing",
    "placed_at",
    "to_lonlat_geometry",
    "unlocated",
]

MAX_EXTENT_DEG = 0.1  # some ten kilometres

H3_RES = 10
FOUND_BY_WORDS = "found_by_words"
UNLOCATED = "unlocated"
"""In what was sent: coordinates that are kept and not believed, with the reason (`why`)."""
_BELIEVED = ("location", "datum", "accuracy_m", "pin")
SURE_SCORE = 0.9
"""Of the gazetteer: a whole name or one that begins so; what only sounds alike is for people to find."""
GEOMETRY_KINDS: Mapping[str, str] = {"Point": "point", "LineString": "line", "Polygon": "area"}


@dataclass(frozen=True)
class Placed:
    """A located filing.

    Attributes
    ----------
    snapshot
        Place and boundary generation that answered.
    answer
        None for a matter without a place.
    lonlat
        The routed pin, EPSG:4326.
    affected
        What was drawn, EPSG:4326.
    raw
        Location as it was sent.
    codes
        Area codes by level: those of the chain, and those that the affected geometry touches.
    """

    snapshot: PlaceSnapshot
    answer: PinAnswer | None
    lonlat: tuple[float, float] | None
    affected: shapely.Geometry | None
    raw: dict[str, Any]
    codes: Mapping[str, tuple[str, ...]]

    @property
    def outcome(self) -> str:
        """Outcome of the locate; `none` without a place."""
        return self.answer.outcome if self.answer else "none"

    @cached_property
    def chain(self) -> tuple[AreaEntry, ...]:
        """Areas of the pin, widest first."""
        return self.answer.areas if self.answer else ()

    @property
    def building(self) -> AreaEntry | None:
        """Building of the pin."""
        return self.answer.building if self.answer else None

    @property
    def unit(self) -> AreaEntry | None:
        """Unit of the pin."""
        return self.answer.unit if self.answer else None

    @property
    def at_building(self) -> bool:
        """The pin lies in a building, or the building was chosen, rather than lying beside it."""
        if self.answer is None or self.answer.location.building is None:
            return False
        return self.answer.by_name or self.answer.location.building.distance_m == 0

    @cached_property
    def profile(self) -> Profile:
        """Profile in force there."""
        return self.snapshot.profile_at([area.code for area in self.chain])

    @property
    def section(self) -> CasesSection:
        """What that profile says of cases."""
        return self.profile.section(CasesSection)

    @cached_property
    def queue(self) -> tuple[AreaEntry, ...]:
        """Areas whose people sort what has no leaf area: those that cover it, else the widest."""
        if self.chain:
            return self.chain
        if self.answer is not None and self.answer.location.candidates:
            return self.snapshot.chain(self.answer.location.candidates[0].area.id)[:1]
        widest = self.snapshot.index.levels[0]
        return tuple(area for area in self.snapshot.areas.values() if area.level == widest)

    @property
    def enclosure(self) -> str | None:
        """Whether the block is closed or open; None where it is not recorded."""
        return next((area.enclosure for area in self.chain if area.level == "block" and area.enclosure), None)

    def areas_json(self) -> list[dict[str, str]]:
        """Return the chain as it is stored."""
        return self.answer.areas_json() if self.answer else []

    def shown_lonlat(self, *, private: bool) -> tuple[float, float] | None:
        """Return what others than those in charge are shown: at a home, a point standing for the block."""
        if self.lonlat is None or not private:
            return self.lonlat
        visible = public_chain(self.areas_json(), private_place=True)
        return self.chain[len(visible) - 1].point if visible else None

    def case_areas(self) -> list[tuple[str, str, bool]]:
        """Return (level, code, touched by the span only) of every area that the case belongs to."""
        own = {(area.level, area.code) for area in (self.chain or self.queue)}
        found = [(area.level, area.code, False) for area in (self.chain or self.queue)]
        for level in self.snapshot.index.levels:
            found += [(level, code, True) for code in self.codes.get(level, ()) if (level, code) not in own]
        return found


def h3_cell(lonlat: tuple[float, float] | None) -> int | None:
    """Return the H3 cell of a place at `H3_RES`."""
    return h3.latlng_to_cell(lonlat[1], lonlat[0], H3_RES) if lonlat else None


def to_lonlat_geometry(drawn: PinPoint | Line | Region, datum: str) -> shapely.Geometry:
    """Return a drawn GeoJSON geometry in EPSG:4326.

    Raises
    ------
    InvalidInput
        If a coordinate is out of range.
    """
    if isinstance(drawn, PinPoint):
        geometry: shapely.Geometry = shapely.Point(drawn.coordinates[:2])
    elif isinstance(drawn, Line):
        geometry = shapely.LineString([position[:2] for position in drawn.coordinates])
    else:
        rings = [[position[:2] for position in ring] for ring in drawn.coordinates]
        geometry = shapely.Polygon(rings[0], rings[1:])
    require_geometry(geometry)
    if datum != "wgs84":
        geometry = shapely.transform(geometry, lambda x, y: to_wgs84(x, y, datum), interleaved=False)
    return geometry


def check_geometry(kind: Category, drawn: PinPoint | Line | Region | None) -> None:
    """Accept a drawn geometry that cases of a kind can have.

    Raises
    ------
    InvalidPayload
        Naming those that are accepted.
    """
    if drawn is None:
        return
    _check_extent(drawn)
    if GEOMETRY_KINDS[drawn.type] in kind.geometry:
        return
    accepted = [name for name, key in GEOMETRY_KINDS.items() if key in kind.geometry]
    message = _("affected must be %(accepted)s for the category '%(category)s'; got %(type)s")
    shown = {"accepted": ", ".join(accepted), "category": kind.key, "type": drawn.type}
    raise InvalidPayload(message % shown, field="affected", value=drawn.type, accepted=accepted)


def _check_extent(drawn: PinPoint | Line | Region) -> None:
    """Refuse what is larger than any fault: a finger that slipped, or mischief."""
    if isinstance(drawn, PinPoint):
        return
    positions = drawn.coordinates if isinstance(drawn, Line) else drawn.coordinates[0]
    for axis in (0, 1):
        extent = max(p[axis] for p in positions) - min(p[axis] for p in positions)
        if extent > MAX_EXTENT_DEG:
            message = _("affected must be at most %(limit)s degrees wide and high; got %(extent).3f")
            shown = {"limit": MAX_EXTENT_DEG, "extent": extent}
            raise InvalidPayload(message % shown, field="affected", accepted=f"≤ {MAX_EXTENT_DEG}°")


def place_filing(filing: Where, actor: User | None, *, day: date | None = None) -> Placed:
    """Return where a filing lies. What lies outside every grid is placed, too: people sort it.

    Parameters
    ----------
    filing
    actor
        Whose place it is where nothing says more.
    day
        Local day at which terms of posts are judged; None for today.

    Raises
    ------
    InvalidInput
        If coordinates are out of range or swapped.
    NotThere
        If no place, or no area, has the key that was sent.
    """
    affected = to_lonlat_geometry(filing.affected, filing.datum) if filing.affected else None
    raw = _raw(filing)
    if filing.location is None and affected is None and not filing.place_code:
        code = _named_place(filing, actor)
        if code:
            filing = filing.model_copy(update={"place_code": code})
            raw |= {"place_code": code, FOUND_BY_WORDS: True}
    answer, lonlat = _answer(filing, affected, day)
    snapshot = answer.snapshot if answer else _default_place(filing.place, actor)
    return placed_at(snapshot, answer, lonlat, affected, raw)


def placed_at(
    snapshot: PlaceSnapshot,
    answer: PinAnswer | None,
    lonlat: tuple[float, float] | None,
    affected: shapely.Geometry | None,
    raw: dict[str, Any],
) -> Placed:
    """Return a located filing with the areas that it touches; see `Placed`."""
    codes: dict[str, tuple[str, ...]] = {}
    if answer is not None:
        entries: Sequence[AreaEntry | None] = (*answer.areas, answer.building, answer.unit)
        codes = {area.level: (area.code,) for area in entries if area is not None}
    if affected is not None:
        for level, touched in span_of(affected, snapshot).codes.items():
            own = codes.get(level, ())
            codes[level] = (*own, *(code for code in touched if code not in own))
    return Placed(snapshot, answer, lonlat, affected, raw, codes)


def unlocated(placed: Placed, why: str) -> Placed:
    """Return a filing without a trustworthy place: what was sent is kept, and puts nothing on any map.

    Parameters
    ----------
    placed
        With its answer, where that tells whose people sort it.
    why
        'placeholder', 'outside', 'no_coordinates' or 'address'.
    """
    kept = {name: value for name, value in placed.raw.items() if name not in _BELIEVED}
    doubted = {name: value for name, value in placed.raw.items() if name in _BELIEVED}
    return replace(placed, lonlat=None, raw={**kept, UNLOCATED: {"why": why, **doubted}})


def _named_place(filing: Where, actor: User | None) -> str:
    """Return the code of the area that a place in words surely means; empty where it may mean several, or none."""
    words = filing.place_text.strip()
    if not words:
        return ""
    own = filing.place or (actor.place.slug if actor is not None and actor.place is not None else None)
    found = places_found(words[:LONGEST_QUERY], place=own, limit=2)
    if not found or found[0]["score"] < SURE_SCORE or found[0]["level"] in STREET_LEVELS:
        return ""
    alone = len(found) == 1 or found[1]["score"] < found[0]["score"]
    return str(found[0]["code"]) if alone else ""


def _answer(
    filing: Where, affected: shapely.Geometry | None, day: date | None
) -> tuple[PinAnswer | None, tuple[float, float] | None]:
    place = filing.place or None
    pin = None
    if filing.location is not None:
        lon, lat = filing.location.coordinates[:2]
        pin = locate_pin(
            lon, lat, accuracy_m=filing.accuracy_m, datum=filing.datum, pin=filing.pin, place=place, day=day
        )
    elif affected is not None:
        middle = _representative(affected)
        pin = locate_pin(middle.x, middle.y, pin="confirmed", place=place, day=day)
    if filing.place_code:
        # What somebody chose by name has more weight than where the device says it is.
        named = locate_area(filing.place_code, place=place, day=day)
        return named, (pin.lon, pin.lat) if pin else (named.lon, named.lat)
    return pin, (pin.lon, pin.lat) if pin else None


def _representative(geometry: shapely.Geometry) -> shapely.Point:
    if geometry.geom_type == "LineString":
        return geometry.interpolate(0.5, normalized=True)
    if geometry.geom_type == "Polygon":
        return shapely.make_valid(geometry).representative_point()
    return geometry


def _default_place(slug: str, actor: User | None) -> PlaceSnapshot:
    known = snapshots()
    if slug:
        return snapshot_named(slug, known)
    if actor is not None and actor.place_id in known:
        return known[actor.place_id]
    if len(known) == 1:
        return next(iter(known.values()))
    slugs = sorted(snapshot.slug for snapshot in known.values())
    message = _("a case without a location needs a place: one of %(known)s")
    raise NotThere(message % {"known": ", ".join(slugs)}, field="place", accepted=slugs)


def _raw(filing: Where) -> dict[str, Any]:
    sent = filing.model_dump(
        mode="json",
        include={"location", "accuracy_m", "pin", "datum", "fix", "place_code"},
        exclude_none=True,
    )
    if filing.affected is not None and filing.datum != "wgs84":
        sent["affected"] = filing.affected.model_dump(mode="json")
    return sent
