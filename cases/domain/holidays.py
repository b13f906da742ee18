"""Public holidays and make-up working days of mainland China, as rows of the holiday table."""

from datetime import date
from typing import Literal, NamedTuple

from chinese_calendar import constants

__all__ = ["HolidayRow", "chinese_calendar"]

_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


class HolidayRow(NamedTuple):
    """A day that is not what its weekday says."""

    day: date
    kind: Literal["holiday", "workday"]
    name: str


def chinese_calendar(year: int) -> tuple[HolidayRow, ...] | None:
    """Return the holidays and make-up working days of a year, in order.

    The State Council announces them each autumn for the following year; the package behind this has them up
    to some year only.

    Returns
    -------
    tuple of HolidayRow or None
        None for a year without data: it must not be taken for a year without holidays.
    """
    rows = [
        HolidayRow(day, "holiday", _name(name))
        for day, name in constants.holidays.items()
        if day.year == year
    ]
    if not rows:
        return None
    rows += [
        HolidayRow(day, "workday", f"{_name(name)}调休")
        for day, name in constants.workdays.items()
        if day.year == year
    ]
    return tuple(sorted(rows))


def _name(name: str) -> str:
    return _NAMES.get(name, name)
