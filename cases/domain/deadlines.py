"""Deadlines in natural and in working time.

Units follow the practice of city management: working hours and days count working time only, their *urgent*
kind runs through nights and holidays; natural days, weeks and months keep the local time of day. Working time
is what lies within the working hours of a working day: Monday to Friday, less the holidays, plus the make-up
working days (调休) of the calendar. A year that the calendar does not know counts weekends only, and the
result says so.

Everything takes aware datetimes and reads no clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from cases.domain.profile import Clock, Limit

__all__ = [
    "Deadline",
    "Remaining",
    "Suspended",
    "WorkCalendar",
    "deadline",
    "is_working_day",
    "remaining",
    "resume",
    "suspend",
    "working_time_between",
]

DayKind = Literal["holiday", "workday"]
WORKING_UNITS = frozenset({"working_hour", "working_day"})
MAX_IDLE_DAYS = 366
"""No working time for so long: the calendar is wrong."""


@dataclass(frozen=True)
class WorkCalendar:
    """When work is done at a place.

    Attributes
    ----------
    time_zone : ZoneInfo
    intervals : tuple of (time, time)
        Working hours of a working day, local, in order; `time.max` as an end means midnight.
    holidays : mapping of date to {'holiday', 'workday'}
        Days that are not what their weekday says.
    known_years : frozenset of int
        Years whose holidays are known; by default those that `holidays` holds a day of.
    day_ends : {'same_time', 'close'}
        Whether a limit in working days is that much working time, or ends at the close of the last day, the
        day on which it starts not counted.
    """

    time_zone: ZoneInfo
    intervals: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13), time(17)))
    holidays: Mapping[date, DayKind] = field(default_factory=dict)
    known_years: frozenset[int] | None = None
    day_ends: Literal["same_time", "close"] = "same_time"

    def __post_init__(self) -> None:
        if not self.intervals:
            raise ValueError("intervals must hold at least one pair of times; got none")
        if self.known_years is None:
            object.__setattr__(self, "known_years", frozenset(day.year for day in self.holidays))

    @classmethod
    def of(cls, clock: Clock, time_zone: str, holidays: Mapping[date, DayKind]) -> "WorkCalendar":
        """Return the calendar of a profile's clock, a place's time zone and the holiday table."""
        return cls(ZoneInfo(time_zone), clock.intervals, holidays, day_ends=clock.day_ends)

    @property
    def day_length(self) -> timedelta:
        """Working time of one working day."""
        total = timedelta()
        for start, end in self.intervals:
            total += _of_day(end) - _of_day(start)
        return total

    def knows(self, first: date, last: date) -> bool:
        """Tell whether the holidays of all years from one day to another are known."""
        assert self.known_years is not None
        return all(year in self.known_years for year in range(first.year, last.year + 1))


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something is due.

    Attributes
    ----------
    at : datetime
        In the time zone of the calendar.
    calendar_known : bool
        False if working time was counted in a year whose holidays are not known.
    """

    at: datetime
    calendar_known: bool = True


@dataclass(frozen=True, slots=True)
class Remaining:
    """How much is left until a deadline; negative once it has passed.

    Attributes
    ----------
    working : timedelta
        Working time.
    natural : timedelta
        Elapsed time.
    working_days : float
        Working time in working days of the place.
    """

    working: timedelta
    natural: timedelta
    working_days: float
    calendar_known: bool

    @property
    def overdue(self) -> bool:
        """The deadline has passed."""
        return self.natural < timedelta()


@dataclass(frozen=True, slots=True)
class Suspended:
    """What is left of a limit while a case is suspended; negative if it was overdue.

    Attributes
    ----------
    left : timedelta
    in_working_time : bool
        Whether `left` is working time or elapsed time.
    """

    left: timedelta
    in_working_time: bool


def is_working_day(day: date, calendar: WorkCalendar) -> bool:
    """Tell whether work is done on a day."""
    kind = calendar.holidays.get(day)
    return kind == "workday" if kind else day.weekday() < 5


def deadline(start: datetime, limit: Limit, calendar: WorkCalendar) -> Deadline:
    """Return when a limit that starts at a moment ends.

    Parameters
    ----------
    start : datetime
        Aware.
    limit : Limit
        `hour`, `urgent_working_hour`: elapsed. `urgent_working_day`: 24 elapsed hours each. `day`, `week`,
        `month`: the same local time so many later, the last day of a shorter month where there is no such
        day. `working_hour`, `working_day`: working time; outside of it they start when work starts again.
    calendar : WorkCalendar

    Returns
    -------
    Deadline

    Raises
    ------
    ValueError
        If `start` is naive, or the calendar has no working day within a year.
    """
    begin = _local(start, calendar)
    amount = limit.amount
    match limit.unit:
        case "hour" | "urgent_working_hour":
            return Deadline(_later(begin, timedelta(hours=amount)))
        case "urgent_working_day":
            return Deadline(_later(begin, timedelta(hours=24 * amount)))
        case "day":
            return Deadline(_same_time(begin, begin.date() + timedelta(days=amount)))
        case "week":
            return Deadline(_same_time(begin, begin.date() + timedelta(weeks=amount)))
        case "month":
            return Deadline(_same_time(begin, _months_later(begin.date(), amount)))
        case "working_day" if calendar.day_ends == "close":
            day = begin.date()
            for _ in range(amount):
                day = _next_working_day(day, calendar)
            at = _at(day, calendar.intervals[-1][1], calendar)
        case "working_hour":
            at = _shift(begin, timedelta(hours=amount), calendar)
        case _:
            at = _shift(begin, amount * calendar.day_length, calendar)
    return Deadline(at, calendar.knows(begin.date(), at.date()))


def remaining(now: datetime, due: datetime, calendar: WorkCalendar) -> Remaining:
    """Return how much time is left until a deadline.

    Parameters
    ----------
    now, due : datetime
        Aware.
    calendar : WorkCalendar
    """
    working = working_time_between(now, due, calendar)
    first, last = sorted((_local(now, calendar).date(), _local(due, calendar).date()))
    return Remaining(
        working=working,
        natural=_elapsed(now, due),
        working_days=working / calendar.day_length,
        calendar_known=calendar.knows(first, last),
    )


def working_time_between(start: datetime, end: datetime, calendar: WorkCalendar) -> timedelta:
    """Return the working time between two moments; negative if the second is the earlier.

    Raises
    ------
    ValueError
        If one of them is naive.
    """
    begin, finish = _local(start, calendar), _local(end, calendar)
    if _elapsed(begin, finish) < timedelta():
        return -working_time_between(end, start, calendar)
    total = timedelta()
    day = begin.date()
    while day <= finish.date():
        for opening, closing in _working_intervals(day, calendar):
            overlap = _elapsed(_latest(opening, begin), _earliest(closing, finish))
            total += max(overlap, timedelta())
        day += timedelta(days=1)
    return total


def suspend(now: datetime, due: datetime, limit: Limit, calendar: WorkCalendar) -> Suspended:
    """Return what is left of a limit at the moment a case is suspended."""
    if limit.unit in WORKING_UNITS:
        return Suspended(working_time_between(now, due, calendar), in_working_time=True)
    return Suspended(_elapsed(_local(now, calendar), _local(due, calendar)), in_working_time=False)


def resume(now: datetime, suspended: Suspended, calendar: WorkCalendar) -> Deadline:
    """Return when a case is due that goes on now with what was left.

    What was overdue when it was suspended is overdue by as much when it goes on.
    """
    begin = _local(now, calendar)
    if not suspended.in_working_time:
        return Deadline(_later(begin, suspended.left))
    at = _shift(begin, suspended.left, calendar)
    first, last = sorted((begin.date(), at.date()))
    return Deadline(at, calendar.knows(first, last))


def _shift(start: datetime, amount: timedelta, calendar: WorkCalendar) -> datetime:
    """Return the earliest moment so much working time after another, before it if negative."""
    back = amount < timedelta()
    left = abs(amount)
    reached = start
    for opening, closing in _intervals_from(start, calendar, back=back):
        usable = _elapsed(opening, closing)
        if left <= usable:
            return _later(closing, -left) if back else _later(opening, left)
        left -= usable
        reached = closing
    raise ValueError(
        f"calendar must have a working day within {MAX_IDLE_DAYS} days; none after {reached.date()}"
    )


def _intervals_from(
    start: datetime, calendar: WorkCalendar, *, back: bool
) -> Iterator[tuple[datetime, datetime]]:
    """Yield working intervals from a moment on, cut at it; ends when there is none for too long."""
    day, idle = start.date(), 0
    while idle <= MAX_IDLE_DAYS:
        found = _working_intervals(day, calendar)
        for opening, closing in reversed(found) if back else found:
            if back:
                closing = _earliest(closing, start)
            else:
                opening = _latest(opening, start)
            if _elapsed(opening, closing) > timedelta():
                yield opening, closing
        idle = 0 if found else idle + 1
        day += timedelta(days=-1 if back else 1)


def _working_intervals(day: date, calendar: WorkCalendar) -> list[tuple[datetime, datetime]]:
    if not is_working_day(day, calendar):
        return []
    return [(_at(day, opens, calendar), _at(day, closes, calendar)) for opens, closes in calendar.intervals]


def _next_working_day(day: date, calendar: WorkCalendar) -> date:
    for step in range(1, MAX_IDLE_DAYS + 1):
        following = day + timedelta(days=step)
        if is_working_day(following, calendar):
            return following
    raise ValueError(f"calendar must have a working day within {MAX_IDLE_DAYS} days; none after {day}")


def _local(moment: datetime, calendar: WorkCalendar) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"moment must carry a UTC offset; got '{moment.isoformat()}'")
    return moment.astimezone(calendar.time_zone)


def _at(day: date, clock_time: time, calendar: WorkCalendar) -> datetime:
    if clock_time == time.max:
        day, clock_time = day + timedelta(days=1), time()
    return _real(datetime.combine(day, clock_time, calendar.time_zone))


def _same_time(moment: datetime, day: date) -> datetime:
    return _real(datetime.combine(day, moment.time(), moment.tzinfo))


def _real(moment: datetime) -> datetime:
    """Return a local time that exists: one that the clock skips in spring becomes the one an hour later."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo)


def _later(moment: datetime, amount: timedelta) -> datetime:
    # Adding to a local time would keep the wall clock over a change of its offset; elapsed time is meant.
    return (moment.astimezone(UTC) + amount).astimezone(moment.tzinfo)


def _elapsed(start: datetime, end: datetime) -> timedelta:
    return end.astimezone(UTC) - start.astimezone(UTC)


def _earliest(one: datetime, other: datetime) -> datetime:
    return one if _elapsed(one, other) >= timedelta() else other


def _latest(one: datetime, other: datetime) -> datetime:
    return other if _elapsed(one, other) >= timedelta() else one


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - timedelta(days=1)).day))


def _of_day(clock_time: time) -> timedelta:
    if clock_time == time.max:
        return timedelta(days=1)
    return timedelta(hours=clock_time.hour, minutes=clock_time.minute, seconds=clock_time.second)
