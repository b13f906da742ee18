"""Routing a case again: other place, other kind or other people; what it was at filing is kept."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from cases.domain.workflow import TransitionError, apply
from cases.models import Assignment, Case, CaseArea, Notification, TriageDecision
from cases.selectors.clock import local_day_of
from cases.services.assigning import people_of
from cases.services.dispatch import Dispatch, assignment_key
from cases.services.journal import tell
from geo.models import User

__all__ = ["end_assignments", "reroute"]


def end_assignments(case: Case, rows: Iterable[Assignment], *, at: datetime) -> None:
    """End open assignments; they stay in the history."""
    Assignment.objects.filter(case=case, pk__in=[row.pk for row in rows]).update(until=at)


def reroute(
    case: Case,
    dispatch: Dispatch,
    *,
    actor: User | None,
    at: datetime,
    action: str = "reroute",
    decision: TriageDecision | None = None,
) -> dict[str, Any]:
    """Dispatch a locked case again and save it; the caller writes the event.

    Parameters
    ----------
    case
        Locked, with what was said already changed.
    dispatch
        Where and whose it now is.
    action
        Key of the transition table that decides the status afterwards.
    decision
        What a person decided; None for what the rules propose.

    Returns
    -------
    dict
        Both chains, and who had it and who has it now, for the event.
    """
    before = {"areas": case.areas, "category": case.category, "label": case.label, "route": case.route}
    extended = _extension(case)
    standing = list(Assignment.objects.filter(case=case, until__isnull=True).order_by("pk"))
    wanted = {assignment_key(row) for row in dispatch.plan.assignments(case, at)}
    ended = [row for row in standing if assignment_key(row) not in wanted]
    stays = [row for row in standing if assignment_key(row) in wanted]
    dispatch.set_on(case)
    if decision is not None:
        case.triage_state = decision.state
    if extended is not None and case.deadline_at is not None:
        case.deadline_at = max(case.deadline_at, extended)
    # A filer may revise what is already handled; that leaves its status.
    with suppress(TransitionError):
        case.status = apply(case.status, action, routed=dispatch.plan.routed)
    case.version += 1
    case.save()
    if ended:
        end_assignments(case, ended, at=at)
    CaseArea.objects.filter(case=case).delete()
    dispatch.write_rows(case, at=at, standing=stays, decision=decision)
    snapshot = dispatch.placed.snapshot
    today = local_day_of(at, snapshot.time_zone)
    told_before = set(people_of(snapshot.directory, standing, today))
    fresh = dispatch.plan.told - told_before - {actor.pk if actor else None}
    lines = tell(case, fresh, "urgent" if case.skips_queue else "assigned", at=at)
    lost = set(people_of(snapshot.directory, ended, today)) - dispatch.plan.told
    lines += tell(case, lost, "moved_on", at=at)
    if lines:
        Notification.objects.bulk_create(lines)
    return {
        "from": before,
        "to": {"areas": case.areas, "category": case.category, "label": case.label, "route": case.route},
        **dispatch.plan.as_json(),
    }


def _extension(case: Case) -> datetime | None:
    """Return the current deadline where people have extended it past what the rules said."""
    decided = case.triage_decisions.order_by("-id").values_list("deadline_at", flat=True).first()
    if decided is not None and case.deadline_at is not None and case.deadline_at > decided:
        return case.deadline_at
    return None
