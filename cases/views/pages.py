"""What all pages of this app share: one view of the snapshots, and errors as pages in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from rest_framework.throttling import BaseThrottle

from geo import routing
from geo.errors import NotAllowed, NotThere

__all__ = ["limited", "page"]

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: View[P]) -> View[P]:
    """Answer from one view of the snapshots; what is not there or not allowed becomes its page.

    Pages are for their reader only: no cache keeps them, and going back asks again.
    """

    @wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            with routing.one_view():
                response = view(request, *args, **kwargs)
        except NotThere as error:
            raise Http404(error.message) from error
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie"])
        return response

    return answered


def limited(throttle: type[BaseThrottle]) -> Callable[[View[P]], View[P]]:
    """Let a view answer only as often as a throttle of the API allows; beyond, a page says to wait."""

    def limit(view: View[P]) -> View[P]:
        @wraps(view)
        def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            asked: Any = request
            if throttle().allow_request(asked, None):  # type: ignore[arg-type]
                return view(request, *args, **kwargs)
            return render(request, "429.html", status=429)

        return answered

    return limit
