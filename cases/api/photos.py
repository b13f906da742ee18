"""`/api/v1/cases/{id}/photos/{sha256}/`: bytes in, in pieces; pictures out, to few."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import schema
from cases.api.base import CaseView, actor_of
from cases.errors import InvalidPayload
from cases.models import Photo
from cases.selectors.photos import photo_for
from cases.services.photos import photo_receive, read_content_range

__all__ = ["PhotoView"]

_SHA256 = re.compile(r"^[0-9a-f]{64}$")


class PhotoView(CaseView):
    """One photo of a case, addressed by the SHA-256 of the bytes that were sent."""

    @extend_schema(
        operation_id="photo_put",
        summary="Send a photo, whole or in pieces",
        description="Raw bytes, or a piece with `Content-Range: bytes first-last/total`. Resumable and idempotent: "
        "the answer says how many bytes are there.",
        parameters=[OpenApiParameter("Content-Range", str, OpenApiParameter.HEADER)],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={
            200: schema.PHOTO_STATE,
            202: schema.PHOTO_STATE,
            400: schema.Problem,
            404: schema.Problem,
            422: schema.Problem,
        },
    )
    def put(self, request: Request, pk: int, sha256: str) -> Response:
        """Take the photo or a piece of it."""
        if not _SHA256.match(sha256):
            raise InvalidPayload(
                _("the address must end with the SHA-256 of the photo, 64 hexadecimal digits"),
                field="sha256",
                value=sha256[:80],
            )
        # Read as a stream: the limit for bodies held in memory is that of filings, not that of photos.
        body = request._request.read(settings.PHOTO_MAX_BYTES + 1)
        piece = read_content_range(request.headers.get("Content-Range", ""), body)
        photo = photo_receive(case_id=pk, sha256=sha256, piece=piece, actor=actor_of(request))
        stored = photo.state == Photo.State.STORED
        answer = {
            "sha256": photo.sha256,
            "state": photo.state,
            "received_bytes": photo.received_bytes,
            "total_bytes": photo.total_bytes,
        }
        return Response(answer, status=200 if stored else 202, headers={"Cache-Control": "no-store"})

    @extend_schema(
        operation_id="photo_get",
        summary="A photo",
        description="In the full projection, or released by an official to whoever sees the case.",
        parameters=[OpenApiParameter("size", str, enum=["full", "thumb"])],
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY, 404: schema.Problem},
    )
    def get(self, request: Request, pk: int, sha256: str) -> HttpResponse:
        """Return the picture as JPEG."""
        size = request.query_params.get("size") or "full"
        if size not in ("full", "thumb"):
            raise InvalidPayload(
                _("size must be full or thumb; got '%(size)s'") % {"size": size[:40]},
                field="size",
                value=size[:40],
                accepted=["full", "thumb"],
            )
        photo = photo_for(request.user, pk, sha256)
        etag = f'"{photo.sha256}-{size}"'
        response: HttpResponse
        if request.headers.get("If-None-Match") == etag:
            response = HttpResponseNotModified()
        else:
            with (photo.thumbnail if size == "thumb" else photo.file).open("rb") as file:
                response = HttpResponse(file.read(), content_type="image/jpeg")
        response["ETag"] = etag
        # The picture of an address never changes; who may see it can, so the asker comes back to be asked again.
        response["Cache-Control"] = "private, no-cache"
        response["Vary"] = "Authorization, Cookie"
        return response
