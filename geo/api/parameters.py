"""Values of a query string, read with errors that name field, value and what is accepted."""

from __future__ import annotations

from collections.abc import Mapping

from geo.errors import InvalidInput

__all__ = ["optional_number", "optional_text", "required_number"]


def required_number(query: Mapping[str, str], name: str, accepted: str) -> float:
    """Return a number that must be there.

    Raises
    ------
    InvalidInput
        If it is missing or no number.
    """
    value = optional_number(query, name, accepted)
    if value is None:
        raise InvalidInput(f"{name} is missing; accepted: {accepted}", field=name, accepted=accepted)
    return value


def optional_number(query: Mapping[str, str], name: str, accepted: str) -> float | None:
    """Return a number, None where it is missing or empty.

    Raises
    ------
    InvalidInput
        If it is no number.
    """
    text = query.get(name, "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise InvalidInput(
            f"{name} must be {accepted}; got '{text[:80]}'", field=name, value=text[:80], accepted=accepted
        ) from error


def optional_text(query: Mapping[str, str], name: str, *, longest: int = 200) -> str | None:
    """Return a text without surrounding blanks, None where it is missing or empty.

    Raises
    ------
    InvalidInput
        If it is too long or holds a NUL.
    """
    text = query.get(name, "").strip()
    if len(text) > longest or "\0" in text:
        raise InvalidInput(
            f"{name} must be a text of at most {longest} characters without NUL; got {len(text)} characters",
            field=name,
            accepted=f"1..{longest}",
        )
    return text or None
