"""`/tiles/{layer}/{z}/{x}/{y}.mvt` and `/tiles/{layer}.json` (TileJSON 3.0)."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.views import APIView

from geo.models import Place
from layers.registry import Ask, Layer, Version
from layers.selectors.tiles import layer_for, read_address, read_ask, tile_etag, tile_of

__all__ = ["TileJsonView", "TileView"]

CONTENT_TYPE = "application/vnd.mapbox-vector-tile"
SHARED_S, YEAR_S = 60, 31_536_000
R = TypeVar("R", bound=HttpResponse)


class _LayerView(APIView):
    schema = None  # TileJSON describes these addresses; OpenAPI describes the REST ones

    def perform_authentication(self, request: Request) -> None:
        """Leave it to the layers that ask who asks: public tiles then vary by no cookie."""

    def asked(self, request: Request, key: str) -> tuple[Layer, Ask, Version]:
        """Return the layer, what is asked of it and the version of its data."""
        user: Any = SimpleLazyObject(lambda: request.user)
        layer = layer_for(key, user)
        ask = read_ask(layer, user, request.query_params.dict())
        return layer, ask, layer.version(ask)


class TileView(_LayerView):
    """One vector tile; 204 where nothing lies in it."""

    def get(self, request: Request, key: str, z: str, x: str, y: str) -> HttpResponse:
        """Answer with the tile, or 304 to who has it already."""
        address = read_address(z, x, y)
        layer, ask, version = self.asked(request, key)
        etag = tile_etag(layer, version, address)
        if _has(request, etag):
            return _kept_as(HttpResponse(status=304), request, version, etag)
        tile = tile_of(layer, ask, address, version)
        if not tile.body:
            return _kept_as(HttpResponse(status=204), request, version, etag)
        gzipped = bool(tile.gzipped) and "gzip" in request.headers.get("Accept-Encoding", "")
        response = HttpResponse(tile.gzipped if gzipped else tile.body, content_type=CONTENT_TYPE)
        if gzipped:
            response["Content-Encoding"] = "gzip"
        if tile.truncated:
            response["Tile-Truncated"] = ",".join(tile.truncated)
        return _kept_as(response, request, version, etag)


class TileJsonView(_LayerView):
    """What a layer is and where its tiles are."""

    def get(self, request: Request, key: str) -> HttpResponse:
        """Answer with TileJSON 3.0, in the language of the request."""
        layer, ask, version = self.asked(request, key)
        variant = f"{get_language()}|{request.get_host()}|{request.META.get('QUERY_STRING', '')}"
        etag = tile_etag(layer, version, None, variant)
        if _has(request, etag):
            return _kept_as(HttpResponse(status=304), request, version, etag)
        response = JsonResponse(
            _tilejson(request, layer, ask, version), json_dumps_params={"ensure_ascii": False}
        )
        return _kept_as(response, request, version, etag, may_last=False)


def _tilejson(request: HttpRequest | Request, layer: Layer, ask: Ask, version: Version) -> dict[str, Any]:
    parameters = {**request.GET.dict(), **({"v": version.key} if version.lasting else {})}
    template = request.build_absolute_uri(f"/tiles/{layer.key}/") + "{z}/{x}/{y}.mvt"
    bounds = _bounds(ask)
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": layer.key,
        "description": str(layer.title),
        "version": "1.0.0",
        "scheme": "xyz",
        "tiles": [f"{template}?{urlencode(parameters)}" if parameters else template],
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
        "bounds": bounds,
        "center": [
            (bounds[0] + bounds[2]) / 2,
            (bounds[1] + bounds[3]) / 2,
            min(layer.max_zoom, max(layer.min_zoom, 14)),
        ],
        "vector_layers": [
            {
                "id": name,
                "description": str(layer.title),
                "minzoom": layer.zooms.get(name, (layer.min_zoom, layer.max_zoom))[0],
                "maxzoom": layer.zooms.get(name, (layer.min_zoom, layer.max_zoom))[1],
                "fields": dict(fields),
            }
            for name, fields in layer.fields.items()
        ],
    }
    if any(place.is_demo for place in ask.places):
        simulated = _("Simulated data")
        document["attribution"] = "模拟数据" if get_language() == "zh-hans" else f"模拟数据 · {simulated}"
    return document


def _bounds(ask: Ask) -> list[float]:
    outlines = Place.objects.filter(pk__in=[place.place_id for place in ask.places])
    boxes = [outline.extent for outline in outlines.values_list("outline", flat=True) if outline is not None]
    if not boxes:
        return [-180.0, -85.05112877980659, 180.0, 85.05112877980659]
    west, south, east, north = zip(*boxes, strict=True)
    return [min(west), min(south), max(east), max(north)]


def _has(request: Request, etag: str) -> bool:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag in known or etag.removeprefix("W/") in known


def _kept_as(response: R, request: Request, version: Version, etag: str, *, may_last: bool = True) -> R:
    response["ETag"] = etag
    if not version.shared:
        response["Cache-Control"] = "private, no-cache"
    elif version.lasting and may_last and request.query_params.get("v") == version.key:
        response["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    else:
        response["Cache-Control"] = f"public, max-age={SHARED_S}"
    patch_vary_headers(response, ["Accept-Encoding"])
    if not version.lasting:
        patch_vary_headers(response, ["Cookie", "Authorization"])
    return response
