"""`/`: everyone's first page, by what their posts have them do all day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import get_language

from cases.domain.profile import CasesSection
from cases.models import Notification
from cases.views.pages import page
from geo.domain.authority import Authority
from geo.models import User
from geo.routing import snapshots
from geo.selectors.authority import authority_of

__all__ = ["home"]

FIELD_ROLES = frozenset({"patroller", "lane_chief", "building_head"})
PLANNING_ROLES = frozenset({"planner"})


@page
def home(request: HttpRequest) -> HttpResponse:
    """Send staff to their work and residents to their reports; tell everyone else what this is."""
    if isinstance(request.user, User):
        return redirect(_first_page(request.user, authority_of(request.user)))
    numbers: dict[str, str] = {}
    language = get_language() or "zh-hans"
    for snapshot in snapshots().values():
        for number in snapshot.profile.section(CasesSection).emergency_numbers:
            numbers.setdefault(number.number, number.name.text(language))
    report = "/report/" if _is_served("/report/") else ""
    return render(request, "cases/landing.html", {"report_url": report, "emergency_numbers": numbers})


def _first_page(user: User, authority: Authority) -> str:
    roles = {role for grant in authority.grants for role in grant.roles}
    if roles and roles <= FIELD_ROLES and _is_served("/patrol/"):
        return "/patrol/"
    if roles and roles <= PLANNING_ROLES and _is_served("/plan/"):
        return "/plan/"
    unread = Notification.objects.filter(person=user, read_at__isnull=True).exists()
    return reverse("inbox") if authority.grants and unread else reverse("ledger")


def _is_served(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
