"""gunicorn as in production, for the time of a block; its children end with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Served", "gunicorn", "manage"]

ROOT = Path(__file__).resolve().parent.parent
READY_LIMIT_S = 90.0
WORKERS = 2


@dataclass(frozen=True)
class Served:
    """A gunicorn that answers: its address and its master process."""

    url: str
    pid: int


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run `manage.py`; return what it printed.

    Raises
    ------
    RuntimeError
        If the command fails, with its own words.
    """
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


@contextmanager
def gunicorn(
    application: str,
    environment: dict[str, str],
    log: Path,
    *,
    workers: int = WORKERS,
    health: str = "/healthz",
) -> Iterator[Served]:
    """Yield a gunicorn on a free port of 127.0.0.1, ready to answer.

    Raises
    ------
    RuntimeError
        If it does not answer at `health` in time, with the end of its log.
    """
    with closing(socket.socket()) as listener:
        # Bound here and handed over, so that nobody can take the port in between.
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", application]
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [*command, "--workers", str(workers), "--bind", f"fd://{listener.fileno()}"],
                cwd=ROOT,
                env={
                    **environment,
                    "PYTHONPATH": os.pathsep.join([str(ROOT), environment.get("PYTHONPATH", "")]),
                },
                stdout=stream,
                stderr=stream,
                pass_fds=[listener.fileno()],
            )
    try:
        _wait_until_healthy(f"{url}{health}", process, log)
        yield Served(url, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(url: str, process: subprocess.Popen, log: Path) -> None:
    limit = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < limit and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"gunicorn does not answer:\n{log.read_text()[-4000:]}")
