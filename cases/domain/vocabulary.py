"""Fixed vocabulary of cases: what the engine knows by name. What a place calls it stands in its profile."""

from typing import Literal, get_args

__all__ = [
    "ABOUT",
    "CHANNELS",
    "LABEL_SEPARATOR",
    "OUTCOMES",
    "PUBLICNESS",
    "ROUTES",
    "STATUSES",
    "TIERS",
    "About",
    "Channel",
    "Enclosure",
    "Forum",
    "GeometryKind",
    "Outcome",
    "Publicness",
    "Responsibility",
    "Route",
    "Status",
    "Tier",
    "TimeUnit",
    "Track",
    "Urgency",
]

Status = Literal[
    "received",
    "assigned",
    "in_progress",
    "suspended",
    "handled",
    "answered",
    "closed",
    "reopened",
    "declined",
    "merged",
]
Channel = Literal[
    "patrol",
    "visit",
    "counter",
    "phone",
    "hotline",
    "chat",
    "web",
    "form",
    "box",
    "representative",
    "import",
    "api",
]
About = Literal["none", "leader", "community", "property", "official"]
GeometryKind = Literal["point", "line", "area"]
Publicness = Literal["public", "shared", "private"]
"""Public: everyone's, as a road. Shared: of those who live in a block. Private: of one household."""
Responsibility = Literal["clear", "unclear", "unknown"]
Urgency = Literal["normal", "urgent"]
Forum = Literal["none", "grid", "residents", "joint", "representatives", "experts"]
"""Who must be at the table for it to be settled; none if nobody need meet."""
Outcome = Literal["inside", "snapped", "border", "overlap", "outside", "none"]
"""Outcome of the locate; none for a matter without a place."""
Enclosure = Literal["closed", "open", "none"]
Tier = Literal[
    "household",  # those concerned see to it themselves
    "market",
    "property",
    "community",
    "department",  # of the subdistrict, or stationed in it
    "subdistrict",
    "utility",
    "district",
    "city",
    "unknown",
]
"""At what height the competent authority stands."""
Route = Literal[
    "emergency",  # acted on before any label
    "one_level_up",  # confidential, past those it names
    "on_the_spot",  # grid leader settles and records it
    "department",  # by jurisdiction: category × area
    "community",
    "subdistrict",
    "topic",  # joint deliberation
    "counter",  # a matter without a place
    "refer",  # self-help, market, mediation, filing on behalf
    "sort",  # a person sorts it first
]
Track = Literal["assignment", "topic"]
TimeUnit = Literal[
    "hour",
    "day",
    "week",
    "month",
    "working_hour",
    "working_day",
    "urgent_working_hour",
    "urgent_working_day",
]
"""Natural units, then the four of city management; `urgent` runs through nights and holidays."""

STATUSES: tuple[Status, ...] = get_args(Status)
CHANNELS: tuple[Channel, ...] = get_args(Channel)
ABOUT: tuple[About, ...] = get_args(About)
PUBLICNESS: tuple[Publicness, ...] = get_args(Publicness)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
TIERS: tuple[Tier, ...] = get_args(Tier)
ROUTES: tuple[Route, ...] = get_args(Route)
LABEL_SEPARATOR = "/"
"""A label is stored as `profile/label`: 微事 of one place is not 微事 of another."""
