"""Errors of geo: each says what, the value, and what is accepted."""

from typing import Any


class GridcaseError(Exception):
    """Base of all errors that a caller can mend.

    Parameters
    ----------
    message
        What is wrong, the value, what is accepted.
    field
        Name of the field or parameter.
    value
        The offending value (never personal data).
    accepted
        What would have been accepted.
    """

    code = "error"
    status = 400

    def __init__(
        self, message: str, *, field: str = "", value: Any = None, accepted: Any = None, **extra: Any
    ):
        super().__init__(message)
        self.message, self.field, self.value, self.accepted, self.extra = (
            message,
            field,
            value,
            accepted,
            extra,
        )


class InvalidInput(GridcaseError):
    """A value that is not what it should be."""

    code = "invalid"


class NotThere(GridcaseError):
    """Something that does not exist, or that the asker may not know of."""

    code = "not-found"
    status = 404


class NotAllowed(GridcaseError):
    """The asker may not do this."""

    code = "not-allowed"
    status = 403


class Conflict(GridcaseError):
    """The state of the thing forbids it."""

    code = "conflict"
    status = 409


class WrongCredentials(GridcaseError):
    """Name and password do not match; which of the two is not said."""

    code = "wrong-credentials"
    status = 401
