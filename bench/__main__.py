"""`make bench [ARGS="NAME … [--json]"]`: run `bench/bench_*.py`, print tables, keep JSON in `var/bench/`."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

from bench.report import machine, show, write


def names() -> list[str]:
    """Return the names of the measures there are."""
    return sorted(file.stem.removeprefix("bench_") for file in Path(__file__).parent.glob("bench_*.py"))


def main() -> int:
    """Run the measures; return 1 where a target was missed and `--strict` was given."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"of {', '.join(names())}; all without one")
    parser.add_argument("--json", action="store_true", help="print the reports as JSON, nothing else")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    given = parser.parse_args()
    unknown = [name for name in given.name if name not in names()]
    if unknown:
        parser.error(f"no measure {unknown[0]!r}; there are: {', '.join(names())}")
    reports = []
    for name in given.name or names():
        began = machine()
        report = importlib.import_module(f"bench.bench_{name}").bench()
        report["versions"] = {**began, **report.get("versions", {})}
        file = write(report)
        reports.append(report)
        if not given.json:
            print(show(report), f"→ {file.relative_to(Path.cwd())}\n", sep="\n", flush=True)
    if given.json:
        print(json.dumps(reports, ensure_ascii=False))
    missed = [entry["name"] for report in reports for entry in report["rows"] if not entry.get("kept", True)]
    if missed and not given.json:
        print("missed: " + "; ".join(missed))
    return 1 if missed and given.strict else 0


if __name__ == "__main__":
    sys.exit(main())
