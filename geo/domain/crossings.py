"""Where streets meet, from their centre lines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely

from geo.domain.crs import project, unproject

__all__ = ["road_crossings"]

_MEET_WITHIN_M = 12.0
"""A side street's centre line often ends at the kerb of the wider one."""


def road_crossings(
    roads: Mapping[str, shapely.Geometry], metric_crs: str | int
) -> dict[tuple[str, str], tuple[float, float]]:
    """Return where each two of some streets meet.

    Parameters
    ----------
    roads : mapping of str to shapely.LineString or shapely.MultiLineString
        Centre lines by key, EPSG:4326; may be empty.
    metric_crs : str or int
        CRS in metres in which they are measured.

    Returns
    -------
    dict
        (key, key), in order of the keys, to one lon, lat, EPSG:4326, where the two lines touch or come within 12 m
        of each other; of streets that meet more than once (dual carriageways) the meeting point nearest to the
        middle of them all.
    """
    keys = sorted(roads)
    if not keys:
        return {}
    lines = project(np.array([roads[key] for key in keys], dtype=object), metric_crs)
    tree = shapely.STRtree(lines)
    met = tree.query(lines, predicate="dwithin", distance=_MEET_WITHIN_M).T
    pairs = [(int(one), int(other)) for one, other in met if one < other]
    points = [_meeting_point(lines[one], lines[other]) for one, other in pairs]
    lonlat = shapely.get_coordinates(unproject(np.array(points, dtype=object), metric_crs)) if points else ()
    return {
        (keys[one], keys[other]): (float(lon), float(lat))
        for (one, other), (lon, lat) in zip(pairs, lonlat, strict=True)
    }


def _meeting_point(one: shapely.Geometry, other: shapely.Geometry) -> shapely.Point:
    shared = shapely.intersection(one, other)
    if shared.is_empty:
        return shapely.line_interpolate_point(shapely.shortest_line(one, other), 0.5, normalized=True)
    corners = shapely.points(shapely.get_coordinates(shared))
    middle = shapely.centroid(shapely.multipoints(corners))
    nearest: shapely.Point = corners[int(np.argmin(shapely.distance(corners, middle)))]
    return nearest
