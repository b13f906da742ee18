"""`/cases/`: the ledger, narrowed down by a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from cases.domain.profile import CasesSection
from cases.models import Case
from cases.selectors.cases import CasePage, asker_of, cases_page
from cases.selectors.due import DueReader
from cases.selectors.filters import read_choice, read_filters
from cases.selectors.ordering import NEWEST_FIRST, SORTS
from cases.selectors.projection import Asker
from cases.views.pages import page
from cases.views.shown import Row, row_of
from geo.errors import InvalidInput
from geo.files.tables import FORMATS
from geo.routing import PlaceSnapshot
from geo.selectors.authority import authority_of
from geo.selectors.clock import local_day

__all__ = ["ledger"]

PAGE_ROWS = 40
OPEN, ALL = "open", "all"
PERIODS = {
    "7": pgettext_lazy("ledger: period", "of the last 7 days"),
    "30": pgettext_lazy("ledger: period", "of the last 30 days"),
    "90": pgettext_lazy("ledger: period", "of the last 90 days"),
    "365": pgettext_lazy("ledger: period", "of the last 12 months"),
}
SORT_WORDS = {
    "-reported": pgettext_lazy("ledger: order", "newest first"),
    "reported": pgettext_lazy("ledger: order", "oldest first"),
    "deadline": pgettext_lazy("ledger: order", "most pressing first"),
    "-deadline": pgettext_lazy("ledger: order", "least pressing first"),
    "status": pgettext_lazy("ledger: order", "new work first"),
    "-status": pgettext_lazy("ledger: order", "finished work first"),
}
_FIRST_TURN = {"status": "status", "deadline": "deadline", "reported": "-reported"}
_OWN = ("period", "after", "sort")
_PASSED_ON = (
    "scope", "place", "bbox", "category", "status", "channel", "area", "since", "until", "q", "overdue",
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One entry of a list in the sentence."""

    value: str
    label: str
    group: str = ""


@dataclass(frozen=True)
class Heading:
    """The head of a column by which the list can be sorted: where its link leads, and how the list stands now."""

    url: str
    aria_sort: str


@require_safe
@page
def ledger(request: HttpRequest) -> HttpResponse:
    """Show the cases that the asker may see, newest first unless another order is chosen, forty a page."""
    authority = authority_of(request.user)
    asker = asker_of(request.user)
    given = _given(request.GET.dict(), is_staff=authority.is_staff)
    snapshot = _place_of(request, asker, given.get("place", ""))
    error, sort = "", NEWEST_FIRST
    found: CasePage | None = None
    try:
        filters = read_filters(_read(given, snapshot))
        if not authority.is_staff and request.user.is_authenticated and not given.get("scope"):
            given["scope"] = "mine"  # residents: what they reported themselves
            filters = read_filters(_read(given, snapshot))
        sort = read_choice(given, "sort", SORTS) or NEWEST_FIRST
        found = cases_page(request.user, filters, limit=PAGE_ROWS, after=given.get("after", ""), sort=sort)
    except InvalidInput as problem:
        error = problem.message
    due = DueReader(asker)
    rows: list[Row] = [row_of(feature, asker, due) for feature in found.features] if found else []
    kept = {name: value for name, value in given.items() if value and name != "after"}
    context = {
        "rows": rows,
        "total": found.total if found else None,
        "error": error,
        "given": given,
        "is_staff": authority.is_staff,
        "is_narrowed": bool(set(kept) - {"scope", "status", "sort"})
        or given.get("status") not in (OPEN, ALL),
        "choices": _choices(snapshot, asker, given, is_staff=authority.is_staff),
        "next_url": f"?{urlencode({**kept, 'after': found.after})}" if found and found.after else "",
        "first_url": f"?{urlencode(kept)}" if given.get("after") else "",
        "headings": {column: _heading(column, sort, kept) for column in _FIRST_TURN},
        "sort": sort,
        "sort_words": SORT_WORDS[sort],
        "public_url": f"?{urlencode({**kept, 'scope': 'public'})}",
        "export_query": urlencode(_read(given, snapshot)) if authority.is_staff and rows else "",
        "export_formats": FORMATS,
        "now": asker.now,
        "show_place": len(asker.snapshots) > 1,
    }
    return render(request, "cases/ledger.html", context, status=400 if error else 200)


def _heading(column: str, sort: str, kept: Mapping[str, str]) -> Heading:
    """Return the link of a column: its own first direction, and the other one where it already decides."""
    is_now = sort.removeprefix("-") == column
    turned = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
    url = f"?{urlencode({**kept, 'sort': turned if is_now else _FIRST_TURN[column]})}"
    now = "descending" if sort.startswith("-") else "ascending"
    return Heading(url, now if is_now else "none")


def _given(params: Mapping[str, str], *, is_staff: bool) -> dict[str, str]:
    given = {name: params.get(name, "").strip() for name in (*_PASSED_ON, *_OWN)}
    if not given["status"]:
        given["status"] = OPEN
    if is_staff and not given["scope"]:
        given["scope"] = "mine"
    return given


def _read(given: Mapping[str, str], snapshot: PlaceSnapshot | None) -> dict[str, str]:
    """Return what the list's own filters understand: groups of statuses and periods are the page's."""
    params = {name: given[name] for name in _PASSED_ON if given.get(name)}
    if params.get("status") == OPEN:
        params["status"] = ",".join(Case.OPEN_STATUSES)
    elif params.get("status") == ALL:
        del params["status"]
    period = given.get("period", "")
    if period:
        if period not in PERIODS:
            accepted = ", ".join(PERIODS)
            message = _("period must be one of %(accepted)s days; got '%(value)s'")
            raise InvalidInput(message % {"accepted": accepted, "value": period[:40]}, field="period")
        today = local_day(snapshot.time_zone) if snapshot else timezone.localdate()
        params["since"] = str(today - timedelta(days=int(period) - 1))
    return params


def _place_of(request: HttpRequest, asker: Asker, slug: str) -> PlaceSnapshot | None:
    """Return the place whose words fill the sentence: the one asked for, the asker's own, or the only one."""
    known = asker.snapshots
    named = next((snapshot for snapshot in known.values() if snapshot.slug == slug), None)
    own = known.get(getattr(request.user, "place_id", None) or 0)
    return named or own or (next(iter(known.values())) if len(known) == 1 else None)


def _choices(
    snapshot: PlaceSnapshot | None, asker: Asker, given: Mapping[str, str], *, is_staff: bool
) -> dict[str, list[Choice]]:
    own = (
        pgettext("ledger: scope", "in my charge")
        if is_staff
        else pgettext("ledger: scope", "that I reported")
    )
    scopes = [
        Choice("mine", own),
        Choice("public", str(pgettext_lazy("ledger: scope", "that are public"))),
    ]
    if is_staff:
        scopes.insert(1, Choice("in_charge", pgettext("ledger: scope", "for me to work on")))
    statuses = [
        Choice(OPEN, str(gettext_lazy("not closed yet"))),
        Choice(ALL, str(pgettext_lazy("ledger: status", "in any state"))),
    ]
    found = {
        "scope": scopes,
        "status": statuses,
        "period": [Choice(key, str(label)) for key, label in PERIODS.items()],
        "sort": [Choice(key, str(label)) for key, label in SORT_WORDS.items()],
        "place": [Choice(known.slug, known.name) for known in asker.snapshots.values()],
        "category": [],
        "area": [],
    }
    if snapshot is not None:
        words = asker.words(snapshot.place_id)
        section = snapshot.profile.section(CasesSection)
        groups = {group.key: group.name.text(words.language) for group in section.groups}
        found["status"] += [Choice(key, words.status(key)) for key in section.status_names]
        found["category"] = [
            Choice(kind.key, kind.name.text(words.language), groups.get(kind.group, ""))
            for kind in section.categories
        ]
        found["area"] = _areas(snapshot)
    _keep_unlisted(found, given)
    return found


def _areas(snapshot: PlaceSnapshot) -> list[Choice]:
    """Return communities with their blocks; of a place without communities its blocks or grids."""
    found = []
    for area in snapshot.areas.values():
        if area.level not in ("community", "block"):
            continue
        chain = snapshot.chain(area.id)
        community = next((step.name for step in chain if step.level == "community"), "")
        label = _("all of %(area)s") % {"area": area.name} if area.level == "community" else area.name
        found.append((community, area.level == "block", Choice(area.code, label, community)))
    found.sort(key=lambda entry: entry[:2])
    return [choice for _community, _is_block, choice in found]


def _keep_unlisted(found: dict[str, list[Choice]], given: Mapping[str, Any]) -> None:
    """A link may narrow down by what the lists do not offer, such as one grid: it stays chosen."""
    for name, choices in found.items():
        value = given.get(name, "")
        if value and value not in {choice.value for choice in choices}:
            choices.append(Choice(value, value))
