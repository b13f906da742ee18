"""Whether what a filter names exists at all: a list that is empty for a misspelt key would pass for an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from cases.domain.profile import CasesSection
from cases.models import Case, CaseArea
from geo import profiles
from geo.errors import InvalidInput
from geo.models import Area, Place
from geo.routing import PlaceSnapshot

__all__ = ["check_areas", "check_categories", "check_place"]

Snapshots = Mapping[int, PlaceSnapshot]


def check_place(slug: str, known: Snapshots) -> None:
    """Accept the key of a place, also of one without boundaries in force; empty for none.

    Raises
    ------
    InvalidInput
        Naming the places that there are.
    """
    if not slug or any(snapshot.slug == slug for snapshot in known.values()):
        return
    slugs = sorted(Place.objects.values_list("slug", flat=True))
    if slug not in slugs:
        message = _("%(name)s must be one of %(accepted)s; got '%(value)s'")
        shown = {"name": "place", "accepted": ", ".join(slugs) or "–", "value": slug[:80]}
        raise InvalidInput(message % shown, field="place", value=slug[:80], accepted=slugs)


def check_categories(keys: Iterable[str], known: Snapshots, *, place: str = "") -> None:
    """Accept kinds of cases that a place has, or once had; all of them where no place is in force.

    Parameters
    ----------
    place
        Key of the only place that counts; empty for all.

    Raises
    ------
    InvalidInput
        Naming the first one that is unknown and all that there are.
    """
    wanted = list(keys)
    if not wanted or not known:
        return
    accepted: set[str] = set()
    for snapshot in _chosen(known, place):
        for profile in (snapshot.profile, *map(profiles.resolve, snapshot.overrides.values())):
            accepted.update(profile.section(CasesSection).categories_by_key)
    for key in wanted:
        # A profile may have dropped a kind whose cases are still there.
        if key not in accepted and not Case.objects.filter(category=key).exists():
            message = _(
                "category must be a kind of case that there is; got '%(value)s'; %(address)s lists them"
            )
            shown = {"value": key[:80], "address": "/api/v1/categories/"}
            raise InvalidInput(message % shown, field="category", value=key[:80], accepted=sorted(accepted))


def check_areas(codes: Iterable[str], known: Snapshots, *, place: str = "") -> None:
    """Accept codes of areas, buildings and units, also of earlier boundaries.

    Raises
    ------
    InvalidInput
        Naming the first one that is unknown and where codes are found.
    """
    chosen = _chosen(known, place)
    for code in codes:
        if any(code in snapshot.by_code for snapshot in chosen):
            continue
        areas, cases = Area.objects.filter(code=code), CaseArea.objects.filter(code=code)
        if place:
            areas, cases = areas.filter(generation__place__slug=place), cases.filter(place__slug=place)
        if not areas.exists() and not cases.exists():
            message = _(
                "area must be the code of an area; there is no '%(value)s'; %(address)s finds codes by name"
            )
            address = "/api/v1/places/?q="
            shown = {"value": code[:80], "address": address}
            raise InvalidInput(message % shown, field="area", value=code[:80], accepted=address)


def _chosen(known: Snapshots, place: str) -> list[PlaceSnapshot]:
    return [snapshot for snapshot in known.values() if not place or snapshot.slug == place]
