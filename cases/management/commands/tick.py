"""Do the periodic work: once, or again and again."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from cases.services.housekeeping import tick


class Command(BaseCommand):
    help = (
        "Periodic work: filings left in the inbox by a killed process are taken, old raw bytes are deleted, overdue "
        "cases are told to those who have them, the outbox is sent. Run it each minute, or with --every."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on until stopped")
        parser.add_argument(
            "--at-start", action="store_true", help="also take what came within the last minute"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object a round")

    def handle(self, **options: Any) -> None:
        at_start = options["at_start"]
        while True:
            done = tick(now=timezone.now(), at_start=at_start)
            if options["json"]:
                self.stdout.write(json.dumps(done))
            elif any(done.values()) or not options["every"]:
                self.stdout.write(", ".join(f"{name} {number}" for name, number in done.items()))
            if not options["every"]:
                return
            at_start = False
            close_old_connections()
            time.sleep(options["every"])
