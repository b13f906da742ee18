"""What may be done with a case: the transition table, as data.

Which capability lets whom act comes from the roles of the profile; that a person's appointment covers the
case is for the caller to see to.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from cases.domain.vocabulary import STATUSES, Status

__all__ = [
    "ACTIONS",
    "CAPABILITIES",
    "OPEN_STATUSES",
    "TRANSITIONS",
    "Input",
    "Transition",
    "TransitionError",
    "Visibility",
    "allowed",
    "apply",
]

Visibility = Literal["public", "staff", "internal"]
"""Who reads the event: anyone with the follow code; staff who see the case; those in charge of it."""
Actor = Literal["staff", "anyone", "system"]
InputName = Literal[
    "note",
    "reason",
    "text",
    "photo",
    "until",
    "to",
    "location",
    "category",
    "departments",
    "into",
    "label",
    "route",
]

OPEN_STATUSES: frozenset[Status] = frozenset(
    {"received", "assigned", "in_progress", "suspended", "reopened", "handled", "answered"}
)
"""Somebody still has to do something."""

_RUNNING: frozenset[Status] = frozenset({"assigned", "in_progress", "reopened"})
_MOVABLE: frozenset[Status] = frozenset({"received", "assigned", "in_progress", "suspended", "reopened"})
_ANSWERABLE: frozenset[Status] = frozenset({"received", "assigned", "in_progress", "reopened", "handled"})
_ALL: frozenset[Status] = frozenset(STATUSES)


@dataclass(frozen=True, slots=True)
class Input:
    """Something that an action takes."""

    name: InputName
    required: bool = True


@dataclass(frozen=True, slots=True)
class Transition:
    """One action.

    Attributes
    ----------
    action : str
        As in the address, with hyphens.
    sources : frozenset of str
        Statuses from which it may be taken.
    target : str or None
        Status afterwards; None leaves it.
    visibility : {'public', 'staff', 'internal'}
        Of the event.
    inputs : tuple of Input
    unrouted : str or None
        Status afterwards where the action routes the case again and nobody answers for the new place.
    actor : {'staff', 'anyone', 'system'}
        Staff need the capability; `anyone` includes residents; `system` is never offered to a person.
    """

    action: str
    sources: frozenset[Status]
    target: Status | None
    visibility: Visibility
    inputs: tuple[Input, ...] = ()
    unrouted: Status | None = None
    actor: Actor = "staff"

    @property
    def capability(self) -> str:
        """Name of the capability, as roles list it."""
        return f"case.{self.action.replace('-', '_')}"


def _of(*names: InputName, optional: tuple[InputName, ...] = ()) -> tuple[Input, ...]:
    return tuple(Input(name) for name in names) + tuple(Input(name, required=False) for name in optional)


TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "accept", frozenset({"assigned", "reopened"}), "in_progress", "public", _of(optional=("note",))
    ),
    Transition("note", _ALL, None, "internal", _of("note", optional=("photo",))),
    Transition("settle", _RUNNING, "handled", "public", _of("note", optional=("photo",))),
    Transition("return", _RUNNING, "received", "staff", _of("reason")),
    Transition("reassign", _MOVABLE, "assigned", "public", _of("to", "reason")),
    Transition("relocate", _MOVABLE, "assigned", "staff", _of("location", optional=("reason",)), "received"),
    Transition(
        "recategorise", _MOVABLE, "assigned", "staff", _of("category", optional=("reason",)), "received"
    ),
    Transition("extend", _RUNNING, None, "public", _of("until", "reason")),
    Transition("suspend", _RUNNING, "suspended", "public", _of("reason", optional=("until",))),
    Transition("resume", frozenset({"suspended"}), "in_progress", "public", _of(optional=("note",))),
    Transition("call-out", _RUNNING, "in_progress", "staff", _of("departments", "note")),
    Transition("propose-topic", OPEN_STATUSES, None, "public", _of("reason")),
    Transition("answer", _ANSWERABLE, "answered", "public", _of("text")),
    Transition(
        "close", frozenset({"handled", "answered"}), "closed", "public", _of(optional=("note", "photo"))
    ),
    Transition(
        "reopen",
        frozenset({"handled", "answered", "closed", "declined"}),
        "reopened",
        "public",
        _of("reason"),
    ),
    Transition("decline", frozenset({"received", "assigned"}), "declined", "public", _of("reason")),
    Transition("merge", OPEN_STATUSES, "merged", "public", _of("into", optional=("reason",))),
    Transition("confirm-triage", OPEN_STATUSES, None, "staff", _of(optional=("note",))),
    Transition("override-triage", _MOVABLE, "assigned", "staff", _of("label", "route", "reason"), "received"),
    Transition("release-photo", _ALL, None, "staff", _of("photo")),
    Transition("withdraw-photo", _ALL, None, "staff", _of("photo", optional=("reason",))),
    Transition("me-too", OPEN_STATUSES, None, "staff", actor="anyone"),
    Transition("assign", frozenset({"received"}), "assigned", "public", actor="system"),
    Transition("reroute", _MOVABLE, "assigned", "staff", unrouted="received", actor="system"),
)

ACTIONS: Mapping[str, Transition] = {transition.action: transition for transition in TRANSITIONS}

CAPABILITIES: frozenset[str] = frozenset(
    transition.capability for transition in TRANSITIONS if transition.actor == "staff"
) | {
    "case.view_full",
    "case.view_deidentified",
    "case.view_confidential",
    "case.file_for_others",
    "case.replay_inbox",
    "case.export",
}
"""Everything that a role may be given in cases."""


class TransitionError(ValueError):
    """An action that cannot be taken from a status.

    Attributes
    ----------
    status, action : str
    allowed : tuple of str
        Actions that could be taken from the status.
    """

    def __init__(self, status: str, action: str, allowed_actions: tuple[str, ...]) -> None:
        self.status, self.action, self.allowed = status, action, allowed_actions
        accepted = ", ".join(allowed_actions) or "nothing"
        super().__init__(f"action must be one of {accepted} while the case is '{status}'; got '{action}'")


def allowed(status: str, capabilities: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the actions that may be taken from a status, in the order of the table.

    Parameters
    ----------
    status : str
    capabilities : collection of str, optional
        Of the person; None asks what the status allows at all. What anyone may do needs no capability.

    Raises
    ------
    ValueError
        If there is no such status.
    """
    _check(status)
    return tuple(
        transition.action
        for transition in TRANSITIONS
        if status in transition.sources
        and transition.actor != "system"
        and (capabilities is None or transition.actor == "anyone" or transition.capability in capabilities)
    )


def apply(status: str, action: str, *, routed: bool = True) -> Status:
    """Return the status after an action.

    Parameters
    ----------
    status, action : str
    routed : bool
        For actions that route the case again: somebody answers for where it now is.

    Raises
    ------
    TransitionError
        If the action cannot be taken from this status, with those that can.
    ValueError
        If there is no such status.
    """
    current = _check(status)
    transition = ACTIONS.get(action)
    if transition is None or current not in transition.sources:
        raise TransitionError(status, action, allowed(status))
    if transition.unrouted is not None and not routed:
        return transition.unrouted
    return transition.target or current


def _check(status: str) -> Status:
    for known in STATUSES:
        if known == status:
            return known
    raise ValueError(f"status must be one of {', '.join(STATUSES)}; got '{status}'")
