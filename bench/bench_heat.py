"""Heat on one and on ten million cases of the same city, in a database of its own: an answer costs cells, not cases.

The city, and what is asked, are in `bench.heat_city`. Budgets stand where the rollup's key is full: all days. A period
is read from months and, at its ends, from days, of which ten times the cases fill more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.report import row

__all__ = ["bench"]

SIZES = (1_000_000, 10_000_000)
AT_MOST = 1.5
ROOT = Path(__file__).resolve().parent.parent


def bench(sizes: tuple[int, int] = SIZES) -> dict[str, Any]:
    """Measure and return rows: milliseconds at both sizes and their ratio, and how long the fill took."""
    with tempfile.TemporaryDirectory(prefix="gridcase-heat-") as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": f"spatialite:///{folder}/heat.sqlite3",
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            "GRIDCASE_DEMO": "0",
        }
        done = subprocess.run(
            [sys.executable, "-m", "bench.heat_city", *map(str, sizes)],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
    report = json.loads(done.stdout.splitlines()[-1])
    small, large = (report[str(size)] for size in sizes)
    rows = []
    for name, found in large["asked"].items():
        before = small["asked"][name]
        rows.append(row(f"{name}: {sizes[0]:,} cases", "ms", before["ms"]))
        rows.append(row(f"{name}: {sizes[1]:,} cases", "ms", found["ms"]))
        ratios = [after / before["median"] for after in found["ms"]]
        in_periods = name.endswith(("days", "year"))
        rows.append(row(f"{name}: ratio", "×", ratios, at_most=None if in_periods else AT_MOST))
    for size, found in zip(sizes, (small, large), strict=True):
        rows.append(row(f"fill up to {size:,} by SQL", "s", [found["fill_s"]]))
        rows.append(row(f"rollup of {size:,} counted from nothing or made up", "s", [found["rollup_s"]]))
        rows += [
            row(f"rollup rows at {size:,}: {grain}", "rows", [n]) for grain, n in found["rollup_rows"].items()
        ]
    return {
        "bench": "heat",
        "runs": len(large["asked"]["public, everything, res 9"]["ms"]),
        "rows": rows,
        "versions": {},
    }
