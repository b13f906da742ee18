"""What a filing may say, and how its bytes are read. Nothing here looks at the database."""

from __future__ import annotations

import json
import math
import re
import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

from django.utils.translation import gettext as _
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from cases.domain.vocabulary import About, Channel
from cases.errors import InvalidPayload
from cases.services.refusals import readable, refusal

__all__ = [
    "Filing",
    "Line",
    "Pin",
    "PinPoint",
    "Region",
    "Reporter",
    "Sha256",
    "Text",
    "Where",
    "about_of",
    "client_id_of",
    "read_filing",
    "readable",
]

MAX_TEXT = 4000
MAX_PHOTOS = 9
MAX_VERTICES = 2000
FIRST_YEAR, LAST_YEAR = 1900, 2200
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ABOUT = re.compile(rb'"about"\s*:\s*"(leader|community|property|official)"')
_MOST_SECRET_FIRST = ("official", "community", "property", "leader")


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("nul", "text without the character NUL (U+0000)")
    return text


def _on_the_calendar(moment: datetime) -> datetime:
    """Refuse what no clock shows: conversions at the ends of the calendar overflow."""
    if not FIRST_YEAR < moment.year < LAST_YEAR:
        raise PydanticCustomError(
            "no_such_time", "a time between {first} and {last}", {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return moment


Text = Annotated[str, AfterValidator(_without_nul)]
Moment = Annotated[AwareDatetime, AfterValidator(_on_the_calendar)]
Degrees = Annotated[float, Field(allow_inf_nan=False)]
Position = Annotated[list[Degrees], Field(min_length=2, max_length=3)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PinPoint(_Strict):
    """A GeoJSON point: lon, lat (a height is accepted and not used)."""

    type: Literal["Point"]
    coordinates: Position


class Line(_Strict):
    """A GeoJSON line."""

    type: Literal["LineString"]
    coordinates: Annotated[list[Position], Field(min_length=2, max_length=MAX_VERTICES)]


class Region(_Strict):
    """A GeoJSON polygon, outer ring first."""

    type: Literal["Polygon"]
    coordinates: Annotated[
        list[Annotated[list[Position], Field(min_length=4, max_length=MAX_VERTICES)]],
        Field(min_length=1, max_length=20),
    ]

    @model_validator(mode="after")
    def _rings_close(self) -> Region:
        if any(ring[0][:2] != ring[-1][:2] for ring in self.coordinates):
            raise PydanticCustomError("ring_open", "each ring must end where it began")
        return self


class Reporter(_Strict):
    """Who brought the case."""

    name: Annotated[Text, Field(max_length=60)] = ""
    phone: Annotated[Text, Field(max_length=32)] = ""


Affected = Annotated[PinPoint | Line | Region, Field(discriminator="type")]
Pin = Literal["gps", "confirmed", "building"]


class Fix(_Strict):
    """What the device measured, where the pin was then set by hand. Kept beside it, never used."""

    lon: Degrees
    lat: Degrees
    accuracy_m: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    at: Moment | None = None


class Where(_Strict):
    """Where something is: a pin, what was drawn, or an area chosen by name."""

    place: Annotated[Text, Field(max_length=60)] = ""
    location: PinPoint | None = None
    affected: Affected | None = None
    place_code: Annotated[Text, Field(max_length=40)] = ""
    place_text: Annotated[Text, Field(max_length=300)] = ""
    accuracy_m: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None
    pin: Pin | None = None
    fix: Fix | None = None
    datum: Literal["wgs84", "gcj02", "bd09"] = "wgs84"


class Filing(Where):
    """One filing. Unknown fields are refused by name, so that nothing is thought to have been said in vain."""

    client_id: uuid.UUID
    text: Annotated[Text, Field(max_length=MAX_TEXT)] = ""
    category: Annotated[Text, Field(max_length=60)] = "unsorted"
    captured_at: Moment | None = None
    began_on: Annotated[date, Field(gt=date(FIRST_YEAR, 1, 1), lt=date(LAST_YEAR, 1, 1))] | None = None
    channel: Channel | None = None
    urgent: bool = False
    danger: bool = False
    confidential: bool = False
    about: About = "none"
    reporter: Reporter | None = None
    photos: Annotated[list[Sha256], Field(max_length=MAX_PHOTOS)] = []
    revises: Sha256 | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Filing:
        if not (self.text.strip() or self.photos or self.category != "unsorted"):
            raise PydanticCustomError("empty", "a text, a category or a photo: at least one of them")
        return self


F = TypeVar("F", bound=Filing)


class _Reading:
    """One reading of a body; goes on after what it finds wrong, so that the sender's id is known all the same."""

    def __init__(self, raw: bytes) -> None:
        self.client_id = ""
        self.problem = ""
        try:
            document = json.loads(
                raw.decode("utf-8"), object_pairs_hook=self._pairs, parse_float=self._number
            )
        except UnicodeDecodeError as error:
            self._wrong(_("the body must be UTF-8; byte %(position)d is not") % {"position": error.start})
        except RecursionError:
            self._wrong(_("the JSON is nested too deeply"))
        except json.JSONDecodeError as error:
            shown = {"line": error.lineno, "column": error.colno}
            self._wrong(_("the body must be JSON; it is not at line %(line)d, column %(column)d") % shown)
        except ValueError:  # integers of more than 4300 digits
            self._wrong(_("it holds a number that is too large"))
        else:
            self._name(document)

    def _wrong(self, problem: str) -> None:
        self.problem = self.problem or problem

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _value in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            self._wrong(_("the key '%(key)s' stands twice in one object") % {"key": readable(twice)})
        for key, value in pairs:
            if isinstance(value, str) and _SURROGATE.search(value):
                self._wrong(_("'%(key)s' holds half a character (a lone surrogate)") % {"key": readable(key)})
        return found

    def _number(self, text: str) -> float:
        value = float(text)
        if not math.isfinite(value):
            self._wrong(_("it holds a number that is too large"))
        return value

    def _name(self, document: Any) -> None:
        if not isinstance(document, dict):
            self._wrong(_("the body must be a JSON object"))
            return
        given = document.get("client_id")
        try:
            self.client_id = str(uuid.UUID(given)) if isinstance(given, str) else ""
        except ValueError:
            self.client_id = readable(given, 64)


def client_id_of(raw: bytes) -> str:
    """Return the client id that a body names, as far as it can be read; else an empty text."""
    return _Reading(raw).client_id


def about_of(raw: bytes) -> str:
    """Return whom a body complains about, on the safe side: what cannot be read must not be mended by those it names.

    Every spelling counts, at any depth and however often it stands there; of several the one that fewest people may
    see. What is no JSON is searched as text, and taken as about an official where the word may hide behind an escape.
    """
    found: set[str] = set()

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found.update(value for key, value in pairs if key == "about" and isinstance(value, str))
        return dict(pairs)

    try:
        json.loads(raw.decode("utf-8"), object_pairs_hook=collect)
    except (ValueError, RecursionError):
        found.update(match.decode() for match in _ABOUT.findall(raw))
        if not found and (rb"\u00" in raw or b"about" in raw.replace(b'"about":"none"', b"")):
            return "official"
    return next((about for about in _MOST_SECRET_FIRST if about in found), "none")


def read_filing(raw: bytes, kind: type[F] = Filing) -> F:  # type: ignore[assignment]
    """Return the filing that the bytes hold.

    Parameters
    ----------
    raw
    kind
        What is expected: a filing, or one with more fields.

    Raises
    ------
    InvalidPayload
        Naming every field that is wrong, what is wrong with it and what is accepted.
    """
    parsed = _Reading(raw)
    if parsed.problem:
        raise InvalidPayload(
            _("The filing cannot be read: %(problem)s.") % {"problem": parsed.problem}, accepted="JSON, UTF-8"
        )
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        raise refusal(error.errors(include_url=False), kind.model_fields) from None
