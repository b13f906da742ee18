"""Section `cases` of a profile: categories, labels, triage rules, time limits, confidentiality, retention."""

import re
from collections.abc import Iterator, Mapping
from datetime import time
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from cases.domain.catalogue import Authority, Category, CategoryGroup, Label
from cases.domain.vocabulary import (
    ABOUT,
    STATUSES,
    About,
    Route,
    Status,
    TimeUnit,
    Track,
    Urgency,
)
from geo.domain.profile import GeoSection, LevelKey, RoleKey
from geo.domain.profile_base import (
    Finding,
    Key,
    Keyed,
    ResidentNames,
    Section,
    Strict,
    duplicates,
    index_by_key,
    quoted,
)

__all__ = [
    "REQUIRED_CATEGORIES",
    "AboutRule",
    "AgendaBy",
    "Authority",
    "CasesSection",
    "Category",
    "CategoryGroup",
    "Clock",
    "EmergencyNumber",
    "Extension",
    "Label",
    "Limit",
    "LimitRule",
    "PlaceholderRule",
    "Receiver",
    "Recurrence",
    "Retention",
    "StatusName",
    "TriageRule",
    "WorkingInterval",
]

REQUIRED_CATEGORIES = ("road", "parking", "drainage", "unsorted")

Count = Annotated[int, Field(ge=1)]
Days = Annotated[int, Field(ge=1, le=36500)]


class Limit(Strict):
    """An amount of time in a unit."""

    amount: Count
    unit: TimeUnit


class AgendaBy(Limit):
    """By when a topic must be on an agenda, counted from the day it is proposed."""

    unit: Literal["day", "week", "month", "working_day"]


class TriageRule(Keyed):
    """One ordered rule: the first whose condition holds decides."""

    when: dict[str, Any] = {}
    """Condition over the facts, see `cases.domain.conditions`. Empty: always."""
    label: Key
    route: Route
    tracks: Annotated[tuple[Track, ...], Field(min_length=1)] = ("assignment",)
    level: LevelKey | None = None
    """Of which level the topic, the community or the department is; None where the route says it."""
    urgency: Urgency | None = None
    """None leaves the urgency that was stated."""
    skips_queue: bool = False
    agenda_by: AgendaBy | None = None
    why: ResidentNames
    """The reason, in words that the receipt can say to anyone."""

    @model_validator(mode="after")
    def _topic_has_track(self) -> Self:
        if (self.route == "topic") and "topic" not in self.tracks:
            raise ValueError("tracks must hold 'topic' where route is 'topic'")
        if (self.agenda_by is not None) and "topic" not in self.tracks:
            raise ValueError("no agenda_by where tracks has no 'topic'")
        return self


class LimitRule(Keyed):
    """A time limit and the cases it is for: the first whose condition holds counts."""

    when: dict[str, Any] = {}
    """Condition over the facts, over `label` and `route`, and over `agenda`: it has an agenda-by date."""
    amount: Count | None = None
    unit: TimeUnit | None = None
    none: bool = False
    """No timer at all: an agenda-by date takes its place."""

    @model_validator(mode="after")
    def _limit_or_none(self) -> Self:
        given = self.amount is not None and self.unit is not None
        if given == self.none or (self.amount is None) != (self.unit is None):
            raise ValueError("either amount and unit, or none = true")
        return self

    @property
    def limit(self) -> Limit | None:
        """The limit; None for no timer."""
        if self.amount is None or self.unit is None:
            return None
        return Limit(amount=self.amount, unit=self.unit)


class Receiver(Strict):
    """Who takes a complaint that must pass by those it names."""

    level: LevelKey
    roles: Annotated[tuple[RoleKey, ...], Field(min_length=1)]


class AboutRule(Strict):
    """What happens to a complaint about somebody who would otherwise handle it."""

    key: About
    name: ResidentNames
    exclude_levels: tuple[LevelKey, ...]
    """Everyone with a post, and every Party organisation, at these levels of the case's own areas."""
    exclude_organisations: tuple[str, ...] = ()
    """Posts at any level that belong to such an organisation."""
    receiver: Receiver


_INTERVAL = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-(([01]\d|2[0-3]):([0-5]\d)|24:00)$")


def _interval(text: str) -> str:
    if not _INTERVAL.match(text):
        raise ValueError("HH:MM-HH:MM, as 09:00-12:00")
    start, _, end = text.partition("-")
    if start >= end:
        raise ValueError("an interval that ends after it begins, on the same day")
    return text


WorkingInterval = Annotated[str, AfterValidator(_interval)]


class Clock(Strict):
    """When working time runs and when a limit starts. No published source states these: edit them."""

    working_hours: Annotated[tuple[WorkingInterval, ...], Field(min_length=1)] = (
        "09:00-12:00",
        "13:00-17:00",
    )
    runs_from: Literal["received", "assigned", "accepted"] = "received"
    day_ends: Literal["same_time", "close"] = "same_time"
    """A limit in working days ends at the same time of the working day, or at its close."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for earlier, later in zip(self.working_hours, self.working_hours[1:], strict=False):
            if later.partition("-")[0] < earlier.partition("-")[2]:
                raise ValueError(
                    f"working_hours must be in order and not overlap; '{later}' follows '{earlier}'"
                )
        return self

    @property
    def intervals(self) -> tuple[tuple[time, time], ...]:
        """Working hours as pairs of local times; midnight at the end of a day is `time.max`."""
        pairs = (text.partition("-") for text in self.working_hours)
        return tuple(
            (time.fromisoformat(start), time.max if end == "24:00" else time.fromisoformat(end))
            for start, _, end in pairs
        )


class EmergencyNumber(Keyed):
    """A telephone number shown where life is in danger."""

    number: Annotated[str, Field(pattern=r"^[0-9+ -]{3,20}$")]
    name: ResidentNames
    categories: tuple[Key, ...] = ()
    """Shown first for these."""
    always: bool = True
    """Shown for any danger; false for a number that serves its own categories only."""


class Retention(Strict):
    """After how many days what is personal or raw is removed."""

    inbox_days: Days = 90
    personal_data_days: Days = 730
    sensitive_days: Days = 365
    photo_days: Days = 730


class Recurrence(Strict):
    """When an earlier case of a kind at a place counts as the trouble having come back."""

    window_days: Annotated[int, Field(ge=1, le=3660)] = 365
    """Older ones are forgotten."""
    apart_days: Annotated[int, Field(ge=1, le=366)] = 7
    """Reports closer to each other, or to the new one, are the same occurrence."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.apart_days > self.window_days:
            raise ValueError(
                f"apart_days must be at most window_days; {self.apart_days} > {self.window_days}"
            )
        return self


class Extension(Strict):
    """How far a time limit may be put off. No published source states it for grids: edit it."""

    times: Annotated[int, Field(ge=0, le=20)] = 2
    """Since work began, or began again. 0: never."""
    days: Annotated[int, Field(ge=1, le=366)] = 30
    """Each time, after the deadline as it is."""


class PlaceholderRule(Strict):
    """When a point of an imported table stands for "not found"; see `cases.domain.placeholders`."""

    min_records: Annotated[int, Field(ge=2)] = 20
    """Fewer records at a point are not looked at."""
    min_streets: Annotated[int, Field(ge=2)] = 8
    """So many different streets at one point are a placeholder."""
    min_addresses: Annotated[int, Field(ge=2)] = 25
    """So many different addresses are, though of fewer streets: an estate of this many houses is better split."""
    times_typical: Annotated[float, Field(ge=1)] = 4.0
    """And this many times as many as at nine in ten of the table's other points."""


class StatusName(Strict):
    """What the place calls a status."""

    key: Status
    name: ResidentNames


class CasesSection(Section):
    """What cases there are, and who does what about them by when."""

    first_match_lists: ClassVar[frozenset[str]] = frozenset({"rules", "limits"})

    statuses: tuple[StatusName, ...]
    groups: tuple[CategoryGroup, ...]
    authorities: tuple[Authority, ...]
    categories: tuple[Category, ...]
    labels: Annotated[tuple[Label, ...], Field(min_length=1)]
    rules: Annotated[tuple[TriageRule, ...], Field(min_length=1)]
    limits: Annotated[tuple[LimitRule, ...], Field(min_length=1)]
    about: tuple[AboutRule, ...]
    clock: Clock = Clock()
    recurrence: Recurrence = Recurrence()
    extension: Extension = Extension()
    emergency_numbers: Annotated[tuple[EmergencyNumber, ...], Field(min_length=1)]
    retention: Retention = Retention()
    placeholder: PlaceholderRule = PlaceholderRule()

    @cached_property
    def categories_by_key(self) -> Mapping[str, Category]:
        """Categories by key."""
        return index_by_key(self.categories)

    @cached_property
    def authorities_by_key(self) -> Mapping[str, Authority]:
        """Authorities by key."""
        return index_by_key(self.authorities)

    @cached_property
    def labels_by_key(self) -> Mapping[str, Label]:
        """Labels by key, without the profile's."""
        return index_by_key(self.labels)

    @cached_property
    def about_by_key(self) -> Mapping[str, AboutRule]:
        """What to do about complaints, by whom they are about."""
        return {rule.key: rule for rule in self.about}

    @cached_property
    def status_names(self) -> Mapping[str, ResidentNames]:
        """Names of the statuses by key."""
        return {status.key: status.name for status in self.statuses}

    @cached_property
    def commonest(self) -> tuple[Category, ...]:
        """The categories that the phone offers first, in order."""
        ranked = [category for category in self.categories if category.commonest]
        return tuple(sorted(ranked, key=lambda category: category.commonest or 0))

    def emergency_for(self, category: str) -> tuple[EmergencyNumber, ...]:
        """Return the numbers to show for a category: those meant for it first, then the general ones."""
        own = tuple(number for number in self.emergency_numbers if category in number.categories)
        return own + tuple(number for number in self.emergency_numbers if number.always and number not in own)

    def findings(self, sections: Mapping[str, Section]) -> Iterator[Finding]:
        """Yield dangling references, contradictions, and rules that can never or not always decide."""
        from cases.domain.profile_check import (
            cases_findings,
        )  # the check compiles rules, which need these types

        geo = sections["geo"]
        assert isinstance(geo, GeoSection)
        yield from duplicates("groups", self.groups)
        yield from duplicates("authorities", self.authorities)
        yield from duplicates("categories", self.categories)
        yield from duplicates("labels", self.labels)
        yield from duplicates("rules", self.rules)
        yield from duplicates("limits", self.limits)
        yield from self._category_findings()
        yield from self._complete("statuses", [status.key for status in self.statuses], STATUSES)
        yield from self._complete("about", [rule.key for rule in self.about], ABOUT[1:])
        yield from cases_findings(self, geo)

    def _complete(self, name: str, given: list[str], wanted: tuple[str, ...]) -> Iterator[Finding]:
        if sorted(given) != sorted(wanted):
            yield Finding((name,), given, f"each once: {quoted(wanted)}")

    def _category_findings(self) -> Iterator[Finding]:
        groups = {group.key for group in self.groups}
        icons: dict[tuple[str, str], str] = {}
        ranks: dict[int, str] = {}
        for missing in set(REQUIRED_CATEGORIES) - self.categories_by_key.keys():
            yield Finding(
                ("categories",), f"no '{missing}'", f"a list that holds {quoted(REQUIRED_CATEGORIES)}"
            )
        for position, category in enumerate(self.categories):
            where = ("categories", position)
            if category.group not in groups:
                yield Finding((*where, "group"), category.group, quoted(groups))
            if category.authority not in self.authorities_by_key:
                yield Finding((*where, "authority"), category.authority, quoted(self.authorities_by_key))
            if category.published and (category.sensitive or category.publicness == "private"):
                yield Finding((*where, "published"), True, "false for what is sensitive or private")
            sign = (category.icon.shape, category.icon.colour)
            if sign in icons:
                yield Finding(
                    (*where, "icon"), f"{sign[0]}, {sign[1]}", f"a sign that '{icons[sign]}' does not have"
                )
            icons.setdefault(sign, category.key)
            if category.commonest is not None:
                if category.commonest in ranks:
                    taken = ranks[category.commonest]
                    yield Finding(
                        (*where, "commonest"), category.commonest, f"a place that '{taken}' does not have"
                    )
                ranks.setdefault(category.commonest, category.key)
        for position, number in enumerate(self.emergency_numbers):
            for index, key in enumerate(number.categories):
                if key not in self.categories_by_key:
                    yield Finding(
                        ("emergency_numbers", position, "categories", index),
                        key,
                        quoted(self.categories_by_key),
                    )
