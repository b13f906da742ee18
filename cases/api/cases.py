"""`/api/v1/cases/`: filing, list, detail, nearby."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.http.request import RawPostDataException
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import schema
from cases.api.base import CaseView, actor_of, cached_json
from cases.selectors.cases import DEFAULT_LIMIT, MAX_LIMIT, cases_nearby, cases_page
from cases.selectors.detail import case_detail
from cases.selectors.filters import read_choice, read_filters, read_number
from cases.selectors.ordering import NEWEST_FIRST, SORTS
from cases.services.intake import case_file
from geo.api.parameters import optional_whole, required_number
from geo.domain.crs import require_lonlat
from geo.domain.datum import DATUMS, to_wgs84
from geo.errors import InvalidInput
from geo.routing import snapshots
from geo.selectors.locate import refuse_swapped

__all__ = ["CaseDetailView", "CasesView", "NearbyView"]


class TooLarge(InvalidInput):
    """More than is read."""

    code = "too-large"
    status = 413


class CasesView(CaseView):
    """Cases: file one, list them."""

    @extend_schema(
        operation_id="cases_list",
        summary="List cases",
        description="Each row in the asker's projection, newest report first unless `sort` says otherwise; "
        "`next` is the address of the next page.",
        parameters=schema.FILTERS + schema.PAGE,
        responses={200: schema.CaseCollection, 400: schema.Problem},
    )
    def get(self, request: Request) -> HttpResponse:
        """List cases."""
        params = request.query_params
        filters = read_filters(params)
        limit = optional_whole(params, "limit", 1, MAX_LIMIT) or DEFAULT_LIMIT
        sort = read_choice(params, "sort", SORTS) or NEWEST_FIRST
        page = cases_page(request.user, filters, limit=limit, after=params.get("after", ""), sort=sort)
        body: dict[str, Any] = {"type": "FeatureCollection", "features": page.features, "next": None}
        if page.total is not None:
            body["total"] = page.total
        if page.after:
            query = params.copy()
            query["after"] = page.after
            body["next"] = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        return cached_json(request, body, public=actor_of(request) is None)

    @extend_schema(
        operation_id="case_file",
        summary="File a case",
        request=schema.FilingIn,
        responses={
            201: schema.ReceiptOut,
            200: OpenApiResponse(schema.ReceiptOut, description="The same bytes came before."),
            400: OpenApiResponse(schema.Problem, description="Cannot be taken; kept with the reason."),
            409: OpenApiResponse(
                schema.Problem, description="The id was used for something else; both are kept."
            ),
            413: schema.Problem,
        },
    )
    def post(self, request: Request) -> Response:
        """File a case."""
        receipt = case_file(raw=_body(request), actor=actor_of(request))
        code = status.HTTP_201_CREATED if receipt.created else status.HTTP_200_OK
        return Response(receipt.body, status=code, headers={"Cache-Control": "no-store"})


def _body(request: Request) -> bytes:
    declared = request.META.get("CONTENT_LENGTH") or "0"
    limit = settings.CASE_BODY_MAX_BYTES
    if declared.isdigit() and int(declared) > limit:
        message = _("the filing must be at most %(limit)s bytes; got %(declared)s; photos go separately")
        shown = {"limit": limit, "declared": declared}
        raise TooLarge(message % shown, field="Content-Length", value=int(declared), accepted=f"≤ {limit}")
    try:
        return request._request.body
    except RawPostDataException:
        # Signed in by session, the body of a form was read to find its CSRF token.
        given = request.content_type
        message = _("Content-Type must be application/json; got '%(given)s'")
        raise InvalidInput(
            message % {"given": given}, field="Content-Type", value=given, accepted="application/json"
        ) from None


class CaseDetailView(CaseView):
    """One case."""

    @extend_schema(
        operation_id="case_detail",
        summary="One case",
        description="With its timeline and what the asker may do; 404 when the asker has no projection of it.",
        responses={200: schema.CaseFeature, 404: schema.Problem},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return one case."""
        return cached_json(request, case_detail(request.user, pk), public=False)


class NearbyView(CaseView):
    """Open cases close to a pin, to ask whether it is one of them."""

    @extend_schema(
        operation_id="cases_nearby",
        summary="Open cases of the kind nearby",
        parameters=schema.NEARBY,
        responses={200: schema.CaseCollection, 400: schema.Problem},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return open cases close to a pin, nearest first."""
        params = request.query_params
        lon = required_number(params, "lon", "-180..180 degrees")
        lat = required_number(params, "lat", "-90..90 degrees")
        require_lonlat(lon, lat)
        refuse_swapped(lon, lat, snapshots().values())
        datum = read_choice(params, "datum", DATUMS)
        if datum:
            lon, lat = to_wgs84(lon, lat, datum)
        radius_m = read_number(params, "radius_m", 0, 2000) if params.get("radius_m") else None
        category = read_filters({"category": params.get("category", "")}).category
        if len(category) > 1:
            message = _("category takes one kind here; got %(count)s")
            raise InvalidInput(message % {"count": len(category)}, field="category", accepted="≤ 1")
        features = cases_nearby(
            request.user, lon=lon, lat=lat, category=category[0] if category else "", radius_m=radius_m
        )
        return cached_json(request, {"type": "FeatureCollection", "features": features}, public=False)
