"""Working time of a place: its clock and the holiday table."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import cast

from cases.domain.deadlines import DayKind, WorkCalendar
from cases.domain.profile import CasesSection, Limit
from cases.models import Holiday

__all__ = ["WORKING_UNITS", "calendar_for"]

WORKING_UNITS = frozenset({"working_hour", "working_day"})


def calendar_for(section: CasesSection, time_zone: str, start: datetime, limit: Limit | None) -> WorkCalendar:
    """Return the calendar for counting a limit from a moment on.

    Holidays are read where working time is counted, and of the years that the limit can reach: one small query, so
    that what an official has just entered holds at once in every process.
    """
    if limit is None or limit.unit not in WORKING_UNITS:
        return WorkCalendar.of(section.clock, time_zone, {})
    days = limit.amount if limit.unit == "working_day" else 1 + limit.amount // 4
    # Three weeks hold the longest holiday; half of all days at least are worked on.
    last = (start + timedelta(days=2 * days + 21)).year
    first = (start - timedelta(days=1)).year
    rows = Holiday.objects.filter(day__gte=date(first, 1, 1), day__lt=date(last + 1, 1, 1))
    kinds = {day: cast(DayKind, kind) for day, kind in rows.values_list("day", "kind")}
    return WorkCalendar.of(section.clock, time_zone, kinds)
