"""The tree that areas form by level and parent, and what an area must be to stand in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from geo.domain.areas import LEVEL_RANK, AreaRecord, AreaRef
from geo.domain.crs import is_lonlat
from geo.errors import InvalidInput

__all__ = [
    "FOOTPRINT_LEVELS",
    "chains_of",
    "choose_leaf_level",
    "require_footprint_parents",
    "require_records",
    "tree_levels",
]

FOOTPRINT_LEVELS = ("building", "unit")
"""Levels below every leaf: footprints that a pin is near to, not areas that it is routed to."""


def tree_levels(levels: Sequence[str]) -> tuple[str, ...]:
    """Return the levels of the area tree, widest first: those given, without building and unit.

    Raises
    ------
    InvalidInput
        If a level is unknown, repeated or out of order, or none is above the building.
    """
    unknown = [level for level in levels if level not in LEVEL_RANK]
    ranks = [LEVEL_RANK[level] for level in levels if level in LEVEL_RANK]
    tree = tuple(level for level in levels if level not in FOOTPRINT_LEVELS)
    if unknown or not tree or ranks != sorted(set(ranks)):
        raise InvalidInput(
            f"levels must be once each, widest first, of {', '.join(LEVEL_RANK)}, with one above 'building'; "
            f"got {', '.join(levels) or 'none'}",
            field="levels",
            value=list(levels),
            accepted=list(LEVEL_RANK),
        )
    return tree


def choose_leaf_level(levels: tuple[str, ...], leaf_level: str | None) -> str:
    """Return the level that a pin is routed to: the one given, which must be of the tree, else the finest.

    Raises
    ------
    InvalidInput
        If the level is not of the tree.
    """
    if leaf_level is None:
        return levels[-1]
    if leaf_level not in levels:
        raise InvalidInput(
            f"leaf level must be one of {', '.join(levels)}; got '{leaf_level}'",
            field="leaf_level",
            value=leaf_level,
            accepted=levels,
        )
    return leaf_level


def require_records(records: Sequence[AreaRecord], levels: tuple[str, ...]) -> None:
    """Accept areas that an index can be built from.

    Raises
    ------
    InvalidInput
        If there is none, an id or a code in its level is there twice, a level is neither of the tree nor
        building or unit, or a geometry is no valid polygon with coordinates in range. The first offender is
        named.
    """
    accepted = (*levels, *FOOTPRINT_LEVELS)
    ids: set[int] = set()
    codes: set[tuple[str, str]] = set()
    for record in records:
        if record.level not in accepted:
            raise _refusal(
                record, f"level must be one of {', '.join(accepted)}; got '{record.level}'", "level"
            )
        if record.id in ids:
            raise _refusal(record, f"id must be unique in a generation; got {record.id} twice", "id")
        if (record.level, record.code) in codes:
            raise _refusal(record, f"code must be unique in its level; got '{record.code}' twice", "code")
        ids.add(record.id)
        codes.add((record.level, record.code))
    if not records:
        raise InvalidInput("a boundary generation must have at least one area; got none", field="areas")
    geometries = np.empty(len(records), dtype=object)
    geometries[:] = [record.geometry for record in records]
    kinds = shapely.get_type_id(geometries)
    polygonal = np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    good = polygonal & ~shapely.is_empty(geometries) & shapely.is_valid(geometries)
    bounds = shapely.bounds(geometries)
    good &= is_lonlat(bounds[:, 0], bounds[:, 1]) & is_lonlat(bounds[:, 2], bounds[:, 3])
    if not good.all():
        record = records[int(good.argmin())]
        raise _refusal(
            record,
            "geometry must be a valid polygon or multipolygon in degrees that is not empty; got "
            f"{_explain(record.geometry)}",
            "geometry",
        )


def _explain(geometry: shapely.Geometry) -> str:
    if not isinstance(geometry, shapely.Geometry):
        return "none"
    if geometry.is_empty or geometry.geom_type not in ("Polygon", "MultiPolygon"):
        return f"{'empty ' if geometry.is_empty else ''}{geometry.geom_type}"
    reason = shapely.is_valid_reason(geometry)
    return f"bounds {geometry.bounds}" if reason == "Valid Geometry" else reason


def _refusal(record: AreaRecord, message: str, field: str) -> InvalidInput:
    where = f"{record.level} '{record.code}'"
    return InvalidInput(f"{where}: {message}", field=field, value=record.code, area_id=record.id)


def chains_of(records: Sequence[AreaRecord]) -> dict[int, tuple[AreaRef, ...]]:
    """Return each area and its ancestors by parent, widest first, by area id.

    Raises
    ------
    InvalidInput
        If a parent is missing or not of a wider level; cycles cannot be.
    """
    chains: dict[int, tuple[AreaRef, ...]] = {}
    for record in sorted(records, key=lambda record: LEVEL_RANK[record.level]):
        above: tuple[AreaRef, ...] = ()
        if record.parent_id is not None:
            # Wider levels come first: a parent that has no chain yet is missing, or no wider.
            above = chains.get(record.parent_id, ())
            _require_wider(record, above[-1].level if above else None)
        chains[record.id] = (*above, record.ref)
    return chains


def require_footprint_parents(
    footprints: Sequence[AreaRecord], chains: Mapping[int, tuple[AreaRef, ...]]
) -> None:
    """Accept buildings and units whose parents are areas with a chain or, wider than themselves, one of them.

    Raises
    ------
    InvalidInput
        If a parent is missing or not of a wider level.
    """
    levels: dict[int, str] = {}
    for record in sorted(footprints, key=lambda record: LEVEL_RANK[record.level]):
        if record.parent_id is not None:
            chain = chains.get(record.parent_id)
            _require_wider(record, chain[-1].level if chain else levels.get(record.parent_id))
        levels[record.id] = record.level


def _require_wider(record: AreaRecord, level: str | None) -> None:
    if level is None or LEVEL_RANK[level] >= LEVEL_RANK[record.level]:
        raise _refusal(
            record, f"parent must be an area of a wider level; got id {record.parent_id}", "parent_id"
        )
