"""From a pin to its people, in this process: one immutable snapshot of each place.

A snapshot holds the routing index of the active boundary generation, the staffing directory and the profile. It
is shared by all requests of a process and replaced as a whole; one small query tells whether another generation
was activated or the staffing changed, so that every server process answers from the new one at its next request.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

import shapely

from geo import profiles
from geo.db.convert import to_shapely_array
from geo.db.prepared import PreparedRows
from geo.domain.areas import LEVEL_RANK, AreaRecord
from geo.domain.directory import DepartmentRecord, Directory, Holder, PartyRecord, PostRecord
from geo.domain.profile_base import Names
from geo.domain.routing_index import RoutingIndex
from geo.errors import InvalidInput
from geo.memory import give_back
from geo.models import (
    Appointment,
    Area,
    BoundaryGeneration,
    Department,
    Jurisdiction,
    PartyOrganisation,
    Place,
    Post,
    ProfileOverride,
)
from geo.profiles import Profile

__all__ = [
    "AreaEntry",
    "PlaceSnapshot",
    "area_records",
    "forget",
    "one_view",
    "snapshot_in_force",
    "snapshot_of",
    "snapshot_of_generation",
    "snapshots",
]


_ROWS_AT_ONCE = 5_000
_ABOVE_COMMUNITY = ("city", "district", "subdistrict")


@dataclass(frozen=True, slots=True)
class AreaEntry:
    """One area of a snapshot, without its boundary.

    `point` is a lon, lat within it, EPSG:4326.
    """

    id: int
    level: str
    code: str
    names: Names
    parent_id: int | None
    enclosure: str
    point: tuple[float, float]

    @property
    def name(self) -> str:
        """The official name."""
        return self.names.zh


@dataclass(frozen=True, eq=False)
class PlaceSnapshot:
    """What a process knows of a place: boundaries, staffing and profile, all immutable.

    `state` is what it was read at: active generation, when that was activated, `Place.directory_version`. A
    snapshot of another state is out of date.
    """

    state: tuple[int, Any, int]
    place_id: int
    slug: str
    name: str
    name_en: str
    time_zone: str
    metric_srid: int
    is_demo: bool
    generation_id: int
    generation: str
    profile: Profile
    overrides: Mapping[str, str]
    index: RoutingIndex
    areas: Mapping[int, AreaEntry]
    directory: Directory

    @cached_property
    def by_code(self) -> Mapping[str, AreaEntry]:
        """Areas by code; where a code stands at several levels, the widest."""
        found: dict[str, AreaEntry] = {}
        for area in sorted(self.areas.values(), key=lambda a: LEVEL_RANK[a.level]):
            found.setdefault(area.code, area)
        return found

    @property
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

    def full_name(self, area_id: int) -> Names:
        """Return the name of an area after those of its community and block: every community has a 第3网格."""
        found = self._full_names.get(area_id)
        if found is None:
            chain = [a for a in self.chain(area_id) if a.level not in _ABOVE_COMMUNITY]
            names = [area.names for area in chain] or [self.areas[area_id].names]
            found = Names(zh="".join(n.zh for n in names), en=" ".join(n.en for n in names))
            self._full_names[area_id] = found
        return found

    @cached_property
    def _full_names(self) -> dict[int, Names]:
        return {}

    def profile_at(self, codes: Sequence[str]) -> Profile:
        """Return the profile in force below a chain of codes (widest first): the finest override wins."""
        for code in reversed(codes) if self.overrides else ():
            if code in self.overrides:
                return profiles.resolve(self.overrides[code])
        return self.profile


_states = PreparedRows(
    lambda: BoundaryGeneration.objects.filter(state=BoundaryGeneration.State.ACTIVE).values_list(
        "place_id", "pk", "activated_at", "place__directory_version"
    )
)
_lock = threading.Lock()
_kept: dict[int, PlaceSnapshot] = {}


_pinned: ContextVar[dict[int, PlaceSnapshot] | None] = ContextVar("pinned_snapshots", default=None)


@contextmanager
def one_view(*, as_if: PlaceSnapshot | None = None) -> Iterator[None]:
    """Answer everything within the block from the same snapshots: one query a request, and one generation.

    With `as_if` that snapshot stands for its place, whatever is active: what would change is asked like this.
    """
    outer = _pinned.get()
    view = snapshots() if outer is None else outer
    token = _pinned.set(view if as_if is None else {**view, as_if.place_id: as_if})
    try:
        yield
    finally:
        _pinned.reset(token)


def snapshots() -> dict[int, PlaceSnapshot]:
    """Return the current snapshot of every place with an active generation, by place id; one query."""
    pinned = _pinned.get()
    if pinned is not None:
        return pinned
    return {state[0]: _current(state) for state in _states.fetch()}


def snapshot_of(place_id: int) -> PlaceSnapshot | None:
    """Return the current snapshot of a place, None where it has no active generation; one query."""
    pinned = _pinned.get()
    if pinned is not None:
        return pinned.get(place_id)
    state = next((state for state in _states.fetch() if state[0] == place_id), None)
    return _current(state) if state else None


def snapshot_in_force(place_id: int) -> PlaceSnapshot | None:
    """Return the snapshot of what is active at this moment, also within a block that answers from an earlier one."""
    state = next((state for state in _states.fetch() if state[0] == place_id), None)
    return _current(state) if state else None


def snapshot_of_generation(generation: BoundaryGeneration) -> PlaceSnapshot:
    """Return the snapshot that a place would have if a generation were active; built anew, kept nowhere.

    Raises
    ------
    InvalidInput
        If it cannot be routed.
    """
    place = generation.place
    try:
        return _build(place, (generation.pk, generation.activated_at, place.directory_version))
    except RuntimeError as error:
        if isinstance(error.__cause__, InvalidInput):
            raise error.__cause__ from None  # here, somebody asks who can mend it
        raise


def forget() -> None:
    """Drop every snapshot of this process (tests that roll their database back)."""
    with _lock:
        _kept.clear()


def area_records(generation_id: int) -> list[AreaRecord]:
    """Return the areas of a generation, staged or not, as the routing index takes them in."""
    rows = (
        Area.objects.filter(generation_id=generation_id)
        .order_by("pk")
        .values_list("pk", "level", "code", "name", "parent_id", "geometry", "enclosure")
        .iterator(_ROWS_AT_ONCE)
    )
    records: list[AreaRecord] = []
    # Some at a time: a city whole as rows, as GEOS and as shapely geometries is what the process never shrinks from.
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        geometries = to_shapely_array(row[5] for row in some)
        records += (
            AreaRecord(*row[:5], geometry, row[6]) for row, geometry in zip(some, geometries, strict=True)
        )
    return records


def _current(state: tuple[Any, ...]) -> PlaceSnapshot:
    place_id, generation_id, activated_at, version = state
    kept = _kept.get(place_id)
    if kept is not None and kept.state == (generation_id, activated_at, version):
        return kept
    # One thread builds, the others wait: an index of a large city takes a second.
    with _lock:
        kept = _kept.get(place_id)
        if kept is None or kept.state != (generation_id, activated_at, version):
            index = kept.index if kept is not None else None
            kept = _renewed(kept, Place.objects.get(pk=place_id), (generation_id, activated_at, version))
            _kept[place_id] = kept
            if kept.index is not index:
                give_back()
        return kept


def _renewed(kept: PlaceSnapshot | None, place: Place, state: tuple[int, Any, int]) -> PlaceSnapshot:
    generation_id, activated_at, _version = state
    settings = (place.metric_srid, place.profile)
    if (
        kept is None
        or kept.state[:2] != (generation_id, activated_at)
        or (kept.metric_srid, kept.profile.key) != settings
    ):
        return _build(place, state)
    areas = _entries(generation_id, {pk: area.point for pk, area in kept.areas.items()})
    overrides, directory = _staffing(place, kept.profile, areas, state[2])
    return replace(
        kept,
        state=state,
        name=place.name,
        name_en=place.name_en,
        time_zone=place.time_zone,
        is_demo=place.is_demo,
        overrides=overrides,
        areas=areas,
        directory=directory,
    )


def _build(place: Place, state: tuple[int, Any, int]) -> PlaceSnapshot:
    generation_id, version = state[0], state[2]
    profile = profiles.resolve(place.profile)
    records = area_records(generation_id)
    tolerances = profile.geo.tolerances
    try:
        index = RoutingIndex.build(
            records,
            levels=profile.geo.level_keys,
            leaf_level=profile.geo.leaf_level,
            metric_crs=place.metric_srid,
            snap_tolerance_m=tolerances.snap_tolerance_m,
            building_tolerance_m=tolerances.building_tolerance_m,
            generation=generation_id,
        )
    except InvalidInput as error:
        # Activation and settings are checked; a profile file changed since can still do it. Nobody who asks can
        # mend that, and leaving the place out would send its pins to its neighbour.
        raise RuntimeError(f"the boundaries of {place.slug} cannot be routed: {error.message}") from error
    inner = shapely.point_on_surface([record.geometry for record in records])
    points = shapely.get_coordinates(inner).tolist()
    areas = _entries(generation_id, {r.id: (xy[0], xy[1]) for r, xy in zip(records, points, strict=True)})
    overrides, directory = _staffing(place, profile, areas, version)
    return PlaceSnapshot(
        state=state,
        place_id=place.pk,
        slug=place.slug,
        name=place.name,
        name_en=place.name_en,
        time_zone=place.time_zone,
        metric_srid=place.metric_srid,
        is_demo=place.is_demo,
        generation_id=generation_id,
        generation=BoundaryGeneration.objects.values_list("name", flat=True).get(pk=generation_id),
        profile=profile,
        overrides=overrides,
        index=index,
        areas=areas,
        directory=directory,
    )


def _entries(generation_id: int, points: Mapping[int, tuple[float, float]]) -> dict[int, AreaEntry]:
    rows = Area.objects.filter(generation_id=generation_id).values_list(
        "pk", "level", "code", "name", "name_en", "parent_id", "enclosure"
    )
    return {
        pk: AreaEntry(pk, level, code, Names(zh=name, en=name_en or name), parent_id, enclosure, points[pk])
        for pk, level, code, name, name_en, parent_id, enclosure in rows
        if pk in points
    }


def _staffing(
    place: Place, profile: Profile, areas: Mapping[int, AreaEntry], version: int
) -> tuple[dict[str, str], Directory]:
    overrides = dict(ProfileOverride.objects.filter(place=place).values_list("area_code", "profile"))
    geo = profile.geo
    roles = geo.roles_by_key
    directory = Directory.build(
        version,
        _posts(place, profile, areas, overrides),
        _parties(place, profile),
        _departments(place),
        vacant_titles={
            level: roles[leading[0].roles[0]].name
            for level in geo.area_levels
            if (leading := [post for post in geo.posts if post.leads and post.level == level])
        },
        party_levels=[kind.level for kind in geo.party_kinds if kind.answers],
        fallback=geo.fallback,
    )
    return overrides, directory


def _posts(
    place: Place, profile: Profile, areas: Mapping[int, AreaEntry], overrides: Mapping[str, str]
) -> list[PostRecord]:
    holders: dict[int, list[Holder]] = {}
    for post_id, user_id, name, username, since, until in (
        Appointment.objects.filter(post__place=place, person__is_active=True)
        .order_by("pk")
        .values_list("post_id", "person_id", "person__display_name", "person__username", "since", "until")
    ):
        holders.setdefault(post_id, []).append(Holder(user_id, name or username, since, until))
    by_code = {area.code: area for area in areas.values()} if overrides else {}

    def kinds_at(code: str) -> Mapping[str, Any]:
        area = by_code.get(code)
        while area is not None:
            if area.code in overrides:
                return profiles.resolve(overrides[area.code]).geo.posts_by_key
            area = areas[area.parent_id] if area.parent_id is not None else None
        return profile.geo.posts_by_key

    found = []
    for pk, kind, code, party_id, party_code, department_id, phone in (
        Post.objects.filter(place=place)
        .order_by("pk")
        .values_list(
            "pk",
            "kind",
            "area_code",
            "party_organisation_id",
            "party_organisation__area_code",
            "department_id",
            "office_phone",
        )
    ):
        meaning = kinds_at(code or party_code or "").get(kind)
        found.append(
            PostRecord(
                id=pk,
                kind=kind,
                title=meaning.name if meaning else Names(zh=kind, en=kind),
                area_code=code,
                roles=meaning.roles if meaning else (),
                leads=bool(meaning and meaning.leads and not party_id),
                heads=bool(meaning and meaning.party_kind),
                deputy_for=meaning.deputy_for if meaning else (),
                holders=tuple(holders.get(pk, ())),
                party_organisation_id=party_id,
                department_id=department_id,
                office_phone=phone,
            )
        )
    return found


def _parties(place: Place, profile: Profile) -> list[PartyRecord]:
    kinds = profile.geo.party_kinds_by_key
    return [
        PartyRecord(
            id=pk,
            kind=kind,
            names=Names(zh=name, en=name_en or name),
            area_code=code,
            parent_id=parent_id,
            head_title=kinds[kind].head_title if kind in kinds else None,
            answers=kinds[kind].answers if kind in kinds else True,
        )
        for pk, kind, name, name_en, code, parent_id in PartyOrganisation.objects.filter(place=place)
        .order_by("pk")
        .values_list("pk", "kind", "name", "name_en", "area_code", "parent_id")
    ]


def _departments(place: Place) -> list[DepartmentRecord]:
    jurisdictions: dict[int, list[tuple[str, str]]] = {}
    for pk, category, code in (
        Jurisdiction.objects.filter(department__place=place)
        .order_by("pk")
        .values_list("department_id", "category", "area_code")
    ):
        jurisdictions.setdefault(pk, []).append((category, code))
    return [
        DepartmentRecord(
            id=pk,
            code=code,
            names=Names(zh=name, en=name_en or name),
            off_area=off_area,
            phone=phone,
            jurisdictions=tuple(jurisdictions.get(pk, ())),
        )
        for pk, code, name, name_en, off_area, phone in Department.objects.filter(place=place)
        .order_by("pk")
        .values_list("pk", "code", "name", "name_en", "off_area", "phone")
    ]
