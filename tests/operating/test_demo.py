"""`kyoso demo` as somebody at the keyboard meets it: started, used, stopped, started again."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

import psutil
import pytest

from kyoso.core import embedded

pytestmark = pytest.mark.slow
PATIENCE = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Demo:
    """The running command and what it says."""

    def __init__(self, var: Path, port: int, *arguments: str) -> None:
        self.port = port
        self.said: list[str] = []
        self._lines: Queue[str] = Queue()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KYOSO_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kyoso.cli", "demo", *arguments],
            env=environment
            | {"KYOSO_VAR_DIR": str(var), "KYOSO_PORT": str(port), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # As in a terminal, where Ctrl-C reaches the whole group of the foreground.
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def wait_for(self, words: str) -> None:
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE)
            except Empty:
                raise AssertionError(f"never said {words}:\n{''.join(self.said)}") from None
            self.said.append(line)
            if words in line:
                return
            assert self.process.poll() is None or not self._lines.empty(), "".join(self.said)

    def page(self, path: str) -> str:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return str(answer.read().decode())

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: int) -> int:
        os.killpg(self.process.pid, number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@contextmanager
def running(var: Path, *arguments: str) -> Iterator[Demo]:
    demo = Demo(var, free_port(), *arguments)
    try:
        demo.wait_for("Ctrl-C")
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.end(signal.SIGTERM)


def left_of(family: list[psutil.Process], var: Path) -> list[str]:
    """Return who is still there: of the family, or the database in the folder."""
    _gone, alive = psutil.wait_procs(family, timeout=10)
    names = [p.name() for p in alive if p.status() != psutil.STATUS_ZOMBIE]
    note = var / "postgres/data/postmaster.pid"
    return names + (["postgres"] if note.exists() else [])


def test_the_demo_starts_stops_cleanly_and_keeps_its_data(place: Path):
    var = place / "var"
    with running(var) as first:
        towns = re.findall(r"(/[a-z]+/)$", "".join(first.said), re.MULTILINE)
        assert {"/bandai/", "/yokoze/", "/ama/"} <= set(towns)
        assert "磐梯町" in first.page("/bandai/")
        family = first.family()
        assert len(family) >= 4  # gunicorn and its two workers, and the worker of the jobs
        assert first.end(signal.SIGINT) == 0
        assert left_of(family, var) == []
    kept = (var / "secret_key").read_text()

    (var / "files/kept").mkdir(parents=True)
    with running(var) as second:
        assert "磐梯町" in second.page("/bandai/")
        assert (var / "secret_key").read_text() == kept
        family = second.family()
        assert second.end(signal.SIGTERM) == 0
        assert left_of(family, var) == []
    assert (var / "files/kept").exists()

    with running(var, "--reset") as third:
        assert not (var / "files/kept").exists()
        # Killed without a chance to stop anybody: the children go all the same.
        family = [p for p in third.family() if p.name() != "postgres"]
        third.process.kill()
        third.wait()
        if sys.platform == "linux":
            _gone, alive = psutil.wait_procs(family, timeout=30)
            assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
    embedded.destroy(var / "postgres")


def test_a_port_in_use_is_named_with_a_way_out(place: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = Demo(place / "var", port)
        assert demo.wait() == 1
        demo.wait_for(f"KYOSO_PORT={port + 1}")
    assert not (place / "var/postgres").exists()


def test_the_data_of_a_named_database_is_not_thrown_away(place: Path, monkeypatch):
    environment = os.environ | {
        "KYOSO_DATABASE_URL": "postgresql://kyoso_app@127.0.0.1:1/kyoso",
        "KYOSO_VAR_DIR": str(place),
        "KYOSO_PORT": str(free_port()),
    }
    done = subprocess.run(
        [sys.executable, "-m", "kyoso.cli", "demo", "--reset"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "消しません" in done.stderr
