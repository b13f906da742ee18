"""Every later step of a case: the transition table says what is possible, posts say who may, one function does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.domain import workflow
from cases.errors import ActionNotAllowed
from cases.models import Case, Notification
from cases.selectors.authority import OFFERED_ACTIONS, actions_for, capabilities_on, grant_for
from cases.selectors.detail import case_for
from cases.services import steps, steps_routing
from cases.services.journal import event_of, outbox_write, tell
from cases.services.steps_base import Step
from cases.services.steps_input import read_input
from geo.errors import InvalidInput, NotAllowed
from geo.models import User
from geo.selectors.authority import authority_of

__all__ = ["case_act"]

_HANDLERS = {**steps.HANDLERS, **steps_routing.HANDLERS}


@transaction.atomic
def case_act(*, case_id: int, action: str, actor: User, data: Mapping[str, Any]) -> Case:
    """Take one step with a case: change, event, notifications and outbox in one transaction.

    Two people at once follow one another: the second meets the status that the first has left.

    Parameters
    ----------
    case_id
    action
        Of the transition table.
    actor
        Needs the capability through a post that covers the case, or that it is assigned to.
    data
        Inputs of the action; `version`, where given, must be that of the case.

    Returns
    -------
    Case

    Raises
    ------
    NotThere
        If the actor has no projection of the case.
    NotAllowed
        If no post of the actor's carries the capability there.
    ActionNotAllowed
        If the status forbids it, or the case has changed; with the actions that are allowed.
    InvalidPayload
        If an input is missing or wrong.
    """
    if action not in OFFERED_ACTIONS:
        message = _("action must be one of %(accepted)s; got '%(action)s'")
        shown = {"accepted": ", ".join(OFFERED_ACTIONS), "action": action[:40]}
        raise InvalidInput(message % shown, field="action", value=action[:40], accepted=OFFERED_ACTIONS)
    case_for(actor, case_id)
    case = Case.objects.select_for_update().get(pk=case_id)
    authority = authority_of(actor)
    transition = workflow.ACTIONS[action]
    if transition.capability not in capabilities_on(authority, case):
        raise NotAllowed(
            _("You may not do this with this case."),
            field="action",
            value=action,
            accepted=list(actions_for(actor, case)),
        )
    _check_status(case, action, actor)
    given = read_input(action, data)
    _check_version(case, given.version, actor)
    step = Step(
        case=case,
        action=action,
        actor=actor,
        grant=grant_for(authority, case, transition.capability),
        given=given,
        at=timezone.now(),
    )
    if action in steps.CHECKS:
        steps.CHECKS[action](step)
    from_status = case.status
    outcome = _HANDLERS[action](step)
    if not outcome.is_saved:
        case.status = workflow.apply(from_status, action)
        case.version += 1
        case.save()
    event_of(
        case,
        action,
        at=step.at,
        actor=actor,
        visibility=transition.visibility,
        from_status=from_status,
        note=given.words,
        data=outcome.data,
    ).save(force_insert=True)
    people = set(outcome.told)
    if transition.visibility == "public" and case.filed_by_id is not None:
        people.add(case.filed_by_id)
    lines = tell(case, people - {actor.pk}, action, at=step.at)
    if lines:
        Notification.objects.bulk_create(lines)
    outbox_write(case, f"case.{action}", at=step.at)
    return case


def _check_status(case: Case, action: str, actor: User) -> None:
    if case.status in workflow.ACTIONS[action].sources:
        return
    accepted = list(actions_for(actor, case))
    message = _("'%(action)s' is not possible while the case is '%(status)s'; possible: %(accepted)s")
    shown = {"action": action, "status": case.status, "accepted": ", ".join(accepted) or "–"}
    raise ActionNotAllowed(
        message % shown, field="action", value=action, accepted=accepted, status_now=case.status
    )


def _check_version(case: Case, version: int | None, actor: User) -> None:
    if version is None or version == case.version:
        return
    raise ActionNotAllowed(
        _("The case has changed meanwhile; look at it again."),
        field="version",
        value=version,
        accepted=list(actions_for(actor, case)),
        current=case.version,
        status_now=case.status,
    )
