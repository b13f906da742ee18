"""Where to write a name: one point for each area, inside it, the same in every tile.

A client that writes names into the clipped polygons of tiles writes them once for each tile that an area reaches
into. So tiles carry points of their own for names: an area's point lies in exactly one tile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from django.db.models import QuerySet

from geo.db.functions import IntersectsBbox, RawWkb
from geo.db.tiles import Feature, FeatureSource
from geo.domain.tile_grid import TileAddress

__all__ = ["label_points", "label_source"]

_TOLERANCE_SHARE = 0.02
_NO_EDGE_DEG = 1e-9


def label_points(shapes: np.ndarray) -> np.ndarray:
    """Return the middle of the largest circle inside each polygon, (n,), same coordinates.

    Parameters
    ----------
    shapes
        Polygons or multipolygons, (n,). Of a multipolygon the largest part counts; empty input gives an empty array.
    """
    points = []
    for shape in shapes:
        part = max(shapely.get_parts(shape), key=shapely.area)
        # GEOS divides by the length of edges: what is shorter than a tenth of a millimetre is no edge.
        part = shapely.remove_repeated_points(part, _NO_EDGE_DEG)
        size = np.sqrt(shapely.area(part)) or 1.0
        # The result is the radius as a line: centre first.
        circle = shapely.maximum_inscribed_circle(part, tolerance=size * _TOLERANCE_SHARE)
        points.append(shapely.get_point(circle, 0))
    return np.array(points, dtype=object)


def label_source(
    name: str, rows: QuerySet[Any], address: TileAddress, properties: Mapping[str, str], limit: int = 3000
) -> FeatureSource:
    """Return the names of those rows whose point lies in a tile.

    Parameters
    ----------
    name
        Layer within the tile.
    rows
        Areas, ordered; their `geometry` column is read.
    properties
        Property → field, annotation or path over relations.
    limit
        Cap of names.
    """
    found = list(
        rows.filter(IntersectsBbox("geometry", address.bbox()))
        .annotate(label_wkb=RawWkb("geometry"))
        .values_list("pk", "label_wkb", *properties.values())[: limit + 1]
    )
    if not found:
        return FeatureSource(name, ())
    points = label_points(shapely.from_wkb(np.array([bytes(row[1]) for row in found], dtype=object)))
    west, south, east, north = address.bbox()
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    # Half-open, so that a point on the edge of two tiles is in one of them.
    inside = (lon >= west) & (lon < east) & (lat > south) & (lat <= north)
    features = [
        Feature(found[i][0], points[i], dict(zip(properties, found[i][2:], strict=True)))
        for i in np.flatnonzero(inside)
    ]
    return FeatureSource(name, features[:limit], len(features) > limit)
