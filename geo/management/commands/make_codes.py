"""Number the unit grids of a staged generation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from geo.errors import GridcaseError
from geo.management.places import PlaceCommand
from geo.services.areas import grid_codes_make


class Command(PlaceCommand):
    help = (
        "Number the unit grids of a staged generation after the national scheme: within each community from west "
        "to east, from north to south. Codes that stand keep their numbers. Dry run unless --commit."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--generation", required=True, metavar="NAME", help="a staged generation")
        parser.add_argument("--all", action="store_true", help="number all grids anew")
        parser.add_argument("--commit", action="store_true", help="write the codes")

    def handle(self, **options: Any) -> None:
        place = self.place(options["place"])
        generation = self.generation(place, options["generation"])
        try:
            with transaction.atomic():
                renamed = grid_codes_make(generation_id=generation.pk, everything=options["all"])
                transaction.set_rollback(not options["commit"])
        except GridcaseError as error:
            raise CommandError(error.message) from error
        count = sum(len(pairs) for pairs in renamed.values())
        report = {
            "place": place.slug,
            "generation": generation.name,
            "committed": options["commit"],
            "changed": count,
            "codes": {community: dict(pairs) for community, pairs in renamed.items()},
        }
        lines = [f"{old} → {new}" for pairs in renamed.values() for old, new in pairs]
        said = "written" if options["commit"] else "would change; --commit writes them"
        lines.append(f"{generation.name}: {count} codes {said}")
        self.tell(report, lines, as_json=options["json"])
