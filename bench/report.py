"""What every measure reports: rows with median and spread of the runs, versions, and where a target is missed."""

from __future__ import annotations

import json
import os
import platform
import statistics
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["RUNS", "machine", "row", "show", "write"]

RUNS = 3
FOLDER = Path(__file__).resolve().parent.parent / "var" / "bench"


def row(
    name: str, unit: str, values: list[float], *, at_most: float | None = None, at_least: float | None = None
) -> dict[str, Any]:
    """Return one row: the median of the runs, the least and the most, and the target where there is one."""
    made: dict[str, Any] = {
        "name": name,
        "unit": unit,
        "median": statistics.median(values),
        "least": min(values),
        "most": max(values),
    }
    if at_most is not None:
        made |= {"budget": at_most, "kept": made["median"] <= at_most}
    if at_least is not None:
        made |= {"target": at_least, "kept": made["median"] >= at_least}
    return made


def machine() -> dict[str, Any]:
    """Return what the numbers depend on: processor, cores, load, versions."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "processor": names[0].split(":", 1)[1].strip() if names else platform.machine(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "django": version("Django"),
        "gunicorn": version("gunicorn"),
    }


def show(report: dict[str, Any]) -> str:
    """Return a report as a table."""
    lines = [
        f"{report['bench']}: {report['runs']} runs",
        f"{'':62} {'median':>10} {'least':>10} {'most':>10}",
    ]
    for entry in report["rows"]:
        told = ""
        if "budget" in entry:
            told = f"  at most {entry['budget']:g}"
        elif "target" in entry:
            told = f"  at least {entry['target']:.4f} (1/{1 / entry['target']:.0f})"
        if told:
            told += ": kept" if entry["kept"] else ": MISSED"
        numbers = " ".join(f"{_number(entry[key]):>10}" for key in ("median", "least", "most"))
        lines.append(f"{entry['name'][:62]:62} {numbers} {entry['unit']}{told}")
    lines.append(", ".join(f"{key} {value}" for key, value in report.get("versions", {}).items()))
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def write(report: dict[str, Any]) -> Path:
    """Keep a report as JSON in `var/bench/`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{report['bench']}.json"
    dated = {**report, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    file.write_text(json.dumps(dated, ensure_ascii=False, indent=2) + "\n")
    return file
