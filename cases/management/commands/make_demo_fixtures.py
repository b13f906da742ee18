"""`make_demo_fixtures`: generate the synthetic towns as GeoJSON, with the truth about what is planted."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.demo.truth import truth_text
from geo.demo.geojson import town_files
from geo.demo.plans import PLANS
from geo.demo.town import build_town


class Command(BaseCommand):
    help = "Write fixtures/geojson/ anew from the seeded generator; --check only compares."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "place", nargs="*", metavar="PLACE", help=f"of {', '.join(PLANS)}; all without one"
        )
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail where a file would change"
        )
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        changed = []
        for slug in options["place"] or list(PLANS):
            if slug not in PLANS:
                raise CommandError(f"PLACE must be one of {', '.join(PLANS)}; got '{slug}'")
            town = build_town(PLANS[slug])
            files = {**town_files(town), f"{slug}.truth.json": truth_text(town)}
            for name, text in files.items():
                path = settings.DEMO_FIXTURES / name
                if path.exists() and path.read_text(encoding="utf-8") == text:
                    continue
                changed.append(name)
                if not options["check"]:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
        if changed and options["check"]:
            raise CommandError(f"fixtures differ from what the generator makes: {', '.join(changed)}")
        if options["json"]:
            self.stdout.write(json.dumps({"written": not options["check"], "files": changed}))
        elif options["verbosity"]:
            self.stdout.write(
                f"{len(changed)} files {'differ' if options['check'] else 'written'}: {', '.join(changed) or '-'}"
            )
