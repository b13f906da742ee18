"""What all views of this app share: one view of the snapshots, rate limits, caching by ETag."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from drf_spectacular.authentication import SessionScheme
from rest_framework.authentication import CSRFCheck, SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from geo import routing
from geo.authentication import AccountTokens
from geo.models import User
from geo.permissions import AnonymousThrottle

__all__ = ["CaseView", "actor_of", "cached_json"]


class SessionOfPages(SessionAuthentication):
    """Sessions of our own pages, whose CSRF token stands in a header.

    Django's check is given Django's request: DRF's would parse the body to look for the token, and fail on one that
    is no JSON, before it can be kept.
    """

    def enforce_csrf(self, request: Request) -> None:
        """Refuse a request without the token."""
        check = CSRFCheck(lambda _request: HttpResponse())
        check.process_request(request._request)
        reason = check.process_view(request._request, lambda *_: HttpResponse(), (), {})
        if reason:
            raise PermissionDenied(f"CSRF Failed: {reason}")


class SessionOfPagesScheme(SessionScheme):
    """How the schema describes it: like any session."""

    target_class = "cases.api.base.SessionOfPages"
    name = "pageSession"


class CaseView(APIView):
    """A view that answers from one view of the snapshots: one query for them, one boundary generation."""

    authentication_classes = (AccountTokens, SessionOfPages)
    throttle_classes = (AnonymousThrottle,)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer within one view of the snapshots."""
        with routing.one_view():
            return super().dispatch(request, *args, **kwargs)


def actor_of(request: Request) -> User | None:
    """Return who asks; None for anybody."""
    return request.user if isinstance(request.user, User) else None


def cached_json(request: Request, data: Any, *, public: bool) -> HttpResponse:
    """Return JSON with an ETag, or 304 where the asker has it already.

    Parameters
    ----------
    public
        Anyone gets the same: shared caches may keep it for a few seconds. Else it is the asker's own.
    """
    body = JSONRenderer().render(data)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    given = request.headers.get("If-None-Match", "")
    response: HttpResponse
    if etag in (part.strip().removeprefix("W/") for part in given.split(",")):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=10" if public else "private, no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
    return response
