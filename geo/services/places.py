"""Places: their creation, their settings, and other profiles below one of their areas."""

from __future__ import annotations

import zoneinfo

from django.db import transaction
from django.utils.translation import gettext as _

from geo import profiles
from geo.domain.crs import metric_transformer
from geo.errors import Conflict, InvalidInput, NotThere
from geo.models import Area, Place, ProfileOverride
from geo.profiles import ProfileError
from geo.services.generations import require_routable
from geo.services.versions import directory_changed, locked_place

__all__ = ["place_create", "place_update", "profile_override_remove", "profile_override_set"]


@transaction.atomic
def place_create(
    *,
    slug: str,
    name: str,
    profile: str,
    metric_srid: int,
    name_en: str = "",
    time_zone: str = "Asia/Shanghai",
    county_code: str = "",
    is_demo: bool = False,
) -> Place:
    """Create a place, without boundaries yet.

    Parameters
    ----------
    slug
        Key, unique in the deployment.
    name, name_en
    profile
        Key of a governance profile.
    metric_srid
        EPSG code of its projected CRS in metres.
    time_zone
        IANA name; terms, periods and deadlines count in it.
    county_code
        6 digits after GB/T 2260, where codes follow the national scheme.
    is_demo

    Raises
    ------
    InvalidInput
        If one of them cannot be used; it names what is accepted.
    Conflict
        If the key is taken.
    """
    place = Place(
        slug=slug,
        name=name,
        name_en=name_en,
        profile=profile,
        metric_srid=metric_srid,
        time_zone=time_zone,
        county_code=county_code,
        is_demo=is_demo,
    )
    _check_place(place)
    if Place.objects.filter(slug=slug).exists():
        raise Conflict(_("There is a place “%(slug)s” already.") % {"slug": slug}, field="slug", value=slug)
    place.save()
    return place


@transaction.atomic
def place_update(
    *,
    place_id: int,
    name: str,
    profile: str,
    metric_srid: int,
    name_en: str,
    time_zone: str,
    county_code: str,
) -> Place:
    """Change the settings of a place; its key stays.

    Raises
    ------
    InvalidInput, Conflict
        As for `place_create`, or if the active boundaries cannot be routed under the new settings.
    """
    place = locked_place(place_id)
    settings = (place.profile, place.metric_srid)
    place.name, place.name_en, place.profile = name, name_en, profile
    place.metric_srid, place.time_zone, place.county_code = metric_srid, time_zone, county_code
    _check_place(place)
    active = place.generations.filter(state="active").first()
    if active is not None and settings != (profile, metric_srid):
        require_routable(place, active)
    place.save(update_fields=["name", "name_en", "profile", "metric_srid", "time_zone", "county_code"])
    directory_changed(place_id=place_id)
    return place


@transaction.atomic
def profile_override_set(*, place_id: int, area_code: str, profile: str) -> ProfileOverride:
    """Let another profile hold below an area of a place.

    Raises
    ------
    InvalidInput
        If there is no such profile or area.
    """
    place = locked_place(place_id)
    _check_profile(profile)
    if not Area.objects.filter(generation__place=place, generation__state="active", code=area_code).exists():
        raise InvalidInput(
            _("There is no area with the code “%(code)s”.") % {"code": area_code},
            field="area_code",
            value=area_code,
        )
    override, _created = ProfileOverride.objects.update_or_create(
        place=place, area_code=area_code, defaults={"profile": profile}
    )
    directory_changed(place_id=place_id)
    return override


@transaction.atomic
def profile_override_remove(*, override_id: int) -> None:
    """Let the place's own profile hold there again."""
    override = ProfileOverride.objects.filter(pk=override_id).first()
    if override is None:
        raise NotThere(_("There is no such override."), field="override", value=override_id)
    override.delete()
    directory_changed(place_id=override.place_id)


def _check_profile(key: str) -> None:
    try:
        profiles.resolve(key)
    except ProfileError as error:
        raise InvalidInput(
            _("The profile “%(key)s” cannot be used: %(problem)s")
            % {"key": key, "problem": error.problems[0]},
            field="profile",
            value=key,
            accepted=list(profiles.keys()),
        ) from error


def _check_place(place: Place) -> None:
    place.full_clean(validate_unique=False, validate_constraints=False)
    _check_profile(place.profile)
    metric_transformer(place.metric_srid)
    try:
        zoneinfo.ZoneInfo(place.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput(
            _("“%(zone)s” is no time zone; an IANA name is wanted, such as Asia/Shanghai.")
            % {"zone": place.time_zone},
            field="time_zone",
            value=place.time_zone,
            accepted="Asia/Shanghai",
        ) from error
    if place.county_code and not (len(place.county_code) == 6 and place.county_code.isdigit()):
        raise InvalidInput(
            _("The county code has 6 digits; got “%(code)s”.") % {"code": place.county_code},
            field="county_code",
            value=place.county_code,
            accepted="6 digits",
        )
