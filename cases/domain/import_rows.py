"""One row of somebody's table as the payload of a case: what its columns say, and what of it cannot be read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

__all__ = ["Columns", "ImportRow", "RowReader", "likely_formats"]

_FORMATS = (
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
    "%Y.%m.%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%m/%d/%Y", "%d/%m/%Y",
    "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d%H%M%S", "%Y%m%d",
)  # fmt: skip
_LONGEST_CATEGORY, _LONGEST_PLACE_TEXT = 60, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Positions of the columns of a table; None for what the table does not have."""

    category: int
    text: int
    reported_at: int
    lon: int | None = None
    lat: int | None = None
    address: int | None = None
    closed_at: int | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class ImportRow:
    """What a row says.

    Attributes
    ----------
    number : int
        From 1, without the header.
    key : str
        What the row is called in its own system; empty where it says nothing.
    payload : dict
        Fields of the case that it makes, and the row itself.
    problem : str
        Why it cannot be taken; empty where it can.
    field : str
        Of the payload, that the problem is about.
    lonlat : (float, float) or None
        As they stand in the table, degrees or not; None where the row has none.
    """

    number: int
    key: str
    payload: dict[str, Any]
    problem: str = ""
    field: str = ""
    lonlat: tuple[float, float] | None = None


class RowReader:
    """Reads rows; made once for a table.

    Parameters
    ----------
    headers : sequence of str
    columns : Columns
    time_format : str or None
        As `datetime.strptime` takes it; None for ISO 8601.
    time_zone : tzinfo
        Of times that do not say theirs.
    categories : mapping of str to str
        From a value of the table to a category of the profile; what it does not name stays as it stands.
    """

    def __init__(
        self,
        headers: Sequence[str],
        columns: Columns,
        *,
        time_format: str | None,
        time_zone: tzinfo,
        categories: Mapping[str, str],
    ) -> None:
        self._headers, self._at, self._format = tuple(headers), columns, time_format
        self._zone, self._categories = time_zone, categories

    def read(self, number: int, values: Sequence[str], problem: str = "") -> ImportRow:
        """Return what a row says.

        Parameters
        ----------
        number : int
        values : sequence of str
            Of fewer or more columns than the table has where the row is broken.
        problem : str
            Why it could not be taken apart; empty where it could.
        """
        at, field = self._at, ""
        found: dict[str, Any] = {"channel": "import"}

        def value(position: int | None) -> str:
            return values[position].strip() if position is not None and position < len(values) else ""

        stated = value(at.category)
        found["category"] = self._categories.get(stated, stated)[:_LONGEST_CATEGORY] or "unsorted"
        found["text"] = value(at.text)
        for name, position in (("captured_at", at.reported_at), ("closed_at", at.closed_at)):
            text = value(position)
            if not text and name == "closed_at":
                continue
            moment = self._moment(text)
            found[name] = moment.isoformat() if moment else text
            if moment is None and not problem:
                field = name
                wanted = f"a time like {self._format}" if self._format else "a time in ISO 8601"
                problem = f"{self._headers[position or 0]}: {wanted} is wanted; got '{text[:40]}'"
        if address := value(at.address):
            found["place_text"] = address[:_LONGEST_PLACE_TEXT]
        lonlat = None
        if at.lon is not None and (value(at.lon) or value(at.lat)):
            lonlat = _numbers(value(at.lon), value(at.lat))
            pair: list[Any] = list(lonlat) if lonlat else [value(at.lon), value(at.lat)]
            found["location"] = {"type": "Point", "coordinates": pair}
            if lonlat is None and not problem:
                field = "location"
                problem = f"coordinates must be two finite numbers; got '{pair[0][:24]}', '{pair[1][:24]}'"
        key = value(at.id)
        headers = [*self._headers, *(f"column {n}" for n in range(len(self._headers) + 1, len(values) + 1))]
        found["imported"] = {"id": key, "category": stated, "row": dict(zip(headers, values, strict=False))}
        return ImportRow(number, key, found, problem, field, lonlat)

    def _moment(self, text: str) -> datetime | None:
        """Return a time in UTC; None where the text is none."""
        try:
            moment = datetime.strptime(text, self._format) if self._format else datetime.fromisoformat(text)
            # A time of day that the clock shows twice in autumn is the earlier one; one that it skips in spring
            # is taken as if it had not been skipped.
            return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None


def likely_formats(texts: Sequence[str]) -> tuple[str, ...]:
    """Return formats that all of some texts are written in; for a hint, never to be taken without asking."""

    def fits(text: str, form: str) -> bool:
        try:
            datetime.strptime(text, form)
        except ValueError:
            return False
        return True

    return tuple(form for form in _FORMATS if texts and all(fits(text, form) for text in texts))


def _numbers(lon: str, lat: str) -> tuple[float, float] | None:
    try:
        pair = float(lon), float(lat)
    except ValueError:
        return None
    return pair if all(map(math.isfinite, pair)) else None
