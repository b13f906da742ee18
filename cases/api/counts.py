"""`/api/v1/counts/`: the list, added up by area of a level."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from cases.api import schema
from cases.api.base import CaseView, actor_of, cached_json
from cases.selectors.counts import COUNTED_LEVELS, cases_by_area
from cases.selectors.filters import read_choice, read_filters

__all__ = ["CountsView"]

DEFAULT_LEVEL = "community"
COUNTS = inline_serializer(
    "AreaCounts",
    {
        "level": serializers.CharField(),
        "areas": inline_serializer(
            "AreaCount",
            {
                "place": serializers.CharField(help_text="Key of the place."),
                "code": serializers.CharField(),
                "name": serializers.CharField(),
                "count": serializers.IntegerField(),
                "population": serializers.IntegerField(allow_null=True),
                "rate": serializers.FloatField(
                    allow_null=True, required=False, help_text="Cases per 1,000 inhabitants."
                ),
                "rate_missing": serializers.ChoiceField(
                    ["population_unknown", "population_zero"],
                    allow_null=True,
                    required=False,
                    help_text="Why there is no rate.",
                ),
                "former": serializers.BooleanField(
                    help_text="Of earlier boundaries only: no longer on the map."
                ),
            },
            many=True,
        ),
        "total": serializers.IntegerField(help_text="Sum of the areas."),
        "without_area": serializers.IntegerField(help_text="In the list, but in no area of the level."),
    },
)


class CountsView(CaseView):
    """Counts by area."""

    @extend_schema(
        operation_id="counts",
        summary="Counts by area of a level",
        description=(
            "The same rows as the list of the same asker with the same filters; every area of the active boundaries,"
            " also those without a case."
        ),
        parameters=[
            OpenApiParameter(
                "level", str, enum=list(COUNTED_LEVELS), description=f"Default {DEFAULT_LEVEL}."
            ),
            OpenApiParameter(
                "rate",
                str,
                enum=["0", "1"],
                description="Default 1; 0 leaves `rate` and `rate_missing` out.",
            ),
            *schema.FILTERS,
        ],
        responses={200: COUNTS, 400: schema.Problem},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return counts."""
        params = request.query_params
        level = read_choice(params, "level", COUNTED_LEVELS) or DEFAULT_LEVEL
        with_rate = read_choice(params, "rate", ("0", "1")) != "0"
        counts = cases_by_area(request.user, read_filters(params), level=level)
        return cached_json(request, counts.as_json(with_rate=with_rate), public=actor_of(request) is None)
