"""`/map/`: where cases are, by cell or by area, with the list behind every number; a plain form without scripts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from cases.selectors.cases import CasePage, asker_of, cases_page
from cases.selectors.due import DueReader
from cases.selectors.projection import Asker
from cases.views.pages import limited, page
from cases.views.shown import row_of
from geo.domain.authority import Authority
from geo.errors import InvalidInput
from geo.models import Place
from geo.permissions import AnonymousThrottle
from geo.routing import PlaceSnapshot
from geo.selectors.authority import authority_of
from geo.selectors.clock import local_day
from maps.domain.cell_sizes import across_px
from maps.domain.viewport import Viewport
from maps.selectors.drawing import drawing_of, paths_of
from maps.selectors.figures import Figures, Spot, around, figures_of, shapes_of, spot_of
from maps.selectors.map_payload import class_words, map_payload, picked_outline, row_marks
from maps.selectors.map_query import MapQuery, read_map_query
from maps.selectors.pageconfig import area_bounds, map_config
from maps.views.map_form import Option, map_form

__all__ = ["officials_map"]

ROWS = 40
FULLEST = 10
DRAWN_PX = (760, 640)
PART_HEADER, DRAWN_HEADER = "X-Map-Part", "X-Map-Drawn"
"""Sent by the page's script: only what changes with the address; and the drawing as well, where it has no WebGL."""


@limited(AnonymousThrottle)
@require_safe
@page
def officials_map(request: HttpRequest) -> HttpResponse:
    """Show the map that an address describes: whole page, or only its changing part for the page's script."""
    authority = authority_of(request.user)
    asker = asker_of(request.user)
    places = _places(asker, authority)
    snapshot = _place_of(request, places)
    is_part = PART_HEADER in request.headers
    config = map_config(snapshot, authority)
    if snapshot is not None:
        config["start"] = _start(snapshot, authority)
    context: dict[str, Any] = {
        "snapshot": snapshot,
        "config": config,
        "is_staff": authority.is_staff,
        "now": asker.now,
        "is_part": is_part,
    }
    if snapshot is None:
        return render(request, "maps/map.html", context)
    context["place"] = Place.objects.get(pk=snapshot.place_id)
    params = request.GET.dict()
    status = 200
    try:
        today = local_day(snapshot.time_zone)
        query = read_map_query(params, today=today, is_staff=authority.is_staff)
        query = replace(
            query,
            filters=replace(query.filters, place=snapshot.slug),
            picked=replace(query.picked, place=snapshot.slug),
        )
        size = _size(params.get("size", "")) if is_part else DRAWN_PX
        viewport = _viewport(query, config["start"] or snapshot.bounds, size)
        figures = figures_of(request.user, query, snapshot, viewport)
        found = cases_page(request.user, query.picked, limit=ROWS, after=query.after, sort=query.sort)
    except InvalidInput as problem:
        status = 400
        query = read_map_query({"place": snapshot.slug}, today=today, is_staff=authority.is_staff)
        context |= {"error": problem.message, "query": query, "clear_url": f"?place={snapshot.slug}"}
    else:
        shapes, within = shapes_of(figures, snapshot, viewport)
        if not is_part or DRAWN_HEADER in request.headers:
            context |= _drawing(query, figures, snapshot, viewport, shapes)
        context |= {
            "query": query,
            "figures": figures,
            "legend": _legend(figures, query),
            "cell_m": _cell_metres(figures, viewport),
            "payload": map_payload(query, figures, snapshot, viewport, shapes, within, found.features),
            **_table(query, figures, found, asker),
            **_lists(query, figures, snapshot),
        }
    context |= map_form(query, snapshot, asker, places, request, authority)
    template = "maps/map_view.html" if is_part else "maps/map.html"
    response = render(request, template, context, status=status)
    response.headers["Vary"] = f"{PART_HEADER}, {DRAWN_HEADER}"
    if is_part:
        response.headers["Cache-Control"] = "no-store"  # going back must not show a part as a page
    return response


def _places(asker: Asker, authority: Authority) -> list[PlaceSnapshot]:
    """Return the places that somebody may choose from: staff their own, all others every one."""
    known = sorted(asker.snapshots.values(), key=lambda snapshot: snapshot.slug)
    own = {grant.place_id for grant in authority.grants}
    if authority.is_administrator or not own:
        return known
    return [snapshot for snapshot in known if snapshot.place_id in own]


def _place_of(request: HttpRequest, places: list[PlaceSnapshot]) -> PlaceSnapshot | None:
    slug, own = request.GET.get("place", ""), getattr(request.user, "place_id", None)
    named = next((snapshot for snapshot in places if snapshot.slug == slug), None)
    at_home = next((snapshot for snapshot in places if snapshot.place_id == own), None)
    return named or at_home or (places[0] if places else None)


def _size(text: str) -> tuple[int, int]:
    """Return the pixels of the script's map; out of range, those of the drawing."""
    width, _x, height = text.partition("x")
    is_size = all(part.isascii() and part.isdecimal() and len(part) <= 4 for part in (width, height))
    if is_size and min(int(width), int(height)) >= 100:
        return int(width), int(height)
    return DRAWN_PX


def _start(snapshot: PlaceSnapshot, authority: Authority) -> tuple[float, float, float, float] | None:
    """Return where the map begins: on the communities whose cases somebody sees; None for the whole place."""
    own = {
        grant.community_code or grant.area_code
        for grant in authority.grants
        if grant.place_id == snapshot.place_id and grant.area_code
    }
    return area_bounds(snapshot, own) if own else None


def _viewport(query: MapQuery, bounds: tuple[float, float, float, float], size: tuple[int, int]) -> Viewport:
    width, height = size
    if query.at is not None:
        return Viewport(*query.at, width, height)
    return Viewport.fitting(bounds, width_px=width, height_px=height, padding_px=24)


def _drawing(
    query: MapQuery,
    figures: Figures,
    snapshot: PlaceSnapshot,
    viewport: Viewport,
    shapes: list[tuple[Spot, Any]],
) -> dict[str, Any]:
    """Return the map as drawn by the server: each cell or area leads to its cases."""
    drawing = drawing_of(figures, shapes, snapshot, viewport)
    outline = picked_outline(query, snapshot)
    return {
        "drawing": drawing,
        "drawn": [
            {"shape": shape, "url": _pick(query, figures, shape.spot.key), "title": _title(shape.spot, query)}
            for shape in drawing.shapes
        ],
        "picked_path": paths_of([outline], viewport)[0] if outline is not None else "",
        "scale_y": viewport.height_px - 16,
        "scale_km": drawing.scale.metres // 1000,
        "moves": _moves(query, viewport),
    }


def _pick(query: MapQuery, figures: Figures, key: str) -> str:
    if figures.mode == "cells":
        return query.address(cell=key, after=None)
    return query.address(lies_in=f"{figures.level}:{key}", after=None)


def _title(spot: Spot, query: MapQuery) -> str:
    said = ngettext("%(count)s case", "%(count)s cases", spot.count) % {"count": spot.count}
    if query.with_rate and spot.value is not None:
        said += " · " + _("%(rate)s per 1,000 residents") % {"rate": f"{spot.value:.1f}"}
    return f"{spot.name}: {said}" if spot.name else said


def _moves(query: MapQuery, viewport: Viewport) -> list[Option]:
    """Return links that move the drawn map."""

    def link(label: str, sign: str, view: Viewport) -> Option:
        at = f"{view.lon:.5f},{view.lat:.5f},{view.zoom:.2f}"
        return Option(sign, label, url=query.address(at=at))

    return [
        link(_("Zoom in"), "+", viewport.zoomed(1)),
        link(_("Zoom out"), "−", viewport.zoomed(-1)),
        link(_("To the west"), "←", viewport.moved(-0.3, 0)),
        link(_("To the north"), "↑", viewport.moved(0, -0.3)),
        link(_("To the south"), "↓", viewport.moved(0, 0.3)),
        link(_("To the east"), "→", viewport.moved(0.3, 0)),
    ]


def _legend(figures: Figures, query: MapQuery) -> list[dict[str, Any]]:
    last = len(figures.classes) - 1
    counts = [0] * len(figures.classes)
    zero = without_value = 0
    for spot in figures.spots:
        if spot.position is not None:
            counts[spot.position] += 1
        elif spot.value is None:
            without_value += 1
        else:
            zero += 1
    entries: list[dict[str, Any]] = [
        {
            "number": number + 1,
            "colour": entry.colour,
            "label": class_words(entry, is_last=number == last, with_rate=query.with_rate),
            "spots": counts[number],
        }
        for number, entry in enumerate(figures.classes)
    ]
    if zero:
        entries.insert(0, {"number": 0, "colour": "", "label": "0", "spots": zero})
    if without_value:
        label = _("number of residents not known")
        entries.append({"number": 0, "colour": "", "label": label, "spots": without_value})
    return entries


def _cell_metres(figures: Figures, viewport: Viewport) -> int | None:
    if figures.res < 0:
        return None
    metres = across_px(figures.res, viewport.zoom, viewport.lat) * viewport.metres_per_px
    return int(round(metres, -1 if metres < 1000 else -2))


def _table(query: MapQuery, figures: Figures, found: CasePage, asker: Asker) -> dict[str, Any]:
    due = DueReader(asker)
    rows: list[dict[str, Any]] = [
        {"row": row_of(feature, asker, due), "marks": row_marks(feature, figures)}
        for feature in found.features
    ]
    headings = {
        name: {
            "url": query.address(sort=back if query.sort == first else first, after=None),
            "sort": {first: up, back: down}.get(query.sort, "none"),
        }
        for name, first, back, up, down in (
            ("status", "status", "-status", "ascending", "descending"),
            ("deadline", "deadline", "-deadline", "ascending", "descending"),
            ("reported", "-reported", "reported", "descending", "ascending"),
        )
    }
    return {
        "rows": rows,
        "has_limits": any(entry["row"].due for entry in rows),
        "headings": headings,
        "found_total": found.total,
        "next_url": query.address(after=found.after) if found.after else "",
        "first_url": query.address(after=None) if query.after else "",
    }


def _lists(query: MapQuery, figures: Figures, snapshot: PlaceSnapshot) -> dict[str, Any]:
    """Return the spots as a list: every area, or the fullest cells; what is picked; what is on no map."""
    if figures.mode == "areas":
        key = query.picked.lies_in[1] if query.picked.lies_in else None
        listed = figures.spots
        without_url = query.address(lies_in=f"{figures.level}:", after=None)
        is_without = key == ""
    else:
        key = query.given.get("cell")
        listed = figures.spots[:FULLEST]
        without_url = query.address(cell="none", after=None)
        is_without = key == "none"
    orders = {
        name: {
            "url": query.address(order=back if query.order == first else first),
            "sort": {first: up, back: down}.get(query.order, "none"),
        }
        for name, first, back, up, down in (
            ("name", "name", "-name", "ascending", "descending"),
            ("value", "-value", "value", "descending", "ascending"),
        )
    }
    picked_spot = spot_of(figures, key) if key else None
    return {
        "spots": [{"spot": spot, "url": _pick(query, figures, spot.key)} for spot in listed],
        "picked_key": key or "",
        "picked_spot": picked_spot,
        "picked_name": _picked_name(picked_spot, query, snapshot),
        "is_without_picked": is_without,
        "is_picked": query.is_picked,
        "without_url": without_url,
        "unpick_url": query.address(cell=None, lies_in=None, after=None),
        "orders": orders,
    }


def _picked_name(spot: Spot | None, query: MapQuery, snapshot: PlaceSnapshot) -> str:
    if spot is not None and spot.name:
        return spot.name
    return around(snapshot, query.picked.cell) if query.picked.cell else ""
