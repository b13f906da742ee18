"""Sign in, sign out, own password, language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic import FormView
from django.views.i18n import set_language

from geo.errors import InvalidInput
from geo.models import User
from geo.permissions import LoginThrottle
from geo.services.accounts import language_choose, password_change

__all__ = ["LoginView", "LogoutView", "PasswordChangeView", "language", "locked_out"]

YEAR_S = 365 * 24 * 3600


class SignInForm(AuthenticationForm):
    """Name and password; what is wrong is said without telling which of the two."""

    error_messages = {
        "invalid_login": gettext_lazy("Name and password do not match. Mind capital letters."),
        "inactive": gettext_lazy("Name and password do not match. Mind capital letters."),
    }

    def clean_username(self) -> str:
        """Ask no database about a name that none can have: the failed attempt would not fit its column."""
        name: str = self.cleaned_data["username"]
        if len(name) > (User._meta.get_field("username").max_length or 0):
            raise self.get_invalid_login_error()
        return name


class LoginView(auth_views.LoginView):
    """The one door for pages and for the administration."""

    template_name = "geo/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign in, unless too many tries came from this address."""
        throttle = LoginThrottle()
        if not throttle.allow_request(request, self):  # type: ignore[arg-type]
            return _locked_page(request, seconds=int(throttle.wait() or 60))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in and show the pages in the person's language."""
        response = super().form_valid(form)
        user = form.get_user()
        if isinstance(user, User) and user.language:
            _remember(response, user.language)
        return response


class LogoutView(auth_views.LogoutView):
    """Sign out, by POST only."""

    http_method_names = ["post", "options"]


class OwnPasswordForm(PasswordChangeForm):
    """The password in use, and the new one twice."""


@method_decorator(never_cache, name="dispatch")
class PasswordChangeView(LoginRequiredMixin, FormView):
    """Choose a new password; whoever got a one-time password sees no other page before."""

    template_name = "geo/password_change.html"
    form_class = OwnPasswordForm
    success_url = "/"
    request: HttpRequest

    def get_form_kwargs(self) -> dict[str, Any]:
        """Give the form the person whose password it is."""
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether the change is asked for by a one-time password."""
        user = self.request.user
        forced = isinstance(user, User) and user.one_time_password_until is not None
        return {**super().get_context_data(**kwargs), "forced": forced}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Set it, and keep this session."""
        assert isinstance(self.request.user, User)
        chosen = form.cleaned_data["new_password1"]
        if self.request.user.check_password(chosen):
            form.add_error("new_password1", _("Choose another password than the one in use."))
            return self.form_invalid(form)
        try:
            user = password_change(person_id=self.request.user.pk, password=chosen)
        except ValidationError as error:
            form.add_error("new_password1", error)
            return self.form_invalid(form)
        update_session_auth_hash(self.request, user)
        messages.success(self.request, _("Your password is changed."))
        return super().form_valid(form)


@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Show the pages in another language, from now on and on every device of whoever is signed in."""
    response = set_language(request)
    if isinstance(request.user, User) and "language" in request.POST:
        try:
            language_choose(person_id=request.user.pk, language=request.POST["language"])
        except InvalidInput:
            return response  # Django left the language as it was, too
    return response


def locked_out(
    request: HttpRequest, original_response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """Answer who was refused by django-axes: a page in words, problem JSON for the API."""
    seconds = int(float(settings.AXES_COOLOFF_TIME) * 3600)
    if request.path.startswith("/api/"):
        minutes = -(-seconds // 60)
        body = {
            "type": "urn:gridcase:problem:locked-out",
            "title": "locked-out",
            "status": 429,
            "detail": _("Too many failed attempts. Try again in %(minutes)d minutes.") % {"minutes": minutes},
        }
        headers = {"Retry-After": str(seconds)}
        return JsonResponse(body, status=429, headers=headers, content_type="application/problem+json")
    return _locked_page(request, seconds=seconds)


def _locked_page(request: HttpRequest, *, seconds: int) -> HttpResponse:
    context = {"minutes": -(-seconds // 60)}
    response = render(request, "geo/locked_out.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _remember(response: HttpResponse, code: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=YEAR_S,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
