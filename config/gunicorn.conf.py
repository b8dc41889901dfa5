"""How gunicorn serves the platform: ``gunicorn -c config/gunicorn.conf.py wsgi:app``."""

import gc
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

chdir = str(ROOT)
pythonpath = str(ROOT / "platform")  # the source root; see platform/README.md
bind = f"{os.environ.get('KYOSO_HOST', '127.0.0.1')}:{os.environ.get('KYOSO_PORT', '8000')}"

# One request at a time in each worker. With threads, pages were slower at the same load
# (docs/decisions/0011): Python works on one page at a time anyway. A slow visitor would
# hold a worker, so in production a buffering proxy stands in front (config/deploy/nginx.conf).
worker_class = "sync"
workers = int(os.environ.get("KYOSO_WORKERS") or min(2 * (os.cpu_count() or 1), 8))
# Loaded once and shared: each further worker costs only the pages of memory it changes.
preload_app = True

# Longer than any page; an upload is read by the proxy first.
timeout = 60
graceful_timeout = 20
# A worker is replaced now and then, so that a slow leak in any library stays small.
max_requests = 5000
max_requests_jitter = 500
# The heartbeat file must not lie on a disk that may be slow.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108

# Addresses longer than this are nobody's real links.
limit_request_line = 4094
limit_request_fields = 60

# No query string (searches), no referrer, and no private-link token in the log.
logger_class = "kyoso.operating.access_log.AccessLogger"
accesslog = "-" if os.environ.get("KYOSO_ACCESS_LOG", "1") == "1" else None
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(b)s %(M)sms'
errorlog = "-"
loglevel = os.environ.get("KYOSO_LOG_LEVEL", "info")
control_socket_disable = True


def when_ready(server):
    """Keep what was loaded out of the garbage collector's way, so that its memory stays shared."""
    gc.collect()
    gc.freeze()


def post_fork(server, worker):
    """Give each worker database connections of its own: a connection cannot be shared."""
    from kyoso.core.db import db

    app = worker.app.wsgi()
    with app.app_context():
        db.engine.dispose(close=False)
