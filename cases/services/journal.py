"""What is written beside every change: its event, who is told, and what must leave this service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from cases.models import Case, Event, Notification, OutboxMessage
from geo.models import User
from geo.selectors.authority import authority_of

__all__ = ["actor_title", "event_of", "outbox_message", "outbox_write", "tell"]


def actor_title(actor: User | None, place_id: int) -> str:
    """Return the post that somebody held at a place when they acted; empty for residents and the system."""
    if actor is None:
        return ""
    return next((grant.title for grant in authority_of(actor).grants if grant.place_id == place_id), "")


def event_of(
    case: Case,
    kind: str,
    *,
    at: datetime,
    actor: User | None,
    visibility: str = Event.Visibility.STAFF,
    from_status: str = "",
    note: str = "",
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Return the (unsaved) event of a step; the status it leads to is the case's own."""
    return Event(
        case=case,
        kind=kind,
        at=at,
        actor=actor,
        actor_title=actor_title(actor, case.place_id),
        visibility=visibility,
        from_status=from_status,
        to_status=case.status,
        note=note,
        data=dict(data or {}),
    )


def tell(case: Case, people: Iterable[int], kind: str, *, at: datetime, **data: Any) -> list[Notification]:
    """Return (unsaved) lines for the inboxes of people; nothing of the case's text, and nobody twice."""
    return [
        Notification(person_id=person, case=case, kind=kind, data=data, created_at=at)
        for person in sorted(set(people))
    ]


def outbox_message(case: Case, topic: str, *, at: datetime) -> OutboxMessage | None:
    """Return an (unsaved) message for other systems; None where the deployment has none.

    It says which case changed and how, never what was said or by whom: receivers ask the API for what they may see.
    """
    if not (settings.OUTBOX_WEBHOOK_URL or settings.OUTBOX_EMAILS):
        return None
    payload = {
        "case": case.pk,
        "number": case.number,
        "status": case.status,
        "category": "" if case.is_sensitive else case.category,
        "at": at.isoformat(),
    }
    return OutboxMessage(topic=topic, payload=payload, created_at=at, next_try_at=at)


def outbox_write(case: Case, topic: str, *, at: datetime) -> None:
    """Queue a message for other systems, where the deployment has any; `tick` sends it."""
    message = outbox_message(case, topic, at=at)
    if message is not None:
        message.save(force_insert=True)
