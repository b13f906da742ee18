"""What a deployment sets from outside, read once. Every variable is named in `docs/deployment.md`."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def secret_key(folder: Path) -> str:
    """Return the signing key: from the environment, else made once and kept in the data folder."""
    given = env.str("GRIDCASE_SECRET_KEY", default="")
    return str(given) if given else kept_secret(folder / "secret_key", secrets.token_urlsafe(64))


def demo_password(folder: Path) -> str:
    """Return the demo accounts' password: from the environment, else made once and kept in the data folder."""
    given = env.str("GRIDCASE_DEMO_PASSWORD", default="")
    return str(given) if given else kept_secret(folder / "demo_password", secrets.token_urlsafe(9))


def kept_secret(file: Path, proposed: str) -> str:
    """Return the secret in `file`; where there is none yet, `proposed`, which is then kept (readable by us only).

    Of several processes that start at once exactly one keeps its proposal and all return it: the file appears
    under its name with its content, never empty.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")  # mode 0600
        with os.fdopen(handle, "w") as stream:
            stream.write(proposed)
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
        os.unlink(draft)
    return file.read_text().strip()


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
