"""`/api/v1/cases/{id}/{action}/`, `…/me-too/`, `/api/v1/follow/{code}/`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import schema
from cases.api.base import CaseView, actor_of, cached_json
from cases.errors import InvalidPayload
from cases.selectors.authority import OFFERED_ACTIONS
from cases.selectors.detail import case_detail, follow_timeline
from cases.services.me_too import case_me_too
from cases.services.workflow import case_act
from geo.errors import NotThere

__all__ = ["ActionView", "FollowView", "MeTooView"]


def _fields(request: Request) -> Mapping[str, Any]:
    data = request.data
    if not isinstance(data, Mapping):
        raise InvalidPayload(_("the body must be a JSON object"), accepted="object")
    return data


class ActionView(CaseView):
    """A step with a case."""

    @extend_schema(
        operation_id="case_act",
        summary="Take a step with a case",
        description="Inputs by action: see `actions` of the case. `version`, where given, must be that of the case.",
        parameters=[
            OpenApiParameter("action", str, OpenApiParameter.PATH, enum=OFFERED_ACTIONS),
        ],
        request=OpenApiTypes.OBJECT,
        responses={
            200: schema.CaseFeature,
            400: schema.Problem,
            403: schema.Problem,
            404: schema.Problem,
            409: OpenApiResponse(schema.Problem, description="Not possible now; `accepted` lists what is."),
        },
    )
    def post(self, request: Request, pk: int, action: str) -> Response:
        """Take a step; the answer is the case as it is now, or its id where the actor no longer sees it."""
        actor = actor_of(request)
        if actor is None:
            raise NotAuthenticated
        case_act(case_id=pk, action=action, actor=actor, data=_fields(request))
        try:
            return Response(case_detail(actor, pk), headers={"Cache-Control": "no-store"})
        except NotThere:
            return Response({"type": "Feature", "id": pk, "geometry": None, "properties": {"id": pk}})


class MeTooView(CaseView):
    """It concerns me too."""

    @extend_schema(
        operation_id="case_me_too",
        summary="It concerns me too",
        description="Once a person: by account, or by client id.",
        request=schema.VOICE,
        responses={200: schema.VOICES, 201: schema.VOICES, 404: schema.Problem, 409: schema.Problem},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Count the asker once."""
        number, is_new = case_me_too(case_id=pk, actor=actor_of(request), data=_fields(request))
        return Response({"id": pk, "me_too": number}, status=201 if is_new else 200)


class FollowView(CaseView):
    """The public timeline of a case, for who has its follow code."""

    @extend_schema(
        operation_id="case_follow",
        summary="Follow a case by its code",
        responses={200: schema.FOLLOWED, 404: schema.Problem},
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """Return status and public timeline."""
        return cached_json(request, follow_timeline(code), public=False)
