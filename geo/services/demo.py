"""Write a synthetic town to the database: its place, boundaries, staffing and accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import shapely
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password, make_password
from django.contrib.gis.geos import LineString, Polygon
from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from geo.db.convert import to_multipolygon
from geo.db.inserts import insert_many
from geo.demo.plan import TownPlan
from geo.demo.staffing import DEMO_ROLES, Staffing
from geo.demo.town import Feature
from geo.domain.profile import LEVEL_ORDER
from geo.errors import Conflict
from geo.models import (
    Appointment,
    Area,
    BoundaryGeneration,
    Department,
    Jurisdiction,
    LandCover,
    PartyOrganisation,
    Place,
    Post,
    Road,
    User,
)
from geo.services.places import place_create
from geo.services.versions import directory_changed

__all__ = ["demo_passwords_set", "demo_place_load", "demo_place_remove"]

GENERATION_NAME = "demo-1"
SOURCE = "模拟数据"
_OWN = frozenset({"code", "name", "name_en", "parent", "aliases", "population", "households", "enclosure"})


@transaction.atomic
def demo_place_load(
    *, plan: TownPlan, layers: Mapping[str, Sequence[Feature]], staffing: Staffing, as_of: date
) -> Place:
    """Write a town that is not there yet.

    Parameters
    ----------
    plan, layers, staffing
        What `geo.demo` made. Levels that the profile skips are simply not in `layers`.
    as_of
        The day, local to the place, that terms are relative to.

    Raises
    ------
    Conflict
        If there is a place of that key.
    """
    if Place.objects.filter(slug=plan.slug).exists():
        raise Conflict(
            _("There is a place “%(slug)s” already: the demo does not touch it.") % {"slug": plan.slug},
            field="place",
            value=plan.slug,
        )
    place = place_create(
        slug=plan.slug,
        name=plan.name,
        name_en=plan.name_en,
        profile=plan.slug,
        metric_srid=plan.metric_srid,
        county_code=plan.county_code,
        is_demo=True,
    )
    _boundaries(place, layers, as_of)
    _people(place, staffing, as_of)
    directory_changed(place_id=place.pk)
    place.refresh_from_db()
    return place


@transaction.atomic
def demo_passwords_set(*, place_id: int, password: str) -> int:
    """Give the demo accounts of a place their common password; return how many were changed.

    They share one hash: it is one password, told to everybody, and checking a dozen would take seconds.
    """
    accounts = User.objects.filter(place_id=place_id, is_demo=True, username__in=_demo_usernames(place_id))
    kept = set(accounts.values_list("password", flat=True))
    if len(kept) == 1 and check_password(password, next(iter(kept))):
        return 0
    return accounts.update(password=make_password(password))


@transaction.atomic
def demo_place_remove(*, place_id: int) -> None:
    """Remove a demo place whose cases are gone already, with everybody in it.

    Raises
    ------
    Conflict
        If it is no demo place.
    """
    place = Place.objects.get(pk=place_id)
    if not place.is_demo:
        raise Conflict(
            _("“%(slug)s” is no demo place.") % {"slug": place.slug}, field="place", value=place.slug
        )
    # Posts take their appointments along, by ids: a join over tables that PostgreSQL has no statistics of takes hours.
    Post.objects.filter(place=place).delete()
    PartyOrganisation.objects.filter(place=place).update(parent=None)
    User.objects.filter(place=place, is_demo=True).delete()
    User.objects.filter(place=place).update(place=None)
    place.delete()


def _demo_usernames(place_id: int) -> list[str]:
    slug = Place.objects.values_list("slug", flat=True).get(pk=place_id)
    return [f"{slug}.{role}" for role in DEMO_ROLES]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _boundaries(place: Place, layers: Mapping[str, Sequence[Feature]], as_of: date) -> None:
    began = _midnight(as_of - timedelta(days=400))
    generation = BoundaryGeneration.objects.create(
        place=place,
        name=GENERATION_NAME,
        state=BoundaryGeneration.State.ACTIVE,
        source=SOURCE,
        activated_at=began,
    )
    written: dict[str, Area] = {}
    for level in LEVEL_ORDER:
        fresh = [_area(generation, level, feature, written) for feature in layers.get(level, ())]
        for area in Area.objects.bulk_create(fresh, batch_size=500):
            written[area.code] = area
    Road.objects.bulk_create(
        Road(
            generation=generation,
            geometry=LineString(shapely.get_coordinates(f.geometry).tolist(), srid=4326),
            **f.properties,
        )
        for f in layers.get("road", ())
    )
    LandCover.objects.bulk_create(
        LandCover(generation=generation, geometry=to_multipolygon(f.geometry), **f.properties)
        for f in layers.get("landcover", ())
    )
    box = shapely.total_bounds([f.geometry for level in LEVEL_ORDER for f in layers.get(level, ())])
    place.outline = Polygon.from_bbox((float(box[0]), float(box[1]), float(box[2]), float(box[3])))
    place.save(update_fields=["outline"])


def _area(generation: BoundaryGeneration, level: str, feature: Feature, written: Mapping[str, Area]) -> Area:
    given = feature.properties
    parent = written[given["parent"]] if given.get("parent") else None
    return Area(
        generation=generation,
        level=level,
        code=given["code"],
        name=given["name"],
        name_en=given.get("name_en", ""),
        aliases=given.get("aliases", []),
        parent=parent,
        path=f"{parent.path if parent else '/'}{given['code']}/",
        geometry=to_multipolygon(feature.geometry),
        population=given.get("population"),
        households=given.get("households"),
        enclosure=given.get("enclosure") or "",
        attributes={key: value for key, value in given.items() if key not in _OWN},
    )


def _people(place: Place, staffing: Staffing, as_of: date) -> None:
    joined = _midnight(as_of - timedelta(days=400))
    # One draw for all: an unusable password only has to begin as one.
    unusable = UNUSABLE_PASSWORD_PREFIX + get_random_string(40)
    people = User.objects.bulk_create(
        [
            User(
                username=person.username,
                display_name=person.name,
                phone=person.phone,
                place=place,
                password=unusable,
                is_demo=True,
                date_joined=joined,
            )
            for person in staffing.people
        ],
        batch_size=500,
    )
    parties = _parties(place, staffing)
    departments = Department.objects.bulk_create(
        Department(
            place=place,
            code=d.code,
            name=d.name,
            name_en=d.name_en,
            kind=d.kind,
            off_area=d.off_area,
            phone=d.phone,
        )
        for d in staffing.departments
    )
    Jurisdiction.objects.bulk_create(
        Jurisdiction(department=row, category=category, area_code=code)
        for row, draft in zip(departments, staffing.departments, strict=True)
        for category, code in draft.jurisdictions
    )
    posts = Post.objects.bulk_create(
        [
            Post(
                place=place,
                kind=draft.kind,
                area_code=draft.area_code,
                party_organisation=None if draft.party is None else parties[draft.party],
                department=None if draft.department is None else departments[draft.department],
                office_phone=draft.phone,
            )
            for draft in staffing.posts
        ],
        batch_size=500,
    )
    insert_many(
        [
            Appointment(
                post=post,
                person=people[term.person],
                since=as_of + timedelta(days=term.since),
                until=None if term.until is None else as_of + timedelta(days=term.until),
                employment=draft.employment,
            )
            for post, draft in zip(posts, staffing.posts, strict=True)
            for term in draft.terms
        ]
    )


def _parties(place: Place, staffing: Staffing) -> list[PartyOrganisation]:
    """Write Party organisations, those above before those below: a bulk insert knows no ids of its own rows."""
    rows: list[PartyOrganisation | None] = [None] * len(staffing.parties)
    waiting = list(range(len(rows)))
    while waiting:
        ready = [
            i for i in waiting if (above := staffing.parties[i].parent) is None or rows[above] is not None
        ]
        fresh = PartyOrganisation.objects.bulk_create(
            PartyOrganisation(
                place=place,
                kind=staffing.parties[i].kind,
                name=staffing.parties[i].name,
                area_code=staffing.parties[i].area_code,
                parent=None if (above := staffing.parties[i].parent) is None else rows[above],
            )
            for i in ready
        )
        for i, row in zip(ready, fresh, strict=True):
            rows[i] = row
        waiting = [i for i in waiting if rows[i] is None]
    return [row for row in rows if row is not None]
