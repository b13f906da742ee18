"""Polygons as cities publish them: why one is invalid, and what it takes to mend it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import shapely

from geo.domain.crs import project
from geo.domain.span import require_geometry
from geo.errors import InvalidInput

__all__ = ["Invalidity", "Repair", "RepairAction", "explain_invalidity", "repair_polygon"]

_REASON = re.compile(r"(?P<reason>[^\[]+)\[(?P<lon>\S+) (?P<lat>[^\s\]]+).*\]")


class RepairAction(StrEnum):
    """What was done to a geometry, in the order done."""

    HEIGHTS_DROPPED = "heights_dropped"
    """It had a third coordinate; an area is flat."""
    MADE_VALID = "made_valid"
    """Rings that cross or touch wrongly were laid out anew: outlines joined, holes cut out; a hole that lies
    outside every outline became a part of its own."""
    LINES_DROPPED = "lines_dropped"
    """Parts without an area, spikes and collapsed rings, were left out."""


@dataclass(frozen=True, slots=True)
class Invalidity:
    """Why a geometry is invalid, in the words of GEOS, and where."""

    reason: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Repair:
    """A valid geometry and the way to it.

    Attributes
    ----------
    geometry : shapely.MultiPolygon
        Valid, not empty, two-dimensional.
    actions : tuple of RepairAction
        Empty when nothing had to be done.
    invalidity : Invalidity or None
        What was wrong.
    area_before_m2, area_after_m2 : float
        Before: what the rings enclose as drawn, shells less holes; where a ring crosses itself, its lobes count
        against each other.
    """

    geometry: shapely.MultiPolygon
    actions: tuple[RepairAction, ...]
    invalidity: Invalidity | None
    area_before_m2: float
    area_after_m2: float


def explain_invalidity(geometry: shapely.Geometry) -> Invalidity | None:
    """Return why a geometry in EPSG:4326 is invalid, None when it is valid."""
    if shapely.is_valid(geometry):
        return None
    text = str(shapely.is_valid_reason(geometry))
    match = _REASON.fullmatch(text)
    if match is None:
        return Invalidity(text, None, None)
    return Invalidity(match["reason"], float(match["lon"]), float(match["lat"]))


def repair_polygon(
    geometry: shapely.Geometry, *, metric_crs: str | int, max_loss_share: float = 0.01
) -> Repair:
    """Return a valid MultiPolygon of a polygonal geometry, with a report of what was done.

    Parameters
    ----------
    geometry : shapely.Geometry
        EPSG:4326; Polygon or MultiPolygon, with or without heights.
    metric_crs : str or int
        Projected CRS in metres, for areas.
    max_loss_share : float
        Share of the area as drawn that may get lost, 0 to 1.

    Returns
    -------
    Repair

    Raises
    ------
    InvalidInput
        If it is no polygon, is empty or has bad coordinates, keeps no area, or loses more than the share: that
        is for people to draw again, not for a program to guess.

    References
    ----------
    Repair by `shapely.make_valid`, method "structure" (GEOS GeometryFixer).
    """
    require_geometry(geometry)
    if geometry.geom_type not in ("Polygon", "MultiPolygon"):
        raise InvalidInput(
            f"an area must be a Polygon or MultiPolygon; got {geometry.geom_type}",
            field="geometry",
            value=geometry.geom_type,
            accepted="Polygon, MultiPolygon",
        )
    actions = []
    if shapely.has_z(geometry):
        actions.append(RepairAction.HEIGHTS_DROPPED)
    flat = shapely.force_2d(geometry)
    before_m2 = float(shapely.area(project(flat, metric_crs)))
    invalidity = explain_invalidity(flat)
    if invalidity is not None:
        actions.append(RepairAction.MADE_VALID)
        mended = shapely.make_valid(flat, method="structure", keep_collapsed=True)
        parts = shapely.get_parts(mended).tolist()
        nested = [inner for part in parts for inner in shapely.get_parts(part).tolist()]
        polygons = [part for part in nested if part.geom_type == "Polygon"]
        if len(polygons) < len(nested):
            actions.append(RepairAction.LINES_DROPPED)
        flat = shapely.union_all(polygons) if polygons else shapely.MultiPolygon()
    if flat.is_empty:
        raise _refusal("keeps no area when mended", invalidity, "a polygon with an area")
    after_m2 = float(shapely.area(project(flat, metric_crs)))
    if before_m2 - after_m2 > max_loss_share * before_m2:
        raise _refusal(
            f"loses {1 - after_m2 / before_m2:.1%} of its {before_m2:,.0f} m² when mended",
            invalidity,
            f"a loss of at most {max_loss_share:.1%}",
        )
    result = flat if flat.geom_type == "MultiPolygon" else shapely.MultiPolygon([flat])
    return Repair(result, tuple(actions), invalidity, before_m2, after_m2)


def _refusal(what: str, invalidity: Invalidity | None, accepted: str) -> InvalidInput:
    why = "" if invalidity is None else f" ({invalidity.reason} at {invalidity.lon}, {invalidity.lat})"
    return InvalidInput(f"polygon {what}{why}; accepted is {accepted}", field="geometry", accepted=accepted)
