"""Write many invented cases at once, as intake and the steps after it would have stored them one by one."""

from __future__ import annotations

import copy
import gc
import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings

from cases.demo.drafts import CaseDraft
from cases.demo.timelines import PlannedStep, Prospect, plan_steps
from cases.domain.recurrence import earlier_of
from cases.models import (
    Assignment,
    Case,
    CaseArea,
    Event,
    InboxItem,
    MeToo,
    Notification,
    Recusal,
    Reporter,
    TriageDecision,
)
from cases.selectors.clock import local_day_of
from cases.services.demo_steps import Rehearsal
from cases.services.dispatch import Dispatch, dispatch_case
from cases.services.intake import filing_events, filing_notices, new_case, taken_channel
from cases.services.judging import decision_of
from cases.services.payload import Filing, read_filing
from cases.services.placing import Placed, check_geometry, h3_cell, place_filing
from geo.db.inserts import insert_many
from geo.domain.directory import Holder
from geo.models import Place, User
from geo.routing import snapshot_of

__all__ = ["demo_cases_write"]

_BATCH = 300
_TELL_DAYS = 14
"""Of older cases nobody has a line in the inbox any more."""


@dataclass(slots=True)
class _Entry:
    draft: CaseDraft
    item: InboxItem
    filing: Filing
    actor: User | None
    dispatch: Dispatch
    stated_channel: str
    filed: Case
    rehearsal: Rehearsal

    @property
    def case(self) -> Case:
        return self.rehearsal.case


def demo_cases_write(*, place: Place, drafts: Sequence[CaseDraft], as_of: date, seed: int) -> int:
    """Write the cases of a demo place; return their number. Belongs into the transaction that made the place.

    Everything is judged by the functions of intake, placing, triage and assignment, on the day that it came in; only
    the rows are written in bulk. Nobody outside is told, nothing goes into the outbox.
    """
    # A hundred thousand rows that all stay alive: looking for cycles among them takes a quarter of the time.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _Writer(place, as_of, seed).write(drafts)
    finally:
        if was_enabled:
            gc.enable()


class _Writer:
    def __init__(self, place: Place, as_of: date, seed: int) -> None:
        self.place, self.seed = place, seed
        self.until = datetime.combine(as_of, time(), ZoneInfo(place.time_zone))
        self.people: dict[int, User] = {user.pk: user for user in User.objects.filter(place=place)}
        self.by_name = {user.username: user for user in self.people.values()}
        self.earlier: dict[tuple[str, str | int], list[Case]] = {}
        snapshot = snapshot_of(place.pk)
        assert snapshot is not None
        self.snapshot = snapshot
        self.held: dict[int, list[tuple[str, Holder]]] = {}
        for post in snapshot.directory.posts_by_id.values():
            for holder in post.holders:
                self.held.setdefault(holder.user_id, []).append((str(post.title), holder))

    def write(self, drafts: Sequence[CaseDraft]) -> int:
        """Take, play and insert all drafts, which come in the order of their receipt."""
        entries = [self._take(draft) for draft in drafts]
        InboxItem.objects.bulk_create([entry.item for entry in entries], batch_size=_BATCH)
        Case.objects.bulk_create([entry.case for entry in entries], batch_size=_BATCH)
        self._insert_rest(entries)
        return len(entries)

    # ------------------------------------------------------------ one case

    def _take(self, draft: CaseDraft) -> _Entry:
        raw = json.dumps(draft.body, ensure_ascii=False).encode()
        filing: Filing = read_filing(raw)
        day = local_day_of(draft.received_at, self.place.time_zone)
        placed = place_filing(filing, None, day=day)
        actor = self._filer(draft, placed, day)
        item = self._item(raw, draft, actor)
        channel, stated_channel = taken_channel(filing, actor)
        same = self._same(placed, filing.category)
        dispatch = dispatch_case(
            placed,
            stated_category=filing.category,
            received_at=draft.received_at,
            urgent=filing.urgent,
            danger=filing.danger,
            about=filing.about,
            confidential=filing.confidential,
            channel=channel,
            began_on=filing.began_on,
            earlier=earlier_of(
                [other.reported_at for other in same if _counts(other, draft.received_at)],
                before=draft.received_at,
                rule=placed.section.recurrence,
            ),
            day=day,
        )
        check_geometry(placed.section.categories_by_key[dispatch.category], filing.affected)
        case = new_case(item, filing, actor, dispatch, channel)
        case.follow_code = draft.follow_code
        same.append(case)
        filed = copy.copy(case)
        rehearsal = Rehearsal(case, dispatch, self.people, self._title)
        rehearsal.play(self._steps(draft, case, dispatch), self._voices(draft, case), until=self.until)
        return _Entry(draft, item, filing, actor, dispatch, stated_channel, filed, rehearsal)

    def _item(self, raw: bytes, draft: CaseDraft, actor: User | None) -> InboxItem:
        purged_at = draft.received_at + timedelta(days=settings.INBOX_KEEP_DAYS)
        purged = purged_at < self.until
        return InboxItem(
            client_id=draft.body["client_id"],
            payload_sha256=hashlib.sha256(raw).hexdigest(),
            raw=None if purged else raw,
            state=InboxItem.State.TAKEN,
            received_at=draft.received_at,
            judged_at=draft.received_at,
            purged_at=purged_at if purged else None,
            actor=actor,
            place=self.place,
        )

    def _same(self, placed: Placed, category: str) -> list[Case]:
        """Return the list of cases of the kind at the place, found as `dispatch_case` finds them in the database."""
        if placed.lonlat is None or category == "unsorted":
            return []
        where: str | int = (
            placed.building.code if placed.building is not None else h3_cell(placed.lonlat) or 0
        )
        return self.earlier.setdefault((category, where), [])

    def _steps(self, draft: CaseDraft, case: Case, dispatch: Dispatch) -> Iterator[PlannedStep]:
        zone = ZoneInfo(self.place.time_zone)
        prospect = Prospect(
            category=case.category,
            route=case.route,
            channel=case.channel,
            received_at=draft.received_at.astimezone(zone),
            deadline_at=case.deadline_at.astimezone(zone) if case.deadline_at else None,
            skips_queue=case.skips_queue,
            routed=dispatch.plan.routed,
        )
        return plan_steps(prospect, np.random.default_rng([self.seed, 21, draft.number]))

    def _voices(self, draft: CaseDraft, case: Case) -> list[MeToo]:
        rng = np.random.default_rng([self.seed, 22, draft.number])
        return [
            MeToo(
                client_id=uuid.uuid5(case.client_id, f"me-too/{k}"),
                at=draft.received_at + timedelta(seconds=1000 + round(float(rng.exponential(108_000.0)))),
            )
            for k in range(draft.me_too)
        ]

    def _filer(self, draft: CaseDraft, placed: Placed, day: date) -> User | None:
        slug = self.place.slug
        match draft.filer:
            case "nobody":
                return None
            case "resident":
                return self.by_name.get(f"{slug}.resident-{'a' if draft.number % 2 else 'b'}")
            case "patroller":
                found = self._holder(placed, "patroller", day, draft.number)
            case "clerk":
                found = self._holder(placed, "counter", day, draft.number)
            case "official":
                found = None
        return found or self._holder(placed, "official", day, draft.number)

    def _holder(self, placed: Placed, role: str, day: date, turn: int) -> User | None:
        """Return who has a post of the role nearest to the pin; of several, whose turn it is."""
        directory = self.snapshot.directory
        for area in reversed(placed.chain or placed.queue):
            posts = [post for post in directory.posts_by_area.get(area.code, ()) if role in post.roles]
            found = [holder.user_id for post in posts if (holder := post.holder_on(day))]
            if found:
                return self.people.get(found[turn % len(found)])
        return None

    def _titled(self, event: Event) -> Event:
        """Return an event with the post that its actor held on its day, who may have left since."""
        if event.actor_id is not None and not event.actor_title:
            event.actor_title = self._title(event.actor_id, local_day_of(event.at, self.place.time_zone))
        return event

    def _title(self, person_id: int, day: date) -> str:
        """Return the title of the post that a person held on a day, empty for none."""
        return next((title for title, holder in self.held.get(person_id, ()) if holder.holds(day)), "")

    # ------------------------------------------------------------ all rows

    def _insert_rest(self, entries: Sequence[_Entry]) -> None:
        areas: list[CaseArea] = []
        assignments: list[Assignment] = []
        recusals: list[Recusal] = []
        decisions: list[TriageDecision] = []
        reporters: list[Reporter] = []
        events: list[Event] = []
        voices: list[MeToo] = []
        notices: list[Notification] = []
        recent = self.until - timedelta(days=_TELL_DAYS)
        for entry in entries:
            case, at = entry.case, entry.case.received_at
            entry.filed.pk = case.pk
            areas += entry.dispatch.case_areas(case)
            assignments += entry.dispatch.plan.assignments(case, at)
            recusals += entry.dispatch.recusals(case)
            entry.rehearsal.know_case()
            decisions += [decision_of(case, entry.dispatch.judged, at=at), *entry.rehearsal.decisions]
            if entry.filing.reporter is not None:
                reporter = entry.filing.reporter
                reporters.append(Reporter(case=case, name=reporter.name, phone=reporter.phone))
            _receipt, first = filing_events(
                entry.filed, entry.dispatch, entry.filing, entry.actor, entry.stated_channel
            )
            events += [self._titled(event) for event in (*first, *entry.rehearsal.events)]
            voices += entry.rehearsal.voices
            if at >= recent:
                told = filing_notices(entry.filed, entry.dispatch, entry.actor) + entry.rehearsal.notices
                for notice in told:
                    notice.read_at = entry.rehearsal.accepted_at
                notices += told
        for rows in (areas, assignments, recusals, decisions, reporters, events, voices, notices):
            insert_many(rows)


def _counts(other: Case, now: datetime) -> bool:
    """Tell whether an earlier case counts as a recurrence: not one that had been declined by then."""
    return other.status != Case.Status.DECLINED or (other.closed_at is not None and other.closed_at > now)
