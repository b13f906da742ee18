"""What is wrong with a body, in our own words: field by field, with value and what is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic_core import ErrorDetails

from cases.errors import InvalidPayload

__all__ = ["WORDS", "readable", "refusal"]

_UNREADABLE = re.compile(r"[\x00\ud800-\udfff]")
# Never repeated in an answer, a log or the reason kept beside an inbox item.
_PERSONAL = {"text", "place_text", "reporter", "note", "reason"}
_NOT_TEXT = gettext_lazy("must be a text")
_NOT_NUMBER = gettext_lazy("must be a finite number")
_NOT_WHOLE = gettext_lazy("must be a whole number")
_NOT_UUID = gettext_lazy("must be a UUID, as 123e4567-e89b-42d3-a456-426614174000")
_NOT_BOOL = gettext_lazy("must be true or false")
_NOT_OBJECT = gettext_lazy("must be an object")
_NOT_DAY = gettext_lazy("must be a day, as 2026-05-01")
_NOT_TIME = gettext_lazy("must be a time with offset, as 2026-05-01T08:00:00+08:00")
_NOT_CHOICE = gettext_lazy("must be one of %(accepted)s")
WORDS: Mapping[str, str | Promise] = {
    "missing": gettext_lazy("is missing"),
    "extra_forbidden": gettext_lazy("this field is not known"),
    "string_type": _NOT_TEXT,
    "string_unicode": _NOT_TEXT,
    "string_too_long": gettext_lazy("must have at most %(max_length)s characters"),
    "string_too_short": gettext_lazy("must have at least %(min_length)s characters"),
    "string_pattern_mismatch": gettext_lazy("must look like %(pattern)s"),
    "uuid_type": _NOT_UUID,
    "uuid_parsing": _NOT_UUID,
    "float_type": _NOT_NUMBER,
    "float_parsing": _NOT_NUMBER,
    "finite_number": _NOT_NUMBER,
    "int_type": _NOT_WHOLE,
    "int_parsing": _NOT_WHOLE,
    "int_parsing_size": _NOT_WHOLE,
    "int_from_float": _NOT_WHOLE,
    "bool_type": _NOT_BOOL,
    "bool_parsing": _NOT_BOOL,
    "list_type": gettext_lazy("must be a list"),
    "too_long": gettext_lazy("must have at most %(max_length)s entries"),
    "too_short": gettext_lazy("must have at least %(min_length)s entries"),
    "literal_error": _NOT_CHOICE,
    "union_tag_invalid": _NOT_CHOICE,
    "union_tag_not_found": gettext_lazy("must be an object with a type"),
    "model_type": _NOT_OBJECT,
    "model_attributes_type": _NOT_OBJECT,
    "dict_type": _NOT_OBJECT,
    "greater_than": gettext_lazy("must be more than %(gt)s"),
    "greater_than_equal": gettext_lazy("must be at least %(ge)s"),
    "less_than": gettext_lazy("must be less than %(lt)s"),
    "less_than_equal": gettext_lazy("must be at most %(le)s"),
    "timezone_aware": _NOT_TIME,
    "datetime_type": _NOT_TIME,
    "datetime_parsing": _NOT_TIME,
    "datetime_from_date_parsing": _NOT_TIME,
    "datetime_object_invalid": _NOT_TIME,
    "date_type": _NOT_DAY,
    "date_parsing": _NOT_DAY,
    "date_from_datetime_parsing": _NOT_DAY,
    "date_from_datetime_inexact": _NOT_DAY,
    # Our own kinds.
    "nul": gettext_lazy("must be a text without the character NUL (U+0000)"),
    "no_such_time": gettext_lazy("must be a time between %(first)s and %(last)s"),
    "ring_open": gettext_lazy("each ring must end where it began"),
    "empty": gettext_lazy("a text, a category or a photo is needed: at least one of them"),
    "moment": gettext_lazy("must be a day, or a time with offset"),
    "target": gettext_lazy("must be one of post (id), department (key) or level"),
}
"""By pydantic's kind of error, with what it tells of it."""
_TAGS = ("Point", "LineString", "Polygon")


def readable(value: Any, limit: int = 80) -> str:
    """Return a value as text that every database and every JSON reader takes."""
    return _UNREADABLE.sub("\ufffd", str(value))[:limit]


def refusal(found: list[ErrorDetails], known: Iterable[str]) -> InvalidPayload:
    """Return the error that names every field that is wrong; values of personal fields are not repeated.

    Parameters
    ----------
    found
        As pydantic reports them.
    known
        Names of the fields there are.
    """
    errors = [_one(error, sorted(known)) for error in found]
    first = errors[0]
    shown = {"field": first["field"] or _("the filing"), "problem": first["message"]}
    message = _("%(field)s: %(problem)s") % shown
    if "value" in first:
        message = _("%(problem)s; got '%(value)s'") % {"problem": message, "value": first["value"]}
    return InvalidPayload(
        message, field=first["field"], value=first.get("value"), accepted=first.get("accepted"), errors=errors
    )


def _one(error: ErrorDetails, known: list[str]) -> dict[str, Any]:
    location = [str(part) for part in error["loc"] if part not in _TAGS]
    details = dict(error.get("ctx", {}))
    accepted = details.get("expected_tags") or details.get("expected")
    details["accepted"] = accepted = (
        str(accepted).replace(" or ", ", ").replace("'", "") if accepted else None
    )
    words = WORDS.get(error["type"], gettext_lazy("is not as it should be"))
    found: dict[str, Any] = {
        "field": readable(".".join(location)),
        "message": readable(str(words) % details, 200),
        "accepted": accepted.split(", ") if accepted else None,
    }
    if error["type"] == "extra_forbidden":
        found["accepted"] = known if len(location) == 1 else None
    elif location and not _PERSONAL & set(location) and not isinstance(error["input"], Mapping | list):
        found["value"] = readable(error["input"])
    return {key: value for key, value in found.items() if value is not None}
