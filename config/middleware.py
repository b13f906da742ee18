"""Refuse what is too large before it is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.exceptions import problem


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
