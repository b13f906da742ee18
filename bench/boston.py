"""Boston, whole: boundaries and 81,408 requests through the commands, then every answer checked against shapely.

Not a part of the suite, which must not depend on the data folder. Into an empty database of its own:

    DATABASE_URL=spatialite:///$PWD/var/boston.sqlite3 python -m bench.boston
    python scripts/postgis_cluster.py run -- python -m bench.boston

`GRIDCASE_DATA` names the data folder; `../shared/data` beside the project without it.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import resource
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

__all__ = ["main"]

DATA = Path(os.environ.get("GRIDCASE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
REQUESTS = DATA / "boston311" / "boston311_2015_jan_aug.csv.gz"
POLYGONS = DATA / "boston_polygons"
PLACE, GENERATION = "boston", "2015"
ROWS, PLACEHOLDER, CITY_HALL = 81_408, (-71.0587, 42.3594), (-71.0579, 42.3601)


def main() -> int:
    """Import, check, print a JSON report; return 1 where something is not as it must be."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    def told(name: str, *arguments: str) -> dict[str, Any]:
        out = StringIO()
        call_command(name, *arguments, "--json", stdout=out)
        found: dict[str, Any] = json.loads(out.getvalue())
        return found

    call_command("migrate", "--no-input", verbosity=0)
    where = ("--place", PLACE, "--generation", GENERATION, "--commit")
    wards, precincts = POLYGONS / "boston_wards.geojson", POLYGONS / "boston_precincts_wgs84.geojson"
    zone = ("--profile", "plain", "--time-zone", "America/New_York")
    told("import_areas", str(wards), *where, *zone, "--level", "community", "--code", "WARD")
    told("import_areas", str(precincts), *where, "--level", "grid", "--code", "WARD_PRECINCT")
    told("activate_generation", GENERATION, "--place", PLACE)
    columns = (
        "--lon", "LONGITUDE", "--lat", "LATITUDE", "--category", "TYPE", "--text", "CASE_TITLE",
        "--id", "CASE_ENQUIRY_ID",
        "--reported-at", "OPEN_DT", "--closed-at", "CLOSED_DT", "--time-format", "%m/%d/%Y %I:%M:%S %p",
        "--tz", "America/New_York",
    )  # fmt: skip
    cpu, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    first = told("import_cases", str(REQUESTS), "--place", PLACE, *columns, "--verbosity", "0")
    cpu = time.process_time() - cpu
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    second = told("import_cases", str(REQUESTS), "--place", PLACE, *columns, "--verbosity", "0")
    found = _compared()
    sums = ("taken", "duplicate", "unlocated", "kept")
    checks = {
        "rows add up": sum(first[name] for name in sums) == first["rows"] == ROWS,
        "unlocated >= 11,899": first["unlocated"] >= 11_899,
        "taken >= 69,400": first["taken"] >= 69_400,
        "second run takes nothing": (second["taken"], second["unlocated"], second["duplicate"])
        == (0, 0, first["taken"] + first["unlocated"]),
        "every precinct is shapely's": found["other_than_shapely"] == 0,
        "ward of the row >= 98.9 %": round(found["same_ward"], 3) >= 0.989,
        "precinct of the row >= 94.3 %": found["same_precinct"] >= 0.943,
        "City Hall's rows are located": found["city_hall"] == 184,
        "nothing at the placeholder": found["at_placeholder"] == 0,
        "unlocated are on no map": found["unlocated_with_cell"] == 0,
    }
    wanted = (*sums, "rows", "outcomes", "unlocated_by", "open", "closed", "closed_before_opened", "flagged")
    report = {
        "database": connection.vendor,
        **{name: first[name] for name in wanted},
        "placeholders": first["placeholders"],
        **found,
        "seconds": first["seconds"],
        "cpu_seconds": round(cpu, 1),
        "second_run_seconds": second["seconds"],
        "memory_grown_mb": round(grown / 1024),
        "checks": checks,
    }
    print(json.dumps(report, indent=2))
    return 0 if all(checks.values()) else 1


def _compared() -> dict[str, Any]:
    """Return how the stored answers compare with shapely's and with the city's own attributes."""
    import numpy as np
    import shapely

    from cases.models import Case
    from cases.services.imports import case_id_of_row
    from geo.db.convert import to_shapely_array
    from geo.models import Area

    fields = ("client_id", "location", "outcome", "area__code", "areas", "h3_cell", "h3_shown")
    rows = list(Case.objects.filter(place__slug=PLACE).values_list(*fields))
    located = [row for row in rows if row[1] is not None]
    grids = list(
        Area.objects.filter(
            generation__place__slug=PLACE, generation__state="active", level="grid"
        ).values_list("code", "geometry")
    )
    codes, shapes = (
        [code for code, _geometry in grids],
        to_shapely_array(geometry for _code, geometry in grids),
    )
    points = shapely.points(np.array([(row[1].x, row[1].y) for row in located]))
    tree = shapely.STRtree(shapes)
    covering: list[set[str]] = [set() for _row in located]
    for at, grid in tree.query(points, predicate="intersects").T.tolist():
        covering[at].add(codes[grid])
    nearest = tree.nearest(points)
    wrong = 0
    for at, (_id, _point, outcome, code, *_rest) in enumerate(located):
        if covering[at]:
            wrong += code not in covering[at]
        else:
            # In a gap: shapely's nearest in degrees need not be the nearest in metres, but must be about as near.
            gap = shapely.distance(points[at], shapes[codes.index(code)]) if code else np.inf
            wrong += outcome != "snapped" or gap > 2 * shapely.distance(points[at], shapes[nearest[at]])
    of_row = {row[0]: row for row in located}
    ward, precinct = [0, 0], [0, 0]
    with gzip.open(REQUESTS, "rt", encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            row = of_row.get(case_id_of_row(PLACE, record["CASE_ENQUIRY_ID"]))
            if row is None:
                continue
            ours = {area["level"]: area["code"] for area in row[4]}
            said = record["ward"].lower().removeprefix("ward").strip()
            if said:
                ward[0] += ours["community"] == str(int(float(said)))
                ward[1] += 1
            if record["precinct"].strip():
                precinct[0] += ours["grid"] == f"{int(float(record['precinct'])):04d}"
                precinct[1] += 1

    def lying_at(place: tuple[float, float]) -> int:
        return sum((row[1].x, row[1].y) == place for row in located)

    return {
        "located": len(located),
        "covered_by_several": sum(len(found) > 1 for found in covering),
        "in_gaps": sum(not found for found in covering),
        "other_than_shapely": int(wrong),
        "same_ward": round(ward[0] / ward[1], 5),
        "rows_with_ward": ward[1],
        "same_precinct": round(precinct[0] / precinct[1], 5),
        "rows_with_precinct": precinct[1],
        "city_hall": lying_at(CITY_HALL),
        "at_placeholder": lying_at(PLACEHOLDER),
        "unlocated_with_cell": sum(
            row[1] is None and (row[5] is not None or row[6] is not None) for row in rows
        ),
    }


if __name__ == "__main__":
    sys.exit(main())
