"""The officials' map as an address says it: filters, what is drawn, where, what is picked, in which order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from cases.domain.vocabulary import CHANNELS
from cases.selectors.filters import CaseFilters, read_choice, read_filters
from cases.selectors.ordering import NEWEST_FIRST, SORTS
from geo.errors import InvalidInput

__all__ = ["AREA_ORDERS", "MODES", "PERIODS", "MapQuery", "read_at", "read_map_query"]

MODES = ("cells", "areas")
AREA_ORDERS = ("-value", "value", "name", "-name")
PERIODS = {
    "7": pgettext_lazy("map: period", "last 7 days"),
    "30": pgettext_lazy("map: period", "last 30 days"),
    "month": pgettext_lazy("map: period", "this month"),
    "90": pgettext_lazy("map: period", "last 90 days"),
    "year": pgettext_lazy("map: period", "this year"),
    "365": pgettext_lazy("map: period", "last 12 months"),
}
_FILTERS = ("place", "scope", "category", "state", "channel", "period", "since", "until")
_VIEW = ("mode", "level", "rate", "at", "cell", "lies_in", "sort", "order")
_MAX_LAT = 85.0


@dataclass(frozen=True, slots=True)
class MapQuery:
    """What an address asks of the map.

    Attributes
    ----------
    given : mapping of str to str
        The parameters as they stand in the address; empty ones left out.
    filters : CaseFilters
        Of the map: without what is picked on it.
    mode : {'cells', 'areas'}
    level : str
        Empty for the first that the place has.
    with_rate : bool
    at : (lon, lat, zoom) or None
        EPSG:4326; None for the whole place.
    picked : CaseFilters
        `filters`, narrowed down to the picked cell or area.
    sort, order : str
        Of the table of cases, and of the table of areas.
    after : str
        Where a page of the table begins.
    """

    given: Mapping[str, str]
    filters: CaseFilters
    mode: str
    level: str
    with_rate: bool
    at: tuple[float, float, float] | None
    picked: CaseFilters
    sort: str
    order: str
    after: str

    @property
    def is_picked(self) -> bool:
        """Whether a cell, an area or what has no place is picked."""
        return "cell" in self.given or "lies_in" in self.given

    def address(self, **changes: str | None) -> str:
        """Return the query of the address with some parameters changed; None or empty takes one out."""
        merged = {**self.given, **{name: value or "" for name, value in changes.items()}}
        kept = {name: merged[name] for name in (*_FILTERS, *_VIEW, "after") if merged.get(name)}
        return "?" + urlencode(kept, safe=",:")


def read_map_query(params: Mapping[str, str], *, today: date, is_staff: bool) -> MapQuery:
    """Return what an address asks for.

    Parameters
    ----------
    today
        Local day of the place, for periods such as `30`.
    is_staff
        Others see the public scope unless they ask for what they reported.

    Raises
    ------
    InvalidInput
        Naming the parameter, its value and what is accepted.
    """
    given = {name: value for name in (*_FILTERS, *_VIEW, "after") if (value := params.get(name, "").strip())}
    mode = read_choice(given, "mode", MODES) or "cells"
    given.pop("lies_in" if mode == "cells" else "cell", None)
    read_choice(given, "channel", CHANNELS)
    asked: dict[str, str] = {
        name: given[name] for name in ("place", "scope", "category", "state", "channel") if name in given
    }
    asked.setdefault("scope", "mine" if is_staff else "public")
    asked |= _period(given, today)
    filters = read_filters(asked)
    picks: dict[str, str] = {name: given[name] for name in ("cell", "lies_in") if name in given}
    picked = read_filters(picks)
    return MapQuery(
        given=given,
        filters=filters,
        mode=mode,
        level=given.get("level", ""),
        with_rate=read_choice(given, "rate", ("0", "1")) == "1",
        at=read_at(given.get("at", "")),
        picked=replace(filters, cell=picked.cell, lies_in=picked.lies_in),
        sort=read_choice(given, "sort", SORTS) or NEWEST_FIRST,
        order=read_choice(given, "order", AREA_ORDERS) or "-value",
        after=given.get("after", ""),
    )


def _period(given: Mapping[str, str], today: date) -> dict[str, str]:
    """Return `since` and `until`: given days stand, a period is counted back from today."""
    dates = {name: given[name] for name in ("since", "until") if name in given}
    period = read_choice(given, "period", PERIODS)
    if dates or period is None:
        return dates
    if period == "month":
        return {"since": str(today.replace(day=1))}
    if period == "year":
        return {"since": str(today.replace(month=1, day=1))}
    return {"since": str(today - timedelta(days=int(period) - 1))}


def read_at(text: str) -> tuple[float, float, float] | None:
    """Return longitude, latitude and zoom of the parameter `at`; None where it is empty.

    Raises
    ------
    InvalidInput
        If it is not three numbers in range.
    """
    if not text:
        return None
    try:
        lon, lat, zoom = (float(part) for part in text.split(","))
    except ValueError:
        lon = lat = zoom = math.nan
    if not (-180 <= lon <= 180 and -_MAX_LAT <= lat <= _MAX_LAT and 0 <= zoom <= 22):  # false for NaN too
        accepted = _("longitude,latitude,zoom (116.98,36.68,14.5)")
        message = _("%(name)s must be %(accepted)s; got '%(value)s'")
        shown = {"name": "at", "accepted": accepted, "value": text[:80]}
        raise InvalidInput(message % shown, field="at", value=text[:80], accepted=accepted)
    return lon, lat, zoom
