"""The holiday table, filled from what is published; officials correct it afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from cases.domain.holidays import chinese_calendar
from cases.models import Holiday
from geo.errors import InvalidInput

__all__ = ["holiday_remove", "holiday_save", "holidays_seed"]


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


def holiday_save(*, day: date, kind: str, name: str = "", holiday_id: int | None = None) -> Holiday:
    """Say that a day is a holiday or a make-up working day; deadlines counted from now on heed it.

    Parameters
    ----------
    day, kind, name
        Of `Holiday`.
    holiday_id
        Row to change; None for a new one.

    Raises
    ------
    InvalidInput
        If the day stands already in another row, or is what its weekday says anyway.
    """
    if Holiday.objects.filter(day=day).exclude(pk=holiday_id or 0).exists():
        raise InvalidInput(
            _("%(day)s stands already in the table") % {"day": day}, field="day", value=str(day)
        )
    if kind == Holiday.Kind.WORKDAY and day.weekday() < 5:
        raise InvalidInput(
            _("%(day)s is a working day anyway; a make-up working day lies on a weekend") % {"day": day},
            field="kind",
            value=kind,
        )
    row = Holiday.objects.get(pk=holiday_id) if holiday_id is not None else Holiday()
    row.day, row.kind, row.name = day, kind, name
    row.save()
    return row


def holiday_remove(*, holiday_id: int) -> None:
    """Take a day out of the table: it is what its weekday says."""
    Holiday.objects.filter(pk=holiday_id).delete()
