"""How gunicorn serves Gridcase; `--bind` and `--workers` on the command line win."""

import os

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("GRIDCASE_WORKERS", "2"))
# Threads let a worker answer while another of its requests waits for the database's writer.
threads = int(os.environ.get("GRIDCASE_THREADS", "4"))
worker_class = "gthread"
timeout = 60
graceful_timeout = 10
# Bodies are refused by length in the application; headers here.
limit_request_line = 8190
accesslog = os.environ.get("GRIDCASE_ACCESS_LOG") or None
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
