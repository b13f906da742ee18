"""How much is left of a deadline, in words: working days where days are left, elapsed time once it has passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.domain.deadlines import WorkCalendar, remaining
from cases.domain.profile import CasesSection
from cases.models import Case, Holiday
from cases.selectors.projection import Asker

__all__ = ["Due", "DueReader", "due_words"]

SOON = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """What a page says about a deadline."""

    at: datetime
    words: str
    is_late: bool
    is_soon: bool


class DueReader:
    """Reads deadlines of many cases; the holiday table is asked once, and only if there is a deadline to come."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._holidays: Mapping[date, Any] | None = None
        self._calendars: dict[int, WorkCalendar | None] = {}

    def of(self, properties: Mapping[str, Any], place_id: int | None) -> Due | None:
        """Return what is left for a case's properties; None without a deadline, or where no work is left to do."""
        at = properties.get("deadline")
        if at is None or place_id is None or properties["status"] not in Case.PENDING_STATUSES:
            return None
        calendar = self._calendar(place_id)
        return due_words(at, self._asker.now, calendar) if calendar else None

    def _calendar(self, place_id: int) -> WorkCalendar | None:
        if place_id not in self._calendars:
            snapshot = self._asker.snapshots.get(place_id)
            self._calendars[place_id] = (
                WorkCalendar.of(
                    snapshot.profile.section(CasesSection).clock, snapshot.time_zone, self._known_holidays()
                )
                if snapshot
                else None
            )
        return self._calendars[place_id]

    def _known_holidays(self) -> Mapping[date, Any]:
        if self._holidays is None:
            year = self._asker.now.year
            rows = Holiday.objects.filter(day__gte=date(year, 1, 1), day__lt=date(year + 2, 1, 1))
            self._holidays = dict(rows.values_list("day", "kind"))
        return self._holidays


def due_words(at: datetime, now: datetime, calendar: WorkCalendar) -> Due:
    """Say how much is left of a deadline, or by how much it has passed.

    Parameters
    ----------
    at, now
        Aware.
    calendar
        Working time of the place. A deadline more than a year away is counted in days.
    """
    if at < now:
        passed = now - at
        hours, days = int(passed / timedelta(hours=1)), passed.days
        if days:
            words = ngettext("overdue by %(count)s day", "overdue by %(count)s days", days) % {"count": days}
        elif hours:
            words = ngettext("overdue by %(count)s hour", "overdue by %(count)s hours", hours) % {
                "count": hours
            }
        else:
            words = _("overdue by less than an hour")
        return Due(at, words, is_late=True, is_soon=False)
    left = at - now
    if left < SOON:
        hours = int(left / timedelta(hours=1))
        words = ngettext("%(count)s hour left", "%(count)s hours left", hours) % {"count": hours}
        return Due(at, words if hours else _("less than an hour left"), is_late=False, is_soon=True)
    if left > timedelta(days=366):
        words = ngettext("%(count)s day left", "%(count)s days left", left.days) % {"count": left.days}
        return Due(at, words, is_late=False, is_soon=False)
    # Rounded down: whoever reads "2 working days" has at least two. A hair is added for limits in whole days.
    days = int(remaining(now, at, calendar).working_days + 0.01)
    words = ngettext("%(count)s working day left", "%(count)s working days left", days) % {"count": days}
    return Due(at, words if days else _("less than a working day left"), is_late=False, is_soon=days < 1)
