"""Inbox items taken again: by an official who has mended them, or by the clock after a process died."""

from __future__ import annotations

import logging
import traceback
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.errors import InvalidPayload, PayloadConflict
from cases.models import Case, Event, InboxItem
from cases.selectors.inbox import kept_item
from cases.services.import_filing import imported_take
from cases.services.inbox import inbox_keep, inbox_receive
from cases.services.intake import inbox_take
from cases.services.journal import event_of
from cases.services.receipt import Receipt
from geo.errors import Conflict, GridcaseError
from geo.models import User

__all__ = ["inbox_replay", "inbox_take_up"]

log = logging.getLogger(__name__)


class _Unexpected(GridcaseError):
    """Our own fault; the item waits for a release that can take it."""

    code = "unexpected"
    status = 500


def inbox_replay(*, item_id: int, raw: bytes, actor: User) -> Receipt:
    """Take a kept item with a mended payload (or as it is, where `raw` is empty), in the name of who sent it.

    Raises
    ------
    NotThere
        If there is no such item for the actor.
    Conflict
        If it is taken already.
    InvalidPayload, PayloadConflict
        If it still cannot be taken; the mended version is kept as well.
    """
    item = kept_item(actor, item_id)
    if item.state == InboxItem.State.TAKEN or Case.objects.filter(inbox_item=item).exists():
        raise Conflict(_("This item has been taken already."), field="id", value=item_id)
    fresh = raw if raw.strip() else bytes(item.raw or b"")
    if not fresh:
        raise InvalidPayload(
            _("The bytes of this item have been deleted; send the payload."), field="payload"
        )
    mended, is_new = inbox_receive(raw=fresh, actor=item.actor, received_at=item.received_at, replay_of=item)
    receipt = _take(mended, fresh)
    if mended.pk != item.pk:
        InboxItem.objects.filter(pk=item.pk).update(
            state=InboxItem.State.TAKEN, case_id=receipt.case_id, judged_at=timezone.now()
        )
    case = Case.objects.get(pk=receipt.case_id)
    event_of(
        case,
        "mended" if is_new else "replayed",
        at=timezone.now(),
        actor=actor,
        visibility=Event.Visibility.INTERNAL,
        from_status=case.status,
        data={"inbox_item": item.pk},
    ).save(force_insert=True)
    return receipt


def _take(item: InboxItem, raw: bytes) -> Receipt:
    return (
        imported_take(item=item, raw=raw)
        if item.is_import
        else inbox_take(item=item, raw=raw, actor=item.actor)
    )


def inbox_take_up(*, now: datetime, older_than: timedelta = timedelta(minutes=1)) -> tuple[int, int]:
    """Take what was received and never judged, because its process died in between.

    Parameters
    ----------
    older_than
        Younger items are somebody's request at this moment.

    Returns
    -------
    taken, kept : int
    """
    taken = kept = 0
    waiting = InboxItem.objects.filter(
        state=InboxItem.State.RECEIVED,
        received_at__lte=now - older_than,
        taken_case__isnull=True,
        raw__isnull=False,
    )
    # Their keys first: an open cursor does not outlive the commits in between.
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        item = InboxItem.objects.select_related("actor").get(pk=pk)
        try:
            _take(item, bytes(item.raw or b""))
            taken += 1
        except (InvalidPayload, PayloadConflict):
            kept += 1  # inbox_take has written down why
        except Exception as error:  # noqa: BLE001 - one bad item never blocks the rest
            # Neither the message nor the traceback's values: they may hold what people wrote.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error("inbox item %s: %s at %s:%s", item.pk, type(error).__name__, where.name, where.lineno)
            reason = _Unexpected(_("An error of the service: %(kind)s") % {"kind": type(error).__name__})
            inbox_keep(item=item, state=InboxItem.State.KEPT, error=reason)
            kept += 1
    return taken, kept
