"""What the actions on a case take: one strict set of fields, of which each action takes those of the table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from cases.domain.workflow import ACTIONS
from cases.errors import InvalidPayload
from cases.services.payload import FIRST_YEAR, LAST_YEAR, Sha256, Text, Where
from cases.services.refusals import refusal

__all__ = ["StepInput", "Target", "read_input"]

# What comes with an input: a place is a pin, or something drawn, or an area chosen by name.
_BESIDE: Mapping[str, frozenset[str]] = {
    "location": frozenset(Where.model_fields),
    "label": frozenset({"level"}),
}


class Target(BaseModel):
    """To whom a case is passed on: exactly one of these."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    post: int | None = None
    department: Text | None = None
    level: Text | None = None


def _one_target(value: Any) -> Any:
    if isinstance(value, Mapping) and len([v for v in value.values() if v not in (None, "")]) != 1:
        raise PydanticCustomError("target", "one of post (id), department (key) or level")
    return value


def _photos(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("moment", "a day, or a time with offset") from None


Photos = Annotated[list[Sha256], Field(max_length=9), BeforeValidator(_photos)]


class StepInput(BaseModel):
    """Everything that any action takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    note: Annotated[Text, Field(max_length=4000)] = ""
    reason: Annotated[Text, Field(max_length=4000)] = ""
    text: Annotated[Text, Field(max_length=4000)] = ""
    photo: Photos = []
    until: Annotated[datetime | date | None, BeforeValidator(_moment)] = None
    to: Annotated[Target, BeforeValidator(_one_target)] | None = None
    where: Where | None = None
    category: Annotated[Text, Field(max_length=60)] = ""
    into: int | None = None
    label: Annotated[Text, Field(max_length=120)] = ""
    route: Annotated[Text, Field(max_length=60)] = ""
    level: Annotated[Text, Field(max_length=12)] = ""
    version: int | None = None

    @property
    def words(self) -> str:
        """What was written, for the event."""
        return self.note or self.reason or self.text

    def until_moment(self, time_zone: str) -> datetime | None:
        """Return `until` as a moment: the end of the local day where only a day was given."""
        if self.until is None or isinstance(self.until, datetime):
            return self.until
        return datetime.combine(self.until + timedelta(days=1), time(), ZoneInfo(time_zone))


def read_input(action: str, data: Mapping[str, Any]) -> StepInput:
    """Return the input of an action.

    Parameters
    ----------
    action
        Of the transition table.
    data
        Fields as sent, plus `version` where the sender wants to act only on what was seen.

    Raises
    ------
    InvalidPayload
        If a field is missing, unknown, empty or wrong.
    """
    inputs = ACTIONS[action].inputs
    known = {"version"}.union(*({entry.name} | _BESIDE.get(entry.name, set()) for entry in inputs))
    unknown = sorted(set(data) - known)
    if unknown:
        message = _("%(action)s does not take %(field)s; it takes %(accepted)s")
        shown = {"action": action, "field": unknown[0][:40], "accepted": ", ".join(sorted(known))}
        raise InvalidPayload(message % shown, field=unknown[0][:40], accepted=sorted(known))
    sent = dict(data)
    place = {name: sent.pop(name) for name in list(sent) if name in Where.model_fields}
    try:
        if place:
            sent["where"] = Where.model_validate(place)
        found = StepInput.model_validate(sent)
    except ValidationError as error:
        raise refusal(error.errors(include_url=False), known) from None
    for entry in inputs:
        given = found.where if entry.name == "location" else getattr(found, entry.name)
        blank = given.strip() == "" if isinstance(given, str) else not given
        if entry.required and blank:
            message = _("%(action)s needs %(field)s")
            raise InvalidPayload(message % {"action": action, "field": entry.name}, field=entry.name)
    if found.until is not None and not FIRST_YEAR < found.until.year < LAST_YEAR:
        raise InvalidPayload(_("until must be a day of this century"), field="until")
    if isinstance(found.until, datetime) and found.until.tzinfo is None:
        raise InvalidPayload(_("until must be a day, or a time with offset"), field="until")
    return found
