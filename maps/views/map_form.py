"""The form of the officials' map: its lists, its switches, and the filters in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.domain.profile import CasesSection
from cases.models import Case
from cases.selectors.projection import Asker
from geo.domain.authority import Authority
from geo.routing import PlaceSnapshot
from maps.selectors.figures import counted_levels
from maps.selectors.map_query import PERIODS, MapQuery

__all__ = ["Option", "map_form"]

_KEPT = ("mode", "level", "rate", "at", "cell", "lies_in", "sort", "order")
_NARROWING = ("category", "state", "channel", "period", "since", "until")


@dataclass(frozen=True)
class Option:
    """One entry of a list, or one link of a switch."""

    value: str
    label: str
    group: str = ""
    url: str = ""
    is_chosen: bool = False


def map_form(
    query: MapQuery,
    snapshot: PlaceSnapshot,
    asker: Asker,
    places: list[PlaceSnapshot],
    request: HttpRequest,
    authority: Authority,
) -> dict[str, Any]:
    """Return the lists of the form, the switches, and the filters in words."""
    words = asker.words(snapshot.place_id)
    section = snapshot.profile.section(CasesSection)
    groups = {group.key: group.name.text(words.language) for group in section.groups}
    own = _("in my charge") if authority.is_staff else _("that I reported")
    lists = {
        "place": [Option(known.slug, _place_name(known)) for known in places] if len(places) > 1 else [],
        "scope": [Option("mine", own), Option("public", _("public ones"))]
        if request.user.is_authenticated
        else [],
        "category": [
            Option(kind.key, kind.name.text(words.language), groups.get(kind.group, ""))
            for kind in section.categories
            if authority.is_staff or not kind.sensitive
        ],
        "state": [
            Option("open", _("not closed yet")),
            Option("closed", _("closed")),
            *(Option(key, words.status(key), _("single states")) for key in section.status_names),
        ],
        "channel": [Option(value, str(label)) for value, label in Case.Channel.choices],
        "period": [Option(key, str(label)) for key, label in PERIODS.items()],
    }
    chosen = {**query.given, "scope": query.filters.scope or "", "place": snapshot.slug}
    said = [
        option.label
        for name in ("period", "category", "state", "channel")
        for option in lists[name]
        if chosen.get(name) == option.value
    ]
    if query.filters.since and "since" in query.given:
        said.insert(0, _("from %(day)s") % {"day": query.given["since"]})
    if "until" in query.given:
        said.insert(1 if "since" in query.given else 0, _("before %(day)s") % {"day": query.given["until"]})
    levels = counted_levels(snapshot)
    level = query.level or (levels[0] if levels else "")
    names = snapshot.profile.geo.levels_by_key
    language = get_language() or "zh-hans"
    modes = [Option("cells", _("Cells"), url=_mode(query, "cells", ""), is_chosen=query.mode == "cells")]
    modes += [
        Option(
            key,
            _("By %(level)s") % {"level": names[key].name.text(language)},
            url=_mode(query, "areas", key),
            is_chosen=query.mode == "areas" and key == level,
        )
        for key in levels
    ]
    measures = [
        Option("0", _("Number of cases"), url=query.address(rate=None), is_chosen=not query.with_rate),
        Option("1", _("Per 1,000 residents"), url=query.address(rate="1"), is_chosen=query.with_rate),
    ]
    return {
        "lists": lists,
        "chosen": chosen,
        "said": [_place_name(snapshot), *said],
        "kept": [(name, query.given[name]) for name in _KEPT if name in query.given],
        "modes": modes,
        "measures": measures if query.mode == "areas" else [],
        "level_name": names[level].name.text(language) if level in names else "",
        "has_filters": any(name in query.given for name in _NARROWING),
        "clear_url": query.address(**dict.fromkeys((*_NARROWING, "cell", "lies_in", "after"))),
        "printed_at": timezone.now(),
    }


def _mode(query: MapQuery, mode: str, level: str) -> str:
    changes: dict[str, str | None] = {
        "mode": mode,
        "level": level,
        "cell": None,
        "lies_in": None,
        "after": None,
    }
    if mode == "cells":
        changes |= {"mode": None, "rate": None, "order": None}
    return query.address(**changes)


def _place_name(snapshot: PlaceSnapshot) -> str:
    language = get_language() or "zh-hans"
    return snapshot.name_en if language.startswith("en") and snapshot.name_en else snapshot.name
