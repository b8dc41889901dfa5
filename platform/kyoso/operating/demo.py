"""The product on one's own computer: everything set up, started, and stopped again."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import shutil
import socket
import time
import unicodedata
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from flask import Flask, url_for

from kyoso.core import clock, embedded
from kyoso.core.config import Settings
from kyoso.core.db import db
from kyoso.identity.sample_people import FILE, list_sample_people
from kyoso.operating import demo_data
from kyoso.operating.migrating import migrate
from kyoso.operating.processes import Children, Command, Ended, Stop, children, stay
from kyoso.operating.serving import (
    NotReady,
    gunicorn_command,
    handed_on,
    prepare,
    worker_command,
)
from kyoso.tenancy.queries import list_tenants
from kyoso.tenancy.sync import tenants_sync

START_SECONDS = 60
WORKERS = "2"
#: What `--reset` deletes under var/, besides the database.
KEPT_FOLDERS = ("files", "mailbox", "log")

Say = Callable[[str], None]


class Progress:
    """The steps of the start, each on a line of its own with the time it took."""

    def __init__(self, say: Say) -> None:
        self._say = say

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Say what is being done, and when it is done."""
        began = time.monotonic()
        self._say(f"・{what} …")
        yield
        self._say(f"  済み（{time.monotonic() - began:.1f}秒）")


def run_demo(settings: Settings, *, reset: bool, say: Say) -> int:
    """Set up and serve the demo until somebody stops it; returns the exit code."""
    host, port = _address()
    _check_port(host, port)
    progress = Progress(say)
    with Stop() as stop:
        if reset:
            with progress.step("前のデータを消しています"):
                _reset(settings)
        with progress.step("データベースを起動しています"):
            settings = prepare(settings)
        settings = dataclasses.replace(settings, base_url=f"http://{host}:{port}")
        with progress.step("表を用意しています"):
            migrate(settings)
        told = _fill(settings, progress)
        if stop.asked:
            return 0
        with children() as held:
            with progress.step("Web サーバーとメールなどの係を起動しています"):
                _start(held, settings)
                limit = time.monotonic() + START_SECONDS
                if not stay(held, stop, lambda: _answers(host, port, limit)):
                    return 0
            say(told)
            try:
                stay(held, stop)
            except Ended as ended:
                say(
                    f"{ended.name} が止まりました（{ended.code}）。{settings.var_dir / 'log'} を見てください。"
                )
                return 1
            say("\n停止しています …")
    say("停止しました。データは残してあります。")
    return 0


def _address() -> tuple[str, int]:
    port = os.environ.get("KYOSO_PORT", "8000")
    if not port.isdigit():
        raise NotReady(f"KYOSO_PORT={port} は番号ではありません。")
    return os.environ.get("KYOSO_HOST", "127.0.0.1"), int(port)


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As gunicorn will: a port that a stopped server just let go of is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            why = (
                "使われています"
                if error.errno == errno.EADDRINUSE
                else f"使えません（{error.strerror}）"
            )
            raise NotReady(
                f"{host} の {port} 番は{why}。別の番号で起動してください。例: KYOSO_PORT={port + 1} make demo"
            ) from error


def _reset(settings: Settings) -> None:
    if settings.database_url:
        raise NotReady(
            "KYOSO_DATABASE_URL のデータベースは消しません。消すときは、そのデータベースを"
            "手で作り直してください。"
        )
    embedded.destroy(settings.var_dir / "postgres")
    for name in KEPT_FOLDERS:
        shutil.rmtree(settings.var_dir / name, ignore_errors=True)
    (settings.var_dir / FILE).unlink(missing_ok=True)


def _fill(settings: Settings, progress: Progress) -> str:
    """Bring in the towns and the sample data; returns what to tell the person at the keyboard."""
    from kyoso.app import create_app

    app = create_app(settings)
    with app.app_context():
        try:
            with progress.step("自治体の設定を読み込んでいます"), _beginning():
                tenants_sync(settings)
            with progress.step("見本の人と提案を用意しています"):
                demo_data.seed()
            return _welcome(app, settings)
        finally:
            db.session.remove()
            db.engine.dispose()


def _beginning() -> contextlib.AbstractContextManager[None]:
    """Put the first taking-over before everything that the sample data tell afterwards."""
    if list_tenants():
        return contextlib.nullcontext()
    return clock.frozen(demo_data.beginning())


def _start(held: Children, settings: Settings) -> None:
    environment = handed_on(settings) | {
        "KYOSO_HOST": settings.base_url.removeprefix("http://").rpartition(":")[0],
        "KYOSO_PORT": settings.base_url.rpartition(":")[2],
        "KYOSO_ACCESS_LOG": "0",
        "KYOSO_WORKERS": os.environ.get("KYOSO_WORKERS", WORKERS),
    }
    log: Path = settings.var_dir / "log"
    held.start(Command("Web サーバー", gunicorn_command(), environment, log / "web.log"))
    held.start(Command("メールなどの係", worker_command(), environment, log / "worker.log"))


def _answers(host: str, port: int, limit: float) -> bool:
    if time.monotonic() > limit:
        raise NotReady("Web サーバーが応答しません。var/log/web.log を見てください。")
    # Never through a proxy that the environment may name.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{host}:{port}/healthz", timeout=5):
            return True
    except OSError:
        return False


def _welcome(app: Flask, settings: Settings) -> str:
    with app.test_request_context(base_url=settings.base_url):
        places = [("入口", f"{settings.base_url}/")]
        places += [(town.name, f"{settings.base_url}/{town.slug}/") for town in list_tenants()]
        for label, endpoint in (
            ("サインイン", "accounts.sign_in"),
            ("送ったメール", "mailbox.index"),
        ):
            if endpoint in app.view_functions:
                places.append((label, url_for(endpoint, _external=True)))
        people = [
            (f"{person.town} {'・'.join(person.role_labels)}", f"{person.name} <{person.email}>")
            for person in list_sample_people()
        ]
    lines = ["", "見本が動いています。ブラウザーで開いてください。", "", *_columns(places)]
    if people:
        lines += ["", "サインインの画面で次の人を選ぶと、パスワードなしで入れます。", ""]
        lines += _columns(people)
        lines += ["", f"パスワードで入るときは、どの人も {demo_data.PASSWORD} です。"]
    return "\n".join([*lines, "", "終わるときは Ctrl-C を押してください。"])


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    widest = max(_width(first) for first, _second in rows)
    return [f"  {first}{' ' * (widest - _width(first))}  {second}" for first, second in rows]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
