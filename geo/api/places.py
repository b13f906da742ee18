"""Gazetteer: places by what people call them."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from geo.api.parameters import optional_text, optional_whole
from geo.api.schemas import GAZETTEER_ENTRY, PROBLEM
from geo.permissions import AnonymousThrottle
from geo.selectors.gazetteer import LONGEST_QUERY, MOST, places_found

__all__ = ["PlacesView"]


class PlacesView(APIView):
    """`/api/v1/places/`."""

    throttle_classes = (AnonymousThrottle,)

    @extend_schema(
        operation_id="places",
        parameters=[
            OpenApiParameter("q", str, required=True, description="Name, old name, number, unit, pinyin."),
            OpenApiParameter("place", str, description="Look in this place only."),
            OpenApiParameter("limit", int, description="1 to 50, default 10."),
        ],
        responses={200: GAZETTEER_ENTRY, 400: PROBLEM, 404: PROBLEM, 429: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """Return areas, buildings, units, streets and crossings that a text can mean, surest first."""
        query = request.query_params
        found = places_found(
            optional_text(query, "q", longest=LONGEST_QUERY) or "",
            place=optional_text(query, "place"),
            limit=optional_whole(query, "limit", 1, MOST) or 10,
        )
        return Response(found)
