"""Local days of places."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

__all__ = ["local_day_of"]


def local_day_of(moment: datetime, time_zone: str) -> date:
    """Return the local day of a moment in a time zone (IANA name)."""
    return moment.astimezone(ZoneInfo(time_zone)).date()
