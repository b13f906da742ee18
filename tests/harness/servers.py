"""A server as in production: gunicorn with two workers, its own database, the demo loaded, static files collected."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection

from tests.harness.database import ROOT, spatialite_template

DEMO_PLACE = "jinan-wuyingshan"
READY_LIMIT_S = 60.0


@dataclass(frozen=True)
class Server:
    """A running server: where it is, how its commands are run, the demo accounts' password."""

    url: str
    environment: dict[str, str]
    data_dir: Path
    log: Path
    demo_password: str = field(repr=False)

    def manage(self, *arguments: str) -> str:
        """Run a management command against the server's database; return what it printed."""
        return manage(self.environment, *arguments)


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run `manage.py` with an environment; a failure shows the command's own words."""
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
def own_database(folder: Path, template: Path | None, name: str) -> Iterator[str]:
    """Yield the URL of a migrated or empty database of its own, of the same kind as the run's."""
    if connection.vendor == "sqlite":
        file = folder / f"{name}.sqlite3"
        if template:
            shutil.copyfile(template, file)
        yield f"spatialite:///{file}"
        return
    import psycopg

    given = connection.settings_dict
    access = {"host": given["HOST"], "port": given["PORT"] or None, "user": given["USER"] or None}
    access["password"] = given["PASSWORD"] or None
    with psycopg.connect(dbname="postgres", autocommit=True, **access) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            authority = f"{given['USER']}:{given['PASSWORD']}@"
            if given["HOST"].startswith("/"):
                yield f"postgis://{authority}/{given['HOST']}/{name}"
            else:
                yield f"postgis://{authority}{given['HOST']}:{given['PORT'] or 5432}/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def gunicorn(environment: dict[str, str], log: Path, workers: int = 2) -> Iterator[str]:
    """Yield the URL of a gunicorn on a free port of 127.0.0.1; it ends with the block."""
    with closing(socket.socket()) as listener:
        # Bound here and handed over, so that nobody can take the port in between.
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [*command, "--workers", str(workers), "--bind", f"fd://{listener.fileno()}"],
                cwd=ROOT,
                env=environment,
                stdout=stream,
                stderr=stream,
                pass_fds=[listener.fileno()],
            )
    try:
        _wait_until_healthy(url, process, log)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(url: str, process: subprocess.Popen, log: Path) -> None:
    limit = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < limit:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"gunicorn does not answer:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def demo_server(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: "pytest_django.DjangoDbBlocker",  # noqa: F821
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Serve the demo by gunicorn for the whole run; tests share it and add cases of their own."""
    folder = tmp_path_factory.mktemp("demo")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    template = None
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            template = spatialite_template(request.config.cache.mkdir("spatialite"))
    password = secrets.token_urlsafe(12)
    with own_database(folder, template, f"demo_{worker}") as url:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            "DATABASE_URL": url,
            "GRIDCASE_DATA_DIR": str(folder),
            "GRIDCASE_DEMO_PASSWORD": password,
        }
        if template is None:
            manage(environment, "migrate", "--no-input")
        manage(environment, "load_demo", DEMO_PLACE)
        manage(environment, "collectstatic", "--no-input")
        log = folder / "gunicorn.log"
        with gunicorn(environment, log) as address:
            yield Server(address, environment, folder, log, password)
