"""Template tags of the case pages: moments, deadlines, signs of categories."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cases.selectors.due import Due
from cases.views.moments import ago_words, moment_words

register = template.Library()


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], at: datetime | None, ago: bool = True) -> SafeString | str:
    """Write a moment where the place is, with how long ago it was: `11月21日 周六 18:30 · 3 天前`."""
    if at is None:
        return ""
    now = context.get("now") or timezone.now()
    zone = context.get("zone") or ZoneInfo("Asia/Shanghai")
    since = format_html(' <span class="ago">{}</span>', ago_words(at, now)) if ago else ""
    iso = at.astimezone(zone).isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}{}</time>', iso, moment_words(at, zone, now), since)


@register.simple_tag(takes_context=True)
def deadline(context: dict[str, Any], due: Due | None, day: bool = True) -> SafeString | str:
    """Write a deadline: how much is left, in colour and words, and when it ends."""
    if due is None:
        return ""
    now = context.get("now") or timezone.now()
    zone = context.get("zone") or ZoneInfo("Asia/Shanghai")
    kind = " deadline--late" if due.is_late else " deadline--soon" if due.is_soon else ""
    when = format_html(
        ' <time class="meta" datetime="{}">{}</time>',
        due.at.astimezone(zone).isoformat(timespec="seconds"),
        moment_words(due.at, zone, now),
    )
    return format_html('<span class="deadline{}">{}</span>{}', kind, due.words, when if day else "")
