"""Orders of a list, and pages of each that follow one another without gap or repetition (keyset).

An order is a tuple of columns without empty values, the last of them unique; the mark of a page says where it ended
in all of them, so that the next page begins right behind however many rows have come or gone meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from django.db.models import Case as When_
from django.db.models import DateTimeField, Expression, F, Q, SmallIntegerField, Value, When
from django.utils.translation import gettext as _

from cases.models import Case
from cases.models.access import FULL, CaseQuerySet
from geo.errors import InvalidInput

__all__ = ["NEWEST_FIRST", "SORTS", "begin_after", "mark_of", "ordered"]

Kind = Literal["moment", "number"]
NEWEST_FIRST = "-reported"
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_FORMAT = "%Y%m%dT%H%M%S.%f"
_WALK = (
    "received", "reopened", "assigned", "in_progress", "suspended", "handled", "answered", "closed", "declined",
    "merged",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an order: an attribute of the (annotated) row."""

    name: str
    kind: Kind
    descending: bool = False


def _pressing(*, blank: datetime, danger: datetime | None) -> Expression:
    """Return the deadline of what is still to be done; a fixed moment for what has none."""
    pending = Q(status__in=Case.PENDING_STATUSES)
    # Who is not in charge is not shown what is dangerous; the order must not tell it either.
    dangerous = pending & Q(skips_queue=True, projection=FULL)
    first = [When(dangerous, then=Value(danger))] if danger else []
    return When_(
        *first,
        When(pending & Q(deadline_at__isnull=False), then=F("deadline_at")),
        default=Value(blank),
        output_field=DateTimeField(),
    )


def _walk() -> Expression:
    """Return how far a case has come."""
    ranks = [When(status=status, then=Value(rank)) for rank, status in enumerate(_WALK)]
    return When_(*ranks, default=Value(len(_WALK)), output_field=SmallIntegerField())


_REPORTED = (Column("reported_at", "moment", descending=True), Column("pk", "number", descending=True))
SORTS: Mapping[str, tuple[Column, ...]] = {
    "-reported": _REPORTED,
    "reported": (Column("reported_at", "moment"), Column("pk", "number")),
    "deadline": (Column("due_key", "moment"), Column("pk", "number", descending=True)),
    "-deadline": (Column("due_key", "moment", descending=True), Column("pk", "number", descending=True)),
    "status": (Column("status_key", "number"), *_REPORTED),
    "-status": (Column("status_key", "number", descending=True), *_REPORTED),
}
"""By the value of `sort`. `deadline` begins with danger to life and ends with what has no time limit running."""
_ANNOTATED: Mapping[str, tuple[str, Expression]] = {
    "deadline": ("due_key", _pressing(blank=_LAST, danger=_FIRST)),
    "-deadline": ("due_key", _pressing(blank=_FIRST, danger=None)),
    "status": ("status_key", _walk()),
    "-status": ("status_key", _walk()),
}


def ordered(rows: CaseQuerySet, sort: str) -> CaseQuerySet:
    """Return rows in one of `SORTS`."""
    if sort in _ANNOTATED:
        name, expression = _ANNOTATED[sort]
        rows = rows.annotate(**{name: expression})
    return rows.order_by(*(f"-{column.name}" if column.descending else column.name for column in SORTS[sort]))


def mark_of(case: Case, sort: str) -> str:
    """Return the mark of a page that ends with a row of `ordered`."""
    values = [getattr(case, column.name) for column in SORTS[sort]]
    shown = [
        f"{value.astimezone(UTC):{_FORMAT}}" if isinstance(value, datetime) else str(value)
        for value in values
    ]
    return f"{sort}~{'~'.join(shown)}"


def begin_after(rows: CaseQuerySet, sort: str, after: str) -> CaseQuerySet:
    """Return the rows of `ordered` behind a mark.

    Raises
    ------
    InvalidInput
        If the mark is none of ours, or of another order.
    """
    columns = SORTS[sort]
    try:
        of_sort, *parts = after.split("~")
        if of_sort != sort:
            raise ValueError
        values = [_read(part, column.kind) for column, part in zip(columns, parts, strict=True)]
    except ValueError:
        message = _("after must be taken from a page's 'next'; got '%(value)s'")
        raise InvalidInput(message % {"value": after[:80]}, field="after", value=after[:80]) from None
    behind, equal = Q(), Q()
    for column, value in zip(columns, values, strict=True):
        behind |= equal & _beyond(column, value)
        equal &= Q(**{column.name: value})
    # The first condition is implied by the second; it lets the databases start in the middle of the index.
    return rows.filter(_beyond(columns[0], values[0], or_equal="e") & behind)


def _beyond(column: Column, value: Any, or_equal: Literal["", "e"] = "") -> Q:
    return Q(**{f"{column.name}__{'lt' if column.descending else 'gt'}{or_equal}": value})


def _read(text: str, kind: Kind) -> datetime | int:
    if kind == "moment":
        return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)
    if not text.isascii() or not text.isdecimal() or len(text) > 19 or int(text) >= 2**63:
        raise ValueError
    return int(text)
