"""Prove the rollup of cases equal to a recount."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases.db.rollups import CASE_ROLLUP
from cases.models import CaseRollup
from cases.services.rollups import rollups_repair
from geo.db.rollups import rollup_differences

SHOWN = 1000


class Command(BaseCommand):
    help = (
        "Counts all cases again by cell, area, category, visibility and local day, and compares with the rollup. "
        "Exit code 1 and the keys that differ when they are not equal. A city of ten million cases takes minutes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="make the counts equal; then exit code 0")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, **options: Any) -> None:
        found = rollup_differences(CASE_ROLLUP)
        shown = list(islice(found, SHOWN))
        number = len(shown) + sum(1 for _ in found)
        mended = rollups_repair() if options["repair"] and number else 0
        if options["json"]:
            report = {"equal": not number, "different": number, "repaired": mended, "keys": shown}
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            for key in shown:
                grain = CaseRollup.Grain(key.pop("grain"))
                self.stdout.write(f"{grain.name.lower()} " + " ".join(f"{k}={v}" for k, v in key.items()))
            if number > SHOWN:
                self.stdout.write(f"… and {number - SHOWN} more")
            told = f"{number} counts differ from the recount" if number else "equal to the recount"
            self.stdout.write(told + (f"; {mended} counts repaired" if mended else ""))
        if number and not options["repair"]:
            raise SystemExit(1)
