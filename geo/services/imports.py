"""Areas from a file into a staged generation: read, checked, told, and written only when asked to."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import shapely
from django.db import transaction

from geo import profiles
from geo.domain.area_import import AreaFields, AreaImport, problem_json
from geo.domain.area_rows import AreaRow, RowFlaw, RowProblem
from geo.domain.areas import LEVEL_RANK, AreaRecord
from geo.domain.crs_evidence import crs_label
from geo.domain.level_fit import level_findings, parents_by_code, parents_by_position
from geo.domain.profile import GeoSection
from geo.errors import Conflict, InvalidInput, NotThere
from geo.files.time_zones import nearest_time_zone
from geo.files.vector import VectorTable, read_vector
from geo.models import Area, BoundaryGeneration, Place
from geo.profiles import ProfileError
from geo.routing import area_records
from geo.services.import_reading import Prepared, ground_known, prepare_rows
from geo.services.places import place_create
from geo.services.staging import LevelArea, generation_open, level_stage

__all__ = ["NewPlace", "areas_import"]

_ALIASES = re.compile(r"[;；,，、|/]+")
_TEXTS = ("name_en", "aliases", "population", "households", "enclosure")


@dataclass(frozen=True, slots=True)
class NewPlace:
    """What to make of a place that is not there yet; what is empty is chosen from the data, and told."""

    profile: str = ""
    name: str = ""
    metric_srid: int | None = None
    time_zone: str = ""
    county_code: str = ""


def areas_import(
    *,
    file: Path,
    place: str,
    generation: str,
    level: str,
    fields: AreaFields,
    new_place: NewPlace | None = None,
    crs: str | None = None,
    datum: str = "wgs84",
    encoding: str | None = None,
    layer: str | None = None,
    commit: bool = False,
) -> AreaImport:
    """Read the areas of one level from a file; with `commit` let that level of a staged generation consist of them.

    Parameters
    ----------
    file
        GeoJSON, GeoPackage, Shapefile (also zipped) or KML.
    place
        Key. One that is not there is created from `new_place`.
    generation
        Name of a staged generation, or of a new one.
    level
        One of the profile's levels.
    fields
        Columns. Without one for the parent it is the area above with the largest overlap.
    crs
        'EPSG:n', for a file that has none, or whose own is wrong.
    datum
        'gcj02' or 'bd09' for coordinates taken from AMap, Tencent or Baidu.
    encoding, layer
        See `geo.files.vector.read_vector`.
    commit
        False looks only.

    Raises
    ------
    InvalidInput
        If the file or a setting cannot be used, or none of its rows.
    NotThere
        If there is no such place, and no profile to create it with.
    Conflict
        If the generation is or was active, or the place has another profile.
    """
    known = Place.objects.filter(slug=place).first()
    given = new_place or NewPlace()
    profile, geo = _profile(place, known, given.profile)
    if level not in geo.level_keys:
        raise InvalidInput(
            f"the profile {profile} has no level '{level}'; it has: {', '.join(geo.level_keys)}",
            field="level",
            value=level,
            accepted=list(geo.level_keys),
        )
    staged = _staged(known, generation)
    table = read_vector(file, encoding=encoding, layer=layer)
    metric_srid = given.metric_srid if known is None else known.metric_srid
    ground = ground_known(known, staged, metric_srid)
    prepared = prepare_rows(table, fields, crs=crs, datum=datum, metric_srid=metric_srid, ground=ground)
    report = AreaImport(
        place=place,
        profile=profile,
        generation=generation,
        level=level,
        file=table.name,
        kind=table.kind,
        layer=table.layer,
        encoding=table.encoding.upper(),
        crs_said=table.crs_said,
        crs_used=crs_label(prepared.crs),
        crs_accuracy_m=prepared.accuracy_m,
        metric_srid=prepared.metric_srid,
        place_created=_place_settings(place, profile, prepared, given) if known is None else {},
        read=len(table),
        heights_dropped=prepared.heights_dropped,
        notes=prepared.notes,
    )
    if commit:
        with transaction.atomic():
            if known is None:
                known = place_create(**report.place_created)
            staged = generation_open(place_id=known.pk, name=generation, source=table.name)
            # Looked at within the transaction: the level above may have been written a moment ago.
            report, areas, records = _assess(report, prepared, fields, staged)
            counts = level_stage(generation_id=staged.pk, level=level, areas=areas)
        report = replace(report, committed=True, counts=counts)
    else:
        report, _areas, records = _assess(report, prepared, fields, staged)
    return replace(report, findings=level_findings(level, records, metric_crs=prepared.metric_srid))


def _profile(place: str, known: Place | None, wanted: str) -> tuple[str, GeoSection]:
    if known is None and not wanted:
        slugs = list(Place.objects.values_list("slug", flat=True))
        raise NotThere(
            f"there is no place '{place}' (there are: {', '.join(slugs) or 'none'}); --profile creates it, with "
            f"one of: {', '.join(profiles.keys())}",
            field="place",
            value=place,
            accepted=slugs,
        )
    if known is not None and wanted not in ("", known.profile):
        raise Conflict(
            f"the place '{place}' has the profile {known.profile}, not {wanted}: that is changed in its settings",
            field="profile",
            value=wanted,
            accepted=known.profile,
        )
    key = known.profile if known is not None else wanted
    try:
        return key, profiles.resolve(key).geo
    except ProfileError as error:
        raise InvalidInput(
            f"profile must be one of {', '.join(profiles.keys())}; got '{key}' ({error.problems[0]})",
            field="profile",
            value=key,
            accepted=list(profiles.keys()),
        ) from error


def _staged(place: Place | None, name: str) -> BoundaryGeneration | None:
    if not name.strip() or len(name) > 80:
        raise InvalidInput(
            f"generation must be a name of 1..80 characters; got '{name[:90]}'", field="generation"
        )
    found = BoundaryGeneration.objects.filter(place=place, name=name).first() if place else None
    if found is not None and found.state != BoundaryGeneration.State.STAGED:
        raise Conflict(
            f"the generation '{name}' is {found.state}: boundaries are never edited in place; give another name",
            field="generation",
            value=name,
            accepted="the name of a staged generation, or a new one",
        )
    return found


def _place_settings(slug: str, profile: str, prepared: Prepared, given: NewPlace) -> dict[str, Any]:
    zone = given.time_zone
    if not zone and prepared.rows:
        west, south, east, north = shapely.total_bounds([row.geometry for row in prepared.rows]).tolist()
        zone = nearest_time_zone((west + east) / 2, (south + north) / 2)
    return {
        "slug": slug,
        "name": given.name or slug,
        "profile": profile,
        "metric_srid": prepared.metric_srid,
        "time_zone": zone,
        "county_code": given.county_code,
    }


def _assess(
    report: AreaImport, prepared: Prepared, fields: AreaFields, staged: BoundaryGeneration | None
) -> tuple[AreaImport, list[LevelArea], list[AreaRecord]]:
    """Return the report with every row judged, the areas to write, and the records that they stand among."""
    level, table = report.level, prepared.table
    records = area_records(staged.pk) if staged else []
    wider = [record for record in records if LEVEL_RANK[record.level] < LEVEL_RANK[level]]
    refused = list(prepared.refused)
    extras = _extras(table, fields)
    taken: list[tuple[AreaRow, AreaRecord | None, LevelArea]] = []
    for row, parent in zip(
        prepared.rows, _parents(prepared.rows, fields, wider, prepared.metric_srid), strict=True
    ):
        try:
            if fields.parent and parent is None:
                raise _no_parent(row)
            taken.append((row, parent, _level_area(row, parent, extras[row.row - 1])))
        except InvalidInput as error:
            flaw = RowFlaw.NO_PARENT if error.field == "parent" else RowFlaw.BAD_VALUE
            refused.append(RowProblem(row.row, row.code, error.field, flaw, error.message))
    refused.sort(key=lambda problem: problem.row)
    if not taken:
        first = refused[0]
        raise InvalidInput(
            f"{table.name}: none of {len(table)} rows can be taken; row {first.row}: {first.reason}",
            field=first.field,
            value=first.code,
            refused=[problem_json(problem) for problem in refused],
        )
    cut = {position for column, position in table.cut if column.casefold() == fields.name.casefold()}
    report = replace(
        report,
        rows=tuple(row for row, _parent, _area in taken),
        refused=tuple(refused),
        orphans=tuple(row for row, parent, _area in taken if parent is None and wider),
        cut_names=tuple(row for row, _parent, _area in taken if row.row - 1 in cut),
    )
    own = [
        AreaRecord(-row.row, level, row.code, row.name, parent.id if parent else None, row.geometry)
        for row, parent, _area in taken
    ]
    return report, [area for _row, _parent, area in taken], [*wider, *own]


def _parents(
    rows: Sequence[AreaRow], fields: AreaFields, wider: Sequence[AreaRecord], metric_srid: int
) -> list[AreaRecord | None]:
    if fields.parent:
        return parents_by_code([row.parent for row in rows], wider)
    return parents_by_position([row.geometry for row in rows], wider, metric_crs=metric_srid)


def _no_parent(row: AreaRow) -> InvalidInput:
    what = f"there is no area '{row.parent}' above" if row.parent else "the code of the area above is empty"
    return InvalidInput(
        f"{what}; the generation must hold the level above first", field="parent", value=row.parent
    )


def _extras(table: VectorTable, fields: AreaFields) -> list[dict[str, Any]]:
    """Return what each row has beside code, name, parent and geometry, as texts."""
    columns = {name: table.column(getattr(fields, name)) for name in _TEXTS if getattr(fields, name)}
    kept = {column: table.column(column) for column in fields.keep}
    return [
        {name: texts[position] for name, texts in columns.items()}
        | {"attributes": {column: texts[position] for column, texts in kept.items() if texts[position]}}
        for position in range(len(table))
    ]


def _level_area(row: AreaRow, parent: AreaRecord | None, extra: dict[str, Any]) -> LevelArea:
    enclosure = extra.get("enclosure", "").lower()
    if enclosure not in ("", *Area.Enclosure.values):
        raise InvalidInput(
            f"enclosure must be open, closed or empty; got '{enclosure[:20]}'", field="enclosure"
        )
    name_en = extra.get("name_en", "")
    if len(name_en) > 120:
        raise InvalidInput("the English name must be at most 120 characters", field="name_en")
    return LevelArea(
        code=row.code,
        name=row.name,
        geometry=row.geometry,
        parent_id=parent.id if parent else None,
        name_en=name_en,
        aliases=tuple(word.strip() for word in _ALIASES.split(extra.get("aliases", "")) if word.strip()),
        population=_count(extra.get("population", ""), "population"),
        households=_count(extra.get("households", ""), "households"),
        enclosure=enclosure,
        attributes=extra["attributes"],
    )


def _count(text: str, name: str) -> int | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (value.is_integer() and 0 <= value < 2**31):
        raise InvalidInput(f"{name} must be a whole number from 0; got '{text[:20]}'", field=name)
    return int(value)
