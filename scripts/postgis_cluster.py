#!/usr/bin/env python3
"""A PostgreSQL + PostGIS cluster for one command: made in a temporary folder, gone when the command ends.

It listens on a Unix socket in its own folder and on no port, so any number of them live beside each other and beside
the machine's own server. Standard library only: it runs before anything is installed.

    scripts/postgis_cluster.py run -- .venv/bin/python -m pytest tests/geo
    scripts/postgis_cluster.py run --durable -- .venv/bin/python manage.py migrate
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["ClusterError", "cluster"]

ROLE = "gridcase"
DATABASE = "gridcase"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 20.0
PR_SET_PDEATHSIG = 1

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "80",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_wal_size": "1GB",
}
# For tests, whose data nobody wants back after a power cut.
VOLATILE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class ClusterError(RuntimeError):
    """The cluster could not be made; the message says what is missing or what the server logged."""


def binaries() -> Path:
    """Return the folder of the newest installed PostgreSQL that has PostGIS.

    Raises
    ------
    ClusterError
        If there is none; names the Debian packages.
    """
    found = []
    for folder in Path("/usr/lib/postgresql").glob("*/bin"):
        version = folder.parent.name
        if Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
            found.append((float(version), folder))
    if not found:
        raise ClusterError(
            "PostgreSQL with PostGIS is missing: install postgresql-15 postgresql-15-postgis-3"
        )
    return max(found)[1]


def _as_server_user() -> dict:
    # The server refuses to run as root; Debian's package made a user for it.
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def _end_with_parent() -> None:
    # Also after kill -9 of the parent: the kernel then asks the server for a fast shutdown.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _quietly(command: list[str], log: Path) -> None:
    with log.open("ab") as stream:
        done = subprocess.run(
            command, stdout=stream, stderr=stream, cwd="/", check=False, **_as_server_user()
        )
    if done.returncode:
        raise ClusterError(f"{Path(command[0]).name} failed:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _wait_until_ready(server: subprocess.Popen, data: Path, log: Path) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit:
        if server.poll() is not None:
            raise ClusterError(f"PostgreSQL ended at once:\n{_tail(log)}")
        try:
            state = (data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            state = []
        if len(state) > 7 and state[7].strip() == "ready":
            return
        time.sleep(0.02)
    raise ClusterError(f"PostgreSQL was not ready within {START_LIMIT_S:.0f} s:\n{_tail(log)}")


def _stop(server: subprocess.Popen) -> None:
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(sign)
        try:
            server.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            continue


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[str]:
    """Run a PostgreSQL server with an empty database for the time of the block.

    Parameters
    ----------
    durable
        Keep `fsync` and `synchronous_commit` as in production; off otherwise.

    Yields
    ------
    str
        `DATABASE_URL` of the empty database, by Unix socket, as a superuser of this cluster only.

    Raises
    ------
    ClusterError
        If PostgreSQL or PostGIS is missing, or the server does not start.
    """
    bin_dir = binaries()
    folder = Path(tempfile.mkdtemp(prefix="gridcase-pg-", dir="/tmp"))
    log = folder / "server.log"
    log.touch()
    server = None
    try:
        if os.geteuid() == 0:
            for path in (folder, log):
                shutil.chown(path, "postgres", "postgres")
        data = folder / "data"
        init = ["-D", str(data), "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        _quietly([str(bin_dir / "initdb"), *init], log)
        settings = SETTINGS | {"unix_socket_directories": str(folder)} | ({} if durable else VOLATILE)
        command = [str(bin_dir / "postgres"), "-D", str(data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with log.open("ab") as stream:
            server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                cwd="/",
                # A session of its own: Ctrl-C reaches the command first, the server is stopped after it.
                start_new_session=True,
                preexec_fn=_end_with_parent,
                **_as_server_user(),
            )
        _wait_until_ready(server, data, log)
        psql = ["-X", "-q", "-h", str(folder), "-U", ROLE, "-d", "postgres", "-c"]
        _quietly([str(bin_dir / "psql"), *psql, f"CREATE DATABASE {DATABASE}"], log)
        yield f"postgis://{ROLE}@/{folder}/{DATABASE}"
    finally:
        if server is not None:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def _on_terminate(_number: int, _frame: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def main() -> int:
    """Run a command with `DATABASE_URL` of a throw-away cluster; return the command's exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="do", required=True)
    run = commands.add_parser("run", help="run a command beside a cluster")
    run.add_argument("--durable", action="store_true", help="commit to the disk, as in production")
    run.add_argument("command", nargs=argparse.REMAINDER, help="-- command and its arguments")
    given = parser.parse_args()
    command = [part for i, part in enumerate(given.command) if i or part != "--"]
    if not command:
        parser.error("a command is needed after --")
    signal.signal(signal.SIGTERM, _on_terminate)
    try:
        with cluster(durable=given.durable) as url:
            process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url})
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The terminal has told the command too; wait for it to end by itself.
                return process.wait()
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
