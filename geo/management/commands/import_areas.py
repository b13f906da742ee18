"""Areas from a file into a staged generation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from geo.domain.area_import import AreaFields
from geo.errors import GridcaseError
from geo.management.places import PlaceCommand
from geo.services.imports import NewPlace, areas_import

SHOWN = 20
"""Lines of one kind; `--json` has them all."""
_LISTS = {
    "repaired": "repaired  row {row} ({code}): {reason} at {lon}, {lat}: {actions}; {area_before_m2:,.0f} m² drawn, "
    "{area_change_m2:+,.2f} m²",
    "refused": "refused   row {row} ({code}): {reason}",
    "nameless": "no name   row {row} ({code}): its code stands for it",
    "names_cut": "name cut  row {row} ({code}): ends in half a character; taken as “{name}”",
    "without_parent": "no parent row {row} ({code}): overlaps no wider area",
    "gaps": "gap       {area_m2:,.0f} m² in {parent} at {lon}, {lat}",
    "overlaps": "overlap   {area_m2:,.0f} m² of {first} and {second} at {lon}, {lat}",
    "outside_parents": "outside   {area_m2:,.0f} m² of {code} ({share:.2%}) outside {parent} at {lon}, {lat}",
    "buildings_outside": "nowhere   building {code} lies in no area of the leaf level",
    "buildings_cut": "cut       building {code} lies in {areas}",
}


class Command(PlaceCommand):
    help = (
        "Read the areas of one level from a GeoJSON, GeoPackage, Shapefile (also zipped) or KML into a staged "
        "generation, one command for each level; looks only, unless --commit. With the same file again nothing "
        "changes. `activate_generation` lets the generation route."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        super().add_arguments(parser)
        parser.add_argument("--level", required=True, metavar="L", help="a level of the place's profile")
        parser.add_argument("--generation", required=True, metavar="NAME", help="staged, or a new one")
        parser.add_argument("--commit", action="store_true", help="write it")
        columns = parser.add_argument_group("columns of the file")
        columns.add_argument("--code", required=True, metavar="FIELD")
        columns.add_argument("--name", default="", metavar="FIELD", help="without it codes are the names")
        columns.add_argument(
            "--parent",
            default="",
            metavar="FIELD",
            help="code of the area above; without it the one with the largest overlap",
        )
        for name in ("name-en", "aliases", "population", "households", "enclosure"):
            columns.add_argument(f"--{name}", default="", metavar="FIELD")
        columns.add_argument(
            "--keep", action="append", default=[], metavar="FIELD", help="kept as attribute; may be repeated"
        )
        reading = parser.add_argument_group("reading")
        reading.add_argument("--crs", metavar="EPSG:n", help="where the file has none, or a wrong one")
        reading.add_argument("--datum", default="wgs84", help="wgs84, or gcj02 (AMap), bd09 (Baidu)")
        reading.add_argument("--encoding", metavar="E", help="of the texts, such as GB18030")
        reading.add_argument("--layer", metavar="NAME", help="where the file has several")
        created = parser.add_argument_group("a place that is not there yet")
        created.add_argument("--profile", default="", metavar="NAME")
        created.add_argument("--place-name", default="", metavar="TEXT")
        created.add_argument("--metric-crs", metavar="EPSG:n", help="in metres; by position without")
        created.add_argument("--time-zone", default="", metavar="ZONE", help="IANA name; by position without")
        created.add_argument("--county-code", default="", metavar="CODE", help="6 digits of GB/T 2260")

    def handle(self, **options: Any) -> None:
        try:
            report = areas_import(
                file=options["file"],
                place=options["place"],
                generation=options["generation"],
                level=options["level"],
                fields=AreaFields(
                    code=options["code"],
                    name=options["name"],
                    parent=options["parent"],
                    name_en=options["name_en"],
                    aliases=options["aliases"],
                    population=options["population"],
                    households=options["households"],
                    enclosure=options["enclosure"],
                    keep=tuple(options["keep"]),
                ),
                new_place=NewPlace(
                    profile=options["profile"],
                    name=options["place_name"],
                    metric_srid=_srid(options["metric_crs"]),
                    time_zone=options["time_zone"],
                    county_code=options["county_code"],
                ),
                crs=options["crs"],
                datum=options["datum"],
                encoding=options["encoding"],
                layer=options["layer"],
                commit=options["commit"],
            ).as_json()
        except GridcaseError as error:
            rows = error.extra.get("refused", ())
            further = [f"\n  row {row['row']} ({row['code']}): {row['reason']}" for row in rows[1:SHOWN]]
            raise CommandError(error.message + "".join(further)) from error
        self.tell(report, list(_lines(report)), as_json=options["json"])


def _srid(text: str | None) -> int | None:
    if text is None:
        return None
    code = text.upper().removeprefix("EPSG:")
    if not (code.isascii() and code.isdecimal()):
        raise CommandError(f"--metric-crs must be a code of EPSG, such as EPSG:4548; got '{text}'")
    return int(code)


def _lines(report: dict[str, Any]) -> Iterator[str]:
    crs = report["crs"]
    yield (
        f"{report['file']} ({report['kind']}, {report['encoding']}) → {report['place']} · {report['generation']} · "
        f"{report['level']}"
    )
    exact = f", exact to {crs['accuracy_m']:g} m" if crs["accuracy_m"] else ""
    yield f"CRS {crs['used']}{exact}; the file says: {crs['said']}"
    yield from (f"note: {note}" for note in report["notes"])
    created = report["place_created"]
    if created:
        did = "created" if report["committed"] else "would be created"
        yield (
            f"place {created['slug']} {did}: profile {created['profile']}, metric CRS EPSG:{created['metric_srid']}, "
            f"time zone {created['time_zone']} (--metric-crs, --time-zone say otherwise)"
        )
    for key, line in _LISTS.items():
        yield from _some(line, report[key])
    if report["heights_dropped"]:
        yield f"heights left out of {report['heights_dropped']} rows"
    found = ", ".join(
        f"{len(report[key])} {key.replace('_', ' ')}"
        for key in ("repaired", "refused", "gaps", "overlaps", "outside_parents")
    )
    yield f"read {report['read']}, taken {report['taken']}; {found}"
    if report["committed"]:
        counts = ", ".join(f"{report[key]} {key}" for key in ("added", "changed", "unchanged", "removed"))
        relinked = f"; {report['relinked']} finer areas got another parent" if report["relinked"] else ""
        yield f"written: {counts}{relinked}. Next: further levels, then activate_generation --preview"
    else:
        yield "dry run: nothing is written; --commit writes it"


def _some(line: str, entries: Sequence[Any]) -> Iterator[str]:
    for entry in entries[:SHOWN]:
        values = entry if isinstance(entry, dict) else {"code": entry}
        shown = {key: ", ".join(value) if isinstance(value, list) else value for key, value in values.items()}
        yield line.format(**{**shown, "parent": shown.get("parent") or "no area (between the widest)"})
    if len(entries) > SHOWN:
        yield f"          … and {len(entries) - SHOWN:,} more; --json lists all"
