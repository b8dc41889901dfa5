"""Measure a night's work: each town's month counted and published, and pages served meanwhile.

Run as a program, it is the worker: `night.py <database url> <towns>` prints seconds and memory.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "platform"), str(ROOT / "tests"), str(HERE)]

import psycopg  # noqa: E402

from kyoso.app import create_app  # noqa: E402
from kyoso.core import clock  # noqa: E402
from kyoso.core.config import Settings, load_settings  # noqa: E402
from kyoso.core.db import db  # noqa: E402
from kyoso.core.i18n import JST  # noqa: E402
from kyoso.joint_metrics.snapshots.subscribers import measure_towns  # noqa: E402
from kyoso.tenancy.queries import list_tenants  # noqa: E402

TOWNS = (400, 800, 1741)
#: For all towns, on two cores.
SECONDS, MEMORY_MB, TIMES_P95 = 600, 300, 2.0
#: A town may take so much longer among all than among the fewest.
TIMES_LINEAR = 1.25

Load = Callable[[float], dict[str, float]]


def measure(settings: Settings, superuser_url: str, load: Load, say: Callable[[str], None]) -> bool:
    """Work through nights of several sizes, then one beside a hot page; say what came out."""
    say("towns   seconds   ms/town   MB   published")
    took = {}
    for towns in TOWNS:
        _forget(superuser_url)
        night = _work(settings, towns)
        took[towns] = night["seconds"] / towns
        say(
            f"{towns:5} {night['seconds']:9.1f} {took[towns] * 1000:9.1f} {night['mb']:4.0f}"
            f" {_published(superuser_url):11}"
        )
    linear = took[TOWNS[-1]] / took[TOWNS[0]]
    good = linear <= TIMES_LINEAR and night["seconds"] <= SECONDS and night["mb"] <= MEMORY_MB
    say(f"a town among all takes {linear:.2f} times what it takes among {TOWNS[0]}")
    return good and _beside(settings, superuser_url, load, say)


def _beside(settings: Settings, superuser_url: str, load: Load, say: Callable[[str], None]) -> bool:
    load(2)
    alone = load(10)
    _forget(superuser_url)
    found: dict[str, float] = {}
    worker = threading.Thread(target=lambda: found.update(_work(settings, TOWNS[-1])))
    worker.start()
    time.sleep(3)
    meanwhile = load(20)
    beside = worker.is_alive()
    worker.join()
    times = meanwhile["p95_ms"] / alone["p95_ms"]
    say(
        f"a hot page: p95 {alone['p95_ms']:.1f} ms alone, {meanwhile['p95_ms']:.1f} ms meanwhile"
        f" ({times:.2f} times); {alone['per_second']:.0f} and {meanwhile['per_second']:.0f} a second;"
        f" the night beside it took {found['seconds']:.0f} s"
    )
    return beside and times <= TIMES_P95 and found["seconds"] <= SECONDS


def _work(settings: Settings, towns: int) -> dict[str, float]:
    command = [sys.executable, str(HERE / "night.py"), settings.database_url, str(towns)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _forget(superuser_url: str) -> None:
    """Undo the nights before, so that each finds the same."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE joint_metrics.measurements, joint_metrics.snapshots,"
            " joint_metrics.network_months"
        )
        for table in ("journal", "network_journal"):
            connection.execute(
                f"DELETE FROM core.{table} WHERE kind IN ('MonthMeasured', 'MonthPublished')"  # noqa: S608
            )
            connection.execute(f"VACUUM ANALYZE core.{table}")


def _published(superuser_url: str) -> int:
    """Return how many towns published in the night."""
    with psycopg.connect(superuser_url) as connection:
        row = connection.execute("SELECT count(*) FROM joint_metrics.snapshots").fetchone()
    return int(row[0]) if row else 0


def _worker(url: str, towns: int) -> dict[str, Any]:
    app = create_app(load_settings("test", secret_key="x", database_url=url))  # noqa: S106
    sixth = dt.datetime.combine(clock.today().replace(day=6), dt.time(3), JST)
    with app.app_context(), clock.frozen(sixth):
        chosen = list_tenants()[:towns]
        db.session.rollback()
        began = time.perf_counter()
        measure_towns(chosen)
        seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_worker(sys.argv[1], int(sys.argv[2]))) + "\n")
