"""Earlier cases of a kind at the same place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from cases.domain.profile import Recurrence
from cases.domain.recurrence import MOST, Earlier, earlier_of
from cases.models import Case

__all__ = ["earlier_cases"]

ENOUGH = 500
"""Reports of long ago that are looked at, the newest first, where the newest `MOST` do not reach so far back."""
# Asked with each filing: written out, because building this queryset takes ten times as long as its answer.
_REPORTS = """
    SELECT reported_at FROM cases_case
    WHERE place_id = %s AND category = %s AND reported_at >= %s AND reported_at < %s
      AND building_code = %s {cell} AND status NOT IN (%s, %s) AND id <> %s
    ORDER BY reported_at DESC LIMIT %s
"""
_AT_BUILDING = _REPORTS.format(cell="")
_IN_CELL = _REPORTS.format(cell="AND h3_cell = %s")


def earlier_cases(
    *,
    place_id: int,
    category: str,
    building_code: str,
    h3_cell: int,
    before: datetime,
    rule: Recurrence,
    except_case: int | None = None,
) -> Earlier:
    """Count the cases of a kind before a moment at the same building, else in the same H3 cell.

    One query; two where there are more than `MOST`.

    Parameters
    ----------
    building_code
        Empty for a place outside of buildings: then the cell (about 130 m across) decides, and cases of buildings
        do not count.
    before
        Aware.
    rule
        Of the profile: how far back, and how far apart occurrences are.
    except_case
        Id of a case that does not count.
    """
    first = before - timedelta(days=rule.window_days)

    def reports(until: datetime, most: int) -> list[datetime]:
        adapt = connection.ops.adapt_datetimefield_value
        where: list[Any] = [place_id, category, adapt(first), adapt(until), building_code]
        if not building_code:
            where.append(h3_cell)
        closed = (Case.Status.MERGED.value, Case.Status.DECLINED.value)
        with connection.cursor() as cursor:
            sql = _AT_BUILDING if building_code else _IN_CELL
            cursor.execute(sql, [*where, *closed, except_case or 0, most])
            return [_moment(row[0]) for row in cursor.fetchall()]

    newest = reports(before, MOST)
    if len(newest) == MOST:
        # A burst must not hide what was there before it.
        newest += reports(newest[-1], ENOUGH)
    return earlier_of(newest, before=before, rule=rule)


def _moment(stored: datetime) -> datetime:
    """Return a moment as the database gives it: SQLite stores UTC without saying so."""
    return stored if stored.tzinfo is not None else stored.replace(tzinfo=UTC)
