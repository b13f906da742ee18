"""How often the same trouble came back: a burst of reports is one occurrence, whoever sends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.domain.profile import Recurrence

__all__ = ["MOST", "NOTHING_EARLIER", "Earlier", "earlier_of"]

MOST = 50
"""Cases are not counted beyond."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """Earlier cases of a kind at a place.

    Attributes
    ----------
    cases
        Their number, up to `MOST`.
    occurrences
        How often the trouble was there: of those close together one.
    """

    cases: int
    occurrences: int


NOTHING_EARLIER = Earlier(0, 0)


def earlier_of(reports: Iterable[datetime], *, before: datetime, rule: Recurrence) -> Earlier:
    """Count earlier reports, and the occurrences at least `rule.apart_days` from each other and from the new one.

    Parameters
    ----------
    reports
        When earlier cases were reported, in any order; aware. Those after `before` or out of the window do not
        count.
    before
        When the new one is.
    rule

    Examples
    --------
    >>> from datetime import UTC
    >>> may = lambda day: datetime(2026, 5, day, tzinfo=UTC)
    >>> earlier_of([may(1), may(2), may(9), may(29)], before=may(30), rule=Recurrence(apart_days=7))
    Earlier(cases=4, occurrences=2)
    """
    apart, first = timedelta(days=rule.apart_days), before - timedelta(days=rule.window_days)
    counted = sorted((at for at in reports if first <= at < before), reverse=True)
    number, latest = 0, before
    for at in counted:
        if at <= latest - apart:
            number, latest = number + 1, at
    return Earlier(min(len(counted), MOST), number)
