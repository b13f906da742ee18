"""Cases of another system from a table."""

from __future__ import annotations

from argparse import SUPPRESS
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from cases.services.import_source import ImportFields, ImportOptions
from cases.services.imports import cases_import
from geo.errors import GridcaseError
from geo.management.places import PlaceCommand

SHOWN = 20
"""Lines of one kind; `--json` has more."""
_FIELDS = ("lon", "lat", "address", "category", "text", "reported-at", "closed-at", "id")
_REASONS = {
    "placeholder": "at a point that stands for “not found”",
    "outside": "outside the place",
    "no_coordinates": "without coordinates",
    "address": "with an address that is not known, or may mean several places",
}


class Command(PlaceCommand):
    help = (
        "Take over cases from a CSV (also .gz) or Excel table. Rows taken before, by --id, are left as they are, so "
        "that an import that was cut off goes on with the same command. Nobody is notified. "
        "taken + duplicate + unlocated + kept = rows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        super().add_arguments(parser)
        columns = parser.add_argument_group("columns of the file")
        columns.add_argument("--lon", default="", metavar="FIELD")
        columns.add_argument("--lat", default="", metavar="FIELD")
        columns.add_argument(
            "--address",
            default="",
            metavar="FIELD",
            help="looked up in the gazetteer; beside --lon and --lat only where a row has no coordinates to trust",
        )
        columns.add_argument("--category", required=True, metavar="FIELD")
        columns.add_argument("--text", required=True, metavar="FIELD")
        columns.add_argument("--reported-at", required=True, metavar="FIELD")
        columns.add_argument("--closed-at", default="", metavar="FIELD", help="without it all cases are open")
        columns.add_argument(
            "--id", default="", metavar="FIELD", help="without it rows are known by what they say"
        )
        reading = parser.add_argument_group("reading")
        reading.add_argument("--time-format", metavar="FMT", help="as of strptime; ISO 8601 without")
        reading.add_argument(
            "--tz", default="", metavar="ZONE", help="of times without one; the place's without"
        )
        reading.add_argument("--datum", default="wgs84", help="wgs84, or gcj02 (AMap), bd09 (Baidu)")
        reading.add_argument("--crs", metavar="EPSG:n", help="of the coordinates, where they are no degrees")
        reading.add_argument(
            "--category-map",
            type=Path,
            metavar="FILE",
            help="TOML (“value” = “category”) or CSV (value,category)",
        )
        reading.add_argument("--encoding", metavar="E", help="of the texts, such as GB18030")
        reading.add_argument("--sheet", metavar="NAME", help="of a workbook; the first without")
        parser.add_argument("--no-progress", action="store_true", help=SUPPRESS)

    def handle(self, **options: Any) -> None:
        place = self.place(options["place"])
        names = {name.replace("-", "_"): options[name.replace("-", "_")] for name in _FIELDS}
        silent = options["no_progress"] or options["verbosity"] == 0
        # Within a log one line a while is enough.
        interval = 0.2 if self.stderr.isatty() else 10.0
        bar = tqdm(unit=" rows", disable=silent, file=self.stderr, mininterval=interval, leave=False)

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done)

        try:
            with bar:
                report = cases_import(
                    file=options["file"],
                    place=place,
                    fields=ImportFields(**names),
                    options=ImportOptions(
                        time_format=options["time_format"],
                        time_zone=options["tz"],
                        datum=options["datum"],
                        crs=options["crs"],
                        categories=options["category_map"],
                    ),
                    encoding=options["encoding"],
                    sheet=options["sheet"],
                    progress=progress,
                ).as_json()
        except GridcaseError as error:
            raise CommandError(error.message) from error
        self.tell(report, list(_lines(report)), as_json=options["json"])


def _lines(report: dict[str, Any]) -> Iterator[str]:
    yield f"{report['file']} ({report['encoding']}) → {report['place']} · {report['generation']}"
    yield from (f"note: {note}" for note in report["notes"])
    for pile in report["placeholders"]:
        lon, lat = pile["location"]["coordinates"]
        yield (
            f"placeholder {lon}, {lat}: {pile['records']:,} rows, but {pile['addresses']:,} different values of "
            f"'{pile['column']}' among those looked at ({pile['streets']:,} streets)"
        )
    for why, count in report["unlocated_by"].items():
        yield f"unlocated {count:,} {_REASONS.get(why, why)}"
    for value, count in list(report["unknown_categories"].items())[:SHOWN]:
        yield f"unsorted  {count:,} of the category “{value}”"
    if len(report["unknown_categories"]) > SHOWN:
        yield f"          … and {len(report['unknown_categories']) - SHOWN} more categories; --category-map maps them"
    for kept in report["kept_rows"][:SHOWN]:
        yield f"kept      row {kept['row']}: {kept['reason']}"
    if report["kept"] > SHOWN:
        yield f"          … and {report['kept'] - SHOWN:,} more; the inbox has them all"
    if report["closed_before_opened"]:
        yield f"flagged   {report['closed_before_opened']:,} closed before they were opened"
    if report["changed"]:
        yield f"note: {report['changed']:,} of the duplicates say something else now; an import changes no case"
    yield (
        f"{report['taken']:,} taken + {report['duplicate']:,} duplicate + {report['unlocated']:,} unlocated + "
        f"{report['kept']:,} kept = {report['rows']:,} rows, in {report['seconds']:,.0f} s"
    )
