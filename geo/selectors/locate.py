"""Whose is it? From a coordinate, a name or a drawn line to areas, leaders and Party organisation.

Where several places of a deployment overlap, the one whose leaf area covers the pin has it (of several the first by
key), else the one whose leaf is nearest within its tolerance, else the one whose extent is nearest: its people sort
what lies outside.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date

import shapely
from django.utils.translation import gettext as _

from geo.domain.areas import AreaRef
from geo.domain.crs import axes_look_swapped, require_lonlat
from geo.domain.datum import DATUMS, to_wgs84
from geo.domain.directory import Exclusion
from geo.domain.location import Location, Nearby, Outcome
from geo.domain.span import Span
from geo.errors import InvalidInput, NotThere
from geo.routing import AreaEntry, PlaceSnapshot, snapshots
from geo.selectors.clock import local_day
from geo.selectors.pin_answer import PinAnswer, RawPin

__all__ = ["PINS", "locate_area", "locate_pin", "refuse_swapped", "snapshot_named", "span_of"]

PINS = ("gps", "confirmed", "building")
"""How a pin was set: by the device, by hand, by choosing a building."""
_COVERED = (Outcome.INSIDE, Outcome.BORDER, Outcome.OVERLAP)
# More than a degree of latitude holds anywhere below the 74th parallel: the box only spares exact work.
_METRES_PER_DEGREE_AT_LEAST = 30_000.0


def locate_pin(
    lon: float,
    lat: float,
    *,
    accuracy_m: float | None = None,
    datum: str = "wgs84",
    pin: str | None = None,
    place: str | None = None,
    levels_up: int = 0,
    exclusion: Exclusion | None = None,
    day: date | None = None,
) -> PinAnswer:
    """Return whose a pin is. One query tells whether the process is up to date; all else is in memory.

    Parameters
    ----------
    lon, lat
        Degrees in `datum`.
    accuracy_m
        Radius of the fix. Without it, a pin that is `gps` gets the profile's, any other none.
    datum
        'wgs84', 'gcj02' or 'bd09'.
    pin
        'gps', 'confirmed' or 'building': the latter two ignore the accuracy. None: not said.
    place
        Key of the only place to look in; None for all.
    levels_up
        Number of finest levels whose people are left out.
    exclusion
        Whom a complaint must pass by.
    day
        Local day at which terms are judged; None for today.

    Returns
    -------
    PinAnswer
        Also for a pin outside every place: never an error, never nobody's.

    Raises
    ------
    InvalidInput
        If a value is not finite or not in range, or the axes are swapped: no place has the pin, but one would have
        it the other way round.
    NotThere
        If there is no such place, or none at all.
    """
    known = _snapshots_in(place)
    if datum not in DATUMS:
        raise _not_one_of("datum", datum, DATUMS)
    if pin is not None and pin not in PINS:
        raise _not_one_of("pin", pin, PINS)
    require_lonlat(lon, lat)
    raw = RawPin(float(lon), float(lat), datum, accuracy_m, pin)
    if datum != "wgs84":
        lon, lat = to_wgs84(lon, lat, datum)
    found = [(snapshot, _located(snapshot, lon, lat, accuracy_m, pin)) for snapshot in _near(known, lon, lat)]
    if all(location.outcome is Outcome.OUTSIDE for _snapshot, location in found):
        refuse_swapped(raw.lon, raw.lat, known)
        if not found:
            nearest = min(known, key=lambda snapshot: (_degrees_away(snapshot, lon, lat), snapshot.slug))
            found = [(nearest, _located(nearest, lon, lat, accuracy_m, pin))]
    found.sort(key=_preference)
    snapshot, location = found[0]
    chain = tuple((area.level, area.code) for area in location.areas)
    return PinAnswer(
        lon=lon,
        lat=lat,
        raw=raw,
        snapshot=snapshot,
        location=location,
        also_in=tuple(other.name for other, there in found[1:] if there.outcome in _COVERED),
        by_name=False,
        day=(today := day or local_day(snapshot.time_zone)),
        levels_up=levels_up,
        responsible=snapshot.directory.responsible(
            chain, day=today, levels_up=levels_up, exclusion=exclusion
        ),
    )


def locate_area(
    code: str,
    *,
    place: str | None = None,
    levels_up: int = 0,
    exclusion: Exclusion | None = None,
    day: date | None = None,
) -> PinAnswer:
    """Return whose an area, building or unit is that somebody chose by name.

    Parameters
    ----------
    code
        Code of the area.
    place
        Key of the place; None looks in all, first by key.
    levels_up, exclusion, day
        As for `locate_pin`.

    Returns
    -------
    PinAnswer
        Outcome `inside`, the coordinate a point within the area.

    Raises
    ------
    NotThere
        If no active generation has such an area.
    """
    for snapshot in sorted(_snapshots_in(place), key=lambda snapshot: snapshot.slug):
        area = snapshot.by_code.get(code)
        if area is not None:
            break
    else:
        raise NotThere(
            _("There is no area, building or unit with the code “%(code)s”.") % {"code": code},
            field="place_code",
            value=code,
        )
    refs = snapshot.index.chain(area.id)
    routed = tuple(ref for ref in refs if ref.level not in ("building", "unit"))
    today = day or local_day(snapshot.time_zone)
    chain = tuple((ref.level, ref.code) for ref in routed)
    lon, lat = area.point
    return PinAnswer(
        lon=lon,
        lat=lat,
        raw=RawPin(lon, lat, "wgs84", None, "building"),
        snapshot=snapshot,
        location=_location_of(snapshot, area, refs, routed),
        also_in=(),
        by_name=True,
        day=today,
        levels_up=levels_up,
        responsible=snapshot.directory.responsible(
            chain, day=today, levels_up=levels_up, exclusion=exclusion
        ),
    )


def span_of(geometry: shapely.Geometry, snapshot: PlaceSnapshot, *, tolerance_m: float | None = None) -> Span:
    """Return the areas of every level that a point, line or polygon in EPSG:4326 touches.

    Parameters
    ----------
    geometry
    snapshot
        Of the place that has the case.
    tolerance_m
        None for the profile's: the road *between* two blocks touches both.

    Raises
    ------
    InvalidInput
        If the geometry is empty or has bad coordinates.
    """
    if tolerance_m is None:
        tolerance_m = snapshot.profile.geo.tolerances.span_tolerance_m
    return snapshot.index.span(geometry, tolerance_m=tolerance_m)


def snapshot_named(slug: str, known: Mapping[int, PlaceSnapshot] | None = None) -> PlaceSnapshot:
    """Return the snapshot of a place by its key.

    Raises
    ------
    NotThere
        If there is no such place with an active generation; it names those there are.
    """
    found = sorted((snapshots() if known is None else known).values(), key=lambda snapshot: snapshot.slug)
    for snapshot in found:
        if snapshot.slug == slug:
            return snapshot
    slugs = [snapshot.slug for snapshot in found]
    raise NotThere(
        _("There is no place “%(slug)s”; there are: %(known)s.") % {"slug": slug, "known": ", ".join(slugs)},
        field="place",
        value=slug,
        accepted=slugs,
    )


def _snapshots_in(place: str | None) -> tuple[PlaceSnapshot, ...]:
    known = snapshots()
    if place:
        return (snapshot_named(place, known),)
    if not known:
        raise NotThere(_("No place has boundaries yet."), field="place")
    return tuple(known.values())


def _not_one_of(field: str, value: str, accepted: tuple[str, ...]) -> InvalidInput:
    message = _("%(name)s must be one of %(accepted)s; got '%(value)s'")
    return InvalidInput(
        message % {"name": field, "accepted": ", ".join(accepted), "value": value[:80]},
        field=field,
        value=value,
        accepted=list(accepted),
    )


def _near(known: tuple[PlaceSnapshot, ...], lon: float, lat: float) -> list[PlaceSnapshot]:
    found = []
    for snapshot in known:
        west, south, east, north = snapshot.index.bounds
        margin = snapshot.index.snap_tolerance_m / _METRES_PER_DEGREE_AT_LEAST
        if west - margin <= lon <= east + margin and south - margin <= lat <= north + margin:
            found.append(snapshot)
    return found


def _located(
    snapshot: PlaceSnapshot, lon: float, lat: float, accuracy_m: float | None, pin: str | None
) -> Location:
    if accuracy_m is None and pin == "gps":
        accuracy_m = snapshot.profile.geo.tolerances.default_accuracy_m
    return snapshot.index.locate(lon, lat, accuracy_m=accuracy_m, confirmed=pin in ("confirmed", "building"))


def _preference(found: tuple[PlaceSnapshot, Location]) -> tuple[int, float, str]:
    snapshot, location = found
    if location.outcome in _COVERED:
        return 0, 0.0, snapshot.slug
    if location.outcome is Outcome.SNAPPED:
        return 1, location.distance_to_border_m or 0.0, snapshot.slug
    nearest = location.candidates[0].distance_m if location.candidates else math.inf
    return 2, nearest, snapshot.slug


def _degrees_away(snapshot: PlaceSnapshot, lon: float, lat: float) -> float:
    west, south, east, north = snapshot.index.bounds
    dx = max(west - lon, 0.0, lon - east)
    dy = max(south - lat, 0.0, lat - north)
    return math.hypot(min(dx, 360.0 - dx) * math.cos(math.radians(lat)), dy)


def refuse_swapped(lon: float, lat: float, known: Iterable[PlaceSnapshot]) -> None:
    """Refuse a coordinate that no place has, but one would have the other way round.

    Raises
    ------
    InvalidInput
    """
    if axes_look_swapped(lon, lat, [snapshot.index.bounds for snapshot in known]):
        raise InvalidInput(
            _(
                "lon and lat look swapped: %(lon)s, %(lat)s lies in no place, but %(lat)s, %(lon)s does; "
                "send lon, lat."
            )
            % {"lon": lon, "lat": lat},
            field="lon",
            value=[lon, lat],
            accepted="lon, lat",
        )


def _location_of(
    snapshot: PlaceSnapshot, area: AreaEntry, refs: tuple[AreaRef, ...], routed: tuple[AreaRef, ...]
) -> Location:
    def nearby(level: str) -> Nearby | None:
        return next((Nearby(ref, 0.0) for ref in refs if ref.level == level), None)

    leaf = routed[-1] if routed and routed[-1].level == snapshot.index.leaf_level else None
    return Location(
        outcome=Outcome.INSIDE,
        generation=snapshot.generation_id,
        leaf=leaf,
        areas=routed,
        covering=routed,
        distance_to_border_m=None,
        candidates=(),
        building=nearby("building"),
        unit=nearby("unit"),
        is_tie=False,
        rules=(),
    )
