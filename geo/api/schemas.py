"""Shapes of requests and answers, for the OpenAPI description only: the answers themselves are plain data."""

from __future__ import annotations

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from geo.domain.location import OUTCOMES

__all__ = [
    "GAZETTEER_ENTRY",
    "LOCATED",
    "LOCATED_MANY",
    "MANY_POINTS",
    "PROBLEM",
    "TOKEN",
    "CredentialsSerializer",
]


OUTCOME_CHOICES = [outcome.value for outcome in OUTCOMES]
PROBLEM = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(),
        "field": serializers.CharField(required=False),
        "value": serializers.JSONField(required=False),
        "accepted": serializers.JSONField(required=False),
    },
)
POINT = inline_serializer(
    "GeoJSONPoint",
    {
        "type": serializers.ChoiceField(["Point"]),
        "coordinates": serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
    },
)
_AREA = {
    "level": serializers.CharField(),
    "code": serializers.CharField(),
    "name": serializers.CharField(),
}
LOCATED = inline_serializer(
    "Located",
    {
        "outcome": serializers.ChoiceField(OUTCOME_CHOICES),
        "place": serializers.CharField(),
        "generation": serializers.CharField(),
        "location": POINT,
        "areas": inline_serializer("LocatedArea", dict(_AREA), many=True),
        "building": inline_serializer(
            "LocatedBuilding",
            {
                "code": serializers.CharField(),
                "name": serializers.CharField(),
                "unit": serializers.CharField(allow_null=True),
                "distance_m": serializers.FloatField(),
            },
            allow_null=True,
        ),
        "leaders": inline_serializer(
            "Leader",
            {
                "name": serializers.CharField(allow_null=True, help_text="For staff only."),
                "post": serializers.CharField(),
                "post_key": serializers.CharField(),
                "area": serializers.CharField(),
                "area_code": serializers.CharField(),
                "level": serializers.CharField(),
                "acting": serializers.BooleanField(),
                "phone": serializers.CharField(allow_null=True, help_text="Of the office."),
            },
            many=True,
        ),
        "party_cell": inline_serializer(
            "PartyCell",
            {
                "name": serializers.CharField(),
                "kind": serializers.CharField(),
                "head": serializers.CharField(allow_null=True, help_text="For staff only."),
                "head_title": serializers.CharField(allow_null=True),
            },
            allow_null=True,
        ),
        "distance_to_border_m": serializers.FloatField(allow_null=True),
        "candidates": inline_serializer(
            "LocateCandidate",
            {**_AREA, "distance_m": serializers.FloatField(), "rule": serializers.CharField()},
            many=True,
        ),
        "explanation": serializers.ListField(child=serializers.CharField()),
    },
)
MANY_POINTS = inline_serializer(
    "ManyPoints",
    {
        "points": serializers.ListField(
            child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
            max_length=10_000,
        ),
        "place": serializers.CharField(required=False),
    },
)
LOCATED_MANY = inline_serializer(
    "LocatedMany",
    {
        "generation": serializers.CharField(),
        "place": serializers.CharField(),
        "level": serializers.CharField(),
        "codes": serializers.ListField(child=serializers.CharField(allow_null=True)),
        "outcomes": serializers.ListField(child=serializers.ChoiceField(OUTCOME_CHOICES)),
    },
)
GAZETTEER_ENTRY = inline_serializer(
    "GazetteerEntry",
    {
        "label": serializers.CharField(),
        "level": serializers.CharField(help_text="Level of an area, or `road`, `crossing`."),
        "code": serializers.CharField(allow_blank=True, help_text="Empty for roads and crossings."),
        "location": POINT,
        "score": serializers.FloatField(help_text="0 to 1."),
        "place": serializers.CharField(),
    },
    many=True,
)
TOKEN = inline_serializer("Token", {"token": serializers.CharField()})


class CredentialsSerializer(serializers.Serializer):
    """Name and password."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=256, trim_whitespace=False, write_only=True)
