"""Single areas: boundaries only while their generation is staged, names and counts also while it is active."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.gis.geos import MultiPolygon
from django.db import transaction
from django.utils.translation import gettext as _

from geo import profiles
from geo.db.convert import to_shapely
from geo.domain.area_tree import require_records, tree_levels
from geo.domain.areas import LEVEL_RANK, AreaRecord
from geo.domain.codes import unit_grid_codes
from geo.errors import Conflict, InvalidInput, NotThere
from geo.models import Area, BoundaryGeneration
from geo.selectors.codes import code_problems, grids_with_community, require_code
from geo.services.versions import directory_changed

__all__ = ["area_create", "area_remove", "area_update", "grid_codes_make"]

_DESCRIPTION = ("name", "name_en", "aliases", "population", "households", "attributes")
_SHAPE = ("level", "code", "parent", "geometry", "enclosure")


@transaction.atomic
def area_create(
    *,
    generation_id: int,
    level: str,
    code: str,
    name: str,
    geometry: MultiPolygon,
    parent_id: int | None = None,
    **description: Any,
) -> Area:
    """Add an area to a staged generation.

    Parameters
    ----------
    generation_id
    level, code, name
    geometry
        EPSG:4326.
    parent_id
        Area of a wider level of the same generation.
    **description
        `name_en, aliases, population, households, enclosure, attributes`.

    Raises
    ------
    InvalidInput
        If a value cannot be used.
    Conflict
        If the generation is not staged, or has the code at that level.
    """
    generation = _generation(generation_id)
    _require_staged(generation)
    area = Area(generation=generation, level=level, code=code, name=name, geometry=geometry, **description)
    area.parent = _parent(generation, parent_id)
    _check_shape(area)
    area.path = _path(area)
    area.save()
    return area


@transaction.atomic
def area_update(*, area_id: int, changes: Mapping[str, Any]) -> Area:
    """Change an area.

    Parameters
    ----------
    area_id
    changes
        Fields to set. `name, name_en, aliases, population, households, attributes` as long as the generation is not
        retired; `level, code, parent, geometry, enclosure` only while it is staged.

    Raises
    ------
    Conflict
        If the generation does not allow it any more: stage a new one.
    InvalidInput
        If a value cannot be used.
    """
    area = Area.objects.select_related("generation__place", "parent").filter(pk=area_id).first()
    if area is None:
        raise NotThere(_("There is no such area."), field="area", value=area_id)
    unknown = set(changes) - {*_DESCRIPTION, *_SHAPE}
    if unknown:
        raise InvalidInput(f"no such field: {sorted(unknown)[0]}", field=sorted(unknown)[0])
    shape = [name for name in _SHAPE if name in changes and changes[name] != getattr(area, name)]
    if shape:
        _require_staged(area.generation)
    elif area.generation.state == BoundaryGeneration.State.RETIRED:
        raise _closed(area.generation)
    for name, value in changes.items():
        setattr(area, name, value)
    if shape:
        area.parent = _parent(area.generation, area.parent_id)
        _check_shape(area)
    before, area.path = area.path, _path(area)
    area.full_clean(validate_unique=False, validate_constraints=False)
    area.save()
    if area.path != before:
        _move_below(area, before)
    if area.generation.state == BoundaryGeneration.State.ACTIVE:
        directory_changed(place_id=area.generation.place_id)
    return area


@transaction.atomic
def area_remove(*, area_id: int) -> None:
    """Take an area out of a staged generation, with everything below it.

    Raises
    ------
    Conflict
        If the generation is not staged.
    """
    area = Area.objects.select_related("generation").filter(pk=area_id).first()
    if area is None:
        raise NotThere(_("There is no such area."), field="area", value=area_id)
    _require_staged(area.generation)
    area.delete()


@transaction.atomic
def grid_codes_make(*, generation_id: int, everything: bool = False) -> dict[str, list[tuple[str, str]]]:
    """Number the grids of a staged generation after the national scheme, west to east, north to south.

    Parameters
    ----------
    generation_id
    everything
        Number all grids anew; otherwise only those whose code cannot stand, the others keep theirs.

    Returns
    -------
    dict of str to list of (str, str)
        By community, former and new code of the grids that got another one.

    Raises
    ------
    Conflict
        If the generation is not staged: cases, posts and statistics refer to the codes of the others.
    InvalidInput
        If a grid lies in no community, a community's code has not 12 digits, or a community has too many grids.
    """
    generation = _generation(generation_id)
    _require_staged(generation)
    wrong = {finding.area_id for finding in code_problems(generation)}
    by_community: dict[str, list[Area]] = {}
    for grid, community in grids_with_community(generation):
        if not community:
            raise InvalidInput(
                _("The grid %(code)s lies in no community.") % {"code": grid.code},
                field="parent",
                value=grid.code,
            )
        by_community.setdefault(community, []).append(grid)
    renamed: dict[str, list[tuple[str, str]]] = {}
    moved: list[tuple[Area, str]] = []
    for community, grids in by_community.items():
        numbered = [grid for grid in grids if everything or grid.pk in wrong]
        taken = {grid.code for grid in grids if grid not in numbered}
        codes = unit_grid_codes(
            community,
            [to_shapely(grid.geometry) for grid in numbered],
            metric_crs=generation.place.metric_srid,
            taken=taken,
        )
        for grid, code in zip(numbered, codes, strict=True):
            if code != grid.code:
                renamed.setdefault(community, []).append((grid.code, code))
                moved.append((grid, code))
    _recode(moved)
    return renamed


def _recode(moved: list[tuple[Area, str]]) -> None:
    # Twice, because two grids may change places and the code is unique at every moment.
    for grid, _code in moved:
        Area.objects.filter(pk=grid.pk).update(code=f"~{grid.pk}")
    for grid, code in moved:
        before = grid.path
        grid.code = code
        grid.path = _path(grid)
        Area.objects.filter(pk=grid.pk).update(code=code, path=grid.path)
        _move_below(grid, before)


def _move_below(area: Area, before: str) -> None:
    below = Area.objects.filter(generation_id=area.generation_id, path__startswith=before).exclude(pk=area.pk)
    rows = list(below.only("pk", "path"))
    for row in rows:
        row.path = area.path + row.path[len(before) :]
    Area.objects.bulk_update(rows, ["path"], batch_size=500)


def _path(area: Area) -> str:
    return f"{area.parent.path if area.parent else '/'}{area.code}/"


def _generation(generation_id: int) -> BoundaryGeneration:
    found = BoundaryGeneration.objects.select_related("place").filter(pk=generation_id).first()
    if found is None:
        raise NotThere(_("There is no such boundary generation."), field="generation", value=generation_id)
    return found


def _closed(generation: BoundaryGeneration) -> Conflict:
    return Conflict(
        _("“%(name)s” is %(state)s: boundaries are never edited in place. Stage a new generation.")
        % {"name": generation.name, "state": generation.get_state_display()},
        field="generation",
        value=generation.name,
    )


def _require_staged(generation: BoundaryGeneration) -> None:
    if generation.state != BoundaryGeneration.State.STAGED:
        raise _closed(generation)


def _parent(generation: BoundaryGeneration, parent_id: int | None) -> Area | None:
    if parent_id is None:
        return None
    parent = Area.objects.filter(pk=parent_id, generation=generation).first()
    if parent is None:
        raise InvalidInput(
            _("The area above must be of the same boundary generation."), field="parent", value=parent_id
        )
    return parent


def _check_shape(area: Area) -> None:
    geo = profiles.resolve(area.generation.place.profile).geo
    require_code(area.code)
    geometry = to_shapely(area.geometry)
    above = area.parent
    if above is not None and LEVEL_RANK[above.level] >= LEVEL_RANK.get(area.level, -1):
        raise InvalidInput(
            _("The area above must be of a wider level than “%(level)s”.") % {"level": area.level},
            field="parent",
            value=above.pk,
        )
    record = AreaRecord(0, area.level, area.code, area.name, None, geometry, area.enclosure)
    require_records([record], tree_levels(geo.level_keys))
    twin = Area.objects.filter(generation=area.generation, level=area.level, code=area.code).exclude(
        pk=area.pk
    )
    if twin.exists():
        raise Conflict(
            _("There is an area with the code “%(code)s” at that level.") % {"code": area.code},
            field="code",
            value=area.code,
        )
