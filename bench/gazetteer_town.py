"""The demo place's GeoJSON as a gazetteer, without a database, and the spoken addresses it is judged by."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import shapely

from geo.domain.crossings import road_crossings
from geo.domain.gazetteer import Crossing, Gazetteer, NamedArea, NamedRoad

__all__ = ["SPOKEN", "Town", "demo_town", "hits_within", "phrases_of", "town_of"]

_ROOT = Path(__file__).resolve().parent.parent
_LEVELS = ("subdistrict", "community", "block", "grid", "building", "unit")
SPOKEN = _ROOT / "tests" / "geo" / "spoken_addresses.toml"


@dataclass(frozen=True)
class Town:
    """A gazetteer and the code of each of its ids."""

    gazetteer: Gazetteer
    codes: Mapping[int, str]
    areas: tuple[NamedArea, ...]


def demo_town() -> Town:
    """Return the demo place 无影山."""
    folder = _ROOT / "fixtures" / "geojson" / "jinan-wuyingshan"
    ids: dict[str, int] = {}
    areas = []
    for level in _LEVELS:
        for feature in json.loads((folder / f"{level}.geojson").read_text())["features"]:
            told = feature["properties"]
            ids[told["code"]] = len(ids) + 1
            names = (
                told["name"],
                told.get("name_en"),
                *(told.get("aliases") or ()),
                told.get("address"),
            )
            areas.append(
                NamedArea(
                    ids[told["code"]],
                    level,
                    told["code"],
                    ids.get(told.get("parent") or ""),
                    tuple(name for name in names if name),
                    told.get("number") or "",
                    f"{told['street']}{told['door']}号" if told.get("street") and told.get("door") else "",
                )
            )
    lines: dict[str, list[shapely.Geometry]] = {}
    for feature in json.loads((folder / "road.geojson").read_text())["features"]:
        if feature["properties"]["name"]:
            lines.setdefault(feature["properties"]["name"], []).append(
                shapely.geometry.shape(feature["geometry"])
            )
    return town_of(areas, lines, 4548)


def town_of(areas: list[NamedArea], lines: dict[str, list[shapely.Geometry]], metric_srid: int) -> Town:
    """Return areas and streets (centre lines by name, EPSG:4326) as a gazetteer."""
    roads = [NamedRoad(-number, name, (name,)) for number, name in enumerate(lines, 1)]
    ids = {road.code: road.id for road in roads}
    met = road_crossings({name: shapely.union_all(parts) for name, parts in lines.items()}, metric_srid)
    crossings = [
        Crossing(-len(roads) - number, "/".join(pair), frozenset((ids[pair[0]], ids[pair[1]])))
        for number, pair in enumerate(met, 1)
    ]
    codes = {area.id: area.code for area in areas} | {road.id: road.code for road in roads}
    codes |= {crossing.id: crossing.code for crossing in crossings}
    return Town(Gazetteer(areas, roads, crossings), codes, tuple(areas))


def hits_within(town: Town, phrases: Mapping[str, str]) -> dict[str, int | None]:
    """Return at which place of the answer (0 first) each phrase finds its code; None beyond ten.

    What has the score of the wanted one counts as before it: of several equally good ones, none is first.
    """
    found: dict[str, int | None] = {}
    for phrase, code in phrases.items():
        matches = town.gazetteer.search(phrase, 20)
        own = next((m for m in matches if town.codes[m.id] == code), None)
        before = [m for m in matches if own and round(m.score, 3) >= round(own.score, 3) and m is not own]
        found[phrase] = len(before) if own and len(before) < 10 else None
    return found


def phrases_of(part: str) -> dict[str, str]:
    """Return the spoken addresses of `tuning` or `held_out` with the code that each means."""
    found: dict[str, str] = tomllib.loads(SPOKEN.read_text())[part]
    return found
