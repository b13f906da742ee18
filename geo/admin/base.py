"""What all administration pages of geo share: services for writes, scope by appointment, our map widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from geo.errors import GridcaseError
from geo.selectors.administration import may_administer
from geo.selectors.authority import authority_of
from geo.widgets import MapWidget

__all__ = ["OwnScopeAdmin", "ReadOnlyAdmin", "ServiceAdmin", "shown_on_map"]


class OwnScopeAdmin(admin.ModelAdmin):
    """Rows that the asker manages; what may be done with them is the capability's, never a flag's."""

    capability: ClassVar[str] = ""
    """Needed besides being an administrator; empty: administrators only."""
    scope: ClassVar[Callable[..., QuerySet[Any]] | None] = None
    """Selector (user, capability) of the rows."""
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Edit geometries on our map."""
        if isinstance(db_field, GeometryField):
            return db_field.formfield(widget=MapWidget(), **kwargs)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows that the asker manages, ordered as the page wants."""
        rows = super().get_queryset(request)
        if authority_of(request.user).is_administrator:
            return rows
        scope = type(self).scope
        if not self.capability or scope is None:
            return rows.none()
        return rows.filter(pk__in=scope(request.user, self.capability).values("pk"))

    def _allowed(self, request: HttpRequest, obj: Any = None) -> bool:
        authority = authority_of(request.user)
        if authority.is_administrator:
            return True
        if not self.capability or not authority.having(self.capability):
            return False
        return obj is None or self.get_queryset(request).filter(pk=obj.pk).exists()

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the section to who may see something of it."""
        return may_administer(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the asker may see it."""
        return self._allowed(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the asker may add one."""
        return self._allowed(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the asker may change it."""
        return self._allowed(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the asker may remove it."""
        return self._allowed(request, obj)


class ReadOnlyAdmin(OwnScopeAdmin):
    """To look at only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody removes here."""
        return False


class ServiceAdmin(OwnScopeAdmin):
    """Writes by the service that the rest of the system uses, with its rules told as errors of the form.

    The service is rehearsed while the form is validated, in a transaction that is rolled back: what it refuses is
    shown at the field, and what was typed is kept.
    """

    def write(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> models.Model:
        """Write by a service and return the row."""
        raise NotImplementedError

    def remove(self, request: HttpRequest, obj: Any) -> None:
        """Remove by a service."""
        raise NotImplementedError

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        """Return the form with the service's rules."""
        base = super().get_form(request, obj, change=change, **kwargs)
        page = self

        class Rehearsed(base):  # type: ignore[valid-type, misc]
            def _post_clean(self) -> None:
                # What a constraint would only name, the service says in words.
                self._validate_unique = False
                self.instance.validate_constraints = lambda exclude=None: None
                super()._post_clean()
                if not self.errors:
                    page.rehearse(request, self, change)

        return Rehearsed

    def rehearse(self, request: HttpRequest, form: ModelForm[Any], change: bool) -> None:
        """Write and roll back; put what the service refuses on the form."""
        try:
            with transaction.atomic():
                saved = self.write(request, form.instance, form, change)
                within = self.get_queryset(request).filter(pk=saved.pk).exists()
                transaction.set_rollback(True)
        except GridcaseError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        except ValidationError as error:
            self._add_validation_errors(form, error)
        else:
            if not within:
                form.add_error(None, _("This lies outside of what you manage."))

    @staticmethod
    def _add_validation_errors(form: ModelForm[Any], error: ValidationError) -> None:
        if not hasattr(error, "error_dict"):
            form.add_error(None, error)
            return
        for field, errors in error.error_dict.items():
            form.add_error(field if field in form.fields else None, errors)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Write for good."""
        saved = self.write(request, obj, form, change)
        obj.pk, obj._state.adding = saved.pk, False
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Remove for good."""
        self.remove(request, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, then remove; what the service refuses is told on the row's page."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except GridcaseError as error:
            messages.error(request, error.message)
            options = self.model._meta
            name = f"{self.admin_site.name}:{options.app_label}_{options.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[object_id]))


def shown_on_map(geometry: GEOSGeometry | None, element_id: str) -> SafeString | str:
    """Return a map that shows a geometry, for a read-only field."""
    if not geometry:
        return "–"
    widget = MapWidget(readonly=True)
    return format_html("{}", widget.render(element_id, geometry, {"id": f"id_{element_id}"}))


def refuse_unless(condition: bool) -> None:
    """Answer 403 unless a condition holds."""
    if not condition:
        raise PermissionDenied
