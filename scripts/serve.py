"""Bring the database up to date, load the demo, and become gunicorn: `.venv/bin/python -m scripts.serve`."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from pathlib import Path

from scripts.stamps import Stamp, digest_of

ROOT = Path(__file__).resolve().parent.parent
PLACE = "jinan-wuyingshan"
PR_SET_PDEATHSIG = 1


def listen(port_given: str) -> socket.socket:
    """Return a listening socket on 127.0.0.1, or end with a sentence.

    Bound before anything else is done, so that a taken port is known at once and cannot be taken meanwhile.
    """
    if not port_given.isdigit() or not 0 < int(port_given) < 65536:
        sys.exit(f"PORT must be a number from 1 to 65535; got {port_given!r}")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", int(port_given)))
        listener.listen(2048)
    except PermissionError:
        sys.exit(f"port {port_given} is for root only; choose another: make run PORT=8001")
    except OSError as error:
        sys.exit(
            f"port {port_given} on 127.0.0.1 is taken ({error.strerror}); choose another: make run PORT=8001"
        )
    return listener


def collect_static() -> None:
    """Collect and compress static files when one of them changed."""
    from django.conf import settings
    from django.core.management import call_command

    apps = ("geo", "cases", "layers", "deliberation", "maps")
    inputs = [*(f"{app}/static/**/*" for app in apps), "requirements/base.txt"]
    stamp = Stamp(settings.DATA_DIR / "stamps", "static", digest_of(ROOT, inputs))
    if not stamp.fresh(settings.STATIC_ROOT):
        print("static files …", flush=True)
        stamp.clear()
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.set()


def prepare_database() -> None:
    """Migrate; say in a sentence when the database cannot be reached."""
    from django.conf import settings
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
    except OperationalError as error:
        shown = {key: settings.DATABASES["default"].get(key) for key in ("HOST", "PORT", "NAME", "USER")}
        sys.exit(f"the database of DATABASE_URL does not answer ({shown}): {error}".strip())
    call_command("migrate", interactive=False, verbosity=0)
    try:
        # `migrate` leaves the system checks out, and gunicorn makes none: a broken profile is told here.
        call_command("check", verbosity=0)
    except SystemCheckError as error:
        sys.exit(str(error))


def prepare_demo() -> list[str]:
    """Load the demo where there is none; return the lines that tell about its accounts."""
    from django.conf import settings
    from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
    from django.core.management import call_command

    from config.env import demo_password, env
    from geo.models import Place, User

    wanted = env.bool("GRIDCASE_DEMO", default=True)
    if wanted:
        if not Place.objects.filter(slug=PLACE).exists():
            print("demo 无影山 (模拟数据) …", flush=True)
        # Also sets the accounts' password anew where the environment names another.
        call_command("load_demo", PLACE, verbosity=0)
    lines = []
    for place in Place.objects.filter(is_demo=True):
        people = User.objects.filter(username__startswith=f"{place.slug}.", is_demo=True).order_by("pk")
        accounts = people.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        names = list(accounts.values_list("username", flat=True))
        lines += [f"  {place.name} (模拟数据 demo data):", *(f"    {name}" for name in names)]
    if lines:
        lines += [f"  password: {demo_password(settings.DATA_DIR)}"]
        if not wanted:
            lines += ["  GRIDCASE_DEMO=0, but this database holds the demo of an earlier start."]
    elif not User.objects.filter(is_superuser=True).exists():
        lines = ["  no account yet: .venv/bin/python manage.py createsuperuser"]
    return lines


def main() -> None:
    """Prepare everything, print where it is, and hand this process over to gunicorn."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
    port = os.environ.get("PORT") or "8000"
    listener = listen(port)
    import django

    django.setup()
    prepare_database()
    collect_static()
    accounts = prepare_demo()
    from django.db import connections

    connections.close_all()
    print(f"\nGridcase 格案 at http://127.0.0.1:{port}   (Ctrl-C stops)", *accounts, "", sep="\n", flush=True)
    os.set_inheritable(listener.fileno(), True)
    server = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]
    # Also when make itself is killed: the kernel then ends gunicorn gracefully.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # The same process from here on: whoever stops `make run` stops gunicorn, and nothing is left behind.
    os.execv(server[0], [*server, "--bind", f"fd://{listener.fileno()}"])


if __name__ == "__main__":
    main()
