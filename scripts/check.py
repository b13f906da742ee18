"""Everything that a machine can check without running the product: `.venv/bin/python -m scripts.check [NAME …]`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
FRONTEND = ROOT / "maps" / "frontend"
PYTHON = str(BIN / "python")
MANAGE = [PYTHON, "manage.py"]

CHECKS: dict[str, tuple[list[str], Path]] = {
    "ruff": ([str(BIN / "ruff"), "check", "--output-format=concise", "."], ROOT),
    "format": ([str(BIN / "ruff"), "format", "--check", "--output-format=concise", "."], ROOT),
    "layers": ([str(BIN / "lint-imports")], ROOT),
    "django": ([*MANAGE, "check", "--fail-level", "WARNING"], ROOT),
    "migrations": ([*MANAGE, "makemigrations", "--check", "--dry-run"], ROOT),
    "schema": (
        [*MANAGE, "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull],
        ROOT,
    ),
    "mypy": ([str(BIN / "mypy")], ROOT),
    "frontend": ([str(BIN / "npm"), "run", "--silent", "check"], FRONTEND),
}


def main() -> int:
    """Run the checks named, or all; show what the failed ones said; return 0 when all are fine."""
    names = sys.argv[1:] or list(CHECKS)
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        sys.exit(f"unknown check {unknown[0]!r}; there are: {', '.join(CHECKS)}")
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    failed = []
    for name in names:
        command, cwd = CHECKS[name]
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - began
        print(f"{name:>10}  {'fine' if done.returncode == 0 else 'FAILED'}  {seconds:.1f} s", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout, flush=True)
    print(
        f"{len(names) - len(failed)} checks fine, {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
