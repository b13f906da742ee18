"""`/inbox/`: what one was told."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cases.selectors.cases import asker_of
from cases.selectors.due import DueReader
from cases.selectors.notices import Notice, inbox_of, unread_count
from cases.services.notices import notices_read
from cases.views.pages import page
from cases.views.shown import Row, row_of
from cases.views.steps import STEP_TITLES
from geo.models import User

__all__ = ["inbox", "inbox_read"]

PAGE_LINES = 50
KINDS = {
    "assigned": pgettext_lazy("inbox", "New for you"),
    "urgent": pgettext_lazy("inbox", "Urgent, at once"),
    "moved_on": pgettext_lazy("inbox", "No longer yours: it was routed to others"),
    "confirm_place": pgettext_lazy("inbox", "Please confirm the place: it lies near a border"),
    "filed": pgettext_lazy("inbox", "Your report was received"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the page shows it."""

    notice: Notice
    title: str
    row: Row | None
    summary: str = ""


@require_safe
@login_required
@page
def inbox(request: HttpRequest) -> HttpResponse:
    """Show what one was told, unread first to the eye."""
    assert isinstance(request.user, User)
    before = request.GET.get("before", "")
    found = inbox_of(
        request.user,
        limit=PAGE_LINES + 1,
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None,
    )
    shown = found[:PAGE_LINES]
    asker = asker_of(request.user)
    due = DueReader(asker)
    lines = [
        Line(
            notice,
            str(KINDS.get(notice.kind) or STEP_TITLES.get(notice.kind) or notice.kind),
            row_of(notice.feature, asker, due) if notice.feature else None,
            _summary(notice),
        )
        for notice in shown
    ]
    context = {
        "lines": lines,
        "unread": unread_count(request.user),
        "newest": shown[0].id if shown else 0,
        "older_url": f"?before={shown[-1].id}" if len(found) > PAGE_LINES else "",
        "is_first": not before,
        "now": asker.now,
    }
    return render(request, "cases/inbox.html", context)


def _summary(notice: Notice) -> str:
    """Say what a line without a case of its own is about; empty where there is nothing to say."""
    if notice.kind != "reroute":
        return ""
    came, went = notice.data.get("came", 0), notice.data.get("went", 0)
    said = []
    if came:
        said.append(
            ngettext("%(count)s case came to you", "%(count)s cases came to you", came) % {"count": came}
        )
    if went:
        said.append(
            ngettext("%(count)s case went to others", "%(count)s cases went to others", went)
            % {"count": went}
        )
    return pgettext("between clauses", ", ").join(said)


@require_POST
@login_required
@page
def inbox_read(request: HttpRequest) -> HttpResponse:
    """Mark everything that the page showed as read."""
    assert isinstance(request.user, User)
    up_to = request.POST.get("up_to", "")
    known = up_to.isascii() and up_to.isdecimal() and len(up_to) < 19
    count = notices_read(person=request.user, up_to=int(up_to) if known else None)
    messages.success(
        request,
        ngettext("%(count)s line marked as read.", "%(count)s lines marked as read.", count)
        % {"count": count}
        if count
        else _("There was nothing unread."),
    )
    return redirect("inbox")
