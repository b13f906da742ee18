"""Errors of cases; see `geo.errors` for the base."""

from geo.errors import Conflict, InvalidInput


class ActionNotAllowed(Conflict):
    """The action is not possible in this status; `accepted` lists those that are."""

    code = "action-not-allowed"


class PayloadConflict(Conflict):
    """The same client id came with other bytes; both are kept."""

    code = "payload-conflict"


class InvalidPayload(InvalidInput):
    """A filing that cannot be taken; it stays in the inbox with this reason."""

    code = "invalid-payload"
