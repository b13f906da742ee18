"""Counts by H3 cell: the list of the same asker, added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Value, When

from cases.models.access import FULL
from cases.selectors.cases import Reader, asker_of, visible_cases
from cases.selectors.filters import CaseFilters

__all__ = ["FINEST_RES", "Heat", "cases_heat"]

FINEST_RES = 10
_RES_SHIFT, _RES_MASK, _DEEPEST = 52, 0xF, 15


@dataclass(frozen=True, slots=True)
class Heat:
    """Counts of cases.

    Attributes
    ----------
    cells : dict of int to int
        H3 cell → number.
    without_place : int
        Cases that are in the list but in no cell: without a place, or sensitive, which have no heat.
    """

    cells: dict[int, int]
    without_place: int

    @property
    def total(self) -> int:
        """Sum of the cells."""
        return sum(self.cells.values())

    def as_json(self) -> dict[str, Any]:
        """Return the contract's answer."""
        cells = [{"h3": f"{cell:x}", "count": count} for cell, count in sorted(self.cells.items())]
        return {"cells": cells, "total": self.total, "without_place": self.without_place}


def cases_heat(user: Reader, filters: CaseFilters, *, res: int) -> Heat:
    """Return counts by cell of a resolution of 0 to `FINEST_RES`.

    A case counts where its asker is shown it: at a private place outside of the full projection in the cell of its
    block.

    References
    ----------
    H3 index layout: resolution in bits 52 to 55, then three bits a digit from resolution 1 on; a parent has its
    resolution there and 7 in every digit below it.
    """
    asker = asker_of(user)
    rows = visible_cases(user, filters, asker)
    shown = Case(
        When(is_sensitive=True, then=Value(None)),
        When(projection=FULL, then=F("h3_cell")),
        default=F("h3_shown"),
        output_field=BigIntegerField(),
    )
    without_res = (1 << 63) - 1 ^ _RES_MASK << _RES_SHIFT
    filled = (res << _RES_SHIFT) | ((1 << 3 * (_DEEPEST - res)) - 1)
    counted = (
        rows.annotate(shown_cell=shown)
        .annotate(cell=F("shown_cell").bitand(without_res).bitor(filled))
        .order_by()
        .values_list("cell")
        .annotate(found=Count("pk"))
    )
    cells = dict(counted)
    without_place = cells.pop(None, 0)
    return Heat(cells, without_place)
