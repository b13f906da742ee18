"""Why a pin has these people, in sentences: stored as keys and values, read in whatever language somebody has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from geo.domain.profile_base import Names

__all__ = ["Sentence", "read_sentences"]

Value = Names | str | float | int

_TEXTS: Mapping[str, Promise] = {
    # Where: the rules of geo.domain.location, in the order applied
    "covered": _("The place lies in %(area)s."),
    "tie_lowest_code": _(
        "The place lies exactly on the border of %(areas)s; the lowest code has it: %(area)s."
    ),
    "overlap_smallest_area": _("The boundaries of %(areas)s overlap here; the smallest has it: %(area)s."),
    "within_accuracy": _(
        "The border of %(area)s is %(distance_m)s m away, within the accuracy of the position (%(accuracy_m)s m): "
        "please check the pin."
    ),
    "accuracy_ignored": _("The pin was set by hand, so the accuracy of the position plays no part."),
    "nearest_within_tolerance": _(
        "No area covers the place; the nearest, %(area)s, is %(distance_m)s m away."
    ),
    "nothing_within_tolerance": _("No area covers the place. A person will see to whom it belongs."),
    "nearest_candidate": _("The nearest is %(area)s, %(distance_m)s m away."),
    "wider_area_covers": _("The place lies in %(area)s, in a gap between the areas below it."),
    "snapped_across": _("The place itself lies in %(covering)s, the nearest area in another."),
    "beyond_metric_crs": _("The place is too far away to measure a distance."),
    "building_covers": _("It is in the building %(building)s."),
    "building_nearest": _("The nearest building is %(building)s, %(distance_m)s m away."),
    "building_in_other_leaf": _("That building belongs to another area."),
    "chosen_by_name": _("The place was chosen by name: %(area)s."),
    "converted": _("The coordinate was converted from %(datum)s."),
    "other_place": _("It also lies in %(place)s."),
    # Who: the notes of geo.domain.directory
    "leader": _("Answers for it: %(posts)s, %(area)s."),
    "leader_acting": _("Answers for it in the meantime: %(posts)s, %(area)s."),
    "vacant": _("The post of %(post)s (%(area)s) is vacant."),
    "vacant_deputy": _("The post of %(post)s (%(area)s) is vacant; the deputy acts."),
    "vacant_one_up": _("The post of %(post)s (%(area)s) is vacant; the next level up acts."),
    "one_level_up": _("Those it is about are passed by: it goes one level up, in confidence."),
    "receiver_vacant": _("Nobody who may take it holds a post at %(area)s; the next level up does."),
    "nobody": _("Nobody holds a post that answers for this place; an administrator must see to it."),
    "party": _("Party organisation: %(party)s."),
    "party_above": _("%(area)s has no Party organisation of its own; the nearest above is %(party)s."),
    "party_head_vacant": _("%(party)s has no head at present."),
    "party_head_above": _("The head of %(party)s, the organisation above, stands in."),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One step of the reasoning: a key of this module and the values it speaks of."""

    key: str
    values: Mapping[str, Value]

    def text(self) -> str:
        """Return the sentence in the active language."""
        language = get_language() or "zh-hans"
        template = _template(self.key, language)
        return template % {name: _shown(value, language) for name, value in self.values.items()}

    def as_json(self) -> dict[str, Any]:
        """Return what to store: it can be read again in another language."""
        values = {
            name: value.model_dump(exclude_none=True) if isinstance(value, Names) else value
            for name, value in self.values.items()
        }
        return {"key": self.key, "values": values}


def read_sentences(stored: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return stored sentences (`Sentence.as_json`) in the active language.

    Raises
    ------
    KeyError
        If one has a key that this release does not know.
    """
    found = []
    for entry in stored:
        values = {
            name: Names(**value) if isinstance(value, dict) else value
            for name, value in entry["values"].items()
        }
        found.append(Sentence(entry["key"], values).text())
    return found


@lru_cache(maxsize=512)
def _template(key: str, language: str) -> str:
    # `language` is the active one; catalogues do not change while the process runs.
    return str(_TEXTS[key])


def _shown(value: Value, language: str) -> str:
    if isinstance(value, Names):
        return value.text(language)
    if isinstance(value, float):
        # Metres as people say them: 3.4 below ten, then whole ones.
        return f"{value:.1f}" if 0.05 <= value < 9.95 else f"{value:.0f}"
    return str(value)
