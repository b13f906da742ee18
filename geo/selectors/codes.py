"""Codes of a boundary generation against the scheme of the place's profile."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from geo import profiles
from geo.domain.codes import MAX_CODE, check_codes, is_code
from geo.errors import InvalidInput
from geo.models import Area, BoundaryGeneration

__all__ = ["CodeFinding", "code_problems", "grids_with_community", "require_code"]


@dataclass(frozen=True, slots=True)
class CodeFinding:
    """A grid whose code cannot stand, and why: 'malformed', 'other_community' or 'duplicate'."""

    area_id: int
    code: str
    community: str
    problem: str


def grids_with_community(generation: BoundaryGeneration) -> list[tuple[Area, str]]:
    """Return the grids of a generation in the order of their codes, each with the code of its community.

    Empty text where a grid lies in no community.
    """
    areas = {
        area.pk: area
        for area in Area.objects.filter(generation=generation)
        .exclude(level__in=["building", "unit"])
        .defer("attributes", "aliases")
    }
    found = []
    for area in sorted(areas.values(), key=lambda a: (a.code, a.pk)):
        if area.level != Area.Level.GRID:
            continue
        above: Area | None = area
        while above is not None and above.level != Area.Level.COMMUNITY:
            above = areas.get(above.parent_id) if above.parent_id is not None else None
        found.append((area, above.code if above is not None else ""))
    return found


def code_problems(generation: BoundaryGeneration) -> list[CodeFinding]:
    """Return the grids whose code is not after the national scheme; none where the profile's codes are free."""
    if profiles.resolve(generation.place.profile).geo.code_scheme != "unit_grid_15":
        return []
    grids = grids_with_community(generation)
    found = check_codes([grid.code for grid, _community in grids], [community for _grid, community in grids])
    return [
        CodeFinding(grids[position][0].pk, grids[position][0].code, grids[position][1], problem.value)
        for position, problem in found
    ]


def require_code(code: str) -> None:
    """Accept a text that can be a code: it is part of paths and addresses.

    Raises
    ------
    InvalidInput
        If it is empty, longer than 40 characters, or holds a blank, a slash or a NUL.
    """
    if not is_code(code):
        accepted = f"1..{MAX_CODE} characters without blanks and slashes"
        raise InvalidInput(
            _("A code has %(accepted)s; got “%(code)s”.") % {"accepted": accepted, "code": code[:60]},
            field="code",
            value=code[:60],
            accepted=accepted,
        )
