"""Values of a query string, read with errors that name field, value and what is accepted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from geo.errors import InvalidInput

__all__ = ["optional_number", "optional_text", "optional_whole", "required_number"]


def required_number(query: Mapping[str, str], name: str, accepted: str) -> float:
    """Return a number that must be there.

    Raises
    ------
    InvalidInput
        If it is missing or no number.
    """
    value = optional_number(query, name, accepted)
    if value is None:
        message = _("%(name)s is missing; accepted: %(accepted)s")
        raise InvalidInput(message % {"name": name, "accepted": accepted}, field=name, accepted=accepted)
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
        message = _("%(name)s must be %(accepted)s; got '%(value)s'")
        shown = {"name": name, "accepted": accepted, "value": text[:80]}
        raise InvalidInput(message % shown, field=name, value=text[:80], accepted=accepted) from error


def optional_whole(query: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    """Return a whole number within bounds, None where it is missing or empty.

    Raises
    ------
    InvalidInput
        If it is something else; a fraction is refused, never cut off.
    """
    text = query.get(name, "")
    if not text:
        return None
    value = int(text) if re.fullmatch(r"-?[0-9]{1,20}", text) else None
    if value is None or not low <= value <= high:
        message = _("%(name)s must be a whole number from %(low)d to %(high)d; got '%(value)s'")
        shown = {"name": name, "low": low, "high": high, "value": text[:80]}
        raise InvalidInput(message % shown, field=name, value=text[:80], accepted=f"{low}..{high}")
    return value


def optional_text(query: Mapping[str, str], name: str, *, longest: int = 200) -> str | None:
    """Return a text without surrounding blanks, None where it is missing or empty.

    Raises
    ------
    InvalidInput
        If it is too long or holds a NUL.
    """
    text = query.get(name, "").strip()
    if len(text) > longest or "\0" in text:
        message = _("%(name)s must be a text of at most %(longest)d characters without NUL; got %(length)d")
        shown = {"name": name, "longest": longest, "length": len(text)}
        raise InvalidInput(message % shown, field=name, accepted=f"1..{longest}")
    return text or None
