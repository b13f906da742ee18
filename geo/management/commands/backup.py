"""Write database and photos to one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from geo.errors import GridcaseError
from geo.services.backups import backup_write, backups_prune


class Command(BaseCommand):
    help = (
        "Write database and photos, as they are at one moment, to one file; the server may go on. It holds personal "
        "data: keep it where only administrators read. The secret key and the environment are not in it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, help="or a folder, which gets a file named after the moment (gridcase-….zip)"
        )
        parser.add_argument("--force", action="store_true", help="write over a file that is there")
        parser.add_argument("--keep", type=int, metavar="N", help="in a folder: delete all but the newest N")
        parser.add_argument("--json", action="store_true", help="machine's report")

    def handle(self, **options: Any) -> None:
        file: Path = options["file"]
        if options["keep"] is not None and not file.is_dir():
            raise CommandError(f"--keep needs a folder; got '{file}'")
        try:
            report = backup_write(path=file, replace=options["force"])
            report["pruned"] = (
                backups_prune(folder=file, keep=options["keep"]) if options["keep"] is not None else []
            )
        except GridcaseError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        self.stdout.write(
            f"{report['file']}: {report['rows']} rows of {report['database']}, {report['files']} files, "
            f"{report['bytes']} bytes"
        )
        for name in report["missing"]:
            self.stderr.write(f"missing: the database names {name}, which is not in the media folder")
        if report["pruned"]:
            self.stdout.write(f"deleted: {', '.join(report['pruned'])}")
