"""`/api/v1/export/`: the list as a file, for staff."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from cases.api import schema
from cases.api.base import CaseView, actor_of
from cases.selectors.filters import read_choice
from cases.services.exports import FORMATS, LAYERS, layer_export
from geo.errors import InvalidInput
from geo.files.tables import format_named
from geo.models import Area
from geo.permissions import IsStaff

__all__ = ["ExportView"]

MEDIA_TYPES = {
    "gpkg": "application/geopackage+sqlite3",
    "geojson": "application/geo+json",
    "fgb": "application/octet-stream",
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class _OneRenderer(BaseContentNegotiation):
    """Here `format` is the file's, not one of the framework's renderers; problems are JSON."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class ExportView(CaseView):
    """Cases or areas as a file."""

    permission_classes = (IsStaff,)
    content_negotiation_class = _OneRenderer

    @extend_schema(
        operation_id="export",
        summary="A layer as a file",
        description="The rows that the list shows the same asker with the same filters; texts masked, homes shown by "
        "their block, nobody named. CSV is UTF-8 with a byte order mark.",
        parameters=[
            OpenApiParameter("layer", str, required=True, enum=list(LAYERS)),
            OpenApiParameter("format", str, required=True, enum=list(FORMATS)),
            OpenApiParameter("level", str, enum=Area.Level.values, description="Areas only."),
            *schema.FILTERS,
        ],
        responses={
            (200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY),
            400: schema.Problem,
            403: schema.Problem,
        },
    )
    def get(self, request: Request) -> FileResponse:
        """Return the file."""
        params = request.query_params.dict()
        layer = read_choice(params, "layer", LAYERS)
        for name, value, accepted in (("layer", layer, LAYERS), ("format", params.get("format"), FORMATS)):
            if not value:
                message = f"{name} must be one of {', '.join(accepted)}; got none"
                raise InvalidInput(message, field=name, accepted=list(accepted))
        assert layer is not None
        kind = format_named(params["format"])
        with tempfile.TemporaryDirectory(prefix="gridcase-export-") as folder:
            path = Path(folder) / f"{layer}.{kind}"
            layer_export(path=path, layer=layer, user=actor_of(request), params=params)
            stream = path.open("rb")  # on a disk of POSIX the file stays until it is sent
        name = f"gridcase-{layer}-{timezone.localdate():%Y%m%d}.{kind}"
        response = FileResponse(stream, as_attachment=True, filename=name, content_type=MEDIA_TYPES[kind])
        response["Cache-Control"] = "private, no-store"
        return response
