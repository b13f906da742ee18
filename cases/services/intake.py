"""Taking a filing: inbox first, then everything about the case in one transaction, then the receipt.

Unique constraints decide about repetitions, so that ten phones' worth of the same bytes at once make one case:
whoever comes second finds the case of the first.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.domain.privacy import MASK
from cases.domain.workflow import OPEN_STATUSES
from cases.errors import InvalidPayload, PayloadConflict
from cases.models import Case, Event, InboxItem, Notification, Photo, Reporter
from cases.services.dispatch import Dispatch, dispatch_case
from cases.services.inbox import inbox_keep, inbox_receive
from cases.services.journal import event_of, outbox_write, tell
from cases.services.payload import Filing, read_filing
from cases.services.placing import Placed, check_geometry, place_filing
from cases.services.receipt import Receipt, begins_later, receipt_json, without_names
from cases.services.rerouting import reroute
from geo.db.inserts import PendingRow, PendingRows, insert_many
from geo.db.pipeline import pipelined
from geo.errors import InvalidInput, NotThere
from geo.models import User
from geo.selectors.authority import authority_of

__all__ = [
    "case_file",
    "filing_events",
    "filing_notices",
    "inbox_take",
    "new_case",
    "new_follow_code",
    "taken_channel",
]

FOLLOW_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 and O, 1, I and L, and U: what is read out over the telephone is typed right."""
PUBLIC_CHANNELS = ("web", "chat", "form", "api")
CLOCK_TOLERANCE, OLDEST_REPORT = timedelta(minutes=5), timedelta(days=366)


def new_follow_code() -> str:
    """Return a code that nobody can guess (59 bits) and everybody can read out."""
    letters = [secrets.choice(FOLLOW_ALPHABET) for _place in range(12)]
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def case_file(*, raw: bytes, actor: User | None, received_at: datetime | None = None) -> Receipt:
    """File a case from the bytes of a request.

    Parameters
    ----------
    raw
        JSON as it came, of a size that has been checked.
    actor
        Who sends it; None for anybody.
    received_at
        Aware; now by default.

    Returns
    -------
    Receipt
        The first one where the same id came with the same bytes before.

    Raises
    ------
    InvalidPayload
        If it cannot be taken. It stays in the inbox with the reason.
    PayloadConflict
        If the id was used for something else. Both stay.
    """
    item, is_new = inbox_receive(raw=raw, actor=actor, received_at=received_at or timezone.now())
    if not is_new:
        receipt = _receipt_of(item, actor)
        if receipt is not None:
            return receipt
        if item.actor_id is not None:
            # Left behind by a process that died: whoever sends the bytes again does not become their sender.
            return _shown_to(actor, inbox_take(item=item, raw=raw, actor=item.actor))
    return inbox_take(item=item, raw=raw, actor=actor)


def inbox_take(*, item: InboxItem, raw: bytes, actor: User | None) -> Receipt:
    """Make a case of an inbox item; also what is left of a filing when the process died in between.

    Raises
    ------
    InvalidPayload, PayloadConflict
        See `case_file`; the item then says so.
    """
    place = ""
    try:
        filing: Filing = read_filing(raw)
        place = filing.place
        if filing.revises:
            known = Case.objects.filter(client_id=filing.client_id).first()
            if known is not None:
                return _revise(item, filing, actor)
            if not _was_sent(filing):
                raise _nothing_to_revise(filing)
        return _file(item, filing, actor)
    except PayloadConflict as error:
        inbox_keep(item=item, state=InboxItem.State.CONFLICT, error=error, place_slug=place)
        raise
    except (InvalidInput, NotThere) as error:
        inbox_keep(item=item, state=InboxItem.State.KEPT, error=error, place_slug=place)
        if isinstance(error, InvalidPayload):
            error.extra.setdefault("kept", True)
            raise
        raise InvalidPayload(
            error.message, field=error.field, value=error.value, accepted=error.accepted, kept=True
        ) from error


def _conflict(item: InboxItem) -> PayloadConflict:
    return PayloadConflict(
        _(
            "This client_id was used for another filing; both are kept. To change a filing, name its hash in 'revises'."
        ),
        field="client_id",
        value=item.client_id,
        accepted=_("a new client_id, or 'revises' with the payload_sha256 of the earlier filing"),
    )


def _was_sent(filing: Filing) -> bool:
    """Tell whether the version that a filing revises came: one that could not be taken made no case."""
    earlier = InboxItem.objects.filter(client_id=str(filing.client_id), payload_sha256=filing.revises)
    return earlier.exists()


def _nothing_to_revise(filing: Filing) -> PayloadConflict:
    return PayloadConflict(
        _("There is no earlier filing with this client_id and this hash to revise; this one is kept."),
        field="revises",
        value=filing.revises,
        accepted=_("the payload_sha256 of the earlier filing, or no 'revises' for a new one"),
    )


def _receipt_of(item: InboxItem, actor: User | None) -> Receipt | None:
    """Return the receipt that these bytes got before; None if no case was made of them.

    Whoever has the bytes gets it (docs/decisions/0009); the names of persons in it are for staff.
    """
    try:
        client_id = uuid.UUID(item.client_id)
    except ValueError:
        return None
    events = Event.objects.filter(case__client_id=client_id, kind__in=("filed", "revised"))
    for data in events.values_list("data", flat=True):
        body = data.get("receipt")
        if body and body["payload_sha256"] == item.payload_sha256:
            return _shown_to(actor, Receipt(body, created=False))
    return None


def _shown_to(asker: User | None, receipt: Receipt) -> Receipt:
    return receipt if authority_of(asker).is_staff else replace(receipt, body=without_names(receipt.body))


def _file(item: InboxItem, filing: Filing, actor: User | None) -> Receipt:
    placed = place_filing(filing, actor)
    channel, stated_channel = taken_channel(filing, actor)
    dispatch = _dispatch(filing, placed, channel, item.received_at)
    check_geometry(placed.section.categories_by_key[dispatch.category], filing.affected)
    for _attempt in range(2):
        case = new_case(item, filing, actor, dispatch, channel)
        # All that can be thought out before is: on SQLite others wait to write while this transaction is open.
        body = receipt_json(case, dispatch, staff=authority_of(actor).is_staff, photos=list(filing.photos))
        row, rows = PendingRow.of(case), dispatch.pending_rows(case, at=item.received_at)
        rows.append(PendingRows.of(filing_notices(case, dispatch, actor), waits_for=case))
        try:
            with transaction.atomic(), pipelined():
                row.write()
                for ready in rows:
                    ready.write()
                dispatch.write_recusals(case)
                _write_sent(case, filing, actor, item.received_at)
                return _finish(case, dispatch, filing, actor, stated_channel, body)
        except IntegrityError:
            # Somebody was first with this id: the same filing, or another one. Or a follow code came up twice.
            if Case.objects.filter(client_id=filing.client_id).exists():
                receipt = _receipt_of(item, actor)
                if receipt is None:
                    raise _conflict(item) from None
                return receipt
    raise RuntimeError("no unique follow code in two attempts")


def taken_channel(filing: Filing, actor: User | None) -> tuple[str, str]:
    """Return the channel as taken and, where it differs, as stated: only staff file what came over a counter."""
    staff = authority_of(actor).is_staff
    stated = filing.channel
    if stated is None:
        return ("patrol" if staff else "web"), ""
    if staff or stated in PUBLIC_CHANNELS:
        return stated, ""
    return "web", stated


def _dispatch(
    filing: Filing, placed: Placed, channel: str, received_at: datetime, case: Case | None = None
) -> Dispatch:
    return dispatch_case(
        placed,
        stated_category=filing.category,
        received_at=received_at,
        urgent=filing.urgent,
        danger=filing.danger,
        about=filing.about,
        confidential=filing.confidential,
        channel=channel,
        began_on=filing.began_on,
        me_too=case.me_too_count if case else 0,
        except_case=case.pk if case else None,
    )


def new_case(item: InboxItem, filing: Filing, actor: User | None, dispatch: Dispatch, channel: str) -> Case:
    """Return the (unsaved) case that a filing makes."""
    case = Case(
        client_id=filing.client_id,
        payload_sha256=item.payload_sha256,
        inbox_item=item,
        follow_code=new_follow_code(),
        channel=channel,
        received_at=item.received_at,
        filed_by=actor,
    )
    _set_said(case, filing, dispatch)
    dispatch.set_on(case)
    case.areas_at_filing, case.area_at_filing_id = case.areas, case.area_id
    case.status = Case.Status.ASSIGNED if dispatch.plan.routed else Case.Status.RECEIVED
    return case


def _set_said(case: Case, filing: Filing, dispatch: Dispatch) -> None:
    """Write what was said, as opposed to what follows from it."""
    case.text, case.about = filing.text, filing.about
    case.text_masked = _without_sender(filing, case.filed_by)
    case.place_text = filing.place_text
    case.stated = {"urgent": filing.urgent, "danger": filing.danger, "confidential": filing.confidential}
    case.stated_category = filing.category if filing.category != dispatch.category else ""
    case.captured_at, case.began_on = filing.captured_at, filing.began_on
    age = case.received_at - filing.captured_at if filing.captured_at else timedelta()
    credible = -CLOCK_TOLERANCE <= age <= OLDEST_REPORT
    case.clock_flagged = not credible or begins_later(case, dispatch.placed.snapshot.time_zone)
    case.reported_at = filing.captured_at if filing.captured_at and credible else case.received_at


def _without_sender(filing: Filing, actor: User | None) -> str:
    """Return the text without the sender's own name and number, which no pattern would know for a name."""
    stated = [filing.reporter.name, filing.reporter.phone] if filing.reporter else []
    if actor is not None:
        stated += [actor.display_name, actor.phone]
    text = filing.text
    for personal in sorted({word.strip() for word in stated if len(word.strip()) > 1}, key=len, reverse=True):
        text = text.replace(personal, MASK)
    return text


def _write_sent(case: Case, filing: Filing, actor: User | None, at: datetime) -> None:
    """Insert who brought it and which photos are to come."""
    if filing.reporter is not None:
        Reporter.objects.create(case=case, name=filing.reporter.name, phone=filing.reporter.phone)
    if filing.photos:
        Photo.objects.bulk_create(
            Photo(case=case, sha256=sha256, uploaded_by=actor, created_at=at)
            for sha256 in dict.fromkeys(filing.photos)
        )


def _finish(
    case: Case,
    dispatch: Dispatch,
    filing: Filing,
    actor: User | None,
    stated_channel: str,
    body: dict[str, Any],
) -> Receipt:
    """Write events and outbox of a new case, and return its receipt."""
    receipt, events = filing_events(case, dispatch, filing, actor, stated_channel, body)
    insert_many(events)
    outbox_write(case, "case.filed", at=case.received_at)
    return receipt


def filing_events(
    case: Case,
    dispatch: Dispatch,
    filing: Filing,
    actor: User | None,
    stated_channel: str,
    body: dict[str, Any] | None = None,
) -> tuple[Receipt, list[Event]]:
    """Return the receipt of a saved new case and its first (unsaved) events.

    Parameters
    ----------
    body
        Of the receipt, where it was made before the case had its number.
    """
    at = case.received_at
    if body is None:
        body = receipt_json(case, dispatch, staff=authority_of(actor).is_staff, photos=list(filing.photos))
    body |= {"id": case.pk, "number": case.number}
    filed = event_of(
        case,
        "filed",
        at=at,
        actor=actor,
        visibility=Event.Visibility.PUBLIC,
        data={"receipt": body, "stated_channel": stated_channel, "stated_category": case.stated_category},
    )
    filed.to_status = Case.Status.RECEIVED
    events = [filed]
    if dispatch.plan.rows:
        assigned = event_of(
            case,
            "assigned",
            at=at,
            actor=None,
            visibility=Event.Visibility.PUBLIC,
            from_status=Case.Status.RECEIVED,
            data=dispatch.plan.as_json(),
        )
        events.append(assigned)
    return Receipt(body, created=True), events


def filing_notices(case: Case, dispatch: Dispatch, actor: User | None) -> list[Notification]:
    """Return the (unsaved) lines that tell people of a new case."""
    at, actor_id = case.received_at, actor.pk if actor else None
    lines = tell(case, dispatch.plan.told - {actor_id}, "urgent" if case.skips_queue else "assigned", at=at)
    if case.outcome == "border" and actor is not None and authority_of(actor).is_staff:
        lines += tell(case, [actor.pk], "confirm_place", at=at)
    return lines


def _revise(item: InboxItem, filing: Filing, actor: User | None) -> Receipt:
    """Put a later version of a filing in the place of an earlier one."""
    with transaction.atomic():
        case = Case.objects.select_for_update().get(client_id=filing.client_id)
        receipt = _receipt_of(item, actor)
        if receipt is not None:
            return receipt
        same_filer = case.filed_by_id == (actor.pk if actor else None)
        if not same_filer or case.payload_sha256 != filing.revises or case.status not in OPEN_STATUSES:
            raise _conflict(item)
        placed = place_filing(filing, actor)
        dispatch = _dispatch(filing, placed, case.channel, case.received_at, case)
        check_geometry(placed.section.categories_by_key[dispatch.category], filing.affected)
        before = {"payload_sha256": case.payload_sha256, "text": case.text, "category": case.category}
        case.payload_sha256 = item.payload_sha256
        _set_said(case, filing, dispatch)
        status = case.status
        changes = reroute(case, dispatch, actor=actor, at=item.received_at)
        known = set(Photo.objects.filter(case=case).values_list("sha256", flat=True))
        Reporter.objects.filter(case=case).delete()
        sent = filing.model_copy(update={"photos": [sha for sha in filing.photos if sha not in known]})
        _write_sent(case, sent, actor, item.received_at)
        body = receipt_json(case, dispatch, staff=authority_of(actor).is_staff, photos=list(filing.photos))
        data = {"receipt": body, "before": before, **changes}
        event_of(case, "revised", at=item.received_at, actor=actor, from_status=status, data=data).save(
            force_insert=True
        )
        InboxItem.objects.filter(pk=item.pk).update(
            state=InboxItem.State.TAKEN, case=case, judged_at=timezone.now(), place_id=case.place_id
        )
        outbox_write(case, "case.revised", at=item.received_at)
    return Receipt(body, created=False)
