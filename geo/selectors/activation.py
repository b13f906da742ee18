"""What activating a boundary generation would change: areas, posts, coverage, and the parts of the apps above."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from geo.activation import Switch, parts
from geo.domain.areas import AreaRecord
from geo.errors import GridcaseError
from geo.models import (
    Appointment,
    BoundaryGeneration,
    Jurisdiction,
    PartyOrganisation,
    Post,
    ProfileOverride,
)
from geo.routing import area_records, snapshot_of_generation
from geo.selectors.clock import local_day
from geo.selectors.codes import code_problems
from geo.selectors.coverage import coverage_of

__all__ = ["activation_preview"]


def activation_preview(generation: BoundaryGeneration) -> dict[str, Any]:
    """Return what activating a generation would change; nothing is written.

    Returns
    -------
    dict
        `place, generation, replaces, can_be_activated, problem, levels, posts_vacant, party_organisations_without_area,
        jurisdictions_without_area, overrides_without_area, coverage` and a report of each part (`cases`).
    """
    place = generation.place
    before = place.generations.filter(state=BoundaryGeneration.State.ACTIVE).first()
    found: dict[str, Any] = {
        "place": place.slug,
        "generation": generation.name,
        "replaces": before.name if before else None,
        "can_be_activated": False,
        "problem": None,
    }
    problems = code_problems(generation)
    if problems:
        found["problem"] = (
            f"{len(problems)} codes are not after the scheme of the profile, the first is {problems[0].code}"
        )
    try:
        after = snapshot_of_generation(generation)
    except GridcaseError as error:
        return found | {"problem": error.message}
    found["can_be_activated"] = not problems and before != generation
    old = area_records(before.pk) if before else []
    new = area_records(generation.pk)
    gone = {record.code for record in old} - {record.code for record in new}
    day = local_day(place.time_zone)
    coverage = coverage_of(after, day=day)
    report = coverage.report
    found |= {
        "levels": _levels(after.profile.geo.level_keys, old, new),
        "posts_vacant": _posts(place.pk, gone, day),
        "party_organisations_without_area": list(
            PartyOrganisation.objects.filter(place=place, area_code__in=gone)
            .order_by("pk")
            .values("name", "area_code")
        ),
        "jurisdictions_without_area": Jurisdiction.objects.filter(
            department__place=place, area_code__in=gone
        ).count(),
        "overrides_without_area": list(
            ProfileOverride.objects.filter(place=place, area_code__in=gone).values_list(
                "area_code", flat=True
            )
        ),
        "coverage": {
            "gaps": len(report.gaps),
            "gaps_m2": round(sum(gap.area_m2 for gap in report.gaps), 1),
            "overlaps": len(report.overlaps),
            "overlaps_m2": round(sum(overlap.area_m2 for overlap in report.overlaps), 1),
            "outside_parents": len(report.outlying),
            "buildings_in_no_grid": len(report.buildings_outside),
            "without_leader": [area.code for area in coverage.without_leader],
            "without_party": [area.code for area in coverage.without_party],
        },
    }
    switch = Switch(place.pk, before, after, timezone.now())
    return found | {part.key: dict(part.preview(switch)) for part in parts()}


def _levels(levels: Iterable[str], old: list[AreaRecord], new: list[AreaRecord]) -> list[dict[str, Any]]:
    found = []
    for level in levels:
        before = {record.code: record.geometry for record in old if record.level == level}
        after = {record.code: record.geometry for record in new if record.level == level}
        redrawn = [code for code, shape in after.items() if code in before and shape != before[code]]
        found.append(
            {
                "level": level,
                "before": len(before),
                "after": len(after),
                "gone": sorted(set(before) - set(after)),
                "new": sorted(set(after) - set(before)),
                "redrawn": sorted(redrawn),
            }
        )
    return found


def _posts(place_id: int, gone: set[str], day: Any) -> list[dict[str, Any]]:
    """Return posts at areas that vanish, with whether somebody holds them: their cases go to others."""
    posts = list(Post.objects.filter(place_id=place_id, area_code__in=gone).order_by("area_code", "pk"))
    held = set(
        Appointment.objects.filter(post__in=posts, since__lte=day)
        .exclude(until__lte=day)
        .values_list("post_id", flat=True)
    )
    return [
        {"post": post.pk, "kind": post.kind, "area_code": post.area_code, "held": post.pk in held}
        for post in posts
    ]
