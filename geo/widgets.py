"""The map in forms and in the administration: our own map, under the strict content security policy."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.forms import BaseGeometryWidget
from django.contrib.gis.geos import GEOSGeometry

__all__ = ["MapWidget"]


class MapWidget(BaseGeometryWidget):
    """Shows and edits a geometry in EPSG:4326, as GeoJSON in a text area; without scripts the text area remains.

    In an admin: ``class AreaAdmin(GISModelAdmin): gis_widget = MapWidget``. Django's own widgets bring an inline
    script and load OpenLayers from elsewhere.

    Parameters
    ----------
    attrs
        `readonly` shows without editing.
    """

    template_name = "maps/map_widget.html"
    map_srid = 4326

    def serialize(self, value: GEOSGeometry | None) -> str:
        """Return GeoJSON, empty for None."""
        return value.json if value else ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return what the template needs; `geom_type` by its GeoJSON name."""
        context = super().get_context(name, value, attrs)
        context["geometry_kind"] = str(context.get("geom_type", "Geometry"))
        context["readonly"] = bool(self.attrs.get("readonly") or (attrs or {}).get("readonly"))
        context["input_id"] = context["widget"]["attrs"].get("id") or f"id_{name}"
        return context
