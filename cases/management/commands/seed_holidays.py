"""Fill the holiday table."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from cases.services.holidays import holidays_seed


class Command(BaseCommand):
    help = (
        "Insert public holidays and make-up working days (调休) as published; days that stand already stay as they "
        "are. A year that is not published yet counts weekends only, and its deadlines say so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "years", nargs="*", type=int, metavar="YEAR", help="default: last, this and next year"
        )
        parser.add_argument("--json", action="store_true", help="machine's report")

    def handle(self, **options: Any) -> None:
        this = timezone.localdate().year
        found = holidays_seed(years=options["years"] or range(this - 1, this + 2))
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        for year, number in found.items():
            said = "not published yet: weekends only" if number is None else f"{number} days inserted"
            self.stdout.write(f"{year}: {said}")
