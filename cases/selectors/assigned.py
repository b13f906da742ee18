"""Who has a case, as rows and as the contract shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from cases.models import Assignment
from geo.routing import PlaceSnapshot

__all__ = ["ASSIGNED_COLUMNS", "Assigned", "assigned_from_text", "assigned_json", "open_assignments"]

ASSIGNED_COLUMNS = (
    "kind",
    "post_id",
    "party_organisation_id",
    "department_id",
    "person_id",
    "area_code",
    "acting",
    "pk",
)


@dataclass(frozen=True, slots=True)
class Assigned:
    """One open assignment, by ids: names are read from the staffing directory when it is shown."""

    kind: str
    post_id: int | None
    party_organisation_id: int | None
    department_id: int | None
    person_id: int | None
    area_code: str = ""
    acting: bool = False
    pk: int = 0


def open_assignments() -> QuerySet[Assignment]:
    """Return the assignments that hold now."""
    return Assignment.objects.filter(until__isnull=True)


def assigned_from_text(text: str) -> list[Assigned]:
    """Return the assignments that `joined_rows` put into one text, in the order in which they were made."""
    found = []
    for line in text.splitlines():
        kind, post, party, department, person, area, acting, pk = line.split("\t")
        found.append(
            Assigned(
                kind,
                int(post) if post else None,
                int(party) if party else None,
                int(department) if department else None,
                int(person) if person else None,
                area,
                acting in ("1", "true"),
                int(pk),
            )
        )
    return sorted(found, key=lambda row: row.pk)


def assigned_json(
    rows: Iterable[Assigned], snapshot: PlaceSnapshot | None, *, day: date, with_names: bool
) -> dict[str, Any]:
    """Return who has a case: leaders, others who handle it, departments, the Party cell.

    Parameters
    ----------
    rows
        Open assignments.
    snapshot
        Of the place; None where it has no active generation.
    day
        Local day: who holds a post today has its work.
    with_names
        Names of persons, for staff only; posts and offices are for all.
    """
    found: dict[str, Any] = {"leaders": [], "handlers": [], "departments": [], "party_cell": None}
    if snapshot is None:
        return found
    language = get_language() or "zh-hans"
    directory = snapshot.directory
    departments = {department.id: department for department in directory.departments}
    for row in rows:
        post = directory.posts_by_id.get(row.post_id) if row.post_id else None
        holder = post.holder_on(day) if post else None
        if row.kind == Assignment.Kind.DEPARTMENT:
            department = departments.get(row.department_id or 0)
            if department is not None:
                found["departments"].append(
                    {
                        "name": department.names.text(language),
                        "code": department.code,
                        "phone": department.phone or None,
                    }
                )
        elif row.kind == Assignment.Kind.PARTY_CELL:
            party = directory.party_by_id.get(row.party_organisation_id or 0)
            headed = directory.party_by_id.get(post.party_organisation_id or 0) if post else party
            title = headed.head_title if headed else None
            if party is not None and found["party_cell"] is None:
                found["party_cell"] = {
                    "name": party.names.text(language),
                    "kind": party.kind,
                    "head": holder.name if holder and with_names else None,
                    "head_title": title.text(language) if title else None,
                }
        elif post is not None:
            code = row.area_code or post.area_code
            area = snapshot.by_code.get(code)
            group = "leaders" if row.kind == Assignment.Kind.LEADER else "handlers"
            found[group].append(
                {
                    "name": holder.name if holder and with_names else None,
                    "post": post.title.text(language),
                    "post_key": post.kind,
                    "area": area.names.text(language) if area else code,
                    "area_code": code,
                    "level": area.level if area else None,
                    "acting": row.acting,
                    "phone": post.office_phone or None,
                }
            )
    return found
