"""How the areas of one level fit under those above: which is whose, and what the coverage check says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.domain.areas import LEVEL_RANK, AreaRecord
from geo.domain.coverage import CutBuilding, Gap, Outlying, Overlap, check_coverage, parents_by_overlap
from geo.domain.profile import LEVEL_ORDER

__all__ = ["LevelFindings", "level_findings", "parents_by_code", "parents_by_position"]


@dataclass(frozen=True, slots=True)
class LevelFindings:
    """What is wrong with how one level covers the ground; largest first.

    Attributes
    ----------
    gaps
        Ground of the areas one level up (or between the areas, for the widest level) that none of these covers.
    overlaps
        Ground that two of these share.
    outlying
        Parts of these outside their parents.
    buildings_outside
        Codes of buildings in no leaf area, where the level is that of the buildings.
    buildings_cut
        Buildings that a border of leaf areas cuts.
    """

    gaps: tuple[Gap, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    outlying: tuple[Outlying, ...] = ()
    buildings_outside: tuple[str, ...] = ()
    buildings_cut: tuple[CutBuilding, ...] = ()


def parents_by_position(
    geometries: Sequence[shapely.Geometry], wider: Sequence[AreaRecord], *, metric_crs: str | int
) -> list[AreaRecord | None]:
    """Return for each geometry the area above with the largest overlap, of the finest level that it overlaps.

    Parameters
    ----------
    geometries : sequence of shapely geometries
        EPSG:4326, valid; may be empty.
    wider : sequence of AreaRecord
        Areas of wider levels; may be empty.
    metric_crs : str or int

    Returns
    -------
    list of AreaRecord or None
        None where it shares ground with no wider area.
    """
    found: list[AreaRecord | None] = [None] * len(geometries)
    for level in reversed(LEVEL_ORDER):
        # In the order of the codes, so that the lowest has it where two share the same ground.
        above = sorted((record for record in wider if record.level == level), key=lambda record: record.code)
        waiting = [position for position, parent in enumerate(found) if parent is None]
        if not above or not waiting:
            continue
        parents, _share = parents_by_overlap(
            [geometries[position] for position in waiting],
            [record.geometry for record in above],
            metric_crs=metric_crs,
        )
        for position, parent in zip(waiting, parents.tolist(), strict=True):
            if parent >= 0:
                found[position] = above[parent]
    return found


def parents_by_code(codes: Sequence[str], wider: Sequence[AreaRecord]) -> list[AreaRecord | None]:
    """Return the wider area of each code: of several with that code the one of the finest level; None for none."""
    by_code: dict[str, AreaRecord] = {}
    for record in sorted(wider, key=lambda record: LEVEL_RANK[record.level]):
        by_code[record.code] = record
    return [by_code.get(code) for code in codes]


def level_findings(
    level: str,
    records: Sequence[AreaRecord],
    *,
    metric_crs: str | int,
    min_area_m2: float = 1.0,
) -> LevelFindings:
    """Return what the coverage check says of one level.

    Parameters
    ----------
    level : str
    records : sequence of AreaRecord
        Of that level and of wider ones; others are left out.
    metric_crs : str or int
    min_area_m2 : float
        Smaller findings are left out.
    """
    if level == "unit" or not any(record.level == level for record in records):
        return LevelFindings()
    rank = LEVEL_RANK[level]
    known = [record for record in records if LEVEL_RANK[record.level] <= rank]
    levels = [key for key in LEVEL_ORDER if any(record.level == key for record in known)]
    if level == "building":
        leaves = [key for key in levels if key != "building"][-1:]
        known = [record for record in known if record.level in (*leaves, "building")]
        if not leaves:
            return LevelFindings()
        report = check_coverage(
            known, levels=[*leaves, "building"], metric_crs=metric_crs, min_area_m2=min_area_m2
        )
        outside = tuple(ref.code for ref in report.buildings_outside)
        own = [outlying for outlying in report.outlying if outlying.child.level == level]
        return LevelFindings(
            outlying=tuple(own), buildings_outside=outside, buildings_cut=report.buildings_cut
        )
    report = check_coverage(known, levels=levels, metric_crs=metric_crs, min_area_m2=min_area_m2)
    above = levels[-2] if len(levels) > 1 else None
    return LevelFindings(
        gaps=tuple(gap for gap in report.gaps if (gap.parent.level if gap.parent else None) == above),
        overlaps=tuple(overlap for overlap in report.overlaps if overlap.first.level == level),
        outlying=tuple(outlying for outlying in report.outlying if outlying.child.level == level),
    )


def inner_points(geometries: Sequence[shapely.Geometry]) -> list[tuple[float, float]]:
    """Return a lon, lat within each geometry; NaN for an empty one."""
    if not len(geometries):
        return []
    points = shapely.point_on_surface(np.array(geometries, dtype=object))
    return [
        (x, y) for x, y in zip(shapely.get_x(points).tolist(), shapely.get_y(points).tolist(), strict=True)
    ]
