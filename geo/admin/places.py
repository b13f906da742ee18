"""Places and profiles below their areas: for administrators of the deployment."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from geo import profiles
from geo.admin.base import ServiceAdmin, shown_on_map
from geo.models import Place, ProfileOverride
from geo.services import places as services


def profile_field(label: Any) -> forms.ChoiceField:
    """Return a choice of the profiles there are."""
    return forms.ChoiceField(label=label, choices=_profile_choices)


def _profile_choices() -> list[tuple[str, str]]:
    return [(key, _profile_name(key)) for key in sorted(profiles.keys())]


def _profile_name(key: str) -> str:
    try:
        return f"{key} · {profiles.resolve(key).name}"
    except profiles.ProfileError:
        return key


class PlaceForm(forms.ModelForm):
    """A place; its profile is one of those there are."""

    profile = profile_field(_("governance profile"))

    class Meta:
        model = Place
        fields = ("slug", "name", "name_en", "profile", "metric_srid", "time_zone", "county_code")


@admin.register(Place)
class PlaceAdmin(ServiceAdmin):
    """Settings of a place. It is never removed here: its cases belong to it."""

    form = PlaceForm
    list_display = ("name", "slug", "profile", "metric_srid", "time_zone", "is_demo")
    list_filter = ("profile", "is_demo")
    search_fields = ("slug", "name", "name_en")

    def get_readonly_fields(self, request: HttpRequest, obj: Place | None = None) -> tuple[str, ...]:
        """Keep the key of a place that exists."""
        return ("slug", "extent", "is_demo") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Place | None = None) -> list[Any]:
        """Show the map of a place that exists."""
        return [*PlaceForm.Meta.fields, *(("is_demo", "extent") if obj else ())]

    @admin.display(description=_("bounding box"))
    def extent(self, obj: Place) -> SafeString | str:
        """Show the box of the active generation."""
        return shown_on_map(obj.outline, "extent")

    def write(self, request: HttpRequest, obj: Place, form: Any, change: bool) -> Model:
        """Create or update."""
        values = {name: getattr(obj, name) for name in PlaceForm.Meta.fields if name != "slug"}
        if change:
            return services.place_update(place_id=obj.pk, **values)
        return services.place_create(slug=obj.slug, **values)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody removes a place here."""
        return False


class ProfileOverrideForm(forms.ModelForm):
    """Another profile below an area."""

    profile = profile_field(_("governance profile"))

    class Meta:
        model = ProfileOverride
        fields = ("place", "area_code", "profile")


@admin.register(ProfileOverride)
class ProfileOverrideAdmin(ServiceAdmin):
    """Another profile below one area of a place."""

    form = ProfileOverrideForm
    list_display = ("place", "area_code", "profile")
    list_filter = ("place", "profile")
    search_fields = ("area_code",)
    autocomplete_fields = ("place",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: ProfileOverride | None = None
    ) -> tuple[str, ...]:
        """Where it holds stays; another place is another override."""
        return ("place", "area_code") if obj else ()

    def write(self, request: HttpRequest, obj: ProfileOverride, form: Any, change: bool) -> Model:
        """Set."""
        return services.profile_override_set(
            place_id=obj.place_id, area_code=obj.area_code, profile=obj.profile
        )

    def remove(self, request: HttpRequest, obj: ProfileOverride) -> None:
        """Remove."""
        services.profile_override_remove(override_id=obj.pk)
