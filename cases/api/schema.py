"""Shapes of requests and answers, for the OpenAPI description only: the answers themselves are plain data."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from cases.domain.vocabulary import CHANNELS, OUTCOMES, ROUTES, STATUSES
from cases.selectors.ordering import SORTS
from cases.services.payload import Filing
from geo.api.schemas import POINT, PROBLEM

__all__ = [
    "FILTERS",
    "FOLLOWED",
    "HEAT",
    "INBOX",
    "NEARBY",
    "NOTIFICATIONS",
    "PAGE",
    "PHOTO_STATE",
    "READ",
    "UNREAD",
    "VOICE",
    "VOICES",
    "CaseCollection",
    "CaseFeature",
    "FilingIn",
    "Problem",
    "ReceiptOut",
]

FilingIn = Filing
Problem = PROBLEM

_STATUS = serializers.ChoiceField(STATUSES)
FILTERS = [
    OpenApiParameter(
        "scope",
        str,
        enum=["mine", "in_charge", "public"],
        description="Default: mine for staff, else public. `in_charge`: of mine what is the asker's to work on.",
    ),
    OpenApiParameter("place", str, description="Key of a place."),
    OpenApiParameter("bbox", str, description="west,south,east,north in EPSG:4326."),
    OpenApiParameter("category", str, description="One or more, with commas."),
    OpenApiParameter("status", str, description="One or more, with commas."),
    OpenApiParameter("state", str, description="open, closed or names of statuses, with commas."),
    OpenApiParameter("channel", str, description="One or more, with commas."),
    OpenApiParameter("area", str, description="Codes of areas, with commas."),
    OpenApiParameter(
        "cell", str, description="H3 cell in which the heat counts a case for the asker; none: in no cell."
    ),
    OpenApiParameter(
        "lies_in",
        str,
        description="level:code of the area that counts a case for the asker; level: alone for none.",
    ),
    OpenApiParameter("since", str, description="Local day of the place, or time with offset; included."),
    OpenApiParameter("until", str, description="Local day of the place, or time with offset; excluded."),
    OpenApiParameter("q", str, description="Words in the text, as far as the asker is shown it."),
    OpenApiParameter("overdue", str, enum=["0", "1"]),
]
PAGE = [
    OpenApiParameter("limit", int, description="1..1000, default 100."),
    OpenApiParameter("after", str, description="From a page's `next`, with the same `sort`."),
    OpenApiParameter(
        "sort",
        str,
        enum=list(SORTS),
        description="Default -reported. `deadline`: danger to life first, then the earliest; "
        "`status`: by how far a case has come.",
    ),
]
NEARBY = [
    OpenApiParameter("lon", float, required=True),
    OpenApiParameter("lat", float, required=True),
    OpenApiParameter("datum", str, enum=["wgs84", "gcj02", "bd09"], description="Default wgs84."),
    OpenApiParameter("category", str),
    OpenApiParameter("radius_m", float, description="0..2000; default: what the profile says of the kind."),
]

_AREA: dict[str, serializers.Field] = {
    "level": serializers.CharField(),
    "code": serializers.CharField(),
    "name": serializers.CharField(),
}
_PERSON: dict[str, serializers.Field] = {
    "name": serializers.CharField(allow_null=True, help_text="For staff only."),
    "post": serializers.CharField(),
    "post_key": serializers.CharField(),
    "area": serializers.CharField(),
    "area_code": serializers.CharField(),
    "level": serializers.CharField(allow_null=True),
    "acting": serializers.BooleanField(),
    "phone": serializers.CharField(allow_null=True, help_text="Of the office."),
}
_ASSIGNED = inline_serializer(
    "CaseAssigned",
    {
        "leaders": inline_serializer("CaseLeader", dict(_PERSON), many=True),
        "handlers": inline_serializer("CaseHandler", dict(_PERSON), many=True),
        "departments": inline_serializer(
            "CaseDepartment",
            {
                "name": serializers.CharField(),
                "code": serializers.CharField(),
                "phone": serializers.CharField(allow_null=True),
            },
            many=True,
        ),
        "party_cell": inline_serializer(
            "CasePartyCell",
            {
                "name": serializers.CharField(),
                "kind": serializers.CharField(),
                "head": serializers.CharField(allow_null=True, help_text="For staff only."),
                "head_title": serializers.CharField(allow_null=True),
            },
            allow_null=True,
        ),
    },
)
_TRIAGE: dict[str, serializers.Field] = {
    "label": serializers.CharField(help_text="profile/label"),
    "label_name": serializers.CharField(),
    "route": serializers.ChoiceField(ROUTES),
    "route_name": serializers.CharField(),
    "state": serializers.ChoiceField(["proposed", "confirmed"]),
}
_PHOTO = inline_serializer(
    "CasePhoto",
    {
        "sha256": serializers.CharField(),
        "state": serializers.CharField(help_text="expected, stored, refused"),
        "purpose": serializers.CharField(),
        "released": serializers.BooleanField(),
        "url": serializers.CharField(required=False),
    },
    many=True,
)
_PROPERTIES = inline_serializer(
    "CaseProperties",
    {
        "id": serializers.IntegerField(),
        "number": serializers.CharField(),
        "place": serializers.CharField(),
        "status": _STATUS,
        "status_name": serializers.CharField(),
        "category": serializers.CharField(),
        "category_name": serializers.CharField(),
        "text": serializers.CharField(allow_blank=True),
        "channel": serializers.ChoiceField(CHANNELS),
        "reported_at": serializers.DateTimeField(),
        "received_at": serializers.DateTimeField(),
        "closed_at": serializers.DateTimeField(allow_null=True),
        "deadline": serializers.DateTimeField(allow_null=True),
        "overdue": serializers.BooleanField(),
        "triage": inline_serializer("CaseTriage", dict(_TRIAGE)),
        "areas": inline_serializer("CaseAreaNow", dict(_AREA), many=True),
        "areas_at_filing": inline_serializer("CaseAreaAtFiling", dict(_AREA), many=True),
        "outcome": serializers.CharField(help_text=", ".join(OUTCOMES)),
        "assigned": _ASSIGNED,
        "urgent": serializers.BooleanField(),
        "me_too": serializers.IntegerField(),
        "photos": _PHOTO,
        "projection": serializers.ChoiceField(["full", "deidentified", "public"]),
        "is_demo": serializers.BooleanField(),
        "distance_m": serializers.FloatField(required=False, help_text="In `nearby` only."),
        "timeline": serializers.ListField(child=serializers.DictField(), required=False),
        "actions": serializers.ListField(child=serializers.DictField(), required=False),
    },
)
CaseFeature = inline_serializer(
    "CaseFeature",
    {
        "type": serializers.ChoiceField(["Feature"]),
        "id": serializers.IntegerField(),
        "geometry": POINT,
        "properties": _PROPERTIES,
    },
)
CaseCollection = inline_serializer(
    "CaseCollection",
    {
        "type": serializers.ChoiceField(["FeatureCollection"]),
        "features": serializers.ListField(child=CaseFeature),
        "next": serializers.CharField(allow_null=True, required=False),
        "total": serializers.IntegerField(required=False, help_text="On the first page."),
    },
)
ReceiptOut = inline_serializer(
    "Receipt",
    {
        "id": serializers.IntegerField(),
        "number": serializers.CharField(),
        "client_id": serializers.UUIDField(),
        "payload_sha256": serializers.CharField(),
        "follow_code": serializers.CharField(),
        "place": serializers.CharField(),
        "status": _STATUS,
        "category": serializers.CharField(),
        "triage": inline_serializer(
            "ReceiptTriage",
            {
                **_TRIAGE,
                "deadline": serializers.DateTimeField(allow_null=True),
                "agenda_by": serializers.DateField(allow_null=True),
                "explanation": serializers.ListField(child=serializers.CharField()),
            },
        ),
        "assigned": _ASSIGNED,
        "areas": inline_serializer("ReceiptArea", dict(_AREA), many=True),
        "outcome": serializers.CharField(help_text=", ".join(OUTCOMES)),
        "explanation": serializers.ListField(child=serializers.CharField()),
        "notes": serializers.ListField(child=serializers.CharField()),
        "photos": serializers.ListField(child=serializers.CharField()),
        "emergency_numbers": serializers.ListField(
            child=serializers.DictField(), required=False, help_text="Danger to life: shown first."
        ),
    },
)
HEAT = inline_serializer(
    "Heat",
    {
        "cells": inline_serializer(
            "HeatCell", {"h3": serializers.CharField(), "count": serializers.IntegerField()}, many=True
        ),
        "total": serializers.IntegerField(help_text="Sum of the cells."),
        "without_place": serializers.IntegerField(help_text="In the list, but in no cell."),
    },
)
FOLLOWED = inline_serializer(
    "Followed",
    {
        "follow_code": serializers.CharField(),
        "number": serializers.CharField(),
        "status": _STATUS,
        "category": serializers.CharField(),
        "received_at": serializers.DateTimeField(),
        "closed_at": serializers.DateTimeField(allow_null=True),
        "deadline": serializers.DateTimeField(allow_null=True),
        "triage": inline_serializer("FollowedTriage", dict(_TRIAGE)),
        "merged_into": serializers.CharField(allow_null=True),
        "timeline": serializers.ListField(child=serializers.DictField()),
    },
)
INBOX = inline_serializer(
    "InboxPage",
    {
        "items": inline_serializer(
            "InboxItem",
            {
                "id": serializers.IntegerField(),
                "state": serializers.CharField(help_text="received, taken, kept, conflict"),
                "client_id": serializers.CharField(),
                "payload_sha256": serializers.CharField(),
                "received_at": serializers.DateTimeField(),
                "problem": serializers.DictField(),
                "payload": serializers.CharField(allow_null=True),
                "case": serializers.IntegerField(allow_null=True),
            },
            many=True,
        ),
        "next": serializers.CharField(allow_null=True),
    },
)
VOICE = inline_serializer("Voice", {"client_id": serializers.UUIDField()})
VOICES = inline_serializer("Voices", {"id": serializers.IntegerField(), "me_too": serializers.IntegerField()})
PHOTO_STATE = inline_serializer(
    "PhotoState",
    {
        "sha256": serializers.CharField(),
        "state": serializers.CharField(help_text="expected, stored"),
        "received_bytes": serializers.IntegerField(),
        "total_bytes": serializers.IntegerField(allow_null=True),
    },
)
UNREAD = inline_serializer("Unread", {"unread": serializers.IntegerField()})
NOTIFICATIONS = inline_serializer(
    "Notifications",
    {
        "unread": serializers.IntegerField(),
        "lines": inline_serializer(
            "NotificationLine",
            {
                "id": serializers.IntegerField(),
                "kind": serializers.CharField(),
                "created_at": serializers.DateTimeField(),
                "unread": serializers.BooleanField(),
                "case": serializers.DictField(allow_null=True),
            },
            many=True,
        ),
    },
)
READ = inline_serializer(
    "MarkRead",
    {
        "case": serializers.IntegerField(required=False, help_text="Lines of a case."),
        "up_to": serializers.IntegerField(required=False, help_text="This id and lower ones."),
    },
)
