"""Bulk locate against geopandas.sjoin: a million points in 20,480 grids of 33 vertices, with no mismatch.

And the memory of one process with the index of these grids and 327,680 buildings.

Run with `python -m bench bulk`.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import psutil
import shapely

from bench.bench_locate import CITY
from bench.report import RUNS, row
from bench.synthetic_city import city_records
from geo.domain.location import OUTCOMES, Outcome
from geo.domain.routing_index import RoutingIndex
from geo.memory import give_back

__all__ = ["bench"]

COLUMNS, LINES, BUILDINGS = 160, 128, 327_680
METRIC_CRS, SNAP_M = 4548, 30.0
TIMES_SJOIN, MEMORY_MB = 3.0, 600.0


def bench(points: int = 1_000_000) -> dict[str, Any]:
    """Measure; both ways in turns, in processor time of one process.

    Returns
    -------
    dict
        `rows`: each with name, unit, median, least and most of the runs; `versions`; `runs`.
    """
    records = city_records(COLUMNS, LINES, CITY)
    index = RoutingIndex.build(
        records, levels=("community", "grid"), metric_crs=METRIC_CRS, snap_tolerance_m=SNAP_M
    )
    random = np.random.default_rng(7)
    west, south, east, north = CITY
    # Some 2 % of them around the city, where no grid is.
    lon = west - 0.005 * (east - west) + 1.01 * (east - west) * random.random(points)
    lat = south - 0.005 * (north - south) + 1.01 * (north - south) * random.random(points)
    grids = [record for record in records if record.level == "grid"]
    frame = geopandas.GeoDataFrame(
        {"code": [grid.code for grid in grids]}, geometry=[grid.geometry for grid in grids], crs=4326
    )
    ours, theirs, ratios = [], [], []
    for _run in range(RUNS):
        start = time.process_time()
        located = index.locate_many(lon, lat)
        took = time.process_time() - start
        start = time.process_time()
        # With the points made within the measure, as ours takes plain coordinates.
        made = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(lon, lat), crs=4326)
        joined = geopandas.sjoin(made, frame, how="left", predicate="intersects")
        theirs_took = time.process_time() - start
        ours.append(points / took / 1e6)
        theirs.append(points / theirs_took / 1e6)
        ratios.append(theirs_took / took)
    memory_mb = _memory_mb()
    codes = np.array([leaf.code for leaf in index.leaves] + [""])[located.leaf]
    snapped = located.outcome == OUTCOMES.index(Outcome.SNAPPED)
    covered = np.zeros(points, dtype=bool)
    covered[joined.index[joined["code"].notna()]] = True
    # What no grid covers is ours to snap: held against the same question in geopandas' words.
    beyond = geopandas.sjoin_nearest(
        made[~covered].to_crs(METRIC_CRS), frame.to_crs(METRIC_CRS), how="left", max_distance=SNAP_M
    )
    inside = int(((_disagreeing(codes, joined) | snapped) & covered).sum())
    outside = int(_disagreeing(codes, beyond).sum())
    return {
        "bench": "bulk",
        "runs": RUNS,
        "rows": [
            row(f"{points:,} points, 20,480 grids: label raster", "M/s", ours),
            row("the same by geopandas.sjoin", "M/s", theirs),
            row("times as fast as geopandas.sjoin", "x", ratios, at_least=TIMES_SJOIN),
            row(f"{covered.sum():,} points on grids: not as sjoin", "", [float(inside)], at_most=0),
            row(
                f"{(~covered).sum():,} beyond, {snapped.sum():,} snapped: not as sjoin_nearest",
                "",
                [float(outside)],
                at_most=0,
            ),
            row("20,480 grids, 327,680 buildings: one process", "MB", [memory_mb], at_most=MEMORY_MB),
        ],
        "versions": {
            "numpy": np.__version__,
            "shapely": shapely.__version__,
            "geos": shapely.geos_version_string,
            "geopandas": geopandas.__version__,
        },
    }


def _disagreeing(ours: npt.NDArray[np.str_], joined: geopandas.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Return which points of a left join have another grid than ours.

    Of a point in several grids, on their border, ours must be one of them; of one in none, ours must be none.

    Parameters
    ----------
    ours : array (n,) of str
        Code of our grid by number of the point, empty for none.
    joined : geopandas.GeoDataFrame
        Numbers of points as index, `code` of a grid or missing; points left out are not told.
    """
    point = joined.index.to_numpy()
    agrees = joined["code"].fillna("").to_numpy(dtype=str) == ours[point]
    told = np.zeros(len(ours), dtype=bool)
    told[point] = True
    told[point[agrees]] = False
    return told


def _memory_mb() -> float:
    """Return the resident memory of a fresh process that holds the index and nothing else of ours."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.bench_bulk"], capture_output=True, text=True, check=True
    )
    return float(json.loads(done.stdout)["mb"])


def _hold_index() -> None:
    records = city_records(COLUMNS, LINES, CITY, BUILDINGS)
    index = RoutingIndex.build(records, levels=("community", "grid"), metric_crs=METRIC_CRS)
    del records
    gc.collect()
    give_back()  # as geo.routing does
    index.locate(*CITY[:2])
    print(json.dumps({"mb": psutil.Process().memory_info().rss / 2**20}))


if __name__ == "__main__":
    _hold_index()
