"""The administration site; each app registers its models in its own `admin` module."""

from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from geo.routing import one_view
from geo.selectors.administration import may_administer


class GridcaseAdminSite(AdminSite):
    """Administration under the same strict content security policy as every other page."""

    site_header = _("Gridcase administration")
    site_title = _("Gridcase")
    index_title = _("Administration")

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in administrators and those whose appointment manages posts, people or areas."""
        return request.user.is_active and may_administer(request.user)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Answer each page from one view of the snapshots: rights are asked many times a page."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def within_one_view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            with one_view():
                response = inner(request, *args, **kwargs)
                return response.render() if isinstance(response, TemplateResponse) else response

        return within_one_view

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the one sign-in page; who is signed in already has no business here."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        target = request.GET.get("next") or reverse("admin:index")
        return redirect_to_login(target, reverse("login"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Send to the page where everybody changes the own password."""
        return redirect("password_change")
