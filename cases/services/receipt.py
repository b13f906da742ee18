"""The receipt: who has it, why, by when, in the same answer that took the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.models import Case
from cases.selectors.assigned import assigned_json
from cases.selectors.clock import local_day_of
from cases.selectors.words import Words
from cases.services.dispatch import Dispatch

__all__ = ["Receipt", "begins_later", "receipt_json", "without_names"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Answer to a filing.

    Attributes
    ----------
    body
        As the contract has it; a repetition gets the same.
    created
        False for a repetition or a revision.
    """

    body: dict[str, Any]
    created: bool

    @property
    def case_id(self) -> int:
        """Id of the case."""
        return int(self.body["id"])


def receipt_json(case: Case, dispatch: Dispatch, *, staff: bool, photos: list[str]) -> dict[str, Any]:
    """Return the receipt of a case in the active language; names of persons only for staff.

    `id` and `number` are still missing of a case that is not saved yet.
    """
    placed, proposal = dispatch.placed, dispatch.judged.proposal
    snapshot = placed.snapshot
    language = get_language() or "zh-hans"
    words = Words(placed.profile, language)
    located = placed.answer.as_json(staff=False) if placed.answer else {}
    body: dict[str, Any] = {
        "id": case.pk,
        "number": case.number if case.pk else "",
        "client_id": str(case.client_id),
        "payload_sha256": case.payload_sha256,
        "follow_code": case.follow_code,
        "place": snapshot.slug,
        "status": case.status,
        "status_name": words.status(case.status),
        "category": case.category,
        "category_name": words.category(case.category),
        "received_at": case.received_at.isoformat(),
        "triage": {
            "label": case.label,
            "label_name": words.label(case.label),
            "route": case.route,
            "route_name": words.route(case.route),
            "state": case.triage_state,
            "deadline": case.deadline_at.isoformat() if case.deadline_at else None,
            "agenda_by": dispatch.judged.agenda_by.isoformat() if dispatch.judged.agenda_by else None,
            "explanation": [message.render(_, language) for message in proposal.explanation],
        },
        "assigned": assigned_json(
            dispatch.plan.rows,
            snapshot,
            day=local_day_of(timezone.now(), snapshot.time_zone),
            with_names=staff,
        ),
        "areas": located.get("areas", []),
        "building": located.get("building"),
        "outcome": case.outcome,
        "candidates": located.get("candidates", []),
        "explanation": _where(dispatch),
        "notes": _notes(case, snapshot.time_zone),
        "photos": photos,
    }
    if case.danger:
        body["emergency_numbers"] = [
            {"number": number.number, "name": number.name.text(language)}
            for number in placed.section.emergency_for(case.category)
        ]
    return body


def without_names(body: dict[str, Any]) -> dict[str, Any]:
    """Return a stored receipt as those get it who are not staff: posts and offices, no names of persons."""
    assigned = dict(body["assigned"])
    for group in ("leaders", "handlers"):
        assigned[group] = [{**entry, "name": None} for entry in assigned[group]]
    if assigned["party_cell"]:
        assigned["party_cell"] = {**assigned["party_cell"], "head": None}
    return {**body, "assigned": assigned}


def begins_later(case: Case, time_zone: str) -> bool:
    """Tell whether the day on which it is said to have begun is after the local day of receipt."""
    return case.began_on is not None and case.began_on > local_day_of(case.received_at, time_zone)


def _where(dispatch: Dispatch) -> list[str]:
    if dispatch.placed.answer is None:
        return []
    answer, exclusion = dispatch.placed.answer, dispatch.judged.proposal.exclusion
    if exclusion.confidential:
        answer = answer.passing_by(exclusion)
    return [sentence.text() for sentence in answer.explanation]


def _notes(case: Case, time_zone: str) -> list[str]:
    found = []
    if begins_later(case, time_zone):
        found.append(_("The day since which it lasts is still to come; it counts as not known."))
    if case.captured_at is not None and case.captured_at != case.reported_at:
        found.append(_("The time on the device cannot be right; the time of receipt counts."))
    if case.stated_category:
        found.append(_("The category is not known here; a person will sort it."))
    if case.deadline_flagged:
        found.append(
            _("The holidays of a year in the time limit are not known yet; only weekends were counted.")
        )
    return found
