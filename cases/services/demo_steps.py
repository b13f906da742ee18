"""Take the invented steps of an invented case, with the table, handlers and words of the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from cases.demo.timelines import PlannedStep
from cases.domain import workflow
from cases.domain.profile import CasesSection, Limit
from cases.models import Assignment, Case, Event, MeToo, Notification, TriageDecision
from cases.selectors.clock import local_day_of
from cases.services.assigning import offices_at
from cases.services.dispatch import Dispatch
from cases.services.journal import event_of, tell
from cases.services.judging import decision_of, due_at
from cases.services.steps import HANDLERS
from cases.services.steps_base import Step
from cases.services.steps_input import read_input
from geo.models import User
from geo.routing import PlaceSnapshot

__all__ = ["Rehearsal"]

_WITH_HANDLER = frozenset({"extend", "suspend", "resume"})
"""Actions that do more than write words: their handlers need no database but the holiday table."""


@dataclass(frozen=True, slots=True)
class _RehearsedStep(Step):
    """A step on a case that is not stored yet."""

    dispatch: Dispatch | None = None

    @property
    def snapshot(self) -> PlaceSnapshot:
        assert self.dispatch is not None
        return self.dispatch.placed.snapshot

    @property
    def section(self) -> CasesSection:
        assert self.dispatch is not None
        return self.dispatch.placed.section

    @property
    def limit(self) -> Limit | None:
        assert self.dispatch is not None
        return self.dispatch.judged.proposal.limit


class Rehearsal:
    """The course of one case until a moment.

    Parameters
    ----------
    case
        Unsaved, as it is when it has been taken; changed in place.
    dispatch
        Who has it and why.
    people
        Accounts by id.
    title_on
        Title of the post that somebody holds on a day; empty for none.
    """

    def __init__(
        self,
        case: Case,
        dispatch: Dispatch,
        people: Mapping[int, User],
        title_on: Callable[[int, date], str],
    ) -> None:
        self.case, self.dispatch, self.people, self.title_on = case, dispatch, people, title_on
        self.events: list[Event] = []
        self.decisions: list[TriageDecision] = []
        self.voices: list[MeToo] = []
        self.notices: list[Notification] = []
        self.accepted_at: datetime | None = None

    def play(self, steps: Iterable[PlannedStep], voices: Iterable[MeToo], *, until: datetime) -> None:
        """Take all steps, and hear all voices, that come before a moment."""
        waiting = sorted(voices, key=lambda voice: voice.at)
        for step in steps:
            while waiting and waiting[0].at < min(step.at, until):
                self._hear(waiting.pop(0))
            if step.at >= until:
                return
            if not self._take(step):
                return

    def know_case(self) -> None:
        """Tell the rows that were made before the case was saved which case they belong to."""
        for row in (*self.events, *self.decisions, *self.voices, *self.notices):
            row.case_id = self.case.pk  # type: ignore[attr-defined]

    def _hear(self, voice: MeToo) -> None:
        if self.case.status not in workflow.OPEN_STATUSES or not self.case.is_published:
            return
        voice.case = self.case
        self.voices.append(voice)
        self.case.me_too_count += 1
        self.events.append(
            event_of(self.case, "me-too", at=voice.at, actor=None, visibility=Event.Visibility.STAFF)
        )

    def _take(self, step: PlannedStep) -> bool:
        """Take one step; False where nobody is there to take it, or the table does not have it."""
        case, transition = self.case, workflow.ACTIONS[step.action]
        actor = self._actor(step)
        if actor is None or case.status not in transition.sources:
            return step.action in ("note", "confirm-triage", "extend")
        given = read_input(step.action, step.data)
        data: Any = {}
        if step.action in _WITH_HANDLER:
            rehearsed = _RehearsedStep(case, step.action, actor, None, given, step.at, self.dispatch)
            data = HANDLERS[step.action](rehearsed).data
        elif step.action == "confirm-triage":
            data = self._confirm(actor, step.at)
        elif step.action == "reopen":
            case.closed_at = None
            self._restart(step.at)
        elif step.action in ("close", "decline"):
            case.closed_at = step.at
        from_status = case.status
        case.status = workflow.apply(from_status, step.action)
        case.version += 1
        if step.action == "accept" and self.accepted_at is None:
            self.accepted_at = step.at
        self.events.append(
            event_of(
                case,
                step.action,
                at=step.at,
                actor=actor,
                visibility=transition.visibility,
                from_status=from_status,
                note=given.words,
                data=data,
            )
        )
        if transition.visibility == "public" and case.filed_by_id not in (None, actor.pk):
            self.notices += tell(case, [case.filed_by_id or 0], step.action, at=step.at)
        return True

    def _confirm(self, actor: User, at: datetime) -> dict[str, str]:
        self.case.triage_state = Case.TriageState.CONFIRMED
        confirmed = decision_of(
            self.case, self.dispatch.judged, at=at, state=Case.TriageState.CONFIRMED, decided_by=actor
        )
        self.decisions.append(confirmed)
        return {"label": self.case.label, "route": self.case.route}

    def _restart(self, at: datetime) -> None:
        """As reopening does: the same limit from then on."""
        placed, limit = self.dispatch.placed, self.dispatch.judged.proposal.limit
        due = due_at(placed.section, placed.snapshot.time_zone, at, limit)
        self.case.deadline_at = due.at if due else None
        self.case.deadline_flagged = bool(due and not due.calendar_known)

    # ------------------------------------------------------------ who

    def _actor(self, step: PlannedStep) -> User | None:
        choices = self._workers.get(step.by) or self._workers["leader"] or self._office
        if step.by == "office":
            choices = self._office
        # Whoever has left since is not there to act: a colleague does.
        day = local_day_of(step.at, self.dispatch.placed.snapshot.time_zone)
        return next((self.people[person] for person in choices if self.title_on(person, day)), None)

    @cached_property
    def _day(self) -> Any:
        return local_day_of(self.case.received_at, self.dispatch.placed.snapshot.time_zone)

    @cached_property
    def _workers(self) -> dict[str, list[int]]:
        rows, directory = self.dispatch.plan.rows, self.dispatch.placed.snapshot.directory
        departments = {row.department_id for row in rows if row.department_id}
        posts = directory.posts_by_id.values()
        leaf = self.dispatch.placed.chain[-1].code if self.dispatch.placed.chain else ""
        grid = directory.posts_by_area.get(leaf, ())
        named = self.dispatch.plan.named
        return {
            "leader": [r.person_id for r in rows if r.kind == Assignment.Kind.LEADER and r.person_id],
            "department": [
                holder.user_id
                for post in posts
                if post.department_id in departments and (holder := post.holder_on(self._day))
            ],
            "patroller": [
                holder.user_id
                for post in grid
                if "patroller" in post.roles
                and (holder := post.holder_on(self._day))
                and holder.user_id not in named
            ],
        }

    @cached_property
    def _office(self) -> list[int]:
        """Officials who have it, else those of the community: they may answer, close and confirm."""
        placed, rows = self.dispatch.placed, self.dispatch.plan.rows
        kinds = {
            key
            for key, post in placed.profile.geo.posts_by_key.items()
            if {"official", "supervisor"} & {*post.roles}
        }
        directory = placed.snapshot.directory
        found = [
            row.person_id
            for row in rows
            if row.person_id and row.post_id and directory.posts_by_id[row.post_id].kind in kinds
        ]
        if not found:
            offices = offices_at(placed, "community", "official", self._day)
            holders = [post.holder_on(self._day) for post, _code in offices]
            found = [h.user_id for h in holders if h and h.user_id not in self.dispatch.plan.named]
        # Colleagues share the work; which of them has this one follows from its time.
        turn = self.case.received_at.day % len(found) if found else 0
        return found[turn:] + found[:turn]
