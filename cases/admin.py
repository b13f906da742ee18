"""Administration of cases: to look things up. Cases are worked on in their pages; only the holiday table is edited."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Event, Holiday, InboxItem, OutboxMessage, TriageDecision
from cases.services.holidays import holiday_remove, holiday_save
from geo.admin.base import ReadOnlyAdmin, ServiceAdmin, shown_on_map

__all__ = ["CaseAdmin", "HolidayAdmin", "InboxItemAdmin", "OutboxMessageAdmin"]


@admin.register(Holiday)
class HolidayAdmin(ServiceAdmin):
    """Days that are not what their weekday says; deadlines in working time count by them."""

    list_display = ("day", "kind", "name")
    list_filter = ("kind",)
    date_hierarchy = "day"
    fields = ("day", "kind", "name")

    def write(self, request: HttpRequest, obj: Holiday, form: Any, change: bool) -> Model:
        """Create or change."""
        return holiday_save(day=obj.day, kind=obj.kind, name=obj.name, holiday_id=obj.pk if change else None)

    def remove(self, request: HttpRequest, obj: Holiday) -> None:
        """Remove."""
        holiday_remove(holiday_id=obj.pk)


class _Inline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


class EventInline(_Inline):
    """Steps of a case."""

    model = Event
    fields = readonly_fields = ("at", "kind", "actor", "actor_title", "visibility", "to_status", "note")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Return the steps with who took them."""
        return super().get_queryset(request).select_related("actor")


class TriageInline(_Inline):
    """Judgements about a case."""

    model = TriageDecision
    fields = readonly_fields = (
        "at",
        "label",
        "route",
        "rule",
        "rule_version",
        "state",
        "decided_by",
        "reason",
    )


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """Cases, with every step and judgement."""

    list_display = ("number", "place", "status", "category", "channel", "received_at", "deadline_at")
    list_filter = ("place", "status", "channel")
    list_select_related = ("place",)
    search_fields = ("=follow_code", "=pk")
    ordering = ("-pk",)
    inlines = (EventInline, TriageInline)
    fields = (
        "number", "place", "status", "category", "stated_category", "text", "channel", "about", "urgent", "danger",
        "confidential", "is_sensitive", "is_published", "private_place", "received_at", "reported_at", "captured_at",
        "clock_flagged", "closed_at", "map", "outcome", "areas_now", "areas_then", "label", "route", "triage_state",
        "deadline_at", "follow_code", "filed_by", "merged_into", "me_too_count", "version",
    )  # fmt: skip
    readonly_fields = ("number", "map", "areas_now", "areas_then")

    @admin.display(description=_("number"))
    def number(self, obj: Case) -> str:
        """Show the number on the ticket."""
        return obj.number

    @admin.display(description=_("place on the map"))
    def map(self, obj: Case) -> SafeString | str:
        """Show pin or drawing."""
        return shown_on_map(obj.affected or obj.location, "case")

    @admin.display(description=_("areas now"))
    def areas_now(self, obj: Case) -> str:
        """Show the chain of areas."""
        return " › ".join(area["name"] for area in obj.areas)

    @admin.display(description=_("areas at filing"))
    def areas_then(self, obj: Case) -> str:
        """Show the chain of areas at filing."""
        return " › ".join(area["name"] for area in obj.areas_at_filing)


@admin.register(InboxItem)
class InboxItemAdmin(ReadOnlyAdmin):
    """Filings as they arrived; officials mend what could not be taken in `/api/v1/inbox/`."""

    list_display = ("pk", "state", "place", "received_at", "reason", "case")
    list_filter = ("state", "place")
    list_select_related = ("place", "case")
    search_fields = ("=client_id", "=payload_sha256")
    ordering = ("-pk",)
    fields = (
        "state", "client_id", "payload_sha256", "received_at", "judged_at", "purged_at", "actor", "place", "case",
        "reason", "payload",
    )  # fmt: skip
    readonly_fields = ("reason", "payload")

    @admin.display(description=_("reason"))
    def reason(self, obj: InboxItem) -> str:
        """Show why it could not be taken."""
        return str(obj.problem.get("detail", "–"))

    @admin.display(description=_("as sent"))
    def payload(self, obj: InboxItem) -> SafeString | str:
        """Show the bytes as text."""
        if obj.raw is None:
            return "–"
        return format_html("<pre>{}</pre>", bytes(obj.raw).decode("utf-8", "replace"))


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Messages to other systems, sent and waiting."""

    list_display = ("pk", "topic", "created_at", "sent_at", "attempts", "last_error")
    list_filter = ("topic",)
    ordering = ("-pk",)
    fields = ("topic", "content", "created_at", "next_try_at", "sent_at", "attempts", "last_error")
    readonly_fields = ("content",)

    @admin.display(description=_("content"))
    def content(self, obj: OutboxMessage) -> SafeString:
        """Show the message."""
        return format_html("<pre>{}</pre>", json.dumps(obj.payload, ensure_ascii=False, indent=1))
