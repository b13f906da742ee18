"""A server as in production: gunicorn with two workers, its own database, the demo loaded, static files collected."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection

from scripts.serving import gunicorn, manage
from tests.harness.database import spatialite_template

DEMO_PLACE = "jinan-wuyingshan"


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
            template = spatialite_template(request.config)
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
        with gunicorn("config.wsgi", environment, log) as served:
            yield Server(served.url, environment, folder, log, password)
