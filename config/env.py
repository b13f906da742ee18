"""What a deployment sets from outside, read once. Every variable is named in `docs/deployment.md`."""

import os
import secrets
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def secret_key(folder: Path) -> str:
    """Return the signing key: from the environment, else made once and kept in the data folder."""
    given = env.str("GRIDCASE_SECRET_KEY", default="")
    if given:
        return str(given)
    file = folder / "secret_key"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: of two processes that start at once exactly one makes the key, the other reads it.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(handle, "w") as stream:
        key = secrets.token_urlsafe(64)
        stream.write(key)
    return key


def database(default_file: Path) -> dict:
    """Return Django's database settings from `DATABASE_URL` (`postgis://…` or `spatialite:///PATH`)."""
    url = env.str("DATABASE_URL", default=f"spatialite:///{default_file}")
    config = dict(env.db_url_config(url))
    config["CONN_MAX_AGE"] = None
    if config["ENGINE"].endswith("postgis"):
        # No savepoint games: autocommit outside of services' own transactions.
        config["CONN_HEALTH_CHECKS"] = True
        config.setdefault("OPTIONS", {})
        return config
    if not config["ENGINE"].endswith("spatialite"):
        raise environ.ImproperlyConfigured(
            f"DATABASE_URL must start with postgis:// or spatialite://; got {url.split('://')[0]}://"
        )
    config["ENGINE"] = "geo.db.backends.spatialite"
    Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    config["OPTIONS"] = SQLITE_OPTIONS
    return config


SQLITE_OPTIONS = {
    "timeout": 30,
    # A writer takes its lock at the start: no deadlock between two readers that both want to write.
    "transaction_mode": "IMMEDIATE",
    # synchronous=FULL: a receipt shown to somebody is on the disk.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;",
}
