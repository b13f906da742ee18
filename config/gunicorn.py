"""How gunicorn serves Gridcase; `--bind` and `--workers` on its command line win."""

import os
import sys
from typing import Any

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("GRIDCASE_WORKERS", "2"))
# Threads let a worker answer while another of its requests waits for the database's writer.
worker_class = os.environ.get("GRIDCASE_WORKER_CLASS", "gthread")
threads = int(os.environ.get("GRIDCASE_THREADS", "4"))
# Imported once, before the workers are forked; nothing is open by then. Restart to take new code, HUP does not.
preload_app = True
timeout = 60
graceful_timeout = 10
keepalive = 5
accesslog = os.environ.get("GRIDCASE_ACCESS_LOG") or None
loglevel = os.environ.get("GRIDCASE_SERVER_LOG_LEVEL", "warning")
# A heartbeat file on a disk that stalls would get workers killed.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# It would be a file in the home folder, the same for every service on the machine.
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Build the routing index before the first request, not in it; take up what a killed process left behind."""
    # So long does a thread that comes back from the database wait for one that computes. With Python's own 5 ms, a
    # filing, which comes back a dozen times, holds SQLite's only writer for most of a tenth of a second.
    sys.setswitchinterval(0.0005)
    if worker.app.app_uri.partition(":")[0] != "config.wsgi":
        return
    from django.db import Error, connections

    from cases.services.housekeeping import take_up_at_start
    from geo.routing import snapshots

    try:
        snapshots()
        take_up_at_start()
    except Error as error:
        worker.log.warning("routing index not built at start, the database does not answer: %s", error)
    finally:
        connections.close_all()
