"""The in-app inbox: what somebody was told, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.models import Case, Notification
from cases.selectors.cases import asker_of
from cases.selectors.projection import case_feature, with_related
from geo.models import User

__all__ = ["Notice", "inbox_of", "unread_count"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of an inbox.

    Attributes
    ----------
    feature
        The case as a GeoJSON feature in the reader's projection; None where the reader no longer has one.
    data
        What the line itself says, such as how many cases came and went.
    """

    id: int
    kind: str
    created_at: datetime
    is_unread: bool
    case_id: int | None
    feature: dict[str, Any] | None
    data: dict[str, Any]


def unread_count(user: User) -> int:
    """Return how many lines somebody has not read."""
    return Notification.objects.filter(person=user, read_at__isnull=True).count()


def inbox_of(user: User, *, limit: int = 100, before: int | None = None) -> list[Notice]:
    """Return lines of somebody's inbox, newest first, each with its case as the reader may see it now.

    Parameters
    ----------
    limit
        Number of lines.
    before
        Only lines older than the one of this id.
    """
    lines = Notification.objects.filter(person=user).order_by("-id")
    if before is not None:
        lines = lines.filter(pk__lt=before)
    told = list(lines[:limit])
    asker = asker_of(user)
    ids = {line.case_id for line in told if line.case_id}
    cases = {
        case.pk: case_feature(case, asker, in_list=True)
        for case in with_related(Case.objects.for_user(user).filter(pk__in=ids))
    }
    return [
        Notice(
            id=line.pk,
            kind=line.kind,
            created_at=line.created_at,
            is_unread=line.read_at is None,
            case_id=line.case_id,
            feature=cases.get(line.case_id or 0),
            data=line.data,
        )
        for line in told
    ]
