"""`/api/v1/heat/`: the list, added up by H3 cell."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from cases.api import schema
from cases.api.base import CaseView, actor_of, cached_json
from cases.selectors.filters import read_filters
from cases.selectors.heat import FINEST_RES, cases_heat
from geo.api.parameters import optional_whole

__all__ = ["HeatView"]

DEFAULT_RES = 9


class HeatView(CaseView):
    """Counts by cell."""

    @extend_schema(
        operation_id="heat",
        summary="Counts by H3 cell",
        description="The same rows as the list of the same asker with the same filters.",
        parameters=[
            OpenApiParameter("res", int, description=f"0..{FINEST_RES}, default {DEFAULT_RES}."),
            *schema.FILTERS,
        ],
        responses={200: schema.HEAT, 400: schema.Problem},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return counts."""
        params = request.query_params
        wanted = optional_whole(params, "res", 0, FINEST_RES)
        res = DEFAULT_RES if wanted is None else wanted
        heat = cases_heat(request.user, read_filters(params), res=res)
        return cached_json(request, heat.as_json(), public=actor_of(request) is None)
