"""Test databases: a SpatiaLite file copied from a migrated template, or a database of the PostGIS at `DATABASE_URL`.

A SpatiaLite database in memory cannot be shared with the threads of a live server, so the test database is a file.
Creating it anew costs seconds (SpatiaLite's metadata and the migrations); the template is kept in pytest's cache
folder under a name that changes with whatever it was made from.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
MADE_BY = ("Django", "django-axes", "djangorestframework", "pysqlite3")


def pytest_report_header() -> str:
    """Say which database the run is about."""
    return f"database: {'postgis' if connection.vendor == 'postgresql' else 'spatialite'}"


def template_digest(root: Path = ROOT) -> str:
    """Return a digest of what a migrated database depends on: migrations, apps, versions, the back end."""
    digest = hashlib.sha256()
    sources = [*root.glob("*/migrations/*.py"), *root.glob("*/db/**/*.py")]
    for file in sorted(sources):
        digest.update(str(file.relative_to(root)).encode())
        digest.update(file.read_bytes())
    digest.update(repr(django_settings.INSTALLED_APPS).encode())
    digest.update(repr([(name, version(name)) for name in MADE_BY]).encode())
    digest.update(sys.version.encode())
    return digest.hexdigest()[:20]


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def spatialite_template(config: pytest.Config) -> Path:
    """Return the migrated template file in the cache folder, made by one process while others wait."""
    if config.pluginmanager.hasplugin("cacheprovider"):
        folder = config.cache.mkdir("spatialite")
    else:
        folder = Path(tempfile.gettempdir()) / "gridcase-spatialite"
        folder.mkdir(exist_ok=True)
    template = folder / f"{template_digest()}.sqlite3"
    with _alone(folder / "lock"):
        if template.exists():
            return template
        for old in folder.glob("*.sqlite3*"):
            old.unlink()
        from django.core.management import call_command

        making = folder / f"making-{os.getpid()}.sqlite3"
        wanted = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = str(making)
        try:
            call_command("migrate", verbosity=0, interactive=False)
            connection.close()  # the last connection folds the write-ahead log into the file
        finally:
            connection.settings_dict["NAME"] = wanted
        making.rename(template)
    return template


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: "pytest_django.DjangoDbBlocker",  # noqa: F821
    django_db_modify_db_settings: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[None]:
    """Give the run its own database (each worker of pytest-xdist its own)."""
    if connection.vendor == "postgresql":
        from django.test.utils import setup_databases, teardown_databases

        with django_db_blocker.unblock():
            made = setup_databases(verbosity=0, interactive=False, aliases=["default"])
        yield
        with django_db_blocker.unblock():
            teardown_databases(made, verbosity=0)
        return
    file = tmp_path_factory.mktemp("database") / "test.sqlite3"
    with django_db_blocker.unblock():
        shutil.copyfile(spatialite_template(request.config), file)
        original = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = str(file)
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["NAME"] = original
    file.unlink()


@pytest.fixture(autouse=True)
def _fresh_snapshots() -> Iterator[None]:
    # A rolled-back database gives the same ids and versions again, for other places.
    def forget() -> None:
        routing = sys.modules.get("geo.routing")
        if routing is not None:
            routing.forget()

    forget()
    yield
    forget()


@pytest.fixture(autouse=True)
def _own_media(request: pytest.FixtureRequest) -> None:
    if {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        settings = request.getfixturevalue("settings")
        settings.MEDIA_ROOT = request.getfixturevalue("tmp_path") / "media"
