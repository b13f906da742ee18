"""No building missed, no grid without people (不漏一楼)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from geo.errors import GridcaseError
from geo.management.places import PlaceCommand
from geo.routing import snapshot_of_generation
from geo.selectors.clock import local_day
from geo.selectors.coverage import coverage_of

_WORDS = {
    "gaps": "gaps",
    "overlaps": "overlaps",
    "outside_parents": "areas outside their parents",
    "buildings_in_no_grid": "buildings in no grid",
    "buildings_cut": "buildings that a border cuts",
    "without_leader": "grids without a leader of their own",
    "without_party": "grids without a Party organisation of their own",
    "posts_without_area": "codes of posts without an area",
}


class Command(PlaceCommand):
    help = (
        "Tell what a boundary generation leaves uncovered: ground, buildings, leaders, Party organisations."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--generation", metavar="NAME", help="default: the active one")
        parser.add_argument("--out", type=Path, metavar="FILE.geojson", help="write the findings as GeoJSON")

    def handle(self, **options: Any) -> None:
        place = self.place(options["place"])
        try:
            snapshot = snapshot_of_generation(self.generation(place, options["generation"]))
        except GridcaseError as error:
            raise CommandError(error.message) from error
        found = coverage_of(snapshot, day=local_day(place.time_zone))
        report = found.as_json()
        lines = [
            f"{level['level']}: {level['count']}"
            + (f" of {level['expected']} expected" if level["expected"] is not None else "")
            for level in report["levels"]
        ]
        for key, words in _WORDS.items():
            area_m2 = sum(entry.get("area_m2", 0) for entry in report[key] if isinstance(entry, dict))
            lines.append(f"{words}: {len(report[key])}" + (f" ({area_m2:,.0f} m²)" if area_m2 else ""))
        if options["out"] is not None:
            features = list(found.features())
            body = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
            try:
                options["out"].write_text(body, encoding="utf-8")
            except OSError as error:
                raise CommandError(f"--out cannot be written: {error}") from error
            lines.append(f"{len(features)} findings written to {options['out'].name}")
        self.tell(report, lines, as_json=options["json"])
