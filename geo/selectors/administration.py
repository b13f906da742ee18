"""What somebody may administer: the whole deployment, or what lies below the own post.

Administrators of the deployment may do everything. Others get in by an appointment whose role the profile gives
`geo.view_people`, `geo.manage_posts` or `geo.manage_areas`. They manage what stands *below* their own area, never
beside or above themselves: a community appoints the leaders of its grids, not its own director, and nobody resets
the password of somebody above.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from geo.domain.authority import Authority, Grant
from geo.models import (
    Appointment,
    Area,
    BoundaryGeneration,
    Department,
    Jurisdiction,
    PartyOrganisation,
    Place,
    Post,
    User,
)
from geo.routing import snapshot_of
from geo.selectors.authority import authority_of
from geo.selectors.clock import local_day

__all__ = [
    "MANAGE_AREAS",
    "MANAGE_POSTS",
    "VIEW_PEOPLE",
    "administered_appointments",
    "administered_areas",
    "administered_departments",
    "administered_generations",
    "administered_jurisdictions",
    "administered_parties",
    "administered_people",
    "administered_posts",
    "may_administer",
]

VIEW_PEOPLE, MANAGE_POSTS, MANAGE_AREAS = "geo.view_people", "geo.manage_posts", "geo.manage_areas"
NOTHING = Q(pk__in=[])


def may_administer(user: User | AnonymousUser | None) -> bool:
    """Tell whether the administration pages are open to somebody."""
    authority = authority_of(user)
    return authority.is_administrator or any(
        authority.having(capability) for capability in (VIEW_PEOPLE, MANAGE_POSTS, MANAGE_AREAS)
    )


def administered_areas(user: User | AnonymousUser, capability: str) -> QuerySet[Area]:
    """Return the areas that somebody manages: the own one and all below."""
    authority = authority_of(user)
    if authority.is_administrator:
        return Area.objects.all()
    condition = NOTHING
    for grant in _grants(authority, capability):
        condition |= Q(generation__place_id=grant.place_id, path__contains=f"/{grant.area_code}/")
    return Area.objects.filter(condition)


def administered_generations(user: User | AnonymousUser, capability: str) -> QuerySet[BoundaryGeneration]:
    """Return the boundary generations of the places that somebody manages as a whole."""
    authority = authority_of(user)
    if authority.is_administrator:
        return BoundaryGeneration.objects.all()
    return BoundaryGeneration.objects.filter(place_id__in=_whole_places(authority, capability))


def administered_parties(user: User | AnonymousUser, capability: str) -> QuerySet[PartyOrganisation]:
    """Return the Party organisations below the own area."""
    authority = authority_of(user)
    if authority.is_administrator:
        return PartyOrganisation.objects.all()
    return PartyOrganisation.objects.filter(_below(authority, capability, "place", "area_code"))


def administered_posts(user: User | AnonymousUser, capability: str) -> QuerySet[Post]:
    """Return the posts below the own area; those of departments for who manages the whole place."""
    authority = authority_of(user)
    if authority.is_administrator:
        return Post.objects.all()
    return Post.objects.filter(_posts(authority, capability))


def administered_appointments(user: User | AnonymousUser, capability: str) -> QuerySet[Appointment]:
    """Return the appointments to posts that somebody manages."""
    if authority_of(user).is_administrator:
        return Appointment.objects.all()
    return Appointment.objects.filter(post__in=administered_posts(user, capability))


def administered_departments(user: User | AnonymousUser, capability: str) -> QuerySet[Department]:
    """Return the departments of the places that somebody manages as a whole."""
    authority = authority_of(user)
    if authority.is_administrator:
        return Department.objects.all()
    return Department.objects.filter(place_id__in=_whole_places(authority, capability))


def administered_jurisdictions(user: User | AnonymousUser, capability: str) -> QuerySet[Jurisdiction]:
    """Return the jurisdictions of departments that somebody manages."""
    if authority_of(user).is_administrator:
        return Jurisdiction.objects.all()
    return Jurisdiction.objects.filter(department__in=administered_departments(user, capability))


def administered_people(user: User | AnonymousUser, capability: str) -> QuerySet[User]:
    """Return the accounts that somebody manages.

    Those of the own place that administer nothing as a whole, are not one's own, and hold no post, now or later,
    other than below the own area. Accounts without any post belong to who manages the whole place.
    """
    authority = authority_of(user)
    if authority.is_administrator:
        return User.objects.all()
    grants = _grants(authority, capability)
    places = {grant.place_id for grant in grants}
    holds = Appointment.objects.filter(person=OuterRef("pk")).filter(_not_over(places))
    elsewhere = holds.exclude(post__in=Post.objects.filter(_posts(authority, capability)))
    condition = Q(place_id__in=places, is_superuser=False) & ~Exists(elsewhere) & ~Q(pk=user.pk)
    whole = _whole_places(authority, capability)
    return User.objects.filter(condition & (Exists(holds) | Q(place_id__in=whole)))


def _not_over(place_ids: Iterable[int]) -> Q:
    # A person has one place; where that place's day is not known any more, no term is over.
    zones = Place.objects.filter(pk__in=list(place_ids)).values_list("time_zone", flat=True)
    day = min((local_day(zone) for zone in zones), default=None)
    return Q() if day is None else Q(until__isnull=True) | Q(until__gt=day)


def _grants(authority: Authority, capability: str) -> tuple[Grant, ...]:
    return tuple(grant for grant in authority.having(capability) if grant.area_code)


def _whole_places(authority: Authority, capability: str) -> set[int]:
    """Return the places whose one widest area is somebody's own."""
    found = set()
    for grant in _grants(authority, capability):
        snapshot = snapshot_of(grant.place_id)
        widest = [area.code for area in snapshot.areas.values() if area.parent_id is None] if snapshot else []
        if widest == [grant.area_code]:
            found.add(grant.place_id)
    return found


def _below(authority: Authority, capability: str, place: str, code: str) -> Q:
    condition = NOTHING
    for grant in _grants(authority, capability):
        inside = Area.objects.filter(
            generation__place_id=grant.place_id,
            generation__state=BoundaryGeneration.State.ACTIVE,
            code=OuterRef(code),
            path__contains=f"/{grant.area_code}/",
        ).exclude(code=grant.area_code)
        condition |= Q(Exists(inside), **{f"{place}_id": grant.place_id})
    return condition


def _posts(authority: Authority, capability: str) -> Q:
    own = Q(department__isnull=True, party_organisation__isnull=True)
    in_party = Q(party_organisation__isnull=False)
    return (
        (own & _below(authority, capability, "place", "area_code"))
        | (in_party & _below(authority, capability, "place", "party_organisation__area_code"))
        | Q(department__isnull=False, place_id__in=_whole_places(authority, capability))
    )
