"""Load the demo of a place: town, people, accounts, cases."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from cases.demo.drafts import draft_cases
from cases.domain.profile import CasesSection
from cases.models import Case, InboxItem
from cases.services.demo_cases import demo_cases_write
from geo import profiles
from geo.demo.geojson import LAYERS, read_layer
from geo.demo.plan import TownPlan
from geo.demo.staffing import staff_town
from geo.errors import Conflict
from geo.models import Area, Place, Post, User
from geo.selectors.clock import local_day
from geo.services.demo import demo_passwords_set, demo_place_load, demo_place_remove

__all__ = ["demo_load"]

TIME_ZONE = "Asia/Shanghai"


@transaction.atomic
def demo_load(
    *, plan: TownPlan, folder: Path, as_of: date | None, password: str, refresh: bool = False
) -> dict[str, str | int]:
    """Load one demo place, unless it is there.

    Parameters
    ----------
    plan
        Of the town.
    folder
        With the fixtures.
    as_of
        Day that all dates are relative to; None for today in the place.
    password
        Of the demo accounts; set anew where they have another.
    refresh
        Remove the demo place first, with everything filed in it.

    Returns
    -------
    dict
        `state` ('loaded', 'unchanged' or 'refreshed') and counts.

    Raises
    ------
    Conflict
        If a place of that key exists that is no demo.
    """
    place = Place.objects.filter(slug=plan.slug).first()
    if place is not None and not place.is_demo:
        raise Conflict(
            _("“%(slug)s” is a place of its own, not the demo: it is left as it is.") % {"slug": plan.slug},
            field="place",
            value=plan.slug,
        )
    state = "loaded" if place is None else "refreshed" if refresh else "unchanged"
    if place is not None and refresh:
        InboxItem.objects.filter(place=place).delete()
        Case.objects.filter(place=place).delete()
        demo_place_remove(place_id=place.pk)
        place = None
    if place is None:
        place = _load(plan, folder, as_of)
    demo_passwords_set(place_id=place.pk, password=password)
    return {"state": state, **_counts(place)}


def _load(plan: TownPlan, folder: Path, as_of: date | None) -> Place:
    profile = profiles.resolve(plan.slug)
    categories = {category.key: category.authority for category in profile.section(CasesSection).categories}
    layers = {layer: read_layer(folder, plan, layer) for layer in LAYERS}
    staffing = staff_town(plan, layers, profile.geo, categories)
    day = as_of or local_day(TIME_ZONE)
    place = demo_place_load(plan=plan, layers=layers, staffing=staffing, as_of=day)
    drafts = draft_cases(plan, layers, as_of=day, time_zone=place.time_zone)
    demo_cases_write(place=place, drafts=drafts, as_of=day, seed=plan.seed)
    return place


def _counts(place: Place) -> dict[str, int]:
    return {
        "areas": Area.objects.filter(generation__place=place).count(),
        "people": User.objects.filter(place=place).count(),
        "posts": Post.objects.filter(place=place).count(),
        "cases": Case.objects.filter(place=place).count(),
    }
