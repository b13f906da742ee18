"""The city of `bench_heat`, in a database of its own: run as a program, prints its measures as JSON.

Cases are written by SQL: some places draw more cases than others, some kinds of cases are more frequent than others,
and all of them fall into the same three years, so that ten times the cases are ten times as many a day.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import django

SOUTH, WEST, ROWS, COLUMNS = 42.25, -71.15, 40, 50  # 2,000 grids of 230 by 250 m: some 115 km²
HEIGHT, WIDTH = 0.00225, 0.0028
CATEGORIES = 24
DAYS, LAST = 1096, date(2026, 1, 1)
RUNS = 5


def build() -> Any:
    """Write a place with its grids and people; return the official."""
    from django.contrib.gis.geos import MultiPolygon, Polygon

    from geo.models import Appointment, Area, BoundaryGeneration, Place, Post, User

    box = (WEST, SOUTH, WEST + COLUMNS * WIDTH, SOUTH + ROWS * HEIGHT)
    place = Place.objects.create(
        slug="city", name="City", profile="jinan-wuyingshan", metric_srid=26986,
        time_zone="America/New_York", outline=Polygon.from_bbox(box),
    )  # fmt: skip
    generation = BoundaryGeneration.objects.create(place=place, name="1", state="active")

    def area(level: str, code: str, parent: Any, box: Any) -> Any:
        path = f"{parent.path if parent else '/'}{code}/"
        shape = MultiPolygon(Polygon.from_bbox(box), srid=4326)
        return Area(
            generation=generation, level=level, code=code, name=code, parent=parent, path=path, geometry=shape
        )

    def stored(**values: Any) -> Any:
        made = area(**values)
        made.save()
        return made

    town = stored(level="subdistrict", code="S", parent=None, box=box)
    grids = []
    for y in range(ROWS):
        south = SOUTH + y * HEIGHT
        row = (WEST, south, WEST + COLUMNS * WIDTH, south + HEIGHT)
        community = stored(level="community", code=f"C{y:02d}", parent=town, box=row)
        block = stored(level="block", code=f"B{y:02d}", parent=community, box=row)
        for x in range(COLUMNS):
            west = WEST + x * WIDTH
            grids.append(area("grid", f"G{y:02d}{x:02d}", block, (west, south, west + WIDTH, south + HEIGHT)))
    Area.objects.bulk_create(grids)
    person = User.objects.create(username="official", place=place)
    from geo import profiles

    kind = next(p for p in profiles.resolve(place.profile).geo.posts if p.key == "subdistrict-official")
    post = Post.objects.create(place=place, kind=kind.key, area_code="S")
    Appointment.objects.create(post=post, person=person, since=date(2020, 1, 1))
    return person


def sites() -> None:
    """Write the spots that cases happen at: all points of a fine lattice, with their cells and grids."""
    import h3.api.basic_int as h3
    import numpy as np
    from django.db import connection

    from geo.models import Area

    random = np.random.default_rng(7)
    count = 60_000
    lon = WEST + random.random(count) * COLUMNS * WIDTH
    lat = SOUTH + random.random(count) * ROWS * HEIGHT
    ids = dict(Area.objects.filter(level="grid").values_list("code", "pk"))
    rows = [
        (
            n,
            x,
            y,
            h3.latlng_to_cell(y, x, 10),
            ids[f"G{int((y - SOUTH) / HEIGHT):02d}{int((x - WEST) / WIDTH):02d}"],
        )
        for n, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True))
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE site (id INTEGER PRIMARY KEY, x REAL, y REAL, cell INTEGER, area INTEGER)"
        )
        cursor.executemany("INSERT INTO site VALUES (%s, %s, %s, %s, %s)", rows)


def bare() -> list[str]:
    """Drop triggers and indexes of the cases; return what makes again the indexes that heat may use."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'cases_case' AND sql IS NOT NULL"
            " AND type IN ('trigger', 'index')"
        )
        found = cursor.fetchall()
        for kind, name, _sql in found:
            cursor.execute(f'DROP {kind} "{name}"')
    wanted = ("h3_shown", "h3_cell", "case_by_case", "filed_by", "place_id")
    return [sql for kind, name, sql in found if kind == "index" and any(word in name for word in wanted)]


def fill(first: int, last: int) -> None:
    """Write the cases `first` to `last` - 1."""
    from django.db import connection

    from cases.models import Case

    uneven = "((abs(random()) % 1000) / 1000.0) * ((abs(random()) % 1000) / 1000.0)"
    fixed: dict[str, str] = {
        "client_id": "printf('%032x', n)", "follow_code": "printf('F%015d', n)", "status": "'closed'",
        "category": f"'kind' || CAST({uneven} * {CATEGORIES} AS INTEGER)",
        "channel": "'web'", "about": "'none'", "is_published": "1",
        "reported_at": f"datetime('{LAST}', '-' || (abs(random()) % {DAYS * 1440}) || ' minutes')",
        "received_at": f"'{LAST} 00:00:00'", "h3_cell": "cell", "h3_shown": "cell", "area_id": "area",
        "generation_id": "1", "place_id": "1", "outcome": "'inside'", "location": "MakePoint(x, y, 4326)",
        "stated": "'{}'", "location_raw": "'{}'", "location_detail": "'{}'", "areas": "'[]'",
        "areas_at_filing": "'[]'", "span": "'{}'", "suspension": "'{}'", "triage_state": "'confirmed'",
        "me_too_count": "0", "version": "1",
    }  # fmt: skip
    values = []
    for column in (field for field in Case._meta.concrete_fields if not field.primary_key):
        name = str(column.column)
        kind = column.get_internal_type()
        default = "NULL" if column.null else "0" if kind == "BooleanField" else "''"
        values.append((name, fixed.get(name, default)))
    columns = ", ".join(f'"{name}"' for name, _ in values)
    # A spot near the middle of the list is drawn more often: two draws multiplied.
    # With n in it: SQLite would otherwise draw once for all of them.
    spot = "(abs(random()) % 245) * (abs(random()) % 245) + 0 * n"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO cases_case ({columns}) SELECT {', '.join(v for _, v in values)} FROM"
            f" (WITH RECURSIVE row(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM row WHERE n + 1 < {last})"
            f" SELECT n, {spot} AS spot FROM row) AS drawn JOIN site ON site.id = drawn.spot"
        )


def measure(official: Any) -> dict[str, dict[str, Any]]:
    """Return milliseconds of each question, and how many cases its answer counts."""
    from cases.domain.cells import stored_below  # noqa: F401 - read once, before the clock runs
    from cases.selectors.filters import CaseFilters
    from cases.selectors.heat import cases_heat
    from geo.models import User

    one = ("kind3",)
    tile = (WEST + 0.03, SOUTH + 0.03, WEST + 0.06, SOUTH + 0.055)
    year = {"since": date(2025, 1, 1), "until": date(2026, 1, 1)}
    weeks = {"since": LAST - timedelta(days=40), "until": LAST - timedelta(days=10)}
    asks: dict[str, Callable[[], Any]] = {
        "public, everything, res 9": lambda: cases_heat(None, CaseFilters(), res=9),
        "public, one category, res 9": lambda: cases_heat(None, CaseFilters(category=one), res=9),
        "public, one category, res 10": lambda: cases_heat(None, CaseFilters(category=one), res=10),
        "official, everything, res 9": lambda: cases_heat(User.objects.get(pk=official.pk), CaseFilters(), res=9),
        "cells of a tile at zoom 13": lambda: cases_heat(None, CaseFilters(bbox=tile), res=10, whole_cells=True),
        "public, one category, a year": lambda: cases_heat(None, CaseFilters(category=one, **year), res=9),
        "public, one category, 30 days": lambda: cases_heat(None, CaseFilters(category=one, **weeks), res=9),
        "public, everything, 30 days": lambda: cases_heat(None, CaseFilters(**weeks), res=9),
    }  # fmt: skip
    measured = {}
    for name, ask in asks.items():
        heat = ask()
        times = []
        for _ in range(RUNS):
            began = time.perf_counter()
            ask()
            times.append((time.perf_counter() - began) * 1000)
        measured[name] = {"ms": times, "median": statistics.median(times), "total": heat.total}
        print(name, round(statistics.median(times), 1), heat.total, file=sys.stderr, flush=True)
    return measured


def main() -> None:
    """Fill, measure, fill, measure."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from cases.models import CaseRollup
    from cases.services.rollups import rollups_repair

    sizes = [int(size) for size in sys.argv[1:]]
    call_command("migrate", verbosity=0)
    official = build()
    sites()
    indexes = bare()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")
        cursor.execute("PRAGMA journal_mode = OFF")
        cursor.execute("PRAGMA cache_size = -1000000")
        cursor.execute("PRAGMA temp_store = MEMORY")
    report, done = {}, 0
    for size in sizes:
        began = time.perf_counter()
        fill(done, size)
        filled = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM cases_caserollup")  # to be counted from nothing, not compared
        rollups_repair()
        with connection.cursor() as cursor:
            for sql in indexes if not done else ():
                cursor.execute(sql)
        ready = time.perf_counter()
        done = size
        rows = {
            grain.name.lower(): CaseRollup.objects.filter(grain=grain).count()
            for grain in (CaseRollup.Grain.DAY, CaseRollup.Grain.MONTH, CaseRollup.Grain.WHOLE)
        }
        print(
            size,
            "filled",
            round(filled - began),
            "rollup",
            round(ready - filled),
            rows,
            file=sys.stderr,
            flush=True,
        )
        report[size] = {
            "fill_s": filled - began, "rollup_s": ready - filled, "rollup_rows": rows, "asked": measure(official),
        }  # fmt: skip
    print(json.dumps(report))


if __name__ == "__main__":
    main()
