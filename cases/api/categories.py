"""What can be reported at a place."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from cases.api.base import CaseView, cached_json
from cases.selectors.categories import categories_at, categories_of
from geo.api.parameters import optional_text, required_number
from geo.api.schemas import PROBLEM
from geo.domain.datum import DATUMS

__all__ = ["CategoriesView"]

_STANDARD: dict[str, serializers.Field] = {
    "ref": serializers.CharField(),
    "kind": serializers.ChoiceField(["component", "matter"]),
    "code": serializers.CharField(),
}
CATEGORIES = inline_serializer(
    "CategoryAt",
    {
        "key": serializers.CharField(),
        "name": serializers.CharField(),
        "group": serializers.CharField(),
        "group_name": serializers.CharField(),
        "standard": inline_serializer("StandardCode", dict(_STANDARD), allow_null=True),
        "standards": inline_serializer(
            "StandardCodes", {**_STANDARD, "local": serializers.BooleanField()}, many=True
        ),
        "geometry": serializers.ListField(child=serializers.ChoiceField(["Point", "LineString", "Polygon"])),
        "sensitive": serializers.BooleanField(),
        "published": serializers.BooleanField(),
        "danger": serializers.BooleanField(),
        "icon": inline_serializer(
            "CategoryIcon",
            {
                "shape": serializers.CharField(),
                "colour": serializers.CharField(),
                "hex": serializers.CharField(),
            },
        ),
        "commonest": serializers.IntegerField(allow_null=True),
        "duplicate_radius_m": serializers.FloatField(),
        "emergency": inline_serializer(
            "EmergencyNumber",
            {"number": serializers.CharField(), "name": serializers.CharField()},
            many=True,
        ),
        "departments": serializers.ListField(child=serializers.CharField()),
    },
    many=True,
)


class CategoriesView(CaseView):
    """`/api/v1/categories/`."""

    @extend_schema(
        operation_id="categories",
        parameters=[
            OpenApiParameter("lon", float, description="Degrees; not needed with place alone."),
            OpenApiParameter("lat", float, description="Degrees; not needed with place alone."),
            OpenApiParameter("datum", str, enum=DATUMS, description="Default wgs84."),
            OpenApiParameter("place", str, description="Look in this place only."),
        ],
        responses={200: CATEGORIES, 400: PROBLEM, 404: PROBLEM, 429: PROBLEM},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the kinds of cases that can be routed at a coordinate, the commonest first.

        Danger to life carries the emergency numbers, to be shown before anything else.
        """
        query = request.query_params
        place = optional_text(query, "place")
        if place and "lon" not in query and "lat" not in query:
            return cached_json(request, categories_of(place), public=True)
        found = categories_at(
            required_number(query, "lon", "-180..180 degrees"),
            required_number(query, "lat", "-90..90 degrees"),
            datum=optional_text(query, "datum") or "wgs84",
            place=place,
        )
        return cached_json(request, found, public=True)
