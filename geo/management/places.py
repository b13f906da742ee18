"""What the commands of geo share: choosing a place and a generation, and telling a result to people or machines."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from geo.models import BoundaryGeneration, Place

__all__ = ["PlaceCommand"]


class PlaceCommand(BaseCommand):
    """A command about one place; `--json` gives a machine's report."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --place and --json."""
        parser.add_argument("--place", required=True, metavar="KEY", help="key of the place")
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def place(self, slug: str) -> Place:
        """Return the place by its key."""
        place = Place.objects.filter(slug=slug).first()
        if place is None:
            known = ", ".join(Place.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"--place must be one of: {known}; got '{slug}'")
        return place

    def generation(self, place: Place, name: str | None) -> BoundaryGeneration:
        """Return a generation by its name, without one the active."""
        generations = BoundaryGeneration.objects.filter(place=place)
        found = generations.filter(name=name).first() if name else generations.filter(state="active").first()
        if found is None:
            known = ", ".join(generations.values_list("name", flat=True)) or "none"
            raise CommandError(f"--generation must be one of: {known}; got '{name or 'no active one'}'")
        return found

    def tell(self, report: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
        """Write the report as JSON, or its lines."""
        self.stdout.write(json.dumps(report, ensure_ascii=False) if as_json else "\n".join(lines))
