"""Files for others: cases and areas as tables and maps, with nothing in them that tells of a person."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from django.utils.translation import gettext as _

from cases.models import Case
from cases.selectors.cases import Reader, asker_of, visible_cases
from cases.selectors.filters import CaseFilters
from cases.selectors.projection import is_overdue
from cases.selectors.words import Words
from geo.db.convert import to_shapely
from geo.errors import InvalidInput
from geo.files.apart import call_apart
from geo.models import Area

__all__ = ["FORMATS", "areas_export", "cases_export", "formula_safe"]

FORMATS = {".geojson": "GeoJSON", ".gpkg": "GPKG", ".fgb": "FlatGeobuf", ".csv": "CSV"}
DEMO_MARK = "模拟数据"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CASE_COLUMNS = (
    "id", "number", "place", "status", "status_name", "category", "category_name", "text", "channel", "reported_at",
    "received_at", "closed_at", "deadline", "overdue", "label", "route", "triage_state", "community", "community_code",
    "block", "block_code", "grid", "grid_code", "outcome", "me_too", "projection", "mark",
)  # fmt: skip


def formula_safe(text: str) -> str:
    """Return a text that a spreadsheet shows rather than computes."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _driver(path: Path) -> str:
    if path.suffix.lower() not in FORMATS:
        message = _("the file must end with one of %(accepted)s; got '%(value)s'")
        shown = {"accepted": ", ".join(FORMATS), "value": path.name}
        raise InvalidInput(message % shown, field="file", value=path.name, accepted=list(FORMATS))
    return FORMATS[path.suffix.lower()]


def cases_export(*, path: Path, user: Reader, filters: CaseFilters) -> int:
    """Write the cases that somebody may see; return their number.

    Text is masked and homes are shown by their block whoever asks: a file goes on to others.

    Parameters
    ----------
    path
        Its ending decides: GeoJSON, GeoPackage, FlatGeobuf, or CSV with lon and lat.
    user
        Whose cases; None for the public.

    Raises
    ------
    InvalidInput
        If the file has another ending.
    """
    driver = _driver(path)
    rows = list(_case_rows(user, filters))
    points = [shapely.Point(row.pop("lonlat")) if row["lonlat"] else row.pop("lonlat") for row in rows]
    _write(
        path, driver, gpd.GeoDataFrame(rows, geometry=points, crs=4326, columns=[*_CASE_COLUMNS, "geometry"])
    )
    return len(rows)


def _case_rows(user: Reader, filters: CaseFilters) -> Iterator[dict[str, Any]]:
    asker = asker_of(user)
    slugs = {place_id: snapshot.slug for place_id, snapshot in asker.snapshots.items()}
    rows = visible_cases(user, filters, asker).select_related("place").order_by("-reported_at", "-id")
    for case in rows.iterator(chunk_size=1000):
        words = asker.words(case.place_id)
        zone = asker.zone(case.place_id)
        private = case.private_place
        chain = {a["level"]: a for a in case.areas if not (private and a["level"] == "grid")}
        point = case.location_shown
        found = {
            "id": case.pk,
            "number": case.number,
            "place": slugs.get(case.place_id, case.place.slug),
            "text": "" if case.is_sensitive else case.text_masked,
            "overdue": is_overdue(case, asker.now),
            "label": words.label(case.label),
            "route": words.route(case.route),
            "projection": case.projection,  # type: ignore[attr-defined, unused-ignore]
            "mark": DEMO_MARK if case.is_demo else "",
            "lonlat": (point.x, point.y) if point is not None else None,
            **_named(case, words),
        }
        for name, moment in _moments(case).items():
            found[name] = moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""
        for level in ("community", "block", "grid"):
            found[level] = chain.get(level, {}).get("name", "")
            found[f"{level}_code"] = chain.get(level, {}).get("code", "")
        yield found


def _named(case: Case, words: Words) -> dict[str, Any]:
    return {
        "status": case.status,
        "status_name": words.status(case.status),
        "category": case.category,
        "category_name": words.category(case.category),
        "channel": case.channel,
        "triage_state": case.triage_state,
        "outcome": case.outcome,
        "me_too": case.me_too_count,
    }


def _moments(case: Case) -> dict[str, Any]:
    return {
        "reported_at": case.reported_at,
        "received_at": case.received_at,
        "closed_at": case.closed_at,
        "deadline": case.deadline_at,
    }


def areas_export(*, path: Path, place: str) -> int:
    """Write the areas, buildings and units in force at a place; return their number.

    Parameters
    ----------
    path
        As for `cases_export`; CSV gives a point within each area.
    place
        Key of the place.
    """
    driver = _driver(path)
    areas = Area.objects.filter(generation__place__slug=place, generation__state="active")
    rows, shapes = [], []
    for area in areas.select_related("parent", "generation__place").order_by("path"):
        rows.append(
            {
                "level": area.level,
                "code": area.code,
                "name": area.name,
                "name_en": area.name_en,
                "parent": area.parent.code if area.parent else "",
                "population": area.population,
                "households": area.households,
                "enclosure": area.enclosure,
                "generation": area.generation.name,
                "mark": DEMO_MARK if area.generation.place.is_demo else "",
            }
        )
        shapes.append(to_shapely(area.geometry))
    if not rows:
        raise InvalidInput(_("place must be one with boundaries in force"), field="place", value=place)
    if driver == "CSV":
        shapes = [shape.representative_point() for shape in shapes]
    _write(path, driver, gpd.GeoDataFrame(rows, geometry=shapes, crs=4326))
    return len(rows)


def _write(path: Path, driver: str, frame: gpd.GeoDataFrame) -> None:
    if driver == "GPKG":
        path.unlink(missing_ok=True)  # it is a database: a second layer would be added to what is there
        call_apart("pyogrio", "write_dataframe", (frame, str(path)), driver=driver, layer=path.stem)
        return
    if driver != "CSV":
        # The index of a FlatGeobuf has no room for rows without a place.
        whole = driver != "FlatGeobuf" or bool(frame.geometry.notna().all())
        frame.to_file(path, driver=driver, engine="pyogrio", **({} if whole else {"SPATIAL_INDEX": "NO"}))
        return
    table = frame.drop(columns="geometry").assign(
        lon=frame.geometry.x.round(7), lat=frame.geometry.y.round(7)
    )
    for name in table.select_dtypes(include=["object", "str"]).columns:
        table[name] = table[name].map(lambda value: formula_safe(value) if isinstance(value, str) else value)
    # Excel reads UTF-8 only where the file says so.
    table.to_csv(path, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_NONNUMERIC)
