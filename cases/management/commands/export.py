"""Write cases or areas to a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.selectors.filters import read_filters
from cases.services.exports import FORMATS, areas_export, cases_export
from geo.errors import GridcaseError
from geo.models import User

FILTERS = ("scope", "place", "bbox", "category", "status", "channel", "area", "since", "until", "q")


class Command(BaseCommand):
    help = (
        "Write a layer to a file; its ending decides the format: "
        + ", ".join(FORMATS)
        + ". Cases are those that "
        "anyone may see, or with --as those of an account; text is masked and homes are shown by their block."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--layer", required=True, choices=["cases", "areas"])
        parser.add_argument(
            "--as", dest="account", metavar="USERNAME", help="whose cases; default: the public's"
        )
        for name in FILTERS:
            parser.add_argument(f"--{name}", help="as in the list of cases")
        parser.add_argument("--json", action="store_true", help="machine's report")

    def handle(self, **options: Any) -> None:
        given = {name: options[name] for name in FILTERS if options[name]}
        try:
            if options["layer"] == "areas":
                if not options["place"]:
                    raise CommandError("--layer areas needs --place")
                number = areas_export(path=options["file"], place=options["place"])
            else:
                number = cases_export(
                    path=options["file"], user=self._account(options["account"]), filters=read_filters(given)
                )
        except GridcaseError as error:
            raise CommandError(error.message) from error
        report = {"file": str(options["file"]), "layer": options["layer"], "rows": number}
        self.stdout.write(json.dumps(report) if options["json"] else f"{number} rows in {options['file']}")

    def _account(self, username: str | None) -> User | None:
        if not username:
            return None
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"--as must be an active account; got '{username}'")
        return user
