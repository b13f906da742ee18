"""Boundary generations: staged whole, checked, activated in one transaction, never edited afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.contrib.gis.db.models import Extent
from django.contrib.gis.geos import Polygon
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo import profiles
from geo.activation import Activation, Switch, parts
from geo.db.convert import to_multipolygon
from geo.domain.area_tree import require_records, tree_levels
from geo.domain.areas import LEVEL_RANK, AreaRecord
from geo.domain.profile import GeoSection
from geo.domain.routing_index import RoutingIndex
from geo.errors import Conflict, InvalidInput, NotThere
from geo.models import Area, BoundaryGeneration, Place
from geo.routing import area_records, snapshot_in_force
from geo.selectors.codes import code_problems, require_code
from geo.services.versions import directory_changed, locked_place

__all__ = ["AreaInput", "generation_activate", "generation_discard", "generation_stage", "require_routable"]

_BATCH = 500


@dataclass(frozen=True, slots=True)
class AreaInput:
    """One area to be staged.

    Attributes
    ----------
    level, code, name
        The code is unique within its level.
    geometry
        shapely Polygon or MultiPolygon, EPSG:4326, valid.
    parent
        Code of the area above; of several with that code the one at the finest wider level. None for the widest.
    """

    level: str
    code: str
    name: str
    geometry: shapely.Geometry
    parent: str | None = None
    name_en: str = ""
    aliases: tuple[str, ...] = ()
    population: int | None = None
    households: int | None = None
    enclosure: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def generation_stage(
    *, place_id: int, name: str, areas: Iterable[AreaInput], source: str = ""
) -> BoundaryGeneration:
    """Write a new generation beside the active one.

    Parameters
    ----------
    place_id
    name
        Unique in the place.
    areas
        All areas of the generation, in any order. Gaps, overlaps and codes against the scheme are taken here and
        told by the checks: what cannot be routed at all is not.
    source
        Where the boundaries come from.

    Returns
    -------
    BoundaryGeneration
        State `staged`.

    Raises
    ------
    InvalidInput
        If a level is not the profile's, a code is there twice or cannot be one, a parent is missing, or a geometry
        is no valid polygon in range. The first offender is named.
    Conflict
        If the place has a generation of that name.
    """
    place = locked_place(place_id)
    if BoundaryGeneration.objects.filter(place=place, name=name).exists():
        raise Conflict(
            _("There is a boundary generation “%(name)s” already.") % {"name": name}, field="name", value=name
        )
    ordered = sorted(areas, key=lambda area: LEVEL_RANK.get(area.level, len(LEVEL_RANK)))
    geo = profiles.resolve(place.profile).geo
    _check_values(ordered, geo)
    parents = _parents(ordered)
    records = [
        AreaRecord(number, area.level, area.code, area.name, above, area.geometry, area.enclosure)
        for number, (area, above) in enumerate(zip(ordered, parents, strict=True))
    ]
    require_records(records, tree_levels(geo.level_keys))
    generation = BoundaryGeneration.objects.create(place=place, name=name, source=source)
    _write(generation, ordered, parents)
    return generation


@transaction.atomic
def generation_activate(*, place_id: int, name: str) -> Activation:
    """Let a staged generation (or, going back, a retired one) route from now on, in one transaction.

    The former active one is retired, and everything that was routed by it (`geo.activation`) is routed again. Every
    server process answers from the new one at its next request.

    Parameters
    ----------
    place_id
    name
        Of the generation.

    Raises
    ------
    NotThere
        If the place has no such generation.
    Conflict
        If it is active already, another one is being activated at this moment, or codes are not after the scheme
        of the profile.
    InvalidInput
        If it cannot be routed; the first offender is named.
    """
    place = locked_place(place_id)
    generation = BoundaryGeneration.objects.filter(place=place, name=name).first()
    if generation is None:
        known = list(BoundaryGeneration.objects.filter(place=place).values_list("name", flat=True))
        raise NotThere(
            _("There is no boundary generation “%(name)s”; there are: %(known)s.")
            % {"name": name, "known": ", ".join(known) or "–"},
            field="generation",
            value=name,
            accepted=known,
        )
    if generation.state == BoundaryGeneration.State.ACTIVE:
        raise Conflict(
            _("The boundary generation “%(name)s” is active already.") % {"name": name}, field="generation"
        )
    require_routable(place, generation)
    now = timezone.now()
    before = place.generations.filter(state=BoundaryGeneration.State.ACTIVE).first()
    try:
        with transaction.atomic():
            place.generations.filter(state=BoundaryGeneration.State.ACTIVE).update(
                state=BoundaryGeneration.State.RETIRED, retired_at=now
            )
            generation.state, generation.activated_at, generation.retired_at = "active", now, None
            generation.save(update_fields=["state", "activated_at", "retired_at"])
    except IntegrityError as error:
        raise Conflict(
            _("Another boundary generation is being activated; look again."), field="generation", value=name
        ) from error
    extent = generation.areas.aggregate(extent=Extent("geometry"))["extent"]
    Place.objects.filter(pk=place.pk).update(outline=Polygon.from_bbox(extent))
    directory_changed(place_id=place.pk)
    after = snapshot_in_force(place.pk)
    assert after is not None
    switch = Switch(place.pk, before, after, now)
    return Activation(
        generation, before.name if before else "", {part.key: part.apply(switch) for part in parts()}
    )


@transaction.atomic
def generation_discard(*, generation_id: int) -> None:
    """Delete a generation that was staged and never active.

    Raises
    ------
    Conflict
        If it is or was active: cases refer to it.
    """
    generation = BoundaryGeneration.objects.filter(pk=generation_id).first()
    if generation is None:
        raise NotThere(_("There is no such boundary generation."), field="generation", value=generation_id)
    if generation.state != BoundaryGeneration.State.STAGED:
        raise Conflict(
            _("“%(name)s” is or was active and stays: cases refer to it.") % {"name": generation.name},
            field="generation",
            value=generation.name,
        )
    generation.delete()


def _parents(ordered: Sequence[AreaInput]) -> list[int | None]:
    """Return the position of each area's parent."""
    by_code: dict[str, list[int]] = {}
    found: list[int | None] = []
    for position, area in enumerate(ordered):
        # Widest first: what stands in `by_code` already is of a wider level, or of the same.
        above = [
            p
            for p in by_code.get(area.parent or "", ())
            if LEVEL_RANK[ordered[p].level] < LEVEL_RANK.get(area.level, len(LEVEL_RANK))
        ]
        if area.parent and not above:
            raise InvalidInput(
                _("%(level)s %(code)s: there is no area “%(parent)s” above it.")
                % {"level": area.level, "code": area.code, "parent": area.parent},
                field="parent",
                value=area.parent,
            )
        found.append(above[-1] if above else None)
        if area.level in LEVEL_RANK:
            by_code.setdefault(area.code, []).append(position)
    return found


def _check_values(ordered: Sequence[AreaInput], geo: GeoSection) -> None:
    for area in ordered:
        require_code(area.code)
        if area.enclosure not in ("", *Area.Enclosure.values):
            raise InvalidInput(
                _("%(code)s: enclosure must be open, closed or empty; got “%(value)s”.")
                % {"code": area.code, "value": area.enclosure},
                field="enclosure",
                value=area.enclosure,
                accepted=Area.Enclosure.values,
            )
        if area.level not in geo.level_keys:
            raise InvalidInput(
                _("%(code)s: the profile has no level “%(level)s”; it has: %(known)s.")
                % {"code": area.code, "level": area.level, "known": ", ".join(geo.level_keys)},
                field="level",
                value=area.level,
                accepted=list(geo.level_keys),
            )


def _write(
    generation: BoundaryGeneration, ordered: Sequence[AreaInput], parents: Sequence[int | None]
) -> None:
    rows: list[Area] = []
    start = 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and ordered[end].level == ordered[start].level:
            end += 1
        fresh = []
        for position in range(start, end):
            area, above = ordered[position], parents[position]
            parent = rows[above] if above is not None else None
            fresh.append(
                Area(
                    generation=generation,
                    level=area.level,
                    code=area.code,
                    name=area.name,
                    name_en=area.name_en,
                    aliases=list(area.aliases),
                    parent=parent,
                    path=f"{parent.path if parent else '/'}{area.code}/",
                    geometry=to_multipolygon(area.geometry),
                    population=area.population,
                    households=area.households,
                    enclosure=area.enclosure,
                    attributes=dict(area.attributes),
                )
            )
        rows += Area.objects.bulk_create(fresh, batch_size=_BATCH)
        start = end


def require_routable(place: Place, generation: BoundaryGeneration) -> None:
    """Accept a generation that every process can load under the place's settings.

    Raises
    ------
    InvalidInput
        If the routing index cannot be built; the first offender is named.
    Conflict
        If codes are not after the scheme of the profile.
    """
    problems = code_problems(generation)
    if problems:
        first = problems[0]
        raise Conflict(
            _(
                "%(count)d codes are not after the scheme of the profile, the first is %(code)s (%(problem)s); "
                "`manage.py make_codes` numbers anew."
            )
            % {"count": len(problems), "code": first.code, "problem": first.problem},
            field="code",
            value=first.code,
            accepted="unit_grid_15",
        )
    geo = profiles.resolve(place.profile).geo
    # Built once to see that it can be: a generation that no process can load would stop the place.
    RoutingIndex.build(
        area_records(generation.pk),
        levels=geo.level_keys,
        leaf_level=geo.leaf_level,
        metric_crs=place.metric_srid,
    )
