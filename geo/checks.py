"""System checks: profiles that cannot be used are told at start, with file, key, value and what is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from geo import profiles

__all__ = ["places_have_profiles", "profiles_are_sound"]


@register()
def profiles_are_sound(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Report everything that is wrong with any profile, and folders of profiles that do not exist."""
    found: list[CheckMessage] = [
        Error(
            f"GRIDCASE_PROFILE_FOLDERS: {folder} is no folder",
            hint="Name existing folders, separated by commas, or leave it empty.",
            id="geo.E001",
        )
        for folder in settings.PROFILE_FOLDERS
        if not folder.is_dir()
    ]
    found += [
        Error(
            f"{problem.file}: {problem.key_path}: got {problem.value}",
            hint=f"Accepted: {problem.accepted}.",
            id="geo.E002",
        )
        for problem in profiles.problems()
    ]
    return found


@register(Tags.database)
def places_have_profiles(databases: Sequence[str] | None = None, **_kwargs: Any) -> Sequence[CheckMessage]:
    """Report places whose profile is not there, or does not have the levels of the active boundaries."""
    from geo.models import Area, Place

    found: list[CheckMessage] = []
    known = profiles.keys()
    for alias in databases or ():
        if Place._meta.db_table not in connections[alias].introspection.table_names():
            continue
        places = Place.objects.using(alias).exclude(profile__in=known).values_list("slug", "profile")
        found += [
            Error(
                f"place {slug}: there is no governance profile '{profile}'",
                hint=f"Accepted: {', '.join(known)}; further folders by GRIDCASE_PROFILE_FOLDERS.",
                id="geo.E003",
            )
            for slug, profile in places
        ]
        levels = Area.objects.using(alias).filter(
            generation__state="active", generation__place__profile__in=known
        )
        rows = levels.values_list("generation__place__slug", "generation__place__profile", "level").distinct()
        for slug, profile, level in rows.order_by("generation__place__slug", "level"):
            found += _level_errors(slug, profile, level)
    return found


def _level_errors(slug: str, profile: str, level: str) -> list[CheckMessage]:
    try:
        accepted = profiles.resolve(profile).geo.level_keys
    except profiles.ProfileError:
        return []  # told by profiles_are_sound
    if level in accepted:
        return []
    return [
        Error(
            f"place {slug}: its boundaries have areas of the level '{level}', its profile '{profile}' has not",
            hint=f"Accepted: {', '.join(accepted)}; choose another profile or activate other boundaries.",
            id="geo.E004",
        )
    ]
