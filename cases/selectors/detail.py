"""One case: properties, timeline, reasons, and what its reader may do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from cases.domain.workflow import ACTIONS
from cases.models import Case, Reporter, TriageDecision
from cases.models.access import FULL
from cases.selectors.authority import actions_for, capabilities_on, grants_on
from cases.selectors.cases import Reader, asker_of
from cases.selectors.projection import Asker, case_feature, with_related
from cases.selectors.timeline import notes_for, timeline_json, visible_events
from cases.selectors.words import read_messages
from geo.errors import NotThere
from geo.selectors.authority import authority_of
from geo.selectors.explanation import read_sentences

__all__ = ["action_inputs", "case_detail", "case_for", "follow_timeline"]


def _not_there() -> NotThere:
    return NotThere(_("There is no such case for you."), field="id")


def case_for(user: Reader, pk: int) -> Case:
    """Return a case that somebody may see, annotated with its `projection`.

    Raises
    ------
    NotThere
        If there is none, or none for this reader: the two are not told apart.
    """
    case = with_related(Case.objects.for_user(user)).filter(pk=pk).first() if 0 < pk < 2**63 else None
    if case is None:
        raise _not_there()
    return case


def action_inputs(action: str) -> list[dict[str, Any]]:
    """Return what an action takes: names, and whether they must be given."""
    return [{"name": entry.name, "required": entry.required} for entry in ACTIONS[action].inputs]


def case_detail(user: Reader, pk: int) -> dict[str, Any]:
    """Return a case as a GeoJSON feature, as far as its reader may know it.

    Beyond the properties of a list: `timeline`, and in the full projection `reporter`, `triage.explanation`, `why`
    (how the place was found), `actions` with their inputs.

    Raises
    ------
    NotThere
        See `case_for`.
    """
    case = case_for(user, pk)
    asker = asker_of(user)
    feature = case_feature(case, asker, in_list=False)
    properties = feature["properties"]
    authority = authority_of(user)
    full = case.projection == FULL  # type: ignore[attr-defined]
    in_charge = full and (authority.is_administrator or bool(grants_on(authority, case)))
    events = visible_events(case, in_charge=in_charge)
    properties["timeline"] = timeline_json(
        events,
        case,
        asker,
        in_charge=in_charge,
        notes=notes_for(case.projection),  # type: ignore[attr-defined]
    )
    properties["actions"] = []
    if full:
        _add_reasons(case, properties)
        properties["follow_code"] = case.follow_code
        if _may_know_reporter(user, case, asker):
            reporter = Reporter.objects.filter(case=case).first()
            properties["reporter"] = {"name": reporter.name, "phone": reporter.phone} if reporter else None
    if in_charge:
        properties["actions"] = [
            {"action": action, "inputs": action_inputs(action)} for action in actions_for(user, case)
        ]
        properties["candidates"] = case.location_detail.get("candidates", [])
    return feature


def _add_reasons(case: Case, properties: dict[str, Any]) -> None:
    decision = TriageDecision.objects.filter(case=case).order_by("-id").first()
    if decision is not None:
        properties["triage"] |= {
            "explanation": read_messages(decision.explanation),
            "reason": decision.reason,
            "tracks": decision.tracks,
            "agenda_by": decision.agenda_by,
            "rule": decision.rule,
            "rule_version": decision.rule_version,
            "profile": decision.profile,
        }
    properties["why"] = read_sentences(case.location_detail.get("explanation", ()))


def _may_know_reporter(user: Reader, case: Case, asker: Asker) -> bool:
    """Whoever filed it always; of a confidential case only those with the capability."""
    if asker.user_id is not None and case.filed_by_id == asker.user_id:
        return True
    capabilities = capabilities_on(authority_of(user), case)
    return "case.view_confidential" in capabilities if case.confidential else bool(capabilities)


def follow_timeline(code: str) -> dict[str, Any]:
    """Return what a follow code tells: status and public timeline, nothing of what was said or by whom.

    Raises
    ------
    NotThere
        If there is no case with this code.
    """
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    written = "-".join(letters[start : start + 4] for start in (0, 4, 8))
    case = Case.objects.filter(follow_code=written).defer("text").first() if len(letters) == 12 else None
    if case is None:
        raise NotThere(_("There is no case with this follow code."), field="follow_code")
    asker = asker_of(None)
    words = asker.words(case.place_id)
    # Who knows one code gets the other only where it opens nothing that is held in confidence.
    merged = Case.objects.filter(pk=case.merged_into_id or 0, confidential=False, is_sensitive=False)
    return {
        "follow_code": case.follow_code,
        "number": case.number,
        "status": case.status,
        "status_name": words.status(case.status),
        "category": case.category,
        "category_name": words.category(case.category),
        "received_at": case.received_at,
        "closed_at": case.closed_at,
        "deadline": case.deadline_at,
        "triage": {
            "label": case.label,
            "label_name": words.label(case.label),
            "route": case.route,
            "route_name": words.route(case.route),
            "state": case.triage_state,
        },
        "merged_into": merged.values_list("follow_code", flat=True).first(),
        "timeline": timeline_json(
            visible_events(case, in_charge=False), case, asker, in_charge=False, notes=notes_for(None)
        ),
    }
