"""Earlier cases of a kind at the same place."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from cases.models import Case

__all__ = ["earlier_cases"]

RECURRENCE_DAYS = 365
ENOUGH = 50
# Asked with each filing: written out, because building this queryset takes ten times as long as its answer.
_COUNT = """
    SELECT count(*) FROM (
        SELECT 1 FROM cases_case
        WHERE place_id = %s AND category = %s AND reported_at >= %s AND reported_at < %s
          AND building_code = %s {cell} AND status NOT IN (%s, %s) AND id <> %s
        LIMIT {enough}
    ) AS earlier
"""
_AT_BUILDING = _COUNT.format(cell="", enough=ENOUGH)
_IN_CELL = _COUNT.format(cell="AND h3_cell = %s", enough=ENOUGH)


def earlier_cases(
    *,
    place_id: int,
    category: str,
    building_code: str,
    h3_cell: int,
    before: datetime,
    except_case: int | None = None,
) -> int:
    """Count the cases of a kind within a year before a moment at the same building, else in the same H3 cell.

    Beyond `ENOUGH` it does not count on.

    Parameters
    ----------
    building_code
        Empty for a place outside of buildings: then the cell (about 130 m across) decides, and cases of buildings
        do not count.
    before
        Aware.
    except_case
        Id of a case that does not count.
    """
    first = before - timedelta(days=RECURRENCE_DAYS)
    adapt = connection.ops.adapt_datetimefield_value
    closed = (Case.Status.MERGED.value, Case.Status.DECLINED.value)
    where: list[Any] = [place_id, category, adapt(first), adapt(before), building_code]
    if not building_code:
        where.append(h3_cell)
    with connection.cursor() as cursor:
        cursor.execute(_AT_BUILDING if building_code else _IN_CELL, [*where, *closed, except_case or 0])
        return int(cursor.fetchone()[0])
