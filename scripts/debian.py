"""Debian packages that are needed and missing: install them as root, name them otherwise."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

__all__ = ["MissingPackages", "install_missing"]

# GeoDjango loads GDAL and GEOS, SQLite loads SpatiaLite; PROJ and its data come with them.
RUN = ("libgdal32", "libgeos-c1v5", "libproj25", "proj-data", "libsqlite3-mod-spatialite")
# libatomic1 is what the node inside playwright asks for.
TEST = ("postgresql-15", "postgresql-15-postgis-3", "chromium", "fonts-noto-cjk", "libatomic1")
GROUPS = {"run": RUN, "test": RUN + TEST, "bench": (*RUN, *TEST, "wrk"), "messages": (*RUN, "gettext")}


class MissingPackages(RuntimeError):
    """Packages are missing and cannot be installed from here; the message names them."""


def missing(packages: tuple[str, ...]) -> list[str]:
    """Return those of `packages` that are not installed, in order."""
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages],
        capture_output=True,
        text=True,
        check=False,  # exits 1 when it does not know one of them
    )
    installed = {line.split()[0] for line in asked.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in packages if name not in installed]


def needed(group: str) -> tuple[str, ...]:
    """Return the packages of a group, with python3-venv where this Python cannot make environments."""
    packages = GROUPS[group]
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        packages = ("python3-venv", *packages)
    return packages


def install_missing(group: str) -> list[str]:
    """Install what a group needs; return what was installed.

    Raises
    ------
    MissingPackages
        If something is missing and this is no Debian, or not root, or apt cannot.
    """
    packages = needed(group)
    if shutil.which("dpkg-query") is None:
        raise MissingPackages(
            "this is set up for Debian 12; here, install GDAL, GEOS, PROJ and mod_spatialite yourself"
            f" (Debian calls them {' '.join(packages)}) and set GRIDCASE_SKIP_PACKAGES=1"
        )
    wanted = missing(packages)
    if not wanted:
        return []
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *wanted]
    if os.geteuid() != 0:
        raise MissingPackages(
            f"missing Debian packages: {' '.join(wanted)}\n"
            f"not running as root, so they were not installed. As root:\n    {' '.join(command)}"
        )
    print(f"Debian packages: {' '.join(wanted)}", flush=True)
    # First with the lists at hand; they may be missing or old.
    if _apt(command):
        if failed := _apt(["apt-get", "update"]):
            raise MissingPackages(f"apt-get update failed:\n{failed}")
        if failed := _apt(command):
            raise MissingPackages(f"missing Debian packages: {' '.join(wanted)}; apt-get failed:\n{failed}")
    return wanted


def _apt(command: list[str]) -> str:
    """Run apt quietly; return the end of what it said when it failed, else nothing."""
    done = subprocess.run(
        [command[0], "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "Acquire::Retries=3", *command[1:]],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return ""
    return "\n".join(done.stdout.splitlines()[-12:]) or f"exit code {done.returncode}"


if __name__ == "__main__":
    try:
        install_missing(sys.argv[1] if len(sys.argv) > 1 else "run")
    except MissingPackages as error:
        sys.exit(str(error))
