"""Lines of the in-app inbox, read."""

from __future__ import annotations

from django.utils import timezone

from cases.models import Notification
from geo.models import User

__all__ = ["notices_read"]


def notices_read(*, person: User, case_id: int | None = None, up_to: int | None = None) -> int:
    """Mark lines of somebody's own inbox as read; return how many were not yet.

    Parameters
    ----------
    person
    case_id
        Only those about a case.
    up_to
        Only those with this id or a lower one: what came after the page was drawn stays unread.
    """
    unread = Notification.objects.filter(person=person, read_at__isnull=True)
    if case_id is not None:
        unread = unread.filter(case_id=case_id)
    if up_to is not None:
        unread = unread.filter(pk__lte=up_to)
    # Most visits find nothing to mark: on SQLite an empty UPDATE would wait for the one writer.
    return unread.update(read_at=timezone.now()) if unread.exists() else 0
