"""`/staff/coverage/` (不漏一楼): what boundaries and posts leave uncovered, as list and map."""

from __future__ import annotations

from typing import Any

import shapely
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.views.pages import page
from geo.errors import InvalidInput, NotAllowed
from geo.models import Place
from geo.routing import PlaceSnapshot, snapshots
from geo.selectors.authority import authority_of
from geo.selectors.clock import local_day
from maps.domain.viewport import Viewport
from maps.selectors.coverage_view import KINDS, Finding, findings_of, may_see_coverage, places_overseen
from maps.selectors.drawing import drawing_of, paths_of
from maps.selectors.figures import Figures
from maps.selectors.map_query import read_at
from maps.selectors.pageconfig import map_config

__all__ = ["coverage"]

DRAWN_PX = (760, 640)
CLOSEST_ZOOM = 18.0
NOTHING_COUNTED = Figures("areas", "", -1, (), (), 0, 0)


@login_required
@require_safe
@page
def coverage(request: HttpRequest) -> HttpResponse:
    """Show the findings in the asker's own areas."""
    authority = authority_of(request.user)
    if not may_see_coverage(authority):
        raise NotAllowed(_("Coverage is for those who answer for a community or more."))
    places = places_overseen(authority, snapshots().values())
    slug = request.GET.get("place", "")
    snapshot = next((known for known in places if known.slug == slug), places[0] if places else None)
    if snapshot is None:
        return render(request, "maps/coverage.html", {"snapshot": None})
    findings = findings_of(snapshot, authority, day=local_day(snapshot.time_zone))
    try:
        at = read_at(request.GET.get("at", ""))
    except InvalidInput:
        at = None  # the list is the same wherever the map looks
    config = map_config(snapshot, authority)
    if at:
        viewport = Viewport(*at, *DRAWN_PX)
    else:
        whole = config["start"] or snapshot.bounds
        viewport = Viewport.fitting(whole, width_px=DRAWN_PX[0], height_px=DRAWN_PX[1])
    drawing = drawing_of(NOTHING_COUNTED, [], snapshot, viewport)
    drawn = [finding for finding in findings if finding.shape is not None]
    context = {
        "snapshot": snapshot,
        "place": Place.objects.get(pk=snapshot.place_id),
        "places": places if len(places) > 1 else [],
        "config": config,
        "kinds": [_kind(kind, label, findings, snapshot) for kind, label in KINDS.items()],
        "total": len(findings),
        "drawing": drawing,
        "scale_y": viewport.height_px - 16,
        "scale_km": drawing.scale.metres // 1000,
        "paths": [
            {"kind": finding.kind, "d": d}
            for finding, d in zip(drawn, paths_of((f.shape for f in drawn), viewport), strict=True)
            if d
        ],
        "shapes": {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "geometry": shapely.geometry.mapping(shapely.set_precision(finding.shape, 1e-6)),
                    "properties": {"kind": finding.kind, "key": finding.key, "name": finding.name},
                }
                for finding in drawn
            ],
        },
    }
    return render(request, "maps/coverage.html", context)


def _kind(kind: str, label: Any, findings: list[Finding], snapshot: PlaceSnapshot) -> dict[str, Any]:
    own = [finding for finding in findings if finding.kind == kind]
    return {
        "key": kind,
        "label": str(label),
        "count": len(own),
        "findings": [
            {"finding": finding, "at": _at(finding), "url": _url(finding, snapshot)} for finding in own
        ],
    }


def _at(finding: Finding) -> str:
    """Return where a map shows a finding, with something around it."""
    if finding.shape is None:
        return ""
    west, south, east, north = finding.shape.bounds
    near = Viewport.fitting((west, south, east, north), width_px=420, height_px=360)
    return f"{near.lon:.6f},{near.lat:.6f},{min(CLOSEST_ZOOM, near.zoom):.2f}"


def _url(finding: Finding, snapshot: PlaceSnapshot) -> str:
    at = _at(finding)
    return f"?place={snapshot.slug}&at={at}" if at else ""
