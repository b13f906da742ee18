"""Care of the rollup of cases; the counts themselves are kept by triggers (`geo.db.rollups`)."""

from __future__ import annotations

from cases.db.rollups import CASE_ROLLUP
from geo.db.rollups import fold_pending, rollup_repair

__all__ = ["rollups_fold", "rollups_repair"]


def rollups_fold() -> int:
    """Fold what is pending on PostgreSQL into the counts; return how many changes there were.

    Counts are right without it; reading them takes longer the more is pending.
    """
    return fold_pending(CASE_ROLLUP)


def rollups_repair() -> int:
    """Make every count equal to a recount; return the number of counts that were wrong."""
    return rollup_repair(CASE_ROLLUP)
