"""Counts by H3 cell: the list of the same asker, added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, Value, When

from cases.domain.cells import STORED_RES, parent_bits
from cases.selectors.cases import Reader, asker_of
from cases.selectors.filters import CaseFilters
from cases.selectors.rollup import LOCATED_CELL, count_by

__all__ = ["FINEST_RES", "Heat", "cases_heat"]

FINEST_RES = STORED_RES


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


def cases_heat(user: Reader, filters: CaseFilters, *, res: int, whole_cells: bool = False) -> Heat:
    """Return counts by cell of a resolution of 0 to `FINEST_RES`.

    A case counts where its asker is shown it: at a private place outside of the full projection in the cell of its
    block. Filters within the key of the rollup are answered from it, at the cost of cells; others ask the cases.

    Parameters
    ----------
    user, filters, res
    whole_cells
        The box of the filters holds every case of the cells that are wanted: others may come with any number.
    """
    without_res, filled = parent_bits(res)
    shown = Case(
        When(is_sensitive=True, then=Value(None)), default=LOCATED_CELL, output_field=BigIntegerField()
    )
    cell = shown.bitand(without_res).bitor(filled)
    counted = count_by(user, filters, asker_of(user), {"cell": cell}, whole_cells=whole_cells)
    cells = {key: number for (key,), number in counted.items() if key is not None}
    return Heat(cells, counted.get((None,), 0))
