"""Working time of a place: its clock and the holiday table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from typing import cast

from cases.domain.deadlines import DayKind, WorkCalendar
from cases.domain.profile import CasesSection, Limit
from cases.models import Holiday

__all__ = ["WORKING_UNITS", "calendar_for", "one_calendar"]

WORKING_UNITS = frozenset({"working_hour", "working_day"})
_Years = tuple[int, int]
_kept: ContextVar[dict[tuple[int, str, _Years | None], tuple[CasesSection, WorkCalendar]] | None] = (
    ContextVar("kept_calendars", default=None)
)


@contextmanager
def one_calendar() -> Iterator[None]:
    """Read the holidays of the same years once within the block, which handles many cases."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def calendar_for(section: CasesSection, time_zone: str, start: datetime, limit: Limit | None) -> WorkCalendar:
    """Return the calendar for counting a limit from a moment on.

    Holidays are read where working time is counted, and of the years that the limit can reach: one small query, so
    that what an official has just entered holds at once in every process.
    """
    years = _years(start, limit) if limit is not None and limit.unit in WORKING_UNITS else None
    kept = _kept.get()
    if kept is None:
        return _calendar(section, time_zone, years)
    key = (id(section), time_zone, years)
    if key not in kept:
        kept[key] = (
            section,
            _calendar(section, time_zone, years),
        )  # the section is held, so that its id stays its own
    return kept[key][1]


def _years(start: datetime, limit: Limit) -> _Years:
    """Return the first and the last year that a limit can reach."""
    days = limit.amount if limit.unit == "working_day" else 1 + limit.amount // 4
    # Three weeks hold the longest holiday; half of all days at least are worked on.
    last = (start + timedelta(days=2 * days + 21)).year
    return (start - timedelta(days=1)).year, last


def _calendar(section: CasesSection, time_zone: str, years: _Years | None) -> WorkCalendar:
    if years is None:
        return WorkCalendar.of(section.clock, time_zone, {})
    first, last = years
    rows = Holiday.objects.filter(day__gte=date(first, 1, 1), day__lt=date(last + 1, 1, 1))
    kinds = {day: cast(DayKind, kind) for day, kind in rows.values_list("day", "kind")}
    return WorkCalendar.of(section.clock, time_zone, kinds)
