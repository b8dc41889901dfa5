"""Measure the hot pages against their own floor: see README.md."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import pickle
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "platform"), str(ROOT / "tests"), str(HERE)]

import night  # noqa: E402
import psutil  # noqa: E402
import psycopg  # noqa: E402
import seed  # noqa: E402
import seed_dashboard  # noqa: E402
import seed_exchange  # noqa: E402
import seed_metrics  # noqa: E402
import sqlalchemy as sa  # noqa: E402

from kyoso.app import create_app  # noqa: E402
from kyoso.core import embedded  # noqa: E402
from kyoso.core.config import Settings, load_settings  # noqa: E402
from kyoso.core.db import db  # noqa: E402
from kyoso.core.scope import Scope  # noqa: E402
from kyoso.identity.passwords import hash_password  # noqa: E402
from support.database import migrate  # noqa: E402

SHARE, P95, STATEMENTS, MEMORY_MB = 0.35, 3.0, 8, 150
CONNECTIONS, WORKERS = 8, 2
SECRET = "signs nothing but benchmarks"
PASSWORD = "a password for benchmarks"

POOL = f"/{seed_exchange.SLUG}/exchange/talent/"
KNOWN = f"/{seed_exchange.SLUG}/exchange/know-how/"
PAGES = {
    "inbox": f"/{seed.SLUG}/desk/proposals/",
    "projects": f"/{seed.SLUG}/projects",
    "project": f"/{seed.SLUG}/projects/7",
    "board": f"/{seed.SLUG}/desk/projects/board",
    "talents": f"/{seed.SLUG}/desk/talents/",
}
#: With --exchange: a database of its own, as large as Japan, that takes minutes to fill.
EXCHANGE = {
    # 「talent search with two filters and facets」; the last is its fiftieth page.
    "talent search": f"{POOL}?f=skill:designer&f=mode:online",
    "with a word": f"{POOL}?q=%E8%A6%B3%E5%85%89&f=skill:designer&f=mode:online",
    "with hours": f"{POOL}?f=skill:designer&f=mode:online&hours=20",
    "all of them": POOL,
    "page 50": f"{POOL}?after={seed_exchange.page(50)}",
    "know-how": f"{KNOWN}?q=%E8%A6%B3%E5%85%89&f=genre:form",
    "know-how 50": f"{KNOWN}?after={seed_exchange.piece_page(50)}",
}
#: With --dashboard: a network of 60 towns over five years.
NETWORK = f"/networks/{seed_dashboard.NETWORK}/metrics/"
AS_TOWN = f"/{seed_dashboard.SLUG}/exchange/metrics/networks/{seed_dashboard.NETWORK_ID}"
DASHBOARD = {
    "dashboard": NETWORK,
    "fiscal year": f"{NETWORK}?period=fy2026&metric=decisions.adoption_rate&order=value",
    "as a town": AS_TOWN,
    "one metric": f"{NETWORK}of/proposals.received",
    "flows": f"{NETWORK}flows?period=fy2026",
}
#: The board shows everything at once: 500 cards instead of 20 lines.
SHARES = {"board": 0.30} | dict.fromkeys(EXCHANGE, 0.25) | dict.fromkeys(DASHBOARD, 0.30)
#: Statements of a page, the edge's three included.
ATMOST = dict.fromkeys(DASHBOARD, 6)
#: What the database may take for a page of the exchange, p95, by its own statements.
DATABASE_MS = 40


def database(filler: Any = seed) -> Settings:
    """Return settings for the seeded database, made anew when a migration or the seed changed."""
    server = embedded.start(ROOT / "var" / "bench-postgres")
    digest = hashlib.sha256(Path(filler.__file__).read_bytes())
    for path in sorted((ROOT / "migrations" / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    name = f"bench_{digest.hexdigest()[:10]}"
    settings = load_settings(
        "test",
        secret_key=SECRET,
        database_url=server.url(embedded.APP_ROLE, name),
        owner_database_url=server.url(embedded.OWNER_ROLE, name),
    )
    if not server.has_database(name):
        say((filler.__doc__ or "").partition("\n")[0] + " Once.")
        server.drop_database("bench_building")
        server.create_database("bench_building")
        migrate(server.url(embedded.OWNER_ROLE, "bench_building"))
        with create_app(settings).app_context():
            hashed = hash_password(PASSWORD)
        url = server.superuser_url("bench_building").replace("+psycopg", "")
        filler.seed(url, hashed)
        with server.connect() as connection:
            connection.execute(f'ALTER DATABASE bench_building RENAME TO "{name}"')
    return settings


def take_down(settings: Settings, paths: list[str]) -> tuple[dict[str, Any], str]:
    """Serve each page once; return its statements and its text, and the session's cookie."""
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    answer = client.post("/sign-in", data={"email": seed.EMAIL, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    cookie = client.get_cookie("kyoso")
    assert cookie is not None
    pages: dict[str, Any] = {}
    with app.app_context():
        engine = db.engine
    for path in paths:
        client.get(path)
        seen: list[tuple[str, Any, bool | None]] = []

        def note(_c: Any, _cu: Any, text: str, values: Any, *_r: Any, seen: Any = seen) -> None:
            seen.append((text, dict(values) if values else None, None))

        def scoped(statement: str, seen: Any = seen) -> None:
            seen.append((statement, None, False))

        original = Scope.statement

        def spy(self: Scope, scoped: Any = scoped, original: Any = original) -> str:
            scoped(original(self))
            return original(self)

        sa.event.listen(engine, "before_cursor_execute", note)
        Scope.statement = spy  # type: ignore[method-assign]
        try:
            answer = client.get(path)
        finally:
            Scope.statement = original  # type: ignore[method-assign]
            sa.event.remove(engine, "before_cursor_execute", note)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        pages[path] = (seen, answer.data)
    engine.dispose()
    return pages, f"kyoso={cookie.value}"


@contextlib.contextmanager
def serving(target: str, settings: Settings, **extra: str) -> Iterator[tuple[int, psutil.Process]]:
    """Run gunicorn as in production, with two workers; yield its port and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = (
        os.environ
        | extra
        | {
            "KYOSO_ENV": "test",
            "KYOSO_SECRET_KEY": SECRET,
            "KYOSO_DATABASE_URL": settings.database_url,
            "KYOSO_PORT": str(port),
            "KYOSO_WORKERS": str(WORKERS),
            "KYOSO_ACCESS_LOG": "0",
            "KYOSO_LOG_LEVEL": "error",
            "PYTHONPATH": f"{ROOT / 'platform'}:{HERE}",
        }
    )
    config = HERE / "floor.conf.py" if target == "floor:app" else ROOT / "config/gunicorn.conf.py"
    command = [sys.executable, "-m", "gunicorn", "-c", str(config)]
    process = subprocess.Popen([*command, target], env=environment, cwd=ROOT)
    try:
        for _try in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def load(port: int, path: str, cookie: str, seconds: float) -> dict[str, float]:
    """Run the client in a process of its own and return what it saw."""
    command = [sys.executable, str(HERE / "load.py"), str(port), path, cookie]
    done = subprocess.run(
        [*command, str(CONNECTIONS), str(seconds)], capture_output=True, text=True, check=True
    )
    result: dict[str, float] = json.loads(done.stdout)
    assert result["failures"] == 0, f"{path}: {result['failures']:.0f} failures"
    return result


def main() -> int:
    """Measure and print; the exit code says whether every page keeps its promise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--page", choices=sorted(PAGES | EXCHANGE | DASHBOARD), action="append")
    parser.add_argument("--exchange", action="store_true", help="the exchange at Japan's size")
    parser.add_argument("--dashboard", action="store_true", help="a network's numbers")
    parser.add_argument("--metrics", action="store_true", help="a night's work of all towns")
    wanted = parser.parse_args()
    if wanted.metrics:
        return 0 if measure_night() else 1
    filler: Any = seed
    if wanted.exchange or wanted.dashboard:
        filler = seed_exchange if wanted.exchange else seed_dashboard
        PAGES.clear()
        PAGES.update(EXCHANGE if wanted.exchange else DASHBOARD)
    names = wanted.page or list(PAGES)
    settings = database(filler)
    pages, cookie = take_down(settings, [PAGES[name] for name in names])
    good = True
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        file.write(pickle.dumps(pages))
        file.flush()
        with (
            serving("floor:app", settings, KYOSO_FLOOR_PAGES=file.name) as (floor_port, _floor),
            serving("wsgi:app", settings) as (port, product),
        ):
            say("page       statements   KB   floor/s   page/s  share   p95 ms (floor)   ok")
            for name in names:
                good &= measure(name, pages, cookie, floor_port, port, wanted)
            if wanted.exchange:
                good &= database_time(names, pages, settings)
            memory = max(p.memory_info().rss for p in product.children()) / 2**20
            say(f"largest worker: {memory:.0f} MB (at most {MEMORY_MB})")
            good &= memory <= MEMORY_MB
    return 0 if good else 1


def measure_night() -> bool:
    """Measure what counts and publishes every town's month, and a hot page beside it."""
    settings = database(seed_metrics)
    path = f"/{seed_metrics.SLUG}/desk/proposals/"
    _pages, cookie = take_down(settings, [path])
    name = settings.database_url.partition("?")[0].rpartition("/")[2]
    server = embedded.start(ROOT / "var" / "bench-postgres")
    superuser = server.superuser_url(name).replace("+psycopg", "")
    with serving("wsgi:app", settings) as (port, _product):
        return night.measure(settings, superuser, lambda s: load(port, path, cookie, s), say)


def measure(
    name: str, pages: dict[str, Any], cookie: str, floor_port: int, port: int, wanted: Any
) -> bool:
    """Measure one page and its floor in turn; print the row and return whether it is good."""
    path = PAGES[name]
    for warm in (floor_port, port):
        request = urllib.request.Request(f"http://127.0.0.1:{warm}{path}")
        request.add_header("Cookie", cookie)
        with urllib.request.urlopen(request) as answer:  # noqa: S310 (our own server)
            assert answer.status == 200
        load(warm, path, cookie, 1)
    rounds = [
        (load(floor_port, path, cookie, wanted.seconds), load(port, path, cookie, wanted.seconds))
        for _round in range(wanted.rounds)
    ]
    floor = {k: statistics.median(f[k] for f, _p in rounds) for k in rounds[0][0]}
    page = {k: statistics.median(p[k] for _f, p in rounds) for k in rounds[0][1]}
    share = statistics.median(p["per_second"] / f["per_second"] for f, p in rounds)
    statements, body = pages[path]
    ok = (
        share >= SHARES.get(name, SHARE)
        and page["p95_ms"] <= P95 * floor["p95_ms"]
        and len(statements) <= ATMOST.get(name, STATEMENTS)
    )
    say(
        f"{name:13} {len(statements):7} {len(body) / 1024:4.0f} {floor['per_second']:9.0f}"
        f" {page['per_second']:8.0f} {share:6.0%} {page['p95_ms']:8.1f} ({floor['p95_ms']:.1f})"
        f"   {'yes' if ok else 'NO'}"
    )
    return ok


def database_time(names: list[str], pages: dict[str, Any], settings: Settings) -> bool:
    """Run each page's statements alone, as the application's role; return whether all are quick."""
    good = True
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection:
        for name in names:
            took = []
            for _again in range(60):
                began = time.perf_counter()
                for statement, values, prepare in pages[PAGES[name]][0]:
                    cursor = connection.execute(statement, values, prepare=prepare)
                    if cursor.description is not None:
                        cursor.fetchall()
                connection.commit()
                took.append((time.perf_counter() - began) * 1000)
            cuts = statistics.quantiles(took[10:], n=20)
            ok = cuts[18] <= DATABASE_MS
            good &= ok
            say(
                f"{name}: database p50 {cuts[9]:.1f} ms, p95 {cuts[18]:.1f} ms"
                f" (at most {DATABASE_MS})   {'yes' if ok else 'NO'}"
            )
    return good


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
