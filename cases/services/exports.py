"""Files for others: cases and areas as tables and maps, with nothing in them that tells of a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.models import Case
from cases.models.access import DEIDENTIFIED, FULL
from cases.selectors.cases import Reader, asker_of, visible_cases
from cases.selectors.filters import CaseFilters, read_choice, read_filters
from cases.selectors.projection import Asker, case_feature, with_related
from geo.db.convert import to_shapely
from geo.errors import InvalidInput
from geo.files.table_text import formula_safe
from geo.files.table_writing import write_table
from geo.files.tables import ENDINGS, FORMATS, Column, Row, Table, format_of
from geo.models import Area, Place

__all__ = ["ENDINGS", "FORMATS", "LAYERS", "areas_export", "cases_export", "formula_safe", "layer_export"]

DEMO_MARK = "模拟数据"
_CHUNK = 2000
_CASE_COLUMNS = (
    Column("id", "integer"),
    *map(
        Column, ("number", "place", "status", "status_name", "category", "category_name", "text", "channel")
    ),
    *(Column(name, "moment") for name in ("reported_at", "received_at", "closed_at", "deadline")),
    Column("overdue", "flag"),
    Column("urgent", "flag"),
    *map(Column, ("label", "label_name", "route", "route_name", "triage_state")),
    *map(Column, ("community", "community_code", "block", "block_code", "grid", "grid_code")),
    *(Column(name, "list") for name in ("areas", "area_codes", "area_codes_at_filing")),
    Column("outcome"),
    *(Column(name, "list") for name in ("leaders", "departments")),
    Column("party_cell"),
    Column("me_too", "integer"),
    Column("photos", "integer"),
    *map(Column, ("projection", "mark")),
)
_AREA_COLUMNS = (
    *map(Column, ("place", "level", "code", "name", "name_en")),
    Column("aliases", "list"),
    Column("parent"),
    Column("population", "integer"),
    Column("households", "integer"),
    *map(Column, ("enclosure", "generation", "mark")),
)


@dataclass
class _Seen:
    """What the notes of a file tell, gathered while its rows go by."""

    rows: int = 0
    demo_rows: int = 0
    places: set[str] = field(default_factory=set)

    def add(self, place: str, *, is_demo: bool) -> None:
        self.rows += 1
        self.demo_rows += is_demo
        self.places.add(place)


def layer_export(*, path: Path, layer: str, user: Reader, params: Mapping[str, str]) -> int:
    """Write a layer by its name; return the number of rows.

    Parameters
    ----------
    path
        Its ending decides the format; see `geo.files.tables.ENDINGS`.
    layer
        One of `LAYERS`.
    user
        Who asks; None for the public.
    params
        As in the address of the list: for cases its filters, for areas `place` and `level`.

    Raises
    ------
    InvalidInput
        Naming the layer, format or filter, what it was, and what there is.
    """
    chosen = read_choice({"layer": layer}, "layer", LAYERS)
    if chosen is None:
        message = _("layer must be one of %(accepted)s; got none") % {"accepted": ", ".join(LAYERS)}
        raise InvalidInput(message, field="layer", accepted=list(LAYERS))
    return LAYERS[chosen](path, user, params)


def cases_export(*, path: Path, user: Reader, filters: CaseFilters) -> int:
    """Write the cases that the list shows somebody; return their number.

    The rows are the list's. What they tell is the asker's projection without what it says of people and homes: texts
    are masked and a home is shown by its block whoever asks, because a file goes on to others.

    Parameters
    ----------
    path
        Its ending decides the format.
    user
        Whose cases; None for the public.
    filters

    Raises
    ------
    InvalidInput
        If there is no such format or folder.
    """
    kind = format_of(path)
    asker, seen = asker_of(user), _Seen()
    rows = with_related(visible_cases(user, filters, asker)).order_by("-reported_at", "-id")
    found = (_case_row(case, asker, seen) for case in rows.iterator(chunk_size=_CHUNK))

    def notes() -> dict[str, str]:
        who = _("staff, by appointment") if asker.is_staff else _("the public")
        kept_back = _("texts are masked, homes are shown by their block, nobody is named")
        return {**_notes(seen), pgettext("export: for whom", "for"): who, _("kept back"): kept_back}

    return write_table(path, kind, Table("cases", _CASE_COLUMNS, "Point", found, notes))


def _case_row(case: Case, asker: Asker, seen: _Seen) -> Row:
    projection: str = case.projection  # type: ignore[attr-defined, unused-ignore]
    if projection == FULL:
        case.projection = DEIDENTIFIED  # type: ignore[attr-defined, unused-ignore]
    feature = case_feature(case, asker, in_list=True)
    shown: dict[str, Any] = feature["properties"]
    seen.add(shown["place"], is_demo=case.is_demo)
    zone = asker.zone(case.place_id)
    by_level = {area["level"]: area for area in shown["areas"]}
    values: dict[str, Any] = {
        **shown,
        **{name: shown["triage"][name] for name in ("label", "label_name", "route", "route_name")},
        "triage_state": shown["triage"]["state"],
        "areas": [area["name"] for area in shown["areas"]],
        "area_codes": [area["code"] for area in shown["areas"]],
        "area_codes_at_filing": [area["code"] for area in shown["areas_at_filing"]],
        "leaders": [f"{row['area']}{row['post']}" for row in shown["assigned"]["leaders"]],
        "departments": [row["name"] for row in shown["assigned"]["departments"]],
        "party_cell": (shown["assigned"]["party_cell"] or {"name": ""})["name"],
        "photos": len(shown["photos"]),
        "projection": projection,
        "mark": DEMO_MARK if case.is_demo else "",
    }
    for name in ("reported_at", "received_at", "closed_at", "deadline"):
        moment = shown[name]
        values[name] = moment.astimezone(zone) if moment is not None else None
    for level in ("community", "block", "grid"):
        area = by_level.get(level, {"name": "", "code": ""})
        values[level], values[f"{level}_code"] = area["name"], area["code"]
    geometry = feature["geometry"]
    point = shapely.Point(geometry["coordinates"]) if geometry is not None else None
    return Row([values[column.name] for column in _CASE_COLUMNS], point)


def areas_export(*, path: Path, place: str = "", level: str = "") -> int:
    """Write the areas, buildings and units in force; return their number.

    Parameters
    ----------
    path
        Its ending decides the format; CSV and Excel give a point within each area.
    place
        Key of a place; empty for all.
    level
        One level only; empty for all.

    Raises
    ------
    InvalidInput
        If there is no such place, or it has no boundaries in force; says which have.
    """
    kind, seen = format_of(path), _Seen()
    known = Place.objects.filter(generations__state="active").order_by("slug")
    slugs = list(known.values_list("slug", flat=True))
    if place and place not in slugs:
        message = _("place must be one with boundaries in force (%(accepted)s); got '%(value)s'")
        shown = {"accepted": ", ".join(slugs) or "-", "value": place[:80]}
        raise InvalidInput(message % shown, field="place", value=place[:80], accepted=slugs)
    read_choice({"level": level}, "level", Area.Level.values)
    areas = Area.objects.filter(generation__state="active").select_related("parent", "generation__place")
    areas = areas.filter(generation__place__slug=place) if place else areas
    areas = (areas.filter(level=level) if level else areas).order_by("generation__place__slug", "path", "id")
    rows = (_area_row(area, seen) for area in areas.defer("parent__geometry").iterator(chunk_size=_CHUNK))
    return write_table(path, kind, Table("areas", _AREA_COLUMNS, "MultiPolygon", rows, lambda: _notes(seen)))


def _area_row(area: Area, seen: _Seen) -> Row:
    place = area.generation.place
    seen.add(place.slug, is_demo=place.is_demo)
    values = [
        place.slug,
        area.level,
        area.code,
        area.name,
        area.name_en,
        [str(alias) for alias in area.aliases],
        area.parent.code if area.parent else "",
        area.population,
        area.households,
        area.enclosure,
        area.generation.name,
        DEMO_MARK if place.is_demo else "",
    ]
    return Row(values, to_shapely(area.geometry))


def _notes(seen: _Seen) -> dict[str, str]:
    notes = {
        _("made by"): _("Gridcase"),
        _("made at"): timezone.localtime().isoformat(timespec="seconds"),
        _("places"): ", ".join(sorted(seen.places)),
        _("rows"): str(seen.rows),
    }
    if seen.demo_rows:
        said = _("%(demo)s of %(rows)s rows belong to a demo: places, people and cases are invented")
        notes[DEMO_MARK] = said % {"demo": seen.demo_rows, "rows": seen.rows}
    return notes


LAYERS: Mapping[str, Callable[[Path, Reader, Mapping[str, str]], int]] = {
    "cases": lambda path, user, params: cases_export(path=path, user=user, filters=read_filters(params)),
    "areas": lambda path, _user, params: areas_export(
        path=path, place=params.get("place", ""), level=params.get("level", "")
    ),
}
