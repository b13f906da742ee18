"""Today, where a place is."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import timezone

__all__ = ["local_day"]


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_day(time_zone: str) -> date:
    """Return today's date in a time zone (IANA name): terms begin and end at the place's own midnight."""
    return timezone.now().astimezone(_zone(time_zone)).date()
