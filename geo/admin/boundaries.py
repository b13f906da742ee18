"""Boundary generations, areas and what is drawn beside them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from geo.admin.base import ReadOnlyAdmin, ServiceAdmin, shown_on_map
from geo.models import Area, BoundaryGeneration, LandCover, Road
from geo.selectors.administration import MANAGE_AREAS, administered_areas, administered_generations
from geo.services import areas as area_services
from geo.services.generations import generation_discard


@admin.register(BoundaryGeneration)
class BoundaryGenerationAdmin(ReadOnlyAdmin):
    """Generations are imported and activated by command; here they are looked at, and staged ones discarded."""

    capability = MANAGE_AREAS
    scope = administered_generations
    list_display = ("name", "place", "state", "area_count", "source", "activated_at", "retired_at")
    list_filter = ("state", "place")
    search_fields = ("name", "source")
    list_select_related = ("place",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BoundaryGeneration]:
        """Count the areas."""
        return super().get_queryset(request).annotate(number_of_areas=Count("areas"))

    @admin.display(description=_("areas"), ordering="number_of_areas")
    def area_count(self, obj: Any) -> int:
        """Return the number of areas."""
        return int(obj.number_of_areas)

    def has_delete_permission(self, request: HttpRequest, obj: BoundaryGeneration | None = None) -> bool:
        """A staged one may go."""
        staged = obj is None or obj.state == BoundaryGeneration.State.STAGED
        return staged and self._allowed(request, obj)

    def delete_model(self, request: HttpRequest, obj: BoundaryGeneration) -> None:
        """Discard."""
        generation_discard(generation_id=obj.pk)


class NamesField(forms.CharField):
    """Several names, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 40})

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Return lines as a list."""
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists."""
        return list(initial or []) != self.to_python(data)


class AreaForm(forms.ModelForm):
    """An area; other and former names one a line."""

    aliases = NamesField(label=_("other and former names"), required=False, help_text=_("One a line."))

    class Meta:
        model = Area
        fields = (
            "generation",
            "level",
            "code",
            "name",
            "name_en",
            "aliases",
            "parent",
            "enclosure",
            "population",
            "households",
            "attributes",
            "geometry",
        )


@admin.register(Area)
class AreaAdmin(ServiceAdmin):
    """Areas: boundaries while their generation is staged, names and counts also while it is active."""

    capability = MANAGE_AREAS
    scope = administered_areas
    form = AreaForm
    list_display = ("name", "code", "level", "enclosure", "population", "households", "generation")
    list_filter = ("generation__state", "level", "enclosure", "generation")
    search_fields = ("code", "name", "name_en")
    autocomplete_fields = ("parent", "generation")
    list_select_related = ("generation__place",)
    ordering = ("generation", "path")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Area]:
        """Leave the geometry out of lists."""
        rows = super().get_queryset(request)
        in_list = (
            request.resolver_match is not None and request.resolver_match.url_name == "geo_area_changelist"
        )
        return rows.defer("geometry") if in_list else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Area | None = None) -> tuple[str, ...]:
        """Close what the state of the generation closes."""
        if obj is None:
            return ()
        if obj.generation.state == BoundaryGeneration.State.STAGED:
            return ("generation",)
        return ("generation", "level", "code", "parent", "enclosure", "boundary")

    def get_fields(self, request: HttpRequest, obj: Area | None = None) -> list[Any]:
        """Show a closed boundary on a map that only shows."""
        fields = list(AreaForm.Meta.fields)
        return (
            [("boundary" if name == "geometry" else name) for name in fields] if self._closed(obj) else fields
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Single areas are added to staged generations by administrators and those of the whole place."""
        return self._allowed(request) and administered_generations(request.user, MANAGE_AREAS).exists()

    def has_change_permission(self, request: HttpRequest, obj: Area | None = None) -> bool:
        """Nothing of a retired generation changes."""
        retired = obj is not None and obj.generation.state == BoundaryGeneration.State.RETIRED
        return not retired and self._allowed(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Area | None = None) -> bool:
        """Areas go only from staged generations."""
        return not self._closed(obj) and self._allowed(request, obj)

    @staticmethod
    def _closed(obj: Area | None) -> bool:
        return obj is not None and obj.generation.state != BoundaryGeneration.State.STAGED

    @admin.display(description=_("boundary"))
    def boundary(self, obj: Area) -> SafeString | str:
        """Show the boundary."""
        return shown_on_map(obj.geometry, "boundary")

    def write(self, request: HttpRequest, obj: Area, form: Any, change: bool) -> Model:
        """Create or update."""
        values = {name: form.cleaned_data[name] for name in form.cleaned_data if name in AreaForm.Meta.fields}
        if change:
            values.pop("generation", None)
            return area_services.area_update(area_id=obj.pk, changes=values)
        generation, parent = values.pop("generation"), values.pop("parent", None)
        return area_services.area_create(
            generation_id=generation.pk, parent_id=parent.pk if parent else None, **values
        )

    def remove(self, request: HttpRequest, obj: Area) -> None:
        """Remove."""
        area_services.area_remove(area_id=obj.pk)


@admin.register(Road)
class RoadAdmin(ReadOnlyAdmin):
    """Roads come with their generation."""

    list_display = ("name", "rank", "width_m", "generation")
    list_filter = ("rank", "generation")
    search_fields = ("name", "name_en")
    list_select_related = ("generation__place",)
    fields = ("generation", "name", "name_en", "rank", "width_m", "line")
    readonly_fields = ("line",)

    @admin.display(description=_("centre line"))
    def line(self, obj: Road) -> SafeString | str:
        """Show the centre line."""
        return shown_on_map(obj.geometry, "line")


@admin.register(LandCover)
class LandCoverAdmin(ReadOnlyAdmin):
    """Open ground comes with its generation."""

    list_display = ("name", "kind", "generation")
    list_filter = ("kind", "generation")
    search_fields = ("name",)
    list_select_related = ("generation__place",)
    fields = ("generation", "kind", "name", "outline")
    readonly_fields = ("outline",)

    @admin.display(description=_("outline"))
    def outline(self, obj: LandCover) -> SafeString | str:
        """Show the outline."""
        return shown_on_map(obj.geometry, "outline")
