"""The holiday table, filled from what is published; officials correct it afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from cases.domain.holidays import chinese_calendar
from cases.models import Holiday

__all__ = ["holidays_seed"]


def holidays_seed(*, years: Iterable[int]) -> dict[int, int | None]:
    """Insert the holidays and make-up working days of years, and leave days that stand already as they are.

    Returns
    -------
    dict
        Year → rows inserted; None for a year that is not published yet: it counts weekends only, and says so.
    """
    found: dict[int, int | None] = {}
    for year in years:
        rows = chinese_calendar(year)
        if rows is None:
            found[year] = None
            continue
        there = set(Holiday.objects.filter(day__year=year).values_list("day", flat=True))
        fresh = [Holiday(day=row.day, kind=row.kind, name=row.name) for row in rows if row.day not in there]
        Holiday.objects.bulk_create(fresh, ignore_conflicts=True)
        found[year] = len(fresh)
    return found
