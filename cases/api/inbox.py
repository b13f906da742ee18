"""`/api/v1/inbox/`: what could not be taken; `/api/v1/notifications/`: what somebody is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import schema
from cases.api.base import CaseView, cached_json
from cases.models import InboxItem
from cases.selectors.filters import read_choice
from cases.selectors.inbox import kept_items, kept_json
from cases.selectors.notices import Notice, inbox_of, unread_count
from cases.services.notices import notices_read
from cases.services.replay import inbox_replay
from geo.api.parameters import optional_whole
from geo.models import User
from geo.permissions import IsStaff

__all__ = ["InboxView", "NotificationsView", "ReplayView"]

KEYS = 2**62
"""No key is higher."""


class InboxView(CaseView):
    """Filings that wait for somebody to mend them."""

    permission_classes = (IsStaff,)

    @extend_schema(
        operation_id="inbox_list",
        summary="What could not be taken",
        parameters=[
            OpenApiParameter("state", str, enum=InboxItem.State.values, description="Default kept."),
            OpenApiParameter("after", int),
            OpenApiParameter("limit", int, description="1..1000, default 100."),
        ],
        responses={200: schema.INBOX, 403: schema.Problem},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return inbox items of the asker's places, oldest first."""
        assert isinstance(request.user, User)
        params = request.query_params
        state = read_choice(params, "state", InboxItem.State.values) or InboxItem.State.KEPT
        limit = optional_whole(params, "limit", 1, 1000) or 100
        after = optional_whole(params, "after", 0, KEYS) or 0
        found = kept_items(request.user, state=state, after=after, limit=limit + 1)
        page = found[:limit]
        following = None
        if len(found) > limit:
            query = params.copy()
            query["after"] = str(page[-1].pk)
            following = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        return cached_json(request, {"items": [kept_json(i) for i in page], "next": following}, public=False)


class ReplayView(CaseView):
    """Take an inbox item again."""

    permission_classes = (IsStaff,)

    @extend_schema(
        operation_id="inbox_replay",
        summary="Take it again, with the mended payload",
        description="The body is the mended filing; empty for the bytes as they came.",
        request=schema.FilingIn,
        responses={201: schema.ReceiptOut, 400: schema.Problem, 404: schema.Problem, 409: schema.Problem},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Take an item in the name of who sent it."""
        assert isinstance(request.user, User)
        receipt = inbox_replay(item_id=pk, raw=request._request.body, actor=request.user)
        return Response(receipt.body, status=201 if receipt.created else 200)


class NotificationsView(CaseView):
    """What somebody is told."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="notifications_list",
        summary="Lines of the in-app inbox",
        parameters=[
            OpenApiParameter("before", int, description="Id of the last line of the page before."),
            OpenApiParameter("limit", int, description="1..200, default 50."),
        ],
        responses={200: schema.NOTIFICATIONS},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the asker's lines, newest first."""
        assert isinstance(request.user, User)
        params = request.query_params
        before = optional_whole(params, "before", 1, KEYS)
        limit = optional_whole(params, "limit", 1, 200) or 50
        lines = [_line(notice) for notice in inbox_of(request.user, before=before, limit=limit)]
        return cached_json(request, {"unread": unread_count(request.user), "lines": lines}, public=False)

    @extend_schema(
        operation_id="notifications_read",
        summary="Mark lines as read",
        request=schema.READ,
        responses={200: schema.UNREAD},
    )
    def post(self, request: Request) -> Response:
        """Mark lines as read: those of a case, those up to an id, or all."""
        assert isinstance(request.user, User)
        fields = request.data if isinstance(request.data, Mapping) else {}
        given = {name: str(fields[name]) for name in ("case", "up_to") if fields.get(name) is not None}
        numbers = {name: optional_whole(given, name, 1, KEYS) for name in given}
        notices_read(person=request.user, case_id=numbers.get("case"), up_to=numbers.get("up_to"))
        return Response({"unread": unread_count(request.user)})


def _line(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "kind": notice.kind,
        "created_at": notice.created_at,
        "unread": notice.is_unread,
        "case": notice.feature["properties"] if notice.feature else None,
    }
