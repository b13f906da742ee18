"""`import_cases` against a plain `bulk_create` of the same cases, on both databases, each trial in one process.

The plain one builds the same instances from plain values and writes the rows of the cases only; the import reads and
checks the table, locates, judges, assigns, and writes areas, judgements and events as well.

Run with `python -m bench import`; `BENCH_ROWS` sets the number of rows.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.bench_locate import SUBDISTRICT
from bench.report import RUNS, row
from bench.synthetic_city import city_records
from scripts.postgis_cluster import cluster
from scripts.serving import manage

__all__ = ["bench"]

ROWS = int(os.environ.get("BENCH_ROWS", "5000"))
TIMES_BULK_CREATE = 6.0
PLACE, STREETS, CATEGORIES = "bench", 300, ("road", "parking", "drainage", "Street Light Outages", "Graffiti")


def bench() -> dict[str, Any]:
    """Measure both databases; return rates and ratios: elapsed, and in process also processor time."""
    rows: list[dict[str, Any]] = []
    for kind in ("spatialite", "postgis"):
        for name, values in _measured(kind).items():
            target = TIMES_BULK_CREATE if name.startswith("times") else None
            rows.append(row(f"{kind}: {name}", "x" if target else "rows/s", values, at_most=target))
    return {"bench": "import", "runs": RUNS, "cases": ROWS, "rows": rows}


def _measured(kind: str) -> dict[str, list[float]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        url = f"spatialite:///{folder / 'bench.sqlite3'}"
        if kind == "postgis":
            url = stack.enter_context(cluster(durable=True))
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            "DATABASE_URL": url,
            "GRIDCASE_DATA_DIR": str(folder),
        }
        manage(environment, "migrate", "--no-input", "--verbosity", "0")
        command = [sys.executable, "-m", "bench.bench_import"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"the trial on {kind} failed:\n{done.stderr}")
        found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _trial() -> dict[str, list[float]]:
    """Import and bulk_create in turns, in this process; return the measures."""
    import django

    django.setup()
    from django.db import connection, transaction

    from cases.models import Case
    from cases.services.import_source import ImportFields, ImportOptions
    from cases.services.imports import cases_import
    from cases.services.intake import new_follow_code

    place = _place()
    fields = ImportFields(
        category="kind", text="text", reported_at="opened", lon="lon", lat="lat", closed_at="closed", id="id"
    )
    names = [field.attname for field in Case._meta.concrete_fields if field.name != "id"]
    found: dict[str, list[float]] = {"import_cases": [], "bulk_create": [], "times as long": []}
    embedded = connection.vendor == "sqlite"
    if embedded:
        found["times as long, processor"] = []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(RUNS + 1):
            file = _table(Path(folder) / f"{run}.csv", run)

            def importing(file: Path = file) -> None:
                report = cases_import(file=file, place=place, fields=fields, options=ImportOptions())
                assert report.taken == ROWS, report.as_json()

            ours = _timed(importing)
            values = list(Case.objects.order_by("-pk").values(*names)[:ROWS])
            for value in values:
                value |= {"client_id": uuid.uuid4(), "follow_code": new_follow_code()}

            def plain(values: list[dict[str, Any]] = values) -> None:
                with transaction.atomic():
                    Case.objects.bulk_create([Case(**value) for value in values], batch_size=500)

            theirs = _timed(plain)
            if not run:
                continue  # the first one imports modules and builds the index
            found["import_cases"].append(ROWS / ours[0])
            found["bulk_create"].append(ROWS / theirs[0])
            found["times as long"].append(ours[0] / theirs[0])
            if embedded:
                found["times as long, processor"].append(ours[1] / theirs[1])
    return found


def _timed(run: Callable[[], None]) -> tuple[float, float]:
    elapsed, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - elapsed, time.process_time() - processor


def _place() -> Any:
    from geo.models import Place
    from geo.services.generations import AreaInput, generation_activate, generation_stage

    place = Place.objects.create(
        slug=PLACE, name="Bench", profile="plain", metric_srid=4548, time_zone="Asia/Shanghai"
    )
    records = city_records(20, 13, SUBDISTRICT, 900)
    codes = {record.id: record.code for record in records}
    areas = [
        AreaInput(
            r.level, r.code, r.name, r.geometry, codes[r.parent_id] if r.parent_id is not None else None
        )
        for r in records
    ]
    generation_stage(place_id=place.pk, name="1", areas=areas)
    generation_activate(place_id=place.pk, name="1")
    return place


def _table(file: Path, run: int) -> Path:
    random = np.random.default_rng(run)
    west, south, east, north = SUBDISTRICT
    first = datetime(2024, 1, 1, tzinfo=UTC)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "opened", "closed", "kind", "text", "lon", "lat", "address", "source", "ward"])
        for number in range(ROWS):
            opened = first + timedelta(minutes=int(random.integers(0, 500_000)))
            closed = (opened + timedelta(days=3)).isoformat() if number % 8 else ""
            lon, lat = west + (east - west) * random.random(), south + (north - south) * random.random()
            street = int(random.integers(STREETS))
            kind = CATEGORIES[number % len(CATEGORIES)]
            text = f"{street}号路{number}号门前路面坑洼，请尽快处理"
            writer.writerow(
                [
                    f"{run}-{number}",
                    opened.isoformat(),
                    closed,
                    kind,
                    text,
                    lon,
                    lat,
                    f"{number} {street}",
                    "phone",
                    street % 20,
                ]
            )
    return file


if __name__ == "__main__":
    print(json.dumps(_trial()))
