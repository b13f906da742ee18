"""Moments as pages say them: `11月21日 周六 18:30`, `3 天前`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

__all__ = ["ago_words", "day_words", "moment_words"]

_ZH_DAYS, _KO_DAYS = "一二三四五六日", "월화수목금토일"
_EN_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_words(day: date, today: date) -> str:
    """Return a day with its weekday in the active language; the year only where it is not this one."""
    language = (get_language() or "zh-hans").partition("-")[0]
    weekday = day.weekday()
    if language == "zh":
        year = "" if day.year == today.year else f"{day.year}年"
        return f"{year}{day.month}月{day.day}日 周{_ZH_DAYS[weekday]}"
    if language == "ko":
        year = "" if day.year == today.year else f"{day.year}년 "
        return f"{year}{day.month}월 {day.day}일 ({_KO_DAYS[weekday]})"
    year = "" if day.year == today.year else f" {day.year}"
    return f"{_EN_DAYS[weekday]} {day.day} {_EN_MONTHS[day.month - 1]}{year}"


def moment_words(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return day and time of a moment where the place is."""
    local = at.astimezone(zone)
    return f"{day_words(local.date(), now.astimezone(zone).date())} {local:%H:%M}"


def ago_words(at: datetime, now: datetime) -> str:
    """Return how long ago something was, in words; a future moment (a device's clock) is just now."""
    passed = now - at
    minutes, hours, days = (
        int(passed / timedelta(minutes=1)),
        int(passed / timedelta(hours=1)),
        passed.days,
    )
    if minutes < 1:
        return pgettext("time", "just now")
    if hours < 1:
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", minutes) % {"count": minutes}
    if days < 1:
        return ngettext("%(count)s hour ago", "%(count)s hours ago", hours) % {"count": hours}
    if days < 60:
        return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}
    if days < 730:
        months = days // 30
        return ngettext("%(count)s month ago", "%(count)s months ago", months) % {"count": months}
    return _("%(count)s years ago") % {"count": days // 365}
