"""Check the codes of a generation's unit grids against the national scheme."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from geo.management.places import PlaceCommand
from geo.selectors.codes import code_problems, grids_with_community


class Command(PlaceCommand):
    help = "Check the 15-digit unit grid codes of a place; ends with 1 where one cannot stand."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--generation", metavar="NAME", help="default: the active one")

    def handle(self, **options: Any) -> None:
        place = self.place(options["place"])
        generation = self.generation(place, options["generation"])
        found = code_problems(generation)
        checked = len(grids_with_community(generation))
        report = {
            "place": place.slug,
            "generation": generation.name,
            "checked": checked,
            "problems": [{"code": f.code, "community": f.community, "problem": f.problem} for f in found],
        }
        lines = [f"{f.code}  community {f.community or '–'}: {f.problem}" for f in found]
        lines.append(f"{generation.name}: {checked} grids checked, {len(found)} problems")
        self.tell(report, lines, as_json=options["json"])
        if found:
            raise SystemExit(1)
