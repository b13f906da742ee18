"""One level of a staged generation, written as a whole: a second run with the same areas changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.db import transaction
from django.utils.translation import gettext as _

from geo.db.convert import to_multipolygon, to_shapely, to_shapely_array
from geo.domain.area_import import LevelCounts
from geo.domain.areas import LEVEL_RANK, AreaRecord
from geo.domain.coverage import parents_by_overlap
from geo.domain.level_fit import parents_by_position
from geo.errors import Conflict, NotThere
from geo.models import Area, BoundaryGeneration
from geo.routing import area_records
from geo.services.versions import locked_place

__all__ = ["LevelArea", "generation_open", "level_stage"]

_BATCH = 500
_MAJORITY = 0.5


@dataclass(frozen=True, slots=True)
class LevelArea:
    """One area of a level.

    Attributes
    ----------
    code, name
    geometry
        shapely Polygon or MultiPolygon, EPSG:4326, valid.
    parent_id
        Area of a wider level of the same generation.
    """

    code: str
    name: str
    geometry: shapely.Geometry
    parent_id: int | None = None
    name_en: str = ""
    aliases: tuple[str, ...] = ()
    population: int | None = None
    households: int | None = None
    enclosure: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def generation_open(*, place_id: int, name: str, source: str = "") -> BoundaryGeneration:
    """Return a staged generation to write levels into; a new one where there is none of that name.

    Parameters
    ----------
    place_id
    name
        Unique in the place.
    source
        Where the boundaries come from; added to what is known.

    Raises
    ------
    Conflict
        If the generation of that name is or was active.
    """
    place = locked_place(place_id)
    generation = BoundaryGeneration.objects.filter(place=place, name=name).first()
    if generation is None:
        return BoundaryGeneration.objects.create(place=place, name=name, source=source[:200])
    _require_staged(generation)
    known = generation.source.split("; ") if generation.source else []
    if source and source not in known:
        generation.source = "; ".join([*known, source])[:200]
        generation.save(update_fields=["source"])
    return generation


@transaction.atomic
def level_stage(*, generation_id: int, level: str, areas: Sequence[LevelArea]) -> LevelCounts:
    """Let a level of a staged generation consist of these areas and no others.

    Areas of finer levels keep their parents, except where that parent is gone, or this level now stands between:
    they then belong to the area of this level with which they share most ground.

    Parameters
    ----------
    generation_id
    level
    areas
        Codes unique, geometries valid, parents of wider levels: checked by who calls.

    Returns
    -------
    LevelCounts

    Raises
    ------
    Conflict
        If the generation is not staged.
    """
    generation = BoundaryGeneration.objects.select_related("place").filter(pk=generation_id).first()
    if generation is None:
        raise NotThere(_("There is no such boundary generation."), field="generation", value=generation_id)
    _require_staged(generation)
    standing = {area.code: area for area in generation.areas.filter(level=level)}
    added, changed, unchanged = [], [], 0
    for given in areas:
        before = standing.pop(given.code, None)
        row = _row(generation, level, given)
        if before is None:
            added.append(row)
        elif _is_same(before, row):
            unchanged += 1
        else:
            row.pk, row.path = before.pk, before.path
            changed.append(row)
    Area.objects.bulk_create(added, batch_size=_BATCH)
    Area.objects.bulk_create(
        changed,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[
            "name", "name_en", "aliases", "parent", "geometry", "population", "households", "enclosure",
            "attributes",
        ],
    )  # fmt: skip
    gone = {area.pk for area in standing.values()}
    relinked = 0
    if added or gone:
        relinked = _relink(generation, level, gone)
    Area.objects.filter(pk__in=sorted(gone)).delete()
    if added or changed or gone:
        _mend_paths(generation)
    return LevelCounts(len(added), len(changed), unchanged, len(gone), relinked)


def _row(generation: BoundaryGeneration, level: str, given: LevelArea) -> Area:
    return Area(
        generation=generation,
        level=level,
        code=given.code,
        name=given.name,
        name_en=given.name_en,
        aliases=list(given.aliases),
        parent_id=given.parent_id,
        path=f"/{given.code}/",
        geometry=to_multipolygon(given.geometry),
        population=given.population,
        households=given.households,
        enclosure=given.enclosure,
        attributes=dict(given.attributes),
    )


def _is_same(before: Area, after: Area) -> bool:
    names = ("name", "name_en", "aliases", "parent_id", "population", "households", "enclosure", "attributes")
    if any(getattr(before, name) != getattr(after, name) for name in names):
        return False
    return bool(to_shapely(before.geometry) == to_shapely(after.geometry))


def _relink(generation: BoundaryGeneration, level: str, gone: set[int]) -> int:
    """Give areas of finer levels their parent at this level, or another one where theirs is going."""
    rank = LEVEL_RANK[level]
    finer = [key for key, other in LEVEL_RANK.items() if other > rank]
    wider_ids = set(generation.areas.exclude(level__in=[level, *finer]).values_list("pk", flat=True))
    loose = [
        area
        for area in generation.areas.filter(level__in=finer).only(
            "pk", "level", "code", "parent_id", "geometry"
        )
        if area.parent_id is None or area.parent_id in gone or area.parent_id in wider_ids
    ]
    if not loose:
        return 0
    shapes = list(to_shapely_array(area.geometry for area in loose))
    upper = [r for r in area_records(generation.pk) if LEVEL_RANK[r.level] <= rank and r.id not in gone]
    moved = []
    for area, parent in zip(loose, _parents(loose, shapes, upper, level, gone, generation), strict=True):
        if parent != area.parent_id:
            area.parent_id = parent
            moved.append(area)
    Area.objects.bulk_update(moved, ["parent"], batch_size=_BATCH)
    return len(moved)


def _parents(
    loose: Sequence[Area],
    shapes: Sequence[shapely.Geometry],
    upper: Sequence[AreaRecord],
    level: str,
    gone: set[int],
    generation: BoundaryGeneration,
) -> list[int | None]:
    metric_crs = generation.place.metric_srid
    anywhere = parents_by_position(shapes, upper, metric_crs=metric_crs)
    own = [record for record in upper if record.level == level]
    nearest, share = parents_by_overlap(shapes, [record.geometry for record in own], metric_crs=metric_crs)
    found: list[int | None] = []
    for position, area in enumerate(loose):
        if area.parent_id is None or area.parent_id in gone:
            parent = anywhere[position]
            found.append(parent.id if parent else None)
        elif nearest[position] >= 0 and share[position] >= _MAJORITY:
            found.append(own[int(nearest[position])].id)
        else:
            # It hangs on a wider area, and no area of this level has most of it: leave it there.
            found.append(area.parent_id)
    return found


def _mend_paths(generation: BoundaryGeneration) -> None:
    rows = sorted(
        generation.areas.only("pk", "level", "code", "parent_id", "path"),
        key=lambda area: LEVEL_RANK[area.level],
    )
    paths: dict[int | None, str] = {None: "/"}
    moved = []
    for area in rows:
        paths[area.pk] = path = f"{paths[area.parent_id]}{area.code}/"
        if path != area.path:
            area.path = path
            moved.append(area)
    Area.objects.bulk_update(moved, ["path"], batch_size=_BATCH)


def _require_staged(generation: BoundaryGeneration) -> None:
    if generation.state != BoundaryGeneration.State.STAGED:
        raise Conflict(
            _("“%(name)s” is %(state)s: boundaries are never edited in place. Stage a new generation.")
            % {"name": generation.name, "state": generation.get_state_display()},
            field="generation",
            value=generation.name,
        )
