"""From a pin to its people, in this process: one immutable snapshot of each place.

A snapshot holds the routing index of the active boundary generation, the staffing directory and the profile. It is
shared by all requests of a process and replaced as a whole; one small query tells whether another generation was
activated or the staffing changed, so that every server process answers from the new one at its next request.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any


from django.db.models import OuterRef, Subquery

from geo import profiles
from geo.db.convert import to_shapely_array
from geo.domain.directory import Directory, Holder, PartyRecord, PostRecord
from geo.domain.routing_index import AreaRecord, RoutingIndex
from geo.models import Appointment, Area, BoundaryGeneration, PartyOrganisation, Place, Post, ProfileOverride

__all__ = ["AreaEntry", "PlaceSnapshot", "forget", "snapshot_of", "snapshots"]


@dataclass(frozen=True, slots=True)
class AreaEntry:
    """One area of a snapshot, without its geometry."""

    id: int
    level: str
    code: str
    name: str
    parent_id: int | None
    enclosure: str = ""


@dataclass(frozen=True)
class PlaceSnapshot:
    """What a process knows of a place: boundaries, staffing and profile, all immutable."""

    place_id: int
    slug: str
    name: str
    time_zone: str
    metric_srid: int
    is_demo: bool
    generation_id: int
    generation: str
    profile: Any
    index: RoutingIndex
    areas: Mapping[int, AreaEntry]
    directory: Directory
    overrides: Mapping[str, str]

    @cached_property
    def by_code(self) -> Mapping[str, AreaEntry]:
        """Areas by code; where a code stands at several levels, the widest."""
        found: dict[str, AreaEntry] = {}
        for area in self.areas.values():
            found.setdefault(area.code, area)
        return found

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of everything in the generation, EPSG:4326."""
        return self.index.bounds

    def chain(self, area_id: int | None) -> tuple[AreaEntry, ...]:
        """Return an area and its ancestors, widest first; empty for None."""
        found: list[AreaEntry] = []
        while area_id is not None:
            area = self.areas[area_id]
            found.append(area)
            area_id = area.parent_id
        return tuple(reversed(found))

    def chain_of(self, code: str) -> tuple[AreaEntry, ...]:
        """Return the chain of an area by its code; empty where the generation has no such area."""
        area = self.by_code.get(code)
        return self.chain(area.id) if area else ()

    def profile_at(self, codes: tuple[str, ...]) -> Any:
        """Return the profile in force below the given chain of codes (widest first): the finest override wins."""
        for code in reversed(codes):
            if code in self.overrides:
                return profiles.resolve(self.overrides[code])
        return self.profile


_lock = threading.Lock()
_kept: dict[int, PlaceSnapshot] = {}


def snapshots() -> dict[int, PlaceSnapshot]:
    """Return the current snapshot of every place with an active generation, by place id (one query when fresh)."""
    return _current(Place.objects.all())


def snapshot_of(place_id: int) -> PlaceSnapshot | None:
    """Return the current snapshot of a place, None where it has no active generation."""
    return _current(Place.objects.filter(pk=place_id)).get(place_id)


def forget() -> None:
    """Drop every snapshot of this process (tests that roll their database back)."""
    with _lock:
        _kept.clear()


def _current(places: Any) -> dict[int, PlaceSnapshot]:
    active = BoundaryGeneration.objects.filter(place=OuterRef("pk"), state=BoundaryGeneration.State.ACTIVE)
    rows = places.annotate(active_id=Subquery(active.values("pk")[:1])).values_list(
        "pk", "active_id", "directory_version"
    )
    found: dict[int, PlaceSnapshot] = {}
    for place_id, generation_id, version in rows:
        if generation_id is None:
            continue
        kept = _kept.get(place_id)
        if kept is None or kept.generation_id != generation_id or kept.directory.version != version:
            kept = _refresh(place_id, generation_id, version)
        found[place_id] = kept
    return found


def _refresh(place_id: int, generation_id: int, version: int) -> PlaceSnapshot:
    # One thread builds, the others wait: an index of a large city takes a second.
    with _lock:
        kept = _kept.get(place_id)
        if kept is None or kept.generation_id != generation_id:
            kept = _build(place_id, generation_id, version)
        elif kept.directory.version != version:
            overrides, directory = _staffing(place_id, version, kept.profile)
            kept = replace(kept, overrides=overrides, directory=directory)
        _kept[place_id] = kept
        return kept


def _build(place_id: int, generation_id: int, version: int) -> PlaceSnapshot:
    place = Place.objects.get(pk=place_id)
    profile = profiles.resolve(place.profile)
    rows = list(
        Area.objects.filter(generation_id=generation_id)
        .order_by("pk")
        .values_list("pk", "level", "code", "name", "parent_id", "enclosure", "geometry")
    )
    geometries = to_shapely_array(row[6] for row in rows)
    records = [AreaRecord(*row[:5], geometry, row[5]) for row, geometry in zip(rows, geometries, strict=True)]
    tolerances = profile.geo.tolerances
    index = RoutingIndex.build(
        records,
        levels=profile.geo.area_levels,
        metric_crs=place.metric_srid,
        snap_tolerance_m=tolerances.snap_tolerance_m,
        building_tolerance_m=tolerances.building_tolerance_m,
        generation=generation_id,
    )
    overrides, directory = _staffing(place_id, version, profile)
    return PlaceSnapshot(
        place_id=place_id,
        slug=place.slug,
        name=place.name,
        time_zone=place.time_zone,
        metric_srid=place.metric_srid,
        is_demo=place.is_demo,
        generation_id=generation_id,
        generation=BoundaryGeneration.objects.values_list("name", flat=True).get(pk=generation_id),
        profile=profile,
        index=index,
        areas={row[0]: AreaEntry(*row[:6]) for row in rows},
        directory=directory,
        overrides=overrides,
    )


def _staffing(place_id: int, version: int, profile: Any) -> tuple[dict[str, str], Directory]:
    holders: dict[int, list[Holder]] = {}
    for post_id, user_id, name, username, since, until in (
        Appointment.objects.filter(post__place_id=place_id, person__is_active=True)
        .order_by("pk")
        .values_list("post_id", "person_id", "person__display_name", "person__username", "since", "until")
    ):
        holders.setdefault(post_id, []).append(Holder(user_id, name or username, since, until))
    posts = []
    kinds = profile.geo.posts_by_key
    for pk, kind, code, party_id, department_id, phone in (
        Post.objects.filter(place_id=place_id)
        .order_by("pk")
        .values_list("pk", "kind", "area_code", "party_organisation_id", "department_id", "office_phone")
    ):
        meaning = kinds.get(kind)
        posts.append(
            PostRecord(
                id=pk,
                kind=kind,
                title=meaning.name.text() if meaning else kind,
                area_code=code,
                roles=meaning.roles if meaning else (),
                leads=bool(meaning and meaning.leads),
                deputy_for=meaning.deputy_for if meaning else (),
                holders=tuple(holders.get(pk, ())),
                party_organisation_id=party_id,
                department_id=department_id,
                office_phone=phone,
            )
        )
    party_kinds = profile.geo.party_kinds_by_key
    parties = [
        PartyRecord(
            pk, kind, name, code, parent, party_kinds[kind].head_title.text() if kind in party_kinds else ""
        )
        for pk, kind, name, code, parent in PartyOrganisation.objects.filter(place_id=place_id)
        .order_by("pk")
        .values_list("pk", "kind", "name", "area_code", "parent_id")
    ]
    overrides = dict(ProfileOverride.objects.filter(place_id=place_id).values_list("area_code", "profile"))
    return overrides, Directory.build(version, posts, parties)
