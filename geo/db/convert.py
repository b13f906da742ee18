"""GEOS (GeoDjango) ↔ shapely, by WKB; the only place where the two meet."""

from collections.abc import Iterable
from typing import cast

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon

__all__ = ["to_geos", "to_multipolygon", "to_shapely", "to_shapely_array"]


def to_shapely(geometry: GEOSGeometry) -> shapely.Geometry:
    """Return the shapely geometry of a GEOS geometry, same coordinates."""
    return shapely.from_wkb(bytes(geometry.wkb))


def to_shapely_array(geometries: Iterable[GEOSGeometry]) -> np.ndarray:
    """Return shapely geometries (n,) of GEOS geometries; empty input gives an empty array."""
    wkb = [bytes(g.wkb) for g in geometries]
    return shapely.from_wkb(np.array(wkb, dtype=object)) if wkb else np.empty(0, dtype=object)


def to_geos(geometry: shapely.Geometry, srid: int = 4326) -> GEOSGeometry:
    """Return the GEOS geometry of a shapely geometry in the CRS `srid`."""
    return GEOSGeometry(memoryview(shapely.to_wkb(geometry)), srid=srid)


def to_multipolygon(geometry: shapely.Geometry, srid: int = 4326) -> MultiPolygon:
    """Return a GEOS MultiPolygon of a shapely Polygon or MultiPolygon.

    Raises
    ------
    ValueError
        If the geometry is of another type.
    """
    if geometry.geom_type == "Polygon":
        geometry = shapely.MultiPolygon([geometry])
    if geometry.geom_type != "MultiPolygon":
        raise ValueError(f"an area must be a Polygon or MultiPolygon; got {geometry.geom_type}")
    return cast(MultiPolygon, to_geos(geometry, srid))
