"""Filings that could not be taken: who may read and mend them."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from cases.models import InboxItem
from cases.models.access import about_visible
from geo.errors import NotAllowed, NotThere
from geo.models import User
from geo.selectors.authority import authority_of

__all__ = ["kept_item", "kept_items", "kept_json"]


def _kept_for(user: User) -> QuerySet[InboxItem]:
    authority = authority_of(user)
    items = InboxItem.objects.all()
    if authority.is_administrator:
        return items
    # What was taken as it came is read as a case, by `for_user`; what waits is taken up by `tick`. Neither is to be
    # mended, and whom they name has not been looked at yet.
    mended = InboxItem.objects.filter(replay_of=OuterRef("pk"))
    items = items.filter(Q(state__in=(InboxItem.State.KEPT, InboxItem.State.CONFLICT)) | Exists(mended))
    grants = authority.having("case.replay_inbox")
    if not grants:
        raise NotAllowed(_("Officials mend what could not be taken."), accepted="case.replay_inbox")
    condition = Q(pk__in=[])
    for grant in grants:
        # What names no place is for the officials of every place; what names people is not for them.
        visible = sorted(about_visible(grant.profile, grant.kind))
        condition |= Q(about__in=visible) & (Q(place_id=grant.place_id) | Q(place__isnull=True))
    return items.filter(condition)


def kept_items(
    user: User, *, state: str = InboxItem.State.KEPT, after: int = 0, limit: int = 100
) -> list[InboxItem]:
    """Return inbox items of a state that somebody may mend, oldest first.

    Raises
    ------
    NotAllowed
        If no appointment of the user's allows it.
    """
    rows = _kept_for(user).filter(pk__gt=after, state=state)
    if state != InboxItem.State.TAKEN:
        rows = rows.filter(taken_case__isnull=True)
    return list(rows.order_by("pk")[:limit])


def kept_item(user: User, pk: int) -> InboxItem:
    """Return one inbox item that somebody may mend.

    Raises
    ------
    NotThere
        If there is none for this user.
    NotAllowed
        If no appointment of the user's allows it.
    """
    found = _kept_for(user).filter(pk=pk).select_related("actor").first()
    if found is None:
        raise NotThere(_("There is no such inbox item for you."), field="id")
    return found


def kept_json(item: InboxItem) -> dict[str, Any]:
    """Return an inbox item with its payload as text, to be mended."""
    raw = bytes(item.raw) if item.raw is not None else None
    return {
        "id": item.pk,
        "state": item.state,
        "client_id": item.client_id,
        "payload_sha256": item.payload_sha256,
        "received_at": item.received_at,
        "problem": item.problem,
        "payload": raw.decode("utf-8", "replace") if raw is not None else None,
        "case": item.case_id,
    }
