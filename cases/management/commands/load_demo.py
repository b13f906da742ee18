"""`load_demo`: write the synthetic towns, with everybody in them and six months of cases, to the database."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.services.demo import demo_load
from geo.demo.plans import PLANS
from geo.demo.staffing import DEMO_ROLES
from geo.errors import GridcaseError


class Command(BaseCommand):
    help = (
        "Load the demo of one or all places. Loading it again changes nothing but the accounts' password; "
        "--refresh removes the demo place with all its cases and loads it as of today."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "place", nargs="*", metavar="PLACE", help=f"of {', '.join(PLANS)}; all without one"
        )
        parser.add_argument(
            "--as-of", metavar="DATE", help="day that dates are relative to (YYYY-MM-DD); today without"
        )
        parser.add_argument(
            "--refresh", action="store_true", help="remove the demo place first, with what was filed in it"
        )
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        slugs = options["place"] or list(PLANS)
        unknown = [slug for slug in slugs if slug not in PLANS]
        if unknown:
            raise CommandError(f"PLACE must be one of {', '.join(PLANS)}; got '{unknown[0]}'")
        as_of = _day(options["as_of"])
        password = str(settings.DEMO_PASSWORD)
        report = []
        for slug in slugs:
            began = time.monotonic()
            try:
                counts = demo_load(
                    plan=PLANS[slug],
                    folder=settings.DEMO_FIXTURES,
                    as_of=as_of,
                    password=password,
                    refresh=options["refresh"],
                )
            except GridcaseError as error:
                raise CommandError(str(error)) from error
            accounts = [f"{slug}.{role}" for role in DEMO_ROLES]
            report.append(
                {"place": slug, **counts, "accounts": accounts, "seconds": round(time.monotonic() - began, 1)}
            )
        if options["json"]:
            self.stdout.write(json.dumps({"places": report, "password": password}, ensure_ascii=False))
        elif options["verbosity"]:
            self._tell(report, password)

    def _tell(self, report: list[dict[str, Any]], password: str) -> None:
        for entry in report:
            self.stdout.write(
                f"{entry['place']} ({entry['state']}, 模拟数据): {entry['areas']} areas, {entry['people']} people, "
                f"{entry['posts']} posts, {entry['cases']} cases; {entry['seconds']} s"
            )
            self.stdout.write("\n".join(f"  {account}" for account in entry["accounts"]))
        self.stdout.write(f"password: {password}")


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--as-of must be a date as 2026-05-01; got '{text}'") from error
