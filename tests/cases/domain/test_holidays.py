"""Rows of the holiday table from the calendar that is published each autumn."""

from __future__ import annotations

from datetime import date

import pytest

from cases.domain.holidays import HolidayRow, chinese_calendar


def test_national_day_2025_and_its_working_weekends() -> None:
    rows = {row.day: row for row in chinese_calendar(2025) or ()}
    assert [day.day for day, row in rows.items() if day.month == 10 and row.kind == "holiday"] == list(
        range(1, 9)
    )
    assert rows[date(2025, 9, 28)] == HolidayRow(date(2025, 9, 28), "workday", "国庆节调休")
    assert rows[date(2025, 10, 11)].kind == "workday"
    assert rows[date(2025, 10, 6)].name == "中秋节"


@pytest.mark.parametrize("year", [2004, 2015, 2024, 2026])
def test_known_years_come_in_order_and_stay_within_the_year(year: int) -> None:
    rows = chinese_calendar(year)
    assert rows
    assert [row.day for row in rows] == sorted(row.day for row in rows)
    assert {row.day.year for row in rows} == {year}
    assert len({row.day for row in rows}) == len(rows)
    for row in rows:  # a working day is made up for at a weekend
        assert row.kind == "holiday" or row.day.weekday() >= 5
        assert not row.name.isascii()


@pytest.mark.parametrize("year", [2003, 2099])
def test_unknown_years_are_none_not_empty(year: int) -> None:
    assert chinese_calendar(year) is None
