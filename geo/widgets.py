"""The map in forms: ours, for Django's has an inline script and asks a foreign server for its code."""

from __future__ import annotations

from typing import Any

import shapely
from django.contrib.gis.forms.widgets import BaseGeometryWidget
from django.contrib.gis.geos import GEOSException, GEOSGeometry

from geo.db.convert import to_geos

__all__ = ["MapWidget"]

_KINDS = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRY": "Geometry",
}


class MapWidget(BaseGeometryWidget):
    """A text area with GeoJSON in EPSG:4326, and a map above it where scripts run.

    The text area is the field: the form works without the map, and what the map cannot edit is edited there.
    """

    template_name = "maps/map_widget.html"
    map_srid = 4326
    readonly = False

    def __init__(self, attrs: dict[str, Any] | None = None, *, readonly: bool = False) -> None:
        super().__init__(attrs)
        self.readonly = readonly

    def serialize(self, value: GEOSGeometry | None) -> str:
        """Return a geometry as GeoJSON."""
        return str(value.json) if value else ""

    def deserialize(self, value: str) -> GEOSGeometry | None:
        """Return the geometry of a GeoJSON text; None for what is none, so that the field says so."""
        try:
            # Not by GDAL, which before 3.9 opens whatever file or address a "crs" names.
            return to_geos(shapely.from_geojson(value), srid=self.map_srid)
        except (shapely.GEOSException, GEOSException, ValueError, TypeError):
            return None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return what the template shows; a text that was refused is shown as it came."""
        context: dict[str, Any] = super(BaseGeometryWidget, self).get_context(name, None, attrs)
        geometry = self.deserialize(value) if isinstance(value, str) and value else value
        shown = self.serialize(geometry) if isinstance(geometry, GEOSGeometry) else str(value or "")
        kind = str(self.attrs.get("geom_type", "GEOMETRY")).upper()
        context.update(
            input_id=context["widget"]["attrs"].get("id", f"id_{name}"),
            name=name,
            geometry_kind=_KINDS.get(kind, "Geometry"),
            readonly=self.readonly,
            serialized=shown,
        )
        return context
