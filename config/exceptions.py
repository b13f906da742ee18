"""One table from error to HTTP answer: RFC 9457 problem JSON that names field, value and what is accepted."""

import json
import logging
import math
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from geo.errors import GridcaseError

CONTENT_TYPE = "application/problem+json"
FOR_PROGRAMS = ("/api/", "/tiles/", "/ogc/", "/open311/", "/healthz")
"""Where programs ask, not people: an error is a problem document there, never a page."""
BUSY_S = 5
"""After so many seconds it is worth asking again where the database did not answer."""
log = logging.getLogger(__name__)


def problem_body(status: int, code: str, detail: str, **members: Any) -> dict[str, Any]:
    """Return the members of a problem document; empty ones are left out."""
    body = {"type": f"urn:gridcase:problem:{code}", "title": code, "status": status, "detail": detail}
    body.update({k: _writable(v) for k, v in members.items() if v not in (None, "", [])})
    return body


def _writable(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN and infinity, often the very thing that is wrong, become text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list | tuple):
        return [_writable(entry) for entry in value]
    return value


def problem(status: int, code: str, detail: str, **members: Any) -> HttpResponse:
    """Return a problem document as a plain Django response (for middleware and plain views)."""
    body = json.dumps(problem_body(status, code, detail, **members), ensure_ascii=False, default=str)
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE)


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF exception handler; see the module's words. Unknown errors go on to the server's own handler."""
    set_rollback()
    headers: dict[str, str] = {}
    if isinstance(exc, GridcaseError):
        members = {"field": exc.field, "value": exc.value, "accepted": exc.accepted, **exc.extra}
        body = problem_body(exc.status, exc.code, exc.message, **members)
    elif isinstance(exc, Http404):
        body = problem_body(404, "not-found", _("There is nothing at this address for you."))
    elif isinstance(exc, PermissionDenied):
        body = problem_body(403, "not-allowed", _("You may not do this."))
    elif isinstance(exc, DjangoValidationError):
        body = problem_body(400, "invalid", "; ".join(exc.messages))
    elif isinstance(exc, drf.ValidationError):
        body = problem_body(
            400, "invalid", _("Some fields are not as they should be."), errors=exc.get_full_details()
        )
    elif isinstance(exc, OperationalError):
        # Away, or another writer has kept it longer than anybody waits. The log has what the database said.
        log.exception("the database does not answer")
        body = problem_body(503, "unavailable", _("The database does not answer; try again."))
        headers["Retry-After"] = str(BUSY_S)
    elif isinstance(exc, drf.APIException):
        body = problem_body(exc.status_code, str(getattr(exc, "default_code", "error")), str(exc.detail))
        wait = getattr(exc, "wait", None)
        if wait:
            headers["Retry-After"] = str(int(wait) + 1)
        if getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    else:
        return None
    response = Response(body, status=body["status"], headers=headers)
    response.content_type = CONTENT_TYPE
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 to what Django itself refuses; where programs ask as a problem document."""
    if not request.path.startswith(FOR_PROGRAMS):
        return defaults.bad_request(request, exception)
    return problem(400, "invalid", _("The request is not as it should be."))


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403; where programs ask as a problem document."""
    if not request.path.startswith(FOR_PROGRAMS):
        return defaults.permission_denied(request, exception)
    return problem(403, "not-allowed", _("You may not do this."))


def not_there(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 to an address that there is not; where programs ask as a problem document."""
    if not request.path.startswith(FOR_PROGRAMS):
        return defaults.page_not_found(request, exception)
    return problem(
        404,
        "not-found",
        _("There is nothing at this address for you."),
        value=request.path[:200],
        accepted="/api/v1/schema/" if request.path.startswith("/api/") else None,
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 to our own fault, which the log has; where programs ask as a problem document."""
    if not request.path.startswith(FOR_PROGRAMS):
        return defaults.server_error(request)
    return problem(500, "unexpected", _("An error of the service; it has been logged."))
