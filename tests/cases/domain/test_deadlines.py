"""Deadlines against a table worked out by hand, and against properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.domain.deadlines import (
    Deadline,
    WorkCalendar,
    deadline,
    is_working_day,
    remaining,
    resume,
    suspend,
    working_time_between,
)
from cases.domain.holidays import chinese_calendar
from cases.domain.profile import Clock, Limit

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
HOLIDAYS = {row.day: row.kind for year in (2024, 2025, 2026) for row in chinese_calendar(year) or ()}
CHINA = WorkCalendar(SHANGHAI, holidays=HOLIDAYS)
CLOSE = WorkCalendar(SHANGHAI, holidays=HOLIDAYS, day_ends="close")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due(start: str, amount: int, unit: str, calendar: WorkCalendar = CHINA) -> str:
    limit = Limit.model_validate({"amount": amount, "unit": unit})
    moment = deadline(at(start, calendar.time_zone), limit, calendar).at
    return moment.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        # natural units run through everything
        ("2025-09-30 23:30", 2, "hour", "2025-10-01 01:30"),
        ("2025-09-30 16:00", 24, "hour", "2025-10-01 16:00"),
        ("2025-09-30 16:00", 7, "day", "2025-10-07 16:00"),
        ("2024-02-28 09:00", 1, "day", "2024-02-29 09:00"),
        ("2025-02-28 09:00", 1, "day", "2025-03-01 09:00"),
        ("2025-12-29 09:00", 1, "week", "2026-01-05 09:00"),
        ("2025-01-31 09:00", 1, "month", "2025-02-28 09:00"),
        ("2024-01-31 09:00", 1, "month", "2024-02-29 09:00"),
        ("2024-02-29 09:00", 12, "month", "2025-02-28 09:00"),
        ("2025-11-30 09:00", 3, "month", "2026-02-28 09:00"),
        ("2025-12-15 09:00", 1, "month", "2026-01-15 09:00"),
        # urgent working time runs through nights and holidays
        ("2025-09-30 16:00", 4, "urgent_working_hour", "2025-09-30 20:00"),
        ("2025-09-30 16:00", 2, "urgent_working_day", "2025-10-02 16:00"),
        # working hours: 09:00–12:00, 13:00–17:00
        ("2025-11-03 09:00", 3, "working_hour", "2025-11-03 12:00"),
        ("2025-11-03 09:00", 4, "working_hour", "2025-11-03 14:00"),
        ("2025-11-03 11:30", 1, "working_hour", "2025-11-03 13:30"),
        ("2025-11-03 12:30", 1, "working_hour", "2025-11-03 14:00"),
        ("2025-11-03 15:00", 4, "working_hour", "2025-11-04 11:00"),
        ("2025-11-03 06:00", 1, "working_hour", "2025-11-03 10:00"),  # before work
        ("2025-11-03 22:00", 1, "working_hour", "2025-11-04 10:00"),  # at night
        ("2025-11-07 16:30", 1, "working_hour", "2025-11-10 09:30"),  # over a weekend
        ("2025-11-08 10:00", 1, "working_hour", "2025-11-10 10:00"),  # started on one
        ("2025-10-31 16:00", 2, "working_hour", "2025-11-03 10:00"),  # over the end of a month
        # working days are that much working time
        ("2025-11-03 10:00", 1, "working_day", "2025-11-04 10:00"),
        ("2025-11-07 15:00", 1, "working_day", "2025-11-10 15:00"),
        ("2025-11-08 10:00", 1, "working_day", "2025-11-10 17:00"),
        ("2025-11-03 12:30", 1, "working_day", "2025-11-04 12:00"),  # 4 hours today, 3 tomorrow
        # National Day 2025: 1–8 October off, Sunday 28 September and Saturday 11 October worked
        ("2025-09-26 15:00", 1, "working_day", "2025-09-28 15:00"),
        ("2025-09-28 15:00", 1, "working_day", "2025-09-29 15:00"),
        ("2025-09-30 15:00", 1, "working_day", "2025-10-09 15:00"),
        ("2025-10-10 15:00", 1, "working_day", "2025-10-11 15:00"),
        ("2025-10-11 15:00", 1, "working_day", "2025-10-13 15:00"),
        ("2025-10-03 08:00", 4, "working_hour", "2025-10-09 14:00"),
        # National Day 2026: 1–7 October off, Sunday 20 September and Saturday 10 October worked
        ("2026-09-18 10:00", 1, "working_day", "2026-09-20 10:00"),
        ("2026-09-30 10:00", 1, "working_day", "2026-10-08 10:00"),
        ("2026-10-09 10:00", 2, "working_day", "2026-10-12 10:00"),
        # Spring Festival 2026: 15–23 February off, Saturdays 14 and 28 worked
        ("2026-02-14 16:00", 2, "working_hour", "2026-02-24 10:00"),
        ("2026-02-27 10:00", 2, "working_day", "2026-03-02 10:00"),
        # Leap day
        ("2024-02-28 10:00", 2, "working_day", "2024-03-01 10:00"),
        # New Year
        ("2025-12-31 16:30", 1, "working_hour", "2026-01-04 09:30"),  # a Sunday, made up for
        ("2025-11-03 10:00", 20, "working_day", "2025-12-01 10:00"),
    ],
)
def test_deadlines(start: str, amount: int, unit: str, expected: str) -> None:
    assert due(start, amount, unit) == expected


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        ("2025-11-03 10:00", 1, "2025-11-04 17:00"),
        ("2025-11-07 23:00", 1, "2025-11-10 17:00"),
        ("2025-11-08 10:00", 1, "2025-11-10 17:00"),
        ("2025-09-30 15:00", 2, "2025-10-10 17:00"),
        ("2025-09-26 15:00", 1, "2025-09-28 17:00"),
    ],
)
def test_working_days_may_end_at_the_close(start: str, amount: int, expected: str) -> None:
    assert due(start, amount, "working_day", CLOSE) == expected
    assert due("2025-11-03 15:00", 4, "working_hour", CLOSE) == "2025-11-04 11:00"


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2025-09-28", True),  # Sunday, made up for
        ("2025-10-01", False),  # Wednesday, holiday
        ("2025-10-08", False),
        ("2025-10-09", True),
        ("2025-10-11", True),  # Saturday, made up for
        ("2025-10-12", False),  # an ordinary Sunday
        ("2030-10-01", True),  # a year without data: Tuesday
    ],
)
def test_working_days(day: str, worked: bool) -> None:
    assert is_working_day(date.fromisoformat(day), CHINA) is worked


@pytest.mark.parametrize(
    ("start", "amount", "unit", "known"),
    [
        ("2026-06-01 10:00", 5, "working_day", True),
        ("2026-12-31 16:00", 2, "working_day", False),  # ends in 2027
        ("2027-06-01 10:00", 4, "working_hour", False),
        ("2023-06-01 10:00", 4, "working_hour", False),
        ("2027-06-01 10:00", 4, "hour", True),  # natural time needs no calendar
        ("2027-06-01 10:00", 1, "month", True),
        ("2027-06-01 10:00", 1, "urgent_working_day", True),
    ],
)
def test_years_without_data_are_flagged(start: str, amount: int, unit: str, known: bool) -> None:
    limit = Limit.model_validate({"amount": amount, "unit": unit})
    assert deadline(at(start), limit, CHINA).calendar_known is known
    assert deadline(at(start), limit, CLOSE).calendar_known is known


def test_a_year_without_data_counts_weekends_only() -> None:
    assert due("2027-10-01 10:00", 1, "working_day") == "2027-10-04 10:00"  # Friday, then Monday


def test_a_calendar_may_be_told_which_years_it_knows() -> None:
    calendar = WorkCalendar(SHANGHAI, known_years=frozenset({2027}))
    assert deadline(at("2027-06-01 10:00"), Limit(amount=1, unit="working_day"), calendar).calendar_known


# ------------------------------------------------------------------ a zone whose clock changes

GERMANY = WorkCalendar(BERLIN, intervals=((time(0), time.max),), known_years=frozenset({2025}))


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        # 30 March 2025: 02:00 becomes 03:00. 26 October: 03:00 becomes 02:00.
        ("2025-03-29 12:00", 24, "hour", "2025-03-30 13:00"),
        ("2025-03-29 12:00", 1, "day", "2025-03-30 12:00"),
        ("2025-03-29 02:30", 1, "day", "2025-03-30 03:30"),  # a time that the clock skips
        ("2025-10-25 12:00", 24, "urgent_working_hour", "2025-10-26 11:00"),
        ("2025-10-25 12:00", 1, "week", "2025-11-01 12:00"),
        ("2025-10-25 12:00", 1, "urgent_working_day", "2025-10-26 11:00"),
        ("2025-03-28 12:00", 24, "working_hour", "2025-03-31 12:00"),  # Friday to Monday, round the clock
    ],
)
def test_deadlines_where_the_clock_changes(start: str, amount: int, unit: str, expected: str) -> None:
    assert due(start, amount, unit, GERMANY) == expected


def test_working_time_over_a_change_of_the_clock_is_elapsed_time() -> None:
    calendar = WorkCalendar(BERLIN, intervals=((time(0), time(4)),), holidays={date(2025, 3, 30): "workday"})
    day = working_time_between(at("2025-03-30 00:00", BERLIN), at("2025-03-30 12:00", BERLIN), calendar)
    assert day == timedelta(hours=3)


def test_moments_in_utc_are_judged_in_the_calendars_zone() -> None:
    start = datetime(2025, 11, 3, 22, 0, tzinfo=UTC)  # Tuesday 06:00 in Shanghai
    found = deadline(start, Limit(amount=1, unit="working_hour"), CHINA).at
    assert found == at("2025-11-04 10:00")
    assert found.tzinfo is SHANGHAI


# ------------------------------------------------------------------ what is left, suspension


def test_remaining_counts_working_time() -> None:
    left = remaining(at("2025-09-30 16:00"), at("2025-10-09 10:00"), CHINA)
    assert left.working == timedelta(hours=2)
    assert left.natural == timedelta(days=8, hours=18)
    assert left.working_days == pytest.approx(2 / 7)
    assert not left.overdue
    assert left.calendar_known


def test_remaining_is_negative_once_it_has_passed() -> None:
    late = remaining(at("2025-10-09 10:00"), at("2025-09-30 16:00"), CHINA)
    assert late.working == -timedelta(hours=2)
    assert late.overdue
    assert not remaining(at("2027-10-09 10:00"), at("2027-09-30 16:00"), CHINA).calendar_known


def test_overdue_shows_even_when_no_working_time_has_passed() -> None:
    late = remaining(at("2025-11-08 12:00"), at("2025-11-07 17:00"), CHINA)
    assert (late.working, late.overdue) == (timedelta(), True)


@pytest.mark.parametrize(
    ("unit", "suspended_at", "resumed_at", "expected"),
    [
        # due 2025-11-05 10:00 in each case
        ("working_hour", "2025-11-04 10:00", "2025-11-10 15:00", "2025-11-11 15:00"),
        ("working_hour", "2025-11-04 10:00", "2025-11-08 11:00", "2025-11-10 17:00"),  # goes on at a weekend
        ("working_hour", "2025-11-05 11:00", "2025-11-10 09:30", "2025-11-07 16:30"),  # was an hour late
        ("hour", "2025-11-04 10:00", "2025-11-08 11:00", "2025-11-09 11:00"),
        ("hour", "2025-11-05 11:00", "2025-11-08 11:00", "2025-11-08 10:00"),
    ],
)
def test_suspension_keeps_what_was_left(unit: str, suspended_at: str, resumed_at: str, expected: str) -> None:
    limit = Limit.model_validate({"amount": 1, "unit": unit})
    kept = suspend(at(suspended_at), at("2025-11-05 10:00"), limit, CHINA)
    assert kept.in_working_time is (unit == "working_hour")
    assert resume(at(resumed_at), kept, CHINA) == Deadline(at(expected))


# ------------------------------------------------------------------ refusals


def test_a_moment_without_offset_is_refused() -> None:
    naive = datetime(2025, 11, 3, 10)
    with pytest.raises(ValueError, match="UTC offset; got '2025-11-03T10:00:00'"):
        deadline(naive, Limit(amount=1, unit="hour"), CHINA)
    with pytest.raises(ValueError, match="UTC offset"):
        working_time_between(at("2025-11-03 10:00"), naive, CHINA)


def test_a_calendar_without_work_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pair"):
        WorkCalendar(SHANGHAI, intervals=())
    never = {date(2025, 1, 1) + timedelta(days=n): "holiday" for n in range(800)}
    for day_ends in ("same_time", "close"):
        calendar = WorkCalendar(SHANGHAI, holidays=never, day_ends=day_ends)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="a working day within 366 days"):
            deadline(at("2025-01-01 10:00"), Limit(amount=1, unit="working_day"), calendar)


def test_the_clock_of_a_profile_makes_a_calendar() -> None:
    calendar = WorkCalendar.of(Clock(working_hours=("08:30-11:30", "20:00-24:00")), "Asia/Shanghai", HOLIDAYS)
    assert calendar.day_length == timedelta(hours=7)
    assert due("2025-11-03 23:00", 1, "working_hour", calendar) == "2025-11-04 00:00"
    assert due("2025-11-03 23:00", 2, "working_hour", calendar) == "2025-11-04 09:30"


# ------------------------------------------------------------------ properties

moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 30), timezones=st.just(SHANGHAI)).map(
    lambda moment: moment.replace(microsecond=0, fold=0)
)


@given(moments, st.integers(1, 40))
def test_a_limit_of_working_hours_holds_that_much_working_time(start: datetime, hours: int) -> None:
    end = deadline(start, Limit(amount=hours, unit="working_hour"), CHINA).at
    assert working_time_between(start, end, CHINA) == timedelta(hours=hours)
    # and it is the earliest such moment: a second before, some is left
    assert working_time_between(start, end - timedelta(seconds=1), CHINA) < timedelta(hours=hours)


@given(moments, moments, moments)
def test_working_time_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    def between(first: datetime, second: datetime) -> timedelta:
        return working_time_between(first, second, CHINA)

    # a year of days each is too slow to count for nothing: three weeks at most
    two = min(two, one + timedelta(days=21)) if two > one else max(two, one - timedelta(days=21))
    three = min(three, one + timedelta(days=21)) if three > one else max(three, one - timedelta(days=21))
    assert between(one, two) + between(two, three) == between(one, three)
    assert between(one, two) == -between(two, one)


@given(moments, st.integers(1, 10), st.sampled_from(["hour", "day", "working_hour", "working_day"]))
def test_later_starts_never_end_earlier(start: datetime, amount: int, unit: str) -> None:
    limit = Limit.model_validate({"amount": amount, "unit": unit})
    assert deadline(start, limit, CHINA).at <= deadline(start + timedelta(minutes=37), limit, CHINA).at


@given(moments, st.integers(1, 30))
def test_going_on_at_once_changes_nothing_that_counts(start: datetime, hours: int) -> None:
    limit = Limit(amount=hours, unit="working_hour")
    end = deadline(start, limit, CHINA).at
    now = start + timedelta(hours=hours)
    again = resume(now, suspend(now, end, limit, CHINA), CHINA).at
    assert working_time_between(end, again, CHINA) == timedelta()
