"""`/follow/`: what became of a report, for whoever holds its code."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.selectors.cases import asker_of
from cases.selectors.detail import follow_timeline
from cases.views.pages import limited, page
from cases.views.steps import steps_of
from geo.errors import NotThere
from geo.permissions import AnonymousThrottle

__all__ = ["follow", "follow_case"]


@require_safe
@page
def follow(request: HttpRequest) -> HttpResponse:
    """Ask for the code, and go to its page."""
    code = request.GET.get("code", "").strip()
    if code:
        return redirect("follow_case", code=_tidy(code) or "-")
    return render(request, "cases/follow.html", {"code": "", "error": ""})


@require_safe
@limited(AnonymousThrottle)
@page
def follow_case(request: HttpRequest, code: str) -> HttpResponse:
    """Show status and public steps; a wrong code comes back into its field with words."""
    try:
        found = follow_timeline(code)
    except NotThere:
        error = _(
            "There is no report with this code. Look at each letter; 0, 1, I, L, O and U are never used."
        )
        return render(request, "cases/follow.html", {"code": code, "error": error}, status=404)
    asker = asker_of(None)
    context = {
        "case": found,
        "steps": steps_of(found["timeline"]),
        "now": asker.now or timezone.now(),
    }
    return render(request, "cases/follow_case.html", context)


def _tidy(code: str) -> str:
    """Return letters and digits of what was typed, in fours."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum() and letter.isascii())[:40]
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
