"""Gazetteer: how many spoken addresses it finds, how long a lookup and building it take; demo and a real district.

The demo's spoken addresses (`tests/geo/spoken_addresses.toml`) were split at random before tuning. Where the data
set `cn_shanghai_osm` lies at `GRIDCASE_DATA` (../shared/data without it), its real names are asked for as they are,
with one character replaced by one that sounds alike, with one left out, and by initials.
"""

from __future__ import annotations

import json
import os
import random
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import shapely
from pypinyin.constants import PINYIN_DICT

from bench.gazetteer_town import Town, demo_town, hits_within, phrases_of, town_of
from bench.report import RUNS, row
from geo.domain.gazetteer import NamedArea
from geo.domain.place_sounds import initials_of, sounds
from geo.domain.place_words import take_numbers

__all__ = ["bench"]

DATA = Path(os.environ.get("GRIDCASE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
BUDGET_MS = 5.0
_COMMON = range(0x4E00, 0x9FA6)


def bench() -> dict[str, Any]:
    """Measure and return rows; see `bench.report`."""
    town = demo_town()
    rows = [
        row("demo: building the index", "s", _seconds(demo_town)),
        row("demo: memory of the index", "MB", [_megabytes(demo_town)]),
    ]
    for part in ("tuning", "held_out"):
        phrases = phrases_of(part)
        rows += _found(f"demo, {len(phrases)} spoken addresses, {part}", town, phrases)
    rows.append(
        row(
            f"demo, {len(town.areas):,} areas: one lookup",
            "ms",
            _lookups_ms(town, list(phrases_of("held_out"))),
            at_most=BUDGET_MS,
        )
    )
    folder = DATA / "cn_shanghai_osm"
    if folder.is_dir():
        rows += _shanghai(folder)
    return {"bench": "gazetteer", "runs": RUNS, "rows": rows, "versions": {}}


def _found(name: str, town: Town, phrases: Mapping[str, str]) -> list[dict[str, Any]]:
    at = hits_within(town, phrases).values()
    return [
        row(f"{name}: {told}", "%", [100.0 * sum(n is not None and n < most for n in at) / len(phrases)])
        for told, most in (("alone at the top", 1), ("among three", 3))
    ]


def _shanghai(folder: Path) -> list[dict[str, Any]]:
    town = _lujiazui(folder)
    names: dict[str, set[str]] = {}
    for area in town.areas:
        for name in area.names:
            names.setdefault(name, set()).add(area.code)
    # A name of several places has no one right answer; a number after a name asks for a building of it.
    single = {
        name: next(iter(codes))
        for name, codes in names.items()
        if len(codes) == 1 and len(name) > 3 and not name.isascii() and not take_numbers(name).house
    }
    draw = random.Random(11)
    chosen = dict(draw.sample(sorted(single.items()), min(200, len(single))))
    asked = {
        "as written": chosen,
        "one character that sounds alike": {_heard(name, draw): code for name, code in chosen.items()},
        "one character left out": {_shortened(name, draw): code for name, code in chosen.items()},
        "initials": {initials_of(name)[0]: code for name, code in chosen.items()},
    }
    rows = [one for told, phrases in asked.items() for one in _found(f"Lujiazui, {told}", town, phrases)]
    lookups = _lookups_ms(town, list(asked["one character that sounds alike"]))
    return [*rows, row(f"Lujiazui, {len(town.areas):,} areas: one lookup", "ms", lookups)]


def _lujiazui(folder: Path) -> Town:
    areas: list[NamedArea] = []
    for file, level in (("residential_estates", "block"), ("buildings", "building"), ("pois", "building")):
        for feature in json.loads((folder / f"{file}.geojson").read_text())["features"]:
            told = feature["properties"]
            street, number = told.get("addr_street") or "", told.get("addr_housenumber") or ""
            door = f"{street}{number.removesuffix('号')}号" if street and number else ""
            names = tuple(name for name in (told.get("name"), told.get("name:en")) if name)
            if names or door:
                areas.append(
                    NamedArea(
                        len(areas) + 1, level, f"{file}/{told['osm_id']}", None, names or (door,), "", door
                    )
                )
    lines: dict[str, list[shapely.Geometry]] = {}
    for feature in json.loads((folder / "roads.geojson").read_text())["features"]:
        if feature["properties"]["name"]:
            line = shapely.geometry.shape(feature["geometry"])
            lines.setdefault(feature["properties"]["name"], []).append(line)
    return town_of(areas, lines, 4549)


def _heard(name: str, draw: random.Random) -> str:
    """Return a name with one character replaced by another that sounds the same."""
    at = draw.randrange(len(name))
    wanted = sounds(name[at])
    alike = [chr(c) for c in _COMMON if c in PINYIN_DICT and chr(c) != name[at] and sounds(chr(c)) == wanted]
    return name[:at] + (draw.choice(alike) if alike else name[at]) + name[at + 1 :]


def _shortened(name: str, draw: random.Random) -> str:
    at = draw.randrange(len(name))
    return name[:at] + name[at + 1 :]


def _lookups_ms(town: Town, phrases: list[str]) -> list[float]:
    def run() -> None:
        for phrase in phrases:
            town.gazetteer.search(phrase)

    return [seconds * 1000.0 / len(phrases) for seconds in _seconds(run)]


def _seconds(run: Callable[[], object]) -> list[float]:
    """Time runs in processor time, which waiting for others does not lengthen."""
    values = []
    for _ in range(RUNS):
        start = time.process_time()
        run()
        values.append(time.process_time() - start)
    return values


def _megabytes(make: Callable[[], object]) -> float:
    tracemalloc.start()
    made = make()
    kept, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del made
    return kept / 1e6
