"""Routing index, in process: one pin, many pins, building the index; with label raster against STRtree.

Run with `python -m bench.bench_locate [--json]`.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from bench.report import RUNS, row, show
from bench.synthetic_city import city_records
from geo.domain.routing_index import RoutingIndex

__all__ = ["bench", "main"]

SUBDISTRICT = (116.960, 36.660, 117.000, 36.690)  # 3.6 by 3.3 km
CITY = (116.8, 36.5, 117.3, 36.9)  # 45 by 44 km
BUDGET_US = 50.0


def bench(pins: int = 20_000, bulk: int = 1_000_000) -> dict[str, Any]:
    """Measure and return rows, versions and settings.

    Parameters
    ----------
    pins : int
        Pins located one by one in each run.
    bulk : int
        Pins located at once.

    Returns
    -------
    dict
        `rows`: each with name, unit, median, least and most of the runs; `versions`; `runs`.
    """
    rows: list[dict[str, Any]] = []
    for name, columns, lines, bounds, buildings in (
        ("260 grids, 900 buildings", 20, 13, SUBDISTRICT, 900),
        ("20,480 grids, 40,000 buildings", 160, 128, CITY, 40_000),
    ):
        records = city_records(columns, lines, bounds, buildings)
        rows += _measure(name, records, bounds, pins, bulk)
    return {
        "bench": "locate",
        "runs": RUNS,
        "rows": rows,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "shapely": shapely.__version__,
            "geos": shapely.geos_version_string,
        },
    }


def _measure(
    name: str, records: list[Any], bounds: tuple[float, float, float, float], pins: int, bulk: int
) -> list[dict[str, Any]]:
    def build() -> RoutingIndex:
        return RoutingIndex.build(records, levels=("community", "grid"), metric_crs=4548)

    random = np.random.default_rng(5)
    west, south, east, north = bounds
    lon, lat = west + (east - west) * random.random(bulk), south + (north - south) * random.random(bulk)
    singles = list(zip(lon[:pins].tolist(), lat[:pins].tolist(), strict=True))
    # Some 18 m west of the place: snapped to the nearest grid.
    outside = [(west - 2e-4, y) for _, y in singles[: pins // 10]]
    index = build()
    grids = np.array([record.geometry for record in records if record.level == "grid"])
    tree = shapely.STRtree(grids)

    def each(points: list[tuple[float, float]], **options: Any) -> Callable[[], None]:
        def run() -> None:
            for x, y in points:
                index.locate(x, y, **options)

        return run

    def by_tree() -> None:
        tree.query(shapely.points(lon, lat), predicate="intersects")

    rows = [
        _row(f"{name}: one pin", "µs", each(singles), 1e6 / len(singles), budget=BUDGET_US),
        _row(
            f"{name}: one GPS pin, accuracy 9 m",
            "µs",
            each(singles, accuracy_m=9.0),
            1e6 / len(singles),
            budget=BUDGET_US,
        ),
        _row(f"{name}: one pin in a gap", "µs", each(outside), 1e6 / len(outside)),
        _row(f"{name}: {bulk:,} pins at once", "M/s", lambda: index.locate_many(lon, lat), -bulk / 1e6),
        _row(f"{name}: the same by STRtree.query", "M/s", by_tree, -bulk / 1e6),
        _row(f"{name}: building the index", "s", build, 1.0),
    ]
    return rows


def _row(
    name: str, unit: str, run: Callable[[], object], scale: float, budget: float | None = None
) -> dict[str, Any]:
    """Time a run in processor time, which waiting for others does not lengthen; a negative scale makes a rate."""
    values = []
    for _ in range(RUNS):
        start = time.process_time()
        run()
        took = time.process_time() - start
        values.append(took * scale if scale > 0 else -scale / took)
    return row(name, unit, values, at_most=budget)


def main() -> None:
    """Print the table, or with --json the report."""
    parser = argparse.ArgumentParser(description="Measure the routing index.")
    parser.add_argument("--json", action="store_true")
    given, report = parser.parse_args(), bench()
    print(json.dumps(report, ensure_ascii=False) if given.json else show(report))


if __name__ == "__main__":
    main()
