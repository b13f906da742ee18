"""Put a backup back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from geo.errors import GridcaseError
from geo.services.restores import backup_restore


class Command(BaseCommand):
    help = (
        "Replace database and photos by those of a backup, all or nothing; one of an older version is brought up to "
        "date. Stop the server first, or restart it afterwards: its processes keep boundaries and posts in memory."
    )
    # An empty database has no tables to check yet.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--force", action="store_true", help="also where there is something, which is then gone"
        )
        parser.add_argument("--json", action="store_true", help="machine's report")

    def handle(self, **options: Any) -> None:
        try:
            report = backup_restore(path=options["file"], force=options["force"])
        except GridcaseError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        self.stdout.write(
            f"{report['file']} of {report['created_at']} (Gridcase {report['version']}) restored: {report['rows']} "
            f"rows, {report['files']} files. Restart the server if it is running."
        )
