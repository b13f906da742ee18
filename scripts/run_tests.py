"""Every test: the suite on SpatiaLite and on PostGIS side by side, then the front end's. See `tests/README.md`.

    .venv/bin/python -m scripts.run_tests [--serial] [pytest arguments]

Prints a table with the number of tests per database, which must be equal, and as its last line `N passed, N failed`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "var" / "test"
FRONTEND = ROOT / "maps" / "frontend"
LOCK = threading.Lock()
LISTED_FAILURES, REASON_LENGTH = 25, 200


@dataclass(frozen=True)
class Outcome:
    """What one run came to."""

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    exit_code: int
    failures: tuple[str, ...] = ()

    @property
    def tests(self) -> int:
        """Number of tests that the run had, skipped ones included."""
        return self.passed + self.failed + self.skipped

    @property
    def good(self) -> bool:
        """Tell whether everything passed and the runner itself says so."""
        return self.exit_code == 0 and self.failed == 0 and self.tests > 0


class Run:
    """One test runner as a process, its output shown line by line under its name."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], cwd: Path) -> None:
        self.name = name
        self.report = RESULTS / f"{name}.xml"
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**environment, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._seconds = 0.0
        self._reader = threading.Thread(target=self._show)
        self._reader.start()

    def _show(self) -> None:
        assert self._process.stdout is not None
        with (RESULTS / f"{self.name}.log").open("w") as log:
            for line in self._process.stdout:
                log.write(line)
                with LOCK:
                    print(f"{self.name:>10} | {line}", end="", flush=True)
        self._seconds = time.monotonic() - self._began

    def stop(self) -> None:
        """Ask the runner to end (its own children end with it)."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def outcome(self) -> Outcome:
        """Wait for the end; read the runner's report."""
        code = self._process.wait()
        self._reader.join()
        return read_report(self.name, self.report, code, self._seconds)


def read_report(name: str, report: Path, exit_code: int, seconds: float) -> Outcome:
    """Return the numbers of a JUnit report; a runner that wrote none has failed once."""
    if not report.exists():
        return Outcome(name, 0, 1, 0, seconds, exit_code or 1)
    cases = list(ET.parse(report).iter("testcase"))
    failures = tuple(_told(case) for case in cases if _reason(case) is not None)
    failed, skipped = len(failures), sum(1 for case in cases if case.find("skipped") is not None)
    return Outcome(name, len(cases) - failed - skipped, failed, skipped, seconds, exit_code, failures)


def _reason(case: ET.Element) -> ET.Element | None:
    failure = case.find("failure")
    return case.find("error") if failure is None else failure


def _told(case: ET.Element) -> str:
    reason = _reason(case)
    message = " ".join((reason.get("message") or "").split()) if reason is not None else ""
    return f"{case.get('classname', '')}::{case.get('name', '')}  {message[:REASON_LENGTH]}"


def start(name: str, arguments: list[str]) -> Run:
    """Start the suite on one database, or the front end's tests."""
    report = f"--junitxml={RESULTS / f'{name}.xml'}"
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    pytest = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-o",
        f"cache_dir=.pytest_cache/{name}",
        report,
        *arguments,
    ]
    if name == "spatialite":
        return Run(name, pytest, environment, ROOT)
    if name == "postgis":
        cluster = [sys.executable, str(ROOT / "scripts" / "postgis_cluster.py"), "run", "--"]
        return Run(name, [*cluster, *pytest], environment, ROOT)
    vitest = ["npx", "vitest", "run", "--reporter=default", "--reporter=junit"]
    environment["PATH"] = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    environment["CI"] = "1"
    return Run(name, [*vitest, f"--outputFile.junit={RESULTS / f'{name}.xml'}"], environment, FRONTEND)


def run_all(arguments: list[str], *, serial: bool) -> list[Outcome]:
    """Run everything; on Ctrl-C end what runs and pass the interruption on."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    # The two databases keep a core each; the front end's few seconds come after.
    batches = (
        [["spatialite"], ["postgis"], ["frontend"]] if serial else [["spatialite", "postgis"], ["frontend"]]
    )
    outcomes = []
    for batch in batches:
        runs = [start(name, arguments) for name in batch]
        try:
            outcomes += [run.outcome() for run in runs]
        except KeyboardInterrupt:
            for run in runs:
                run.stop()
            for run in runs:
                run.outcome()
            raise
    return outcomes


def verdict(outcomes: list[Outcome]) -> tuple[str, bool]:
    """Return the table with the closing line, and whether all is well."""
    lines = ["", f"{'':>10}  {'tests':>6} {'passed':>6} {'failed':>6} {'skipped':>7} {'seconds':>8}"]
    for o in outcomes:
        lines.append(
            f"{o.name:>10}  {o.tests:>6} {o.passed:>6} {o.failed:>6} {o.skipped:>7} {o.seconds:>8.1f}"
        )
    # Once more at the end: whoever reads only the last lines of a long run learns what failed.
    for o in outcomes:
        lines += [f"{o.name}: {failure}" for failure in o.failures[:LISTED_FAILURES]]
    by_name = {o.name: o for o in outcomes}
    failed = sum(o.failed for o in outcomes)
    one, other = by_name["spatialite"], by_name["postgis"]
    if (one.tests, one.skipped) != (other.tests, other.skipped):
        lines.append("the two databases did not run the same number of tests")
        failed += 1
    for o in outcomes:
        if not o.good and o.failed == 0:
            lines.append(f"{o.name}: the runner ended with {o.exit_code} after {o.tests} tests")
            failed += 1
    lines.append(f"{sum(o.passed for o in outcomes)} passed, {failed} failed")
    return "\n".join(lines), failed == 0


def main() -> int:
    """Run all; return 0 when everything passed."""
    arguments = [word for word in sys.argv[1:] if word != "--serial"]
    try:
        outcomes = run_all(arguments, serial="--serial" in sys.argv)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    text, good = verdict(outcomes)
    print(text, flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
