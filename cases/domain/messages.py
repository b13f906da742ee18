"""Sentences of the triage explanation: English message ids with parameters, translated by whoever shows them.

Marked for makemessages by the name of `gettext_noop`; the domain itself knows no language but those of the
profile's own names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from geo.domain.profile_base import Names

__all__ = ["FACT_MESSAGES", "LIMIT_MESSAGES", "Message"]

Parameter = str | int | Names


def gettext_noop(message: str) -> str:
    """Return the message id unchanged; its name lets makemessages find it."""
    return message


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence.

    Attributes
    ----------
    msgid : str
        English sentence with `%(name)s` parameters.
    parameters : mapping
        Texts, numbers, or names that exist in several languages.
    """

    msgid: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def render(self, translate: Callable[[str], str] = lambda msgid: msgid, language: str = "zh-hans") -> str:
        """Return the sentence in a language.

        Parameters
        ----------
        translate : callable
            From message id to the translated sentence, such as `gettext`.
        language : str
            For names that the profile holds in several languages.
        """
        values = {
            name: value.text(language) if isinstance(value, Names) else value
            for name, value in self.parameters.items()
        }
        return translate(self.msgid) % values

    def as_json(self) -> dict[str, Any]:
        """Return plain values to be stored with the case."""
        return {
            "msgid": self.msgid,
            "parameters": {
                name: value.model_dump(exclude_none=True) if isinstance(value, Names) else value
                for name, value in self.parameters.items()
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Message":
        """Return the message that `as_json` stored.

        Raises
        ------
        KeyError, pydantic.ValidationError
            If the stored value is not one of ours.
        """
        return cls(
            stored["msgid"],
            {
                name: Names.model_validate(value) if isinstance(value, Mapping) else value
                for name, value in stored["parameters"].items()
            },
        )


WHY = gettext_noop("%(why)s")
LABELLED = gettext_noop("Label: %(label)s.")
BY_RULE = gettext_noop("Rule “%(rule)s” of profile %(profile)s, version %(version)s.")
CONFIDENTIAL = gettext_noop("Confidential: those it names neither see nor receive it.")
SENSITIVE = gettext_noop("Sensitive: on no public map, list or count.")
SKIPS_QUEUE = gettext_noop("It skips every queue.")
NO_LIMIT = gettext_noop("No time limit; an agenda date takes its place.")
COUNTED = gettext_noop("It touches several areas of the level “%(level)s”: %(count)s.")
COUNTED_ONE = gettext_noop("It lies within one area of the level “%(level)s”.")
COUNTED_NONE = gettext_noop("It touches no area of the level “%(level)s”.")

LIMIT_MESSAGES: Mapping[str, str] = {
    "hour": gettext_noop("Time limit in hours: %(amount)s."),
    "day": gettext_noop("Time limit in days: %(amount)s."),
    "week": gettext_noop("Time limit in weeks: %(amount)s."),
    "month": gettext_noop("Time limit in months: %(amount)s."),
    "working_hour": gettext_noop("Time limit in working hours: %(amount)s."),
    "working_day": gettext_noop("Time limit in working days: %(amount)s."),
    "urgent_working_hour": gettext_noop("Time limit in hours, nights and holidays included: %(amount)s."),
    "urgent_working_day": gettext_noop("Time limit in days, nights and holidays included: %(amount)s."),
}
AGENDA_MESSAGES: Mapping[str, str] = {
    "day": gettext_noop("On an agenda within this many days: %(amount)s."),
    "week": gettext_noop("On an agenda within this many weeks: %(amount)s."),
    "month": gettext_noop("On an agenda within this many months: %(amount)s."),
    "working_day": gettext_noop("On an agenda within this many working days: %(amount)s."),
}

FACT_MESSAGES: Mapping[str, str | Mapping[Any, str]] = {
    # A text takes the value as %(value)s; a mapping has one sentence for each value.
    "category": gettext_noop("Kind: %(value)s."),
    "category_group": gettext_noop("Chapter: %(value)s."),
    "authority": gettext_noop("Competent: %(value)s."),
    "authority_tier": {
        "household": gettext_noop("Those concerned see to it themselves."),
        "market": gettext_noop("A firm on the market sees to it."),
        "property": gettext_noop("The property firm is competent."),
        "community": gettext_noop("The community is competent."),
        "department": gettext_noop("A department is competent."),
        "subdistrict": gettext_noop("The subdistrict is competent."),
        "utility": gettext_noop("A utility is competent."),
        "district": gettext_noop("The district is competent."),
        "city": gettext_noop("A body of the city is competent."),
        "unknown": gettext_noop("It is not yet clear who is competent."),
    },
    "publicness": {
        "public": gettext_noop("It concerns public space."),
        "shared": gettext_noop("It concerns what neighbours share."),
        "private": gettext_noop("It concerns one household."),
    },
    "responsibility": {
        "clear": gettext_noop("It is clear who is responsible."),
        "unclear": gettext_noop("It is unclear who is responsible."),
        "unknown": gettext_noop("Nobody has yet said who is responsible."),
    },
    "urgency": {
        "normal": gettext_noop("It was not reported as urgent."),
        "urgent": gettext_noop("It was reported as urgent."),
    },
    "danger": {
        True: gettext_noop("Life may be in danger."),
        False: gettext_noop("Life is not in danger."),
    },
    "about": {
        "none": gettext_noop("It is about nobody in charge."),
        "leader": gettext_noop("It is about a grid leader or patroller."),
        "community": gettext_noop("It is about the community."),
        "property": gettext_noop("It is about the property firm."),
        "official": gettext_noop("It is about an official."),
    },
    "sensitive": {
        True: gettext_noop("It is of a sensitive kind."),
        False: gettext_noop("It is of no sensitive kind."),
    },
    "confidential": {
        True: gettext_noop("The reporter asked for confidence."),
        False: gettext_noop("Nobody asked for confidence."),
    },
    "on_the_spot": {
        True: gettext_noop("Such a matter can usually be settled on the spot."),
        False: gettext_noop("Such a matter cannot usually be settled on the spot."),
    },
    "forum": {
        "none": gettext_noop("Nobody need meet about it."),
        "grid": gettext_noop("Those who work in the grid must talk about it."),
        "residents": gettext_noop("Residents must talk about it with each other."),
        "joint": gettext_noop("Organisations of the area must be at the table."),
        "representatives": gettext_noop("Representatives must be at the table."),
        "experts": gettext_noop("Experts must be at the table."),
    },
    "channel": {
        "patrol": gettext_noop("It came from a patrol."),
        "visit": gettext_noop("It came from a home visit."),
        "counter": gettext_noop("It came over the counter."),
        "phone": gettext_noop("It came by telephone."),
        "hotline": gettext_noop("It came from the hotline."),
        "chat": gettext_noop("It came from a chat group."),
        "web": gettext_noop("It came from the web."),
        "form": gettext_noop("It came on a form."),
        "box": gettext_noop("It came from the suggestion box."),
        "representative": gettext_noop("It came through a representative."),
        "import": gettext_noop("It came from an import."),
        "api": gettext_noop("It came from another system."),
    },
    "outcome": {
        "inside": gettext_noop("Its place lies within a grid."),
        "snapped": gettext_noop("Its place lies beside a grid and counts as in it."),
        "border": gettext_noop("Its place lies near a border of grids."),
        "overlap": gettext_noop("Its place lies where grids overlap."),
        "outside": gettext_noop("Its place lies in no grid."),
        "none": gettext_noop("It has no place."),
    },
    "enclosure": {
        "closed": gettext_noop("The block is closed."),
        "open": gettext_noop("The block is open."),
        "none": gettext_noop("Whether the block is closed is not recorded."),
    },
    "span": gettext_noop("Smallest unit that holds it: %(value)s."),
    "departments": gettext_noop("Departments needed: %(value)s."),
    "me_too": gettext_noop("Others who say that it concerns them too: %(value)s."),
    "recurrence": gettext_noop("Earlier cases of the kind at this place: %(value)s."),
    "occurrences": gettext_noop("How often it was there before: %(value)s."),
    "age_days": gettext_noop("Days since it began: %(value)s."),
}
SPAN_MESSAGES: Mapping[str, str] = {
    "none": gettext_noop("It has no place."),
    "household": gettext_noop("It is one household's matter."),
    "several": gettext_noop("No single area holds all of it."),
}
UNKNOWN_AGE = gettext_noop("Nobody knows when it began.")
