"""The raw bytes of filings: committed before anything is judged, kept with their reason where they cannot be taken."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from cases.models import Case, InboxItem
from cases.services.payload import about_of, client_id_of, readable
from geo.db.inserts import insert_if_absent
from geo.errors import GridcaseError
from geo.models import Place, User

__all__ = [
    "inbox_keep",
    "inbox_mark_taken",
    "inbox_purge",
    "inbox_receive",
]


def inbox_receive(
    *, raw: bytes, actor: User | None, received_at: datetime, replay_of: InboxItem | None = None
) -> tuple[InboxItem, bool]:
    """Commit the bytes of a filing, in a transaction of their own when called outside of any.

    Returns
    -------
    item : InboxItem
        The one that was there already where the same id came with the same bytes before.
    is_new : bool
    """
    item = InboxItem(
        client_id=client_id_of(raw),
        payload_sha256=hashlib.sha256(raw).hexdigest(),
        raw=raw,
        received_at=received_at,
        actor=actor,
        replay_of=replay_of,
        is_import=replay_of is not None and replay_of.is_import,
    )
    # Nobody is answered before the commit that follows (of the case, or of the reason), which brings this one to
    # the disk as well; a killed process loses nothing either way.
    if insert_if_absent(item, "client_id", "payload_sha256", durable=False):
        return item, True
    known = InboxItem.objects.get(client_id=item.client_id, payload_sha256=item.payload_sha256)
    return known, False


def inbox_keep(
    *,
    item: InboxItem,
    state: str,
    error: GridcaseError,
    place_slug: str = "",
    case: Case | None = None,
) -> None:
    """Write down why an item could not be taken; its bytes stay."""
    problem: dict[str, Any] = {"code": error.code, "detail": readable(error.message, 500)}
    if error.field:
        problem["field"] = readable(error.field)
    if error.accepted is not None:
        problem["accepted"] = readable(error.accepted, 300)
    if item.is_import:
        problem |= {name: item.problem[name] for name in ("file", "row") if name in item.problem}
    place_id = (
        Place.objects.filter(slug=place_slug).values_list("pk", flat=True).first() if place_slug else None
    )
    InboxItem.objects.filter(pk=item.pk).update(
        state=state,
        problem=problem,
        about=about_of(bytes(item.raw or b"")),
        judged_at=timezone.now(),
        place_id=place_id or (item.actor.place_id if item.actor else None),
        case=case,
    )


def inbox_mark_taken(*, now: datetime) -> int:
    """Write the state of items from which a case was made; return their number."""
    taken = Case.objects.filter(inbox_item=OuterRef("pk"))
    waiting = InboxItem.objects.filter(
        Exists(taken), state__in=(InboxItem.State.RECEIVED, InboxItem.State.KEPT)
    )
    return waiting.update(state=InboxItem.State.TAKEN, judged_at=now, problem={})


def inbox_purge(*, now: datetime, keep_days: int) -> int:
    """Delete the bytes of items older than so many days; return their number. The rows stay."""
    old = InboxItem.objects.filter(received_at__lt=now - timedelta(days=keep_days), raw__isnull=False)
    return old.exclude(state=InboxItem.State.RECEIVED).update(raw=None, purged_at=now)
