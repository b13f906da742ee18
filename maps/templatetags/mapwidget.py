"""Template tags for maps inside pages: what a map needs to know, and a box that shows or edits one geometry."""

from __future__ import annotations

from itertools import count
from typing import Any

from django import template
from django.contrib.gis.geos import GEOSGeometry
from django.utils.html import json_script
from django.utils.safestring import SafeString

from geo.domain.authority import Authority
from geo.routing import snapshots
from maps.selectors.pageconfig import map_config

register = template.Library()

_numbers = count(1)


@register.simple_tag
def map_config_json(element_id: str) -> SafeString:
    """Put the settings of a map on the page: of the only place, else with the bounds of all."""
    known = sorted(snapshots().values(), key=lambda snapshot: snapshot.slug)
    config = map_config(known[0] if known else None, Authority())
    if len(known) > 1:
        west, south, east, north = zip(*(snapshot.bounds for snapshot in known), strict=True)
        config["bounds"] = [min(west), min(south), max(east), max(north)]
    return json_script(config, element_id)


@register.inclusion_tag("maps/map_box.html")
def map_box(
    geometry: GEOSGeometry | None,
    *,
    name: str = "",
    kind: str = "Point",
    shape: str = "",
    colour: str = "",
    label: str = "",
) -> dict[str, Any]:
    """Show a geometry on a map; with a `name`, edit it as the form field of that name.

    Parameters
    ----------
    geometry
        EPSG:4326; None for none yet.
    name
        Form field that takes the GeoJSON; empty to show only.
    kind
        GeoJSON type that may be drawn: Point, LineString, Polygon, MultiPolygon.
    shape, colour
        Sign of the category, for a point.
    label
        Name of the map for screen readers.

    Examples
    --------
    ``{% load mapwidget %}{% map_box case.location shape="drop" colour="sky" %}`` shows,
    ``{% map_box case.location name="location" %}`` moves the pin.
    """
    return {
        "input_id": f"id_{name}" if name else f"map-box-{next(_numbers)}",
        "name": name,
        "value": geometry.json if geometry else "",
        "kind": kind,
        "readonly": not name,
        "shape": shape,
        "colour": colour,
        "label": label,
    }
