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
    """Report places whose profile is not there."""
    from geo.models import Place

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
    return found
