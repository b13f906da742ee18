"""Posts, appointments, Party organisations, departments and jurisdictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from geo import profiles
from geo.admin.base import ServiceAdmin
from geo.domain.profile import GeoSection, PartyKind
from geo.domain.profile import Post as PostKind
from geo.models import Appointment, Department, Jurisdiction, PartyOrganisation, Place, Post
from geo.routing import snapshot_of
from geo.selectors.administration import (
    MANAGE_POSTS,
    administered_appointments,
    administered_departments,
    administered_jurisdictions,
    administered_parties,
    administered_people,
    administered_posts,
)
from geo.services import organisations, staffing


def _kind_choices(section: Callable[[GeoSection], Iterable[PostKind | PartyKind]]) -> list[tuple[str, str]]:
    """Return the kinds of all profiles in use; the service says which of them the place has."""
    language = get_language() or "zh-hans"
    found: dict[str, str] = {}
    for key in sorted(Place.objects.values_list("profile", flat=True).distinct()):
        for kind in section(profiles.resolve(key).geo):
            found.setdefault(kind.key, f"{kind.name.text(language)} ({kind.key})")
    return [("", "–"), *found.items()]


def _post_kinds() -> list[tuple[str, str]]:
    return _kind_choices(lambda geo: geo.posts)


def _party_kinds() -> list[tuple[str, str]]:
    return _kind_choices(lambda geo: geo.party_kinds)


class PostForm(forms.ModelForm):
    """A post; its kind is one of a profile."""

    kind = forms.ChoiceField(label=_("kind"), choices=_post_kinds)


class PartyOrganisationForm(forms.ModelForm):
    """A Party organisation; its kind is one of a profile."""

    kind = forms.ChoiceField(label=_("kind"), choices=_party_kinds)


class AppointmentHistory(admin.TabularInline):
    """Who holds and held a post; appointments have pages of their own."""

    model = Appointment
    fields = ("person", "since", "until", "employment")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True
    ordering = ("-since",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees the post sees who holds it."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Appointments begin on their own page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Appointments change on their own page."""
        return False


@admin.register(Post)
class PostAdmin(ServiceAdmin):
    """Posts. One that was ever held stays, vacant."""

    capability = MANAGE_POSTS
    scope = administered_posts
    form = PostForm
    list_display = ("title", "area", "party_organisation", "department", "place", "office_phone")
    list_filter = ("place", "kind")
    search_fields = ("kind", "area_code", "party_organisation__name", "department__name")
    autocomplete_fields = ("place", "party_organisation", "department")
    list_select_related = ("place", "party_organisation", "department")
    fields = ("place", "kind", "area_code", "party_organisation", "department", "office_phone", "lane")
    inlines = (AppointmentHistory,)
    ordering = ("place", "area_code", "kind")

    @admin.display(description=_("kind"), ordering="kind")
    def title(self, obj: Post) -> str:
        """Return what the post is called."""
        snapshot = snapshot_of(obj.place_id)
        record = snapshot.directory.posts_by_id.get(obj.pk) if snapshot else None
        return record.title.text(get_language() or "zh-hans") if record else obj.kind

    @admin.display(description=_("area"), ordering="area_code")
    def area(self, obj: Post) -> str:
        """Return the name of the area with those above it."""
        snapshot = snapshot_of(obj.place_id)
        found = snapshot.by_code.get(obj.area_code) if snapshot else None
        if snapshot is None or found is None:
            return obj.area_code or "–"
        return f"{snapshot.full_name(found.id).text(get_language() or 'zh-hans')} ({obj.area_code})"

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> tuple[str, ...]:
        """Keep what a post is and where it stands."""
        return ("place", "kind", "area_code", "party_organisation", "department") if obj else ()

    def write(self, request: HttpRequest, obj: Post, form: Any, change: bool) -> Model:
        """Create or update."""
        if change:
            return staffing.post_update(post_id=obj.pk, lane=obj.lane, office_phone=obj.office_phone)
        return staffing.post_create(
            place_id=obj.place_id,
            kind=obj.kind,
            area_code=obj.area_code,
            party_organisation_id=obj.party_organisation_id,
            department_id=obj.department_id,
            lane=obj.lane,
            office_phone=obj.office_phone,
        )

    def remove(self, request: HttpRequest, obj: Post) -> None:
        """Remove."""
        staffing.post_remove(post_id=obj.pk)


@admin.register(Appointment)
class AppointmentAdmin(ServiceAdmin):
    """Who holds which post, from when to when."""

    capability = MANAGE_POSTS
    scope = administered_appointments
    list_display = ("person", "post", "since", "until", "employment")
    list_filter = ("post__place", "employment", "post__kind")
    search_fields = ("person__display_name", "person__username", "post__kind", "post__area_code")
    autocomplete_fields = ("post", "person")
    list_select_related = ("person", "post__party_organisation", "post__department")
    fields = ("post", "person", "since", "until", "employment")
    date_hierarchy = "since"
    ordering = ("-since", "-pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Appointment | None = None) -> tuple[str, ...]:
        """Another person or post is another appointment."""
        return ("post", "person") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the people and posts that the asker manages."""
        if db_field.name == "person":
            kwargs["queryset"] = administered_people(request.user, MANAGE_POSTS)
        elif db_field.name == "post":
            kwargs["queryset"] = administered_posts(request.user, MANAGE_POSTS)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def write(self, request: HttpRequest, obj: Appointment, form: Any, change: bool) -> Model:
        """Begin or correct."""
        if change:
            return staffing.appointment_change(
                appointment_id=obj.pk, since=obj.since, until=obj.until, employment=obj.employment
            )
        return staffing.appointment_begin(
            post_id=obj.post_id,
            person_id=obj.person_id,
            since=obj.since,
            until=obj.until,
            employment=obj.employment,
        )

    def remove(self, request: HttpRequest, obj: Appointment) -> None:
        """Take away one that has not begun."""
        staffing.appointment_remove(appointment_id=obj.pk)


@admin.register(PartyOrganisation)
class PartyOrganisationAdmin(ServiceAdmin):
    """Party organisations and their tree."""

    capability = MANAGE_POSTS
    scope = administered_parties
    form = PartyOrganisationForm
    list_display = ("name", "kind", "area_code", "parent", "place")
    list_filter = ("place", "kind")
    search_fields = ("name", "name_en", "area_code")
    autocomplete_fields = ("place", "parent")
    list_select_related = ("place", "parent")
    fields = ("place", "kind", "name", "name_en", "area_code", "parent")
    ordering = ("place", "area_code")

    def get_readonly_fields(
        self, request: HttpRequest, obj: PartyOrganisation | None = None
    ) -> tuple[str, ...]:
        """Keep what it is and whose."""
        return ("place", "kind") if obj else ()

    def write(self, request: HttpRequest, obj: PartyOrganisation, form: Any, change: bool) -> Model:
        """Create or update."""
        values: dict[str, Any] = {
            "name": obj.name,
            "name_en": obj.name_en,
            "area_code": obj.area_code,
            "parent_id": obj.parent_id,
        }
        if change:
            return organisations.party_organisation_update(party_id=obj.pk, **values)
        return organisations.party_organisation_create(place_id=obj.place_id, kind=obj.kind, **values)

    def remove(self, request: HttpRequest, obj: PartyOrganisation) -> None:
        """Dissolve."""
        organisations.party_organisation_remove(party_id=obj.pk)


@admin.register(Department)
class DepartmentAdmin(ServiceAdmin):
    """Departments and firms."""

    capability = MANAGE_POSTS
    scope = administered_departments
    list_display = ("name", "code", "kind", "off_area", "phone", "place")
    list_filter = ("place", "off_area", "kind")
    search_fields = ("code", "name", "name_en")
    autocomplete_fields = ("place",)
    list_select_related = ("place",)
    fields = ("place", "code", "name", "name_en", "kind", "off_area", "phone")
    ordering = ("place", "code")

    def get_readonly_fields(self, request: HttpRequest, obj: Department | None = None) -> tuple[str, ...]:
        """Keep the key and the place."""
        return ("place", "code") if obj else ()

    def write(self, request: HttpRequest, obj: Department, form: Any, change: bool) -> Model:
        """Create or update."""
        values = {name: getattr(obj, name) for name in ("name", "name_en", "kind", "off_area", "phone")}
        if change:
            return organisations.department_update(department_id=obj.pk, **values)
        return organisations.department_create(place_id=obj.place_id, code=obj.code, **values)

    def remove(self, request: HttpRequest, obj: Department) -> None:
        """Remove."""
        organisations.department_remove(department_id=obj.pk)


@admin.register(Jurisdiction)
class JurisdictionAdmin(ServiceAdmin):
    """For which categories and areas a department is competent."""

    capability = MANAGE_POSTS
    scope = administered_jurisdictions
    list_display = ("department", "category", "area_code")
    list_filter = ("department__place", "category")
    search_fields = ("department__name", "category", "area_code")
    autocomplete_fields = ("department",)
    list_select_related = ("department",)
    fields = ("department", "category", "area_code")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Another category or area is another jurisdiction."""
        return False

    def write(self, request: HttpRequest, obj: Jurisdiction, form: Any, change: bool) -> Model:
        """Add."""
        return organisations.jurisdiction_add(
            department_id=obj.department_id, category=obj.category, area_code=obj.area_code
        )

    def remove(self, request: HttpRequest, obj: Jurisdiction) -> None:
        """Remove."""
        organisations.jurisdiction_remove(jurisdiction_id=obj.pk)
