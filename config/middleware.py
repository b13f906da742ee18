"""Refuse what is too large before it is read; spare machines what only pages need."""

from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxMiddleware

from config.exceptions import problem

MACHINES = ("/api/", "/tiles/", "/healthz")
"""Addresses whose answers are data: no page, no form, no message to show."""
NOTHING_LOADS = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"


class RequestSizeMiddleware:
    """Answer 413 by the declared length, and 411 where a body comes without one.

    Only bodies with a declared length are read anywhere, so that nothing can be streamed past the limit.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Check the length, then go on."""
        if request.method not in ("POST", "PUT", "PATCH"):
            return self.get_response(request)
        declared = request.META.get("CONTENT_LENGTH") or ""
        if not declared.isdigit():
            if request.META.get("HTTP_TRANSFER_ENCODING"):
                return problem(
                    411, "length-required", "send the body with a Content-Length", field="Content-Length"
                )
            return self.get_response(request)
        if int(declared) > settings.MAX_BODY_BYTES:
            return problem(
                413,
                "too-large",
                f"the body must be at most {settings.MAX_BODY_BYTES} bytes; got {declared}",
                field="Content-Length",
                value=int(declared),
                accepted=f"≤ {settings.MAX_BODY_BYTES}",
            )
        return self.get_response(request)


class _PagesOnly:
    """A middleware that lets requests of machines by: together these cost a locate a fifth of its time."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(MACHINES):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class PagePolicyMiddleware(_PagesOnly, CSPMiddleware):
    """The policy of pages; data loads nothing, whoever shows it."""

    def __call__(self, request: HttpRequest) -> Any:
        """Answer with the policy."""
        response = super().__call__(request)
        response.headers.setdefault("Content-Security-Policy", NOTHING_LOADS)
        return response


class PageMessageMiddleware(_PagesOnly, MessageMiddleware):
    """Messages shown on the next page."""


class PageHtmxMiddleware(_PagesOnly, HtmxMiddleware):
    """What HTMX asks."""
