"""What somebody may do with a case: capabilities of the posts that cover it."""

from __future__ import annotations

from collections.abc import Iterable

from cases.domain import workflow
from cases.models import Case, CaseArea, Recusal
from cases.models.access import about_visible
from cases.selectors.assigned import ASSIGNED_COLUMNS, Assigned, open_assignments
from cases.selectors.cases import Reader
from geo.domain.authority import Authority, Grant
from geo.selectors.authority import authority_of

__all__ = ["LATER_ACTIONS", "OFFERED_ACTIONS", "actions_for", "capabilities_on", "grant_for", "grants_on"]

LATER_ACTIONS = frozenset({"call-out", "propose-topic"})
"""In the transition table, not in this release."""
OFFERED_ACTIONS = tuple(
    transition.action
    for transition in workflow.TRANSITIONS
    if transition.actor == "staff" and transition.action not in LATER_ACTIONS
)


def grants_on(authority: Authority, case: Case) -> tuple[Grant, ...]:
    """Return the appointments by which somebody is in charge of a case: by area, or by being assigned.

    Two queries for staff of the place, none for others. Whoever a complaint is about has none, whatever their posts.
    """
    own = [grant for grant in authority.grants if grant.place_id == case.place_id]
    if not own:
        return ()
    if case.about != "none" and Recusal.objects.filter(case=case, person_id=authority.user_id).exists():
        return ()
    codes = set(CaseArea.objects.filter(case=case).values_list("code", flat=True))
    assigned = [Assigned(*row) for row in open_assignments().filter(case=case).values_list(*ASSIGNED_COLUMNS)]
    return tuple(
        grant
        for grant in own
        if case.about in about_visible(grant.profile, grant.kind)
        and (grant.area_code in codes or _is_assigned(grant, assigned))
    )


def _is_assigned(grant: Grant, assigned: Iterable[Assigned]) -> bool:
    return any(
        row.post_id == grant.post_id
        or (row.department_id is not None and row.department_id == grant.department_id)
        or (
            row.party_organisation_id is not None and row.party_organisation_id == grant.party_organisation_id
        )
        for row in assigned
    )


def capabilities_on(authority: Authority, case: Case) -> frozenset[str]:
    """Return what somebody may do with a case; administrators everything."""
    if authority.is_administrator:
        return workflow.CAPABILITIES
    return frozenset(capability for grant in grants_on(authority, case) for capability in grant.capabilities)


def grant_for(authority: Authority, case: Case, capability: str) -> Grant | None:
    """Return the appointment by which somebody does something; None for administrators and where there is none."""
    return next((grant for grant in grants_on(authority, case) if capability in grant.capabilities), None)


def actions_for(user: Reader, case: Case) -> tuple[str, ...]:
    """Return the actions that somebody may take now, in the order of the transition table."""
    capabilities = capabilities_on(authority_of(user), case)
    done = {"confirm-triage"} if case.triage_state == Case.TriageState.CONFIRMED else set()
    return tuple(
        action
        for action in workflow.allowed(case.status, capabilities)
        if action in OFFERED_ACTIONS and action not in done
    )
