"""What a place calls statuses, kinds, labels and routes, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from cases.domain.messages import Message
from cases.domain.profile import CasesSection
from cases.domain.triage import label_name
from geo.profiles import Profile

__all__ = ["ROUTE_NAMES", "Words", "read_messages"]

ROUTE_NAMES = {
    "emergency": _("at once, as an emergency"),
    "one_level_up": _("one level up, in confidence"),
    "on_the_spot": _("settled on the spot"),
    "department": _("the competent department"),
    "community": _("the community"),
    "subdistrict": _("the subdistrict"),
    "topic": _("joint deliberation"),
    "counter": _("the counter"),
    "refer": _("mediation and help"),
    "sort": _("a person sorts it first"),
}


def read_messages(stored: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return stored triage sentences (`Message.as_json`) in the active language."""
    language = get_language() or "zh-hans"
    return [Message.from_json(entry).render(translate, language) for entry in stored]


class Words:
    """Names of one profile in one language; made once a request and place.

    Parameters
    ----------
    profile
        None for a place without an active boundary generation: keys stand for themselves.
    language
        Of the active translation by default.
    """

    def __init__(self, profile: Profile | None, language: str | None = None) -> None:
        self.language = language or get_language() or "zh-hans"
        self._section = profile.section(CasesSection) if profile else None

    def status(self, key: str) -> str:
        """Return the name of a status."""
        found = self._section.status_names.get(key) if self._section else None
        return found.text(self.language) if found else key

    def category(self, key: str) -> str:
        """Return the name of a kind of case."""
        found = self._section.categories_by_key.get(key) if self._section else None
        return found.name.text(self.language) if found else key

    def label(self, stored: str) -> str:
        """Return what the place calls a stored label."""
        found = label_name(stored, self._section) if self._section else None
        return found.text(self.language) if found else stored

    def route(self, key: str) -> str:
        """Return the name of a route."""
        return str(ROUTE_NAMES.get(key, key))
