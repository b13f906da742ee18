"""People: accounts with a one-time password that is shown once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from geo.admin.base import ServiceAdmin, refuse_unless
from geo.admin.staffing import AppointmentHistory
from geo.models import User
from geo.selectors.administration import MANAGE_POSTS, administered_departments, administered_people
from geo.selectors.authority import authority_of
from geo.services import accounts


class PersonForm(forms.ModelForm):
    """An account; the language is one of the deployment's."""

    language = forms.ChoiceField(
        label=_("language"), required=False, choices=lambda: [("", "–"), *settings.LANGUAGES]
    )

    class Meta:
        model = User
        fields = ("username", "display_name", "phone", "language", "place", "is_active", "is_superuser")


class PersonHistory(AppointmentHistory):
    """Posts of a person."""

    fk_name = "person"
    fields = ("post", "since", "until", "employment")
    readonly_fields = fields


@admin.register(User)
class PersonAdmin(ServiceAdmin):
    """Accounts. They are closed, not removed: what somebody did stays theirs."""

    capability = MANAGE_POSTS
    scope = administered_people
    form = PersonForm
    list_display = ("display_name", "username", "place", "is_active", "is_superuser", "last_login")
    list_filter = ("place", "is_active", "is_superuser")
    search_fields = ("username", "display_name")
    autocomplete_fields = ("place",)
    list_select_related = ("place",)
    inlines = (PersonHistory,)
    ordering = ("place", "username")
    change_form_template = "admin/geo/user/change_form.html"

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        """Ask little of a new account; only administrators make administrators."""
        fields = ["username", "display_name", "phone", "language", "place"]
        if obj is None:
            return fields
        fields += ["is_active", "last_login", "one_time_password_until"]
        return [*fields, "is_superuser"] if authority_of(request.user).is_administrator else fields

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Keep the name to sign in with."""
        return ("username", "last_login", "one_time_password_until") if obj else ()

    def get_inlines(self, request: HttpRequest, obj: User | None = None) -> tuple[Any, ...]:
        """A new account has no posts."""
        return (PersonHistory,) if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Accounts are made by administrators and by who manages a whole place."""
        if authority_of(request.user).is_administrator:
            return True
        return self._allowed(request) and administered_departments(request.user, MANAGE_POSTS).exists()

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody removes an account."""
        return False

    def write(self, request: HttpRequest, obj: User, form: Any, change: bool) -> Model:
        """Create or update."""
        values: dict[str, Any] = {
            "display_name": obj.display_name,
            "phone": obj.phone,
            "language": obj.language,
            "place_id": obj.place_id,
        }
        if not change:
            user, self_shown = accounts.person_create(username=obj.username, **values)
            request._one_time_password = self_shown  # type: ignore[attr-defined]
            return user
        with transaction.atomic():
            accounts.person_update(person_id=obj.pk, **values)
            if "is_active" in form.changed_data:
                act = accounts.person_activate if obj.is_active else accounts.person_deactivate
                act(person_id=obj.pk)
            if "is_superuser" in form.changed_data:
                refuse_unless(authority_of(request.user).is_administrator)
                accounts.administrator_set(person_id=obj.pk, granted=obj.is_superuser)
        return obj

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the one-time password, in this answer only: it is stored nowhere."""
        return self._show_password(request, obj, request._one_time_password)  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        """Add the page that gives a new password."""
        reset = path(
            "<int:person_id>/reset-password/",
            self.admin_site.admin_view(self.reset_password),
            name="geo_user_reset_password",
        )
        return [reset, *super().get_urls()]

    @method_decorator(never_cache)
    @method_decorator(csrf_protect)
    def reset_password(self, request: HttpRequest, person_id: int) -> HttpResponse:
        """Ask, then give a one-time password and show it once."""
        person = get_object_or_404(self.get_queryset(request), pk=person_id)
        refuse_unless(self.has_change_permission(request, person))
        if request.method == "POST":
            password = accounts.password_reset(person_id=person.pk)
            self.log_change(request, person, [{"changed": {"fields": ["password"]}}])
            return self._show_password(request, person, password)
        return self._password_page(request, person, "admin/geo/user/reset_password.html", {})

    def _show_password(self, request: HttpRequest, person: User, password: str) -> HttpResponse:
        context = {"password": password, "days": accounts.ONE_TIME_PASSWORD_DAYS}
        response = self._password_page(request, person, "admin/geo/user/one_time_password.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def _password_page(
        self, request: HttpRequest, person: User, template: str, context: dict[str, Any]
    ) -> HttpResponse:
        context |= {
            **self.admin_site.each_context(request),
            "person": person,
            "opts": self.model._meta,
            "title": _("One-time password"),
        }
        return TemplateResponse(request, template, context).render()
