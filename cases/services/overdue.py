"""Deadlines that have passed: said once, to those who have the case."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from cases.models import Assignment, Case, Event, Notification
from cases.services.journal import event_of, outbox_write, tell

__all__ = ["cases_mark_overdue"]

BATCH = 500


def cases_mark_overdue(*, now: datetime) -> int:
    """Write the event that a deadline has passed, once for each deadline, and tell who has the case.

    Returns
    -------
    int
        Cases marked; the rest of a large number waits for the next call.
    """
    told = Event.objects.filter(case=OuterRef("pk"), kind="overdue", at__gte=OuterRef("deadline_at"))
    late = Case.objects.filter(
        ~Exists(told), status__in=Case.PENDING_STATUSES, closed_at__isnull=True, deadline_at__lt=now
    ).order_by(F("deadline_at"))
    number = 0
    for case in late[:BATCH]:
        with transaction.atomic():
            event_of(
                case,
                "overdue",
                at=now,
                actor=None,
                visibility=Event.Visibility.STAFF,
                from_status=case.status,
                data={"deadline": case.deadline_at.isoformat() if case.deadline_at else None},
            ).save(force_insert=True)
            people = Assignment.objects.filter(case=case, until__isnull=True, person__isnull=False)
            lines = tell(case, people.values_list("person_id", flat=True), "overdue", at=now)
            Notification.objects.bulk_create(lines)
            outbox_write(case, "case.overdue", at=now)
        number += 1
    return number
