"""A case out of one row of another system's ledger: judged and placed as a filing is, told to nobody.

The row is a filing with two things more: when it was closed, and the row itself. Its time of report is when the city
received it, so that its deadline, its number and its age are those of the matter and not of the import; people get an
open one on the day of the import.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError

from cases.domain.recurrence import Earlier
from cases.errors import InvalidPayload, PayloadConflict
from cases.models import Assignment, Case, CaseArea, Event, InboxItem, Recusal, TriageDecision
from cases.services.dispatch import Dispatch, dispatch_case
from cases.services.inbox import inbox_keep
from cases.services.intake import new_case
from cases.services.journal import event_of
from cases.services.judging import decision_of
from cases.services.payload import Filing, Moment, Where, read_filing
from cases.services.placing import Placed, place_filing, unlocated
from cases.services.receipt import Receipt, receipt_json
from cases.services.refusals import refusal
from geo.db.inserts import insert_many
from geo.errors import InvalidInput, NotThere

__all__ = [
    "ImportDraft",
    "ImportedFiling",
    "draft_of",
    "drafts_write",
    "imported_take",
    "place_imported",
    "read_imported",
]

_BATCH = 500


class ImportedFiling(Filing):
    """A row as a filing.

    Attributes
    ----------
    captured_at
        When the city received it.
    closed_at
        None for an open one.
    imported
        Its id and category in the other system, and the row.
    """

    captured_at: Moment
    closed_at: Moment | None = None
    imported: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class ImportDraft:
    """A case that is about to be written."""

    case: Case
    dispatch: Dispatch
    filing: ImportedFiling
    origin: dict[str, Any]

    @property
    def is_open(self) -> bool:
        """Somebody still has to do something."""
        return self.case.status in Case.OPEN_STATUSES


def read_imported(raw: bytes, *, trusted: bool = False) -> ImportedFiling:
    """Return the row that a payload holds.

    Parameters
    ----------
    raw
    trusted
        The bytes were made here: they are JSON, and no key stands there twice.

    Raises
    ------
    InvalidPayload
        Naming every field that is wrong.
    """
    if not trusted:
        return read_filing(raw, ImportedFiling)
    try:
        return ImportedFiling.model_validate_json(raw)
    except ValidationError as error:
        raise refusal(error.errors(include_url=False), ImportedFiling.model_fields) from None


def place_imported(filing: ImportedFiling, *, placeholder: bool = False) -> Placed:
    """Return where a row lies; without a trustworthy place it lies nowhere, and what it said is kept.

    Parameters
    ----------
    filing
    placeholder
        Its coordinates stand for "not found".

    Raises
    ------
    InvalidInput
        If its coordinates cannot be any.
    """
    if placeholder and filing.location is not None:
        doubted = filing.model_dump(mode="json", include={"location", "datum"})
        placed = place_filing(_without_coordinates(filing), None)
        if placed.answer is not None:
            return placed
        return unlocated(_with_raw(placed, doubted), "placeholder")
    placed = place_filing(filing, None)
    if placed.answer is None:
        return unlocated(placed, "address" if filing.place_text else "no_coordinates")
    return unlocated(placed, "outside") if placed.outcome == "outside" else placed


def _without_coordinates(filing: ImportedFiling) -> Where:
    return Where(place=filing.place, place_text=filing.place_text)


def _with_raw(placed: Placed, raw: dict[str, Any]) -> Placed:
    return Placed(
        placed.snapshot, placed.answer, placed.lonlat, placed.affected, placed.raw | raw, placed.codes
    )


def draft_of(
    filing: ImportedFiling,
    placed: Placed,
    *,
    raw: bytes,
    now: datetime,
    origin: dict[str, Any],
    item: InboxItem | None = None,
    earlier: Earlier | None = None,
) -> ImportDraft:
    """Return the (unsaved) case of a row.

    Parameters
    ----------
    filing, placed
    raw
        The payload.
    now
        Of the import.
    origin
        Where it comes from, for its event: file and row.
    item
        Inbox item that it was mended in.
    earlier
        Cases of the kind at the place; None asks the database.
    """
    received_at = min(filing.captured_at, now)
    dispatch = dispatch_case(
        placed,
        stated_category=filing.category,
        received_at=received_at,
        urgent=filing.urgent,
        danger=filing.danger,
        about=filing.about,
        confidential=filing.confidential,
        channel="import",
        began_on=filing.began_on,
        earlier=earlier,
    )
    arrived = InboxItem(received_at=received_at, payload_sha256=hashlib.sha256(raw).hexdigest())
    case = new_case(arrived, filing, None, dispatch, "import")
    case.inbox_item = item
    if filing.closed_at is not None:
        case.status, case.closed_at = Case.Status.CLOSED, filing.closed_at
        case.clock_flagged = case.clock_flagged or filing.closed_at < filing.captured_at
    known = {name: filing.imported[name] for name in ("id", "category") if filing.imported.get(name)}
    doubted = placed.raw.get("unlocated")
    said = {**origin, **known, **({"unlocated": doubted["why"]} if doubted else {})}
    return ImportDraft(case, dispatch, filing, said)


def drafts_write(drafts: Sequence[ImportDraft], *, now: datetime) -> None:
    """Insert cases with all that belongs to them; a fixed number of statements for each batch of rows.

    Belongs into a transaction. Nobody is told, and nothing goes into the outbox.
    """
    Case.objects.bulk_create([draft.case for draft in drafts], batch_size=_BATCH)
    areas: list[CaseArea] = []
    assignments: list[Assignment] = []
    recusals: list[Recusal] = []
    decisions: list[TriageDecision] = []
    events: list[Event] = []
    for draft in drafts:
        case, dispatch = draft.case, draft.dispatch
        areas += dispatch.case_areas(case)
        recusals += dispatch.recusals(case)
        decisions.append(decision_of(case, dispatch.judged, at=case.received_at))
        if draft.is_open:
            assignments += dispatch.plan.assignments(case, now)
        events += _events(draft, now)
    for rows in (areas, assignments, recusals, decisions, events):
        insert_many(rows)


def imported_take(*, item: InboxItem, raw: bytes) -> Receipt:
    """Make a case of a row that was kept, as it came or mended.

    Raises
    ------
    InvalidPayload
        If it still cannot be taken; the item says why.
    PayloadConflict
        If a case was made of the row meanwhile.
    """
    now, place = timezone.now(), ""
    try:
        filing = read_imported(raw)
        place = filing.place
        draft = draft_of(filing, place_imported(filing), raw=raw, now=now, origin={}, item=item)
        try:
            with transaction.atomic():
                drafts_write([draft], now=now)
        except IntegrityError:
            raise PayloadConflict(
                _("A case was made of this row already; both are kept."),
                field="client_id",
                value=item.client_id,
            ) from None
        return Receipt(receipt_json(draft.case, draft.dispatch, staff=False, photos=[]), created=True)
    except PayloadConflict as error:
        inbox_keep(item=item, state=InboxItem.State.CONFLICT, error=error, place_slug=place)
        raise
    except (InvalidInput, NotThere) as error:
        inbox_keep(item=item, state=InboxItem.State.KEPT, error=error, place_slug=place)
        if isinstance(error, InvalidPayload):
            raise
        raise InvalidPayload(
            error.message, field=error.field, value=error.value, accepted=error.accepted
        ) from error


def _events(draft: ImportDraft, now: datetime) -> list[Event]:
    case, plan = draft.case, draft.dispatch.plan
    public = Event.Visibility.PUBLIC
    data = {"import": draft.origin, "stated_category": case.stated_category}
    filed = event_of(case, "filed", at=case.received_at, actor=None, visibility=public, data=data)
    filed.to_status = Case.Status.RECEIVED
    events = [filed]
    if case.closed_at is not None:
        events.append(
            event_of(
                case, "close", at=case.closed_at, actor=None, visibility=public, from_status=filed.to_status
            )
        )
    elif plan.rows:
        events.append(
            event_of(
                case,
                "assigned",
                at=now,
                actor=None,
                visibility=public,
                from_status=filed.to_status,
                data=plan.as_json(),
            )
        )
    if draft.is_open and case.deadline_at is not None and case.deadline_at < now:
        # Late long before it came here: written down, so that `tick` does not tell people of years of them.
        data = {"deadline": case.deadline_at.isoformat()}
        events.append(event_of(case, "overdue", at=now, actor=None, from_status=case.status, data=data))
    return events
