"""A one-time password opens one door: the page where it is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

__all__ = ["OneTimePasswordMiddleware"]

_OPEN = frozenset({"login", "logout", "password_change", "set_language"})


class OneTimePasswordMiddleware:
    """Send whoever signed in with a one-time password to the page where a new one is chosen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; `process_view` decides."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Answer in the view's place while the password has not been changed."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        match = request.resolver_match
        if match is not None and match.view_name in _OPEN:
            return None
        if not request.user.is_authenticated or request.user.one_time_password_until is None:
            return None
        if request.path.startswith("/api/"):
            body = {
                "type": "urn:gridcase:problem:password-change-required",
                "title": "password-change-required",
                "status": 403,
                "detail": _("Choose your own password first."),
            }
            return JsonResponse(body, status=403, content_type="application/problem+json")
        return redirect("password_change")
