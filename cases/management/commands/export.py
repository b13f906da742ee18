"""Write cases or areas to a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.services.exports import ENDINGS, LAYERS, layer_export
from geo import routing
from geo.errors import GridcaseError
from geo.models import User

FILTERS = (
    "scope", "place", "bbox", "category", "status", "state", "channel", "area", "since", "until", "q", "overdue",
    "level",
)  # fmt: skip


class Command(BaseCommand):
    help = (
        "Write a layer to a file; its ending decides the format: "
        + ", ".join(ENDINGS)
        + ". Cases are those that "
        "anyone may see, or with --as those that the list shows an account; text is masked and homes are shown by "
        "their block whoever asks."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--layer", required=True, choices=list(LAYERS))
        parser.add_argument(
            "--as", dest="account", metavar="USERNAME", help="whose cases; default: the public's"
        )
        for name in FILTERS:
            said = "areas only: one level" if name == "level" else "as in the list of cases"
            parser.add_argument(f"--{name}", help=said)
        parser.add_argument("--json", action="store_true", help="machine's report")

    def handle(self, **options: Any) -> None:
        given = {name: options[name] for name in FILTERS if options[name]}
        user = self._account(options["account"])
        try:
            with routing.one_view():
                number = layer_export(path=options["file"], layer=options["layer"], user=user, params=given)
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
