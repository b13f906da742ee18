"""Facts of a case that triage looks at. They are stored; label and route are derived from them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from cases.domain.profile import CasesSection
from cases.domain.vocabulary import (
    About,
    Channel,
    Enclosure,
    Forum,
    Outcome,
    Publicness,
    Responsibility,
    Tier,
    Urgency,
)
from geo.domain.profile import LEVEL_ORDER

__all__ = ["COUNT_BY_LEVEL", "SPANS", "Facts", "facts_for", "span_of"]

SPANS: tuple[str, ...] = ("none", "household", *reversed(LEVEL_ORDER), "several")
"""Smallest unit that holds all of the affected geometry; `several`: no single area does; `none`: no place."""

COUNT_BY_LEVEL: Mapping[str, str] = {
    "unit": "units",
    "building": "buildings",
    "grid": "grids",
    "block": "blocks",
    "community": "communities",
    "subdistrict": "subdistricts",
    "district": "districts",
    "city": "cities",
}
"""Fact that counts the areas of a level which the affected geometry touches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a case. Counts are of distinct areas touched; None where nobody knows."""

    category: str
    category_group: str
    publicness: Publicness
    authority: str = "unknown"
    authority_tier: Tier = "unknown"
    responsibility: Responsibility = "unknown"
    urgency: Urgency = "normal"
    danger: bool = False
    about: About = "none"
    sensitive: bool = False
    confidential: bool = False
    on_the_spot: bool = False
    forum: Forum = "none"
    channel: Channel = "patrol"
    outcome: Outcome = "inside"
    enclosure: Enclosure = "none"
    span: str = "grid"
    units: int = 0
    buildings: int = 0
    grids: int = 0
    blocks: int = 0
    communities: int = 0
    subdistricts: int = 0
    districts: int = 0
    cities: int = 0
    departments: int = 0
    """How many departments must act together."""
    me_too: int = 0
    """How many others said that it concerns them too."""
    recurrence: int = 0
    """Earlier cases of the kind at the same place."""
    occurrences: int = 0
    """How often it was there before: of earlier cases close together only one counts."""
    age_days: int | None = None
    """Days since the trouble began, which may be long before it was reported."""

    def as_dict(self) -> dict[str, Any]:
        """Return the facts as plain values, to be kept with the case."""
        return {name: getattr(self, name) for name in _FACT_NAMES}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Facts":
        """Return facts from stored plain values; those of an older release that are gone are left out."""
        return cls(**{name: value for name, value in values.items() if name in _FACT_NAMES})


_FACT_NAMES = tuple(field.name for field in fields(Facts))


def span_of(touched: Mapping[str, int], *, household: bool = False) -> str:
    """Return the smallest unit that holds everything touched.

    Parameters
    ----------
    touched : mapping of level to int
        Number of distinct areas, buildings and units touched. Levels that a place does not have are absent.
    household : bool
        The matter is known to be one household's.

    Returns
    -------
    str
        One of `SPANS`. Two blocks of one community give `community`: nothing smaller holds both.
    """
    present = {level: number for level, number in touched.items() if number > 0}
    if not present:
        return "household" if household else "none"
    unknown = present.keys() - set(LEVEL_ORDER)
    if unknown:
        raise ValueError(
            f"levels touched must be among {', '.join(LEVEL_ORDER)}; got {', '.join(sorted(unknown))}"
        )
    if household:
        return "household"
    smallest = "several"
    for (
        level
    ) in LEVEL_ORDER:  # widest first: once a level holds more than one, narrower ones do not hold it all
        if level not in present:
            continue
        if present[level] > 1:
            break
        smallest = level
    return smallest


def facts_for(
    cases: CasesSection,
    category: str,
    touched: Mapping[str, int],
    *,
    household: bool = False,
    authority: str | None = None,
    publicness: Publicness | None = None,
    responsibility: Responsibility | None = None,
    urgent: bool = False,
    danger: bool = False,
    about: About = "none",
    confidential: bool = False,
    forum: Forum = "none",
    channel: Channel = "patrol",
    outcome: Outcome = "inside",
    enclosure: Literal["closed", "open"] | None = None,
    departments: int = 0,
    me_too: int = 0,
    recurrence: int = 0,
    occurrences: int = 0,
    age_days: int | None = None,
) -> Facts:
    """Return the facts of a case: what was said and measured, filled up with what its category usually means.

    Parameters
    ----------
    cases : CasesSection
    category : str
        A category that the profile does not have counts as `unsorted`.
    touched : mapping of level to int
        Distinct areas touched by the affected geometry, with the span tolerance.
    authority : str, optional
        Key of the competent authority, where a jurisdiction says more than the category does.
    danger : bool
        Whoever reports it says that life is in danger. A category of danger always is.

    Returns
    -------
    Facts
    """
    kind = cases.categories_by_key.get(category) or cases.categories_by_key["unsorted"]
    key = authority if authority in cases.authorities_by_key else kind.authority
    assert key is not None
    if responsibility is None:
        responsibility = "clear" if kind.clear else "unclear"
    counts = {COUNT_BY_LEVEL[level]: number for level, number in touched.items()}
    return Facts(
        category=kind.key,
        category_group=kind.group,
        publicness=publicness or kind.publicness,
        authority=key,
        authority_tier=cases.authorities_by_key[key].tier,
        responsibility=responsibility,
        urgency="urgent" if urgent else "normal",
        danger=danger or kind.danger,
        about=about,
        sensitive=kind.sensitive or about != "none",
        confidential=confidential or about != "none",
        on_the_spot=kind.on_the_spot,
        forum=forum,
        channel=channel,
        outcome=outcome,
        enclosure=enclosure or "none",
        span=span_of(touched, household=household),
        departments=departments,
        me_too=me_too,
        recurrence=recurrence,
        occurrences=occurrences,
        age_days=age_days,
        **counts,
    )
