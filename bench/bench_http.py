"""Requests a second of the real service as shares of a bare JSON view under the same gunicorn.

A share says what our own work costs, on whatever machine. Each server runs with two workers on 127.0.0.1; `wrk`
asks with eight connections for a bounded time. PostGIS commits durably (fsync on), as SpatiaLite does
(synchronous=FULL). The demo is loaded; anybody asks for random pins within its boundaries, its patroller files there.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.report import RUNS, row
from scripts.postgis_cluster import cluster
from scripts.serving import Served, gunicorn, manage

__all__ = ["bench"]

ROOT = Path(__file__).resolve().parent.parent
SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
CONNECTIONS = 8
PLACE = "jinan-wuyingshan"
# Shares of the bare view's rate; peers: MapIt 1/30 to 1/111 to locate, Signalen 1/75 to 1/220 to file.
LOCATE_SHARE = 1 / 5
FILE_SHARE = {"spatialite": 1 / 30, "postgis": 1 / 20}


def bench() -> dict[str, Any]:
    """Measure both databases; return rows of rates, and of shares with their targets."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: install the Debian package wrk")
    rows: list[dict[str, Any]] = []
    for kind in ("spatialite", "postgis"):
        rows += _measure(kind)
    return {"bench": "http", "runs": RUNS, "seconds_a_run": SECONDS, "connections": CONNECTIONS, "rows": rows}


def _measure(kind: str) -> list[dict[str, Any]]:
    rates: dict[str, list[float]] = {"bare": [], "locate": [], "file": []}
    costs: dict[str, list[float]] = {"bare": [], "locate": [], "file": []}
    with _service(kind) as (bare, service, token, bounds):
        asked = {
            "bare": (bare, "/", "bare", ""),
            "locate": (service, "/api/v1/locate/", "get", ""),
            "file": (service, "/api/v1/cases/", "post", token),
        }
        for server, path, mode, who in asked.values():
            # The first requests of a worker import and build what later ones find.
            _wrk(f"{server.url}{path}", mode, who, bounds, seconds=4.0, may_be_empty=True)
        # In turns, so that a busy moment of the machine meets all three.
        for _run in range(RUNS):
            for name, (server, path, mode, who) in asked.items():
                before = _processor_s(server)
                rate, answers = _wrk(f"{server.url}{path}", mode, who, bounds, seconds=SECONDS)
                rates[name].append(rate)
                costs[name].append((_processor_s(server) - before) / answers * 1000)
    locate = [a / b for a, b in zip(rates["locate"], rates["bare"], strict=True)]
    filed = [a / b for a, b in zip(rates["file"], rates["bare"], strict=True)]
    return [
        row(f"{kind}: bare JSON view", "req/s", rates["bare"]),
        row(f"{kind}: GET /api/v1/locate/", "req/s", rates["locate"]),
        row(f"{kind}: POST /api/v1/cases/", "req/s", rates["file"]),
        row(f"{kind}: locate / bare", "", locate, at_least=LOCATE_SHARE),
        row(f"{kind}: file / bare", "", filed, at_least=FILE_SHARE[kind]),
        # What the workers computed, whoever else kept the machine busy; without waiting for the disk or PostgreSQL.
        *(row(f"{kind}: processor time of one {name}", "ms", costs[name]) for name in costs),
    ]


def _processor_s(server: Served) -> float:
    """Return seconds of processor time that the workers of a server have used."""
    times = [worker.cpu_times() for worker in psutil.Process(server.pid).children(recursive=True)]
    return float(sum(spent.user + spent.system for spent in times))


@contextmanager
def _service(kind: str) -> Iterator[tuple[Served, Served, str, str]]:
    """Yield the bare view and the service, a patroller's token, and the place's bounds."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="gridcase-bench-", dir=ROOT / "var"))
        )
        if kind == "postgis":
            url = stack.enter_context(cluster(durable=True))
        else:
            url = f"spatialite:///{folder / 'gridcase.sqlite3'}"
        password = secrets.token_urlsafe(12)
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            "DATABASE_URL": url,
            "GRIDCASE_DATA_DIR": str(folder),
            "GRIDCASE_DEMO_PASSWORD": password,
            # Counted as always, but one address asks all the time here.
            "GRIDCASE_ANONYMOUS_RATE": "1000000000/minute",
        }
        manage(environment, "migrate", "--no-input", "--verbosity", "0")
        manage(environment, "load_demo", PLACE, "--verbosity", "0")
        bounds = manage(environment, "shell", "--no-imports", "-c", _BOUNDS).strip().splitlines()[-1]
        service = stack.enter_context(gunicorn("config.wsgi", environment, folder / "service.log"))
        bare = stack.enter_context(
            gunicorn(
                "bench.bare", {**os.environ, "GRIDCASE_BENCH_BARE": "1"}, folder / "bare.log", health="/"
            )
        )
        yield bare, service, _token(service.url, f"{PLACE}.patroller", password), bounds


_BOUNDS = f"""
from geo.models import Place
print(",".join(str(c) for c in Place.objects.get(slug="{PLACE}").outline.extent))
"""


def _token(service: str, username: str, password: str) -> str:
    body = json.dumps({"username": username, "password": password}).encode()
    request = urllib.request.Request(
        f"{service}/api/v1/token/", body, {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(json.load(answer)["token"])


def _wrk(
    url: str, mode: str, token: str, bounds: str, *, seconds: float, may_be_empty: bool = False
) -> float:
    """Return requests a second and their number; any answer that is not 2xx ends the measure."""
    command = [
        "wrk",
        "-t",
        "1",
        "-c",
        str(CONNECTIONS),
        "-d",
        f"{max(1, round(seconds))}s",
        "--timeout",
        "20s",
    ]
    if mode != "bare":
        command += ["-s", str(ROOT / "bench" / "http.lua")]
    environment = {**os.environ, "BENCH_MODE": mode, "BENCH_TOKEN": token, "BENCH_BOUNDS": bounds}
    environment["BENCH_SEED"] = str(time.time_ns() % 2**31)
    done = subprocess.run([*command, url], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"wrk failed: {done.stderr}")
    if mode == "bare":
        if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
            raise SystemExit(f"the bare view did not answer well:\n{done.stdout}")
        rate = re.search(r"^Requests/sec:\s+([\d.]+)", done.stdout, re.M)
        number = re.search(r"^\s*(\d+) requests in", done.stdout, re.M)
        assert rate is not None
        assert number is not None
        return float(rate[1]), int(number[1])
    result = json.loads(
        next(line for line in done.stdout.splitlines() if line.startswith("RESULT ")).split(" ", 1)[1]
    )
    if result["not_2xx"] or result["broken"] or not (result["requests"] or may_be_empty):
        raise SystemExit(f"{url}: {result}\n{done.stderr}")
    return float(result["requests"] / (result["duration_us"] / 1e6)), int(result["requests"])


if __name__ == "__main__":
    from bench.report import show

    print(show(bench()))
    sys.exit(0)
