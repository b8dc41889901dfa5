"""Children start together and stop together."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from kyoso.operating import processes
from kyoso.operating.processes import Command, Ended, Stop, children, stay

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
FAMILY = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
WAIT = "print('ready', flush=True); time.sleep(60)"


def command(code: str, log: Path) -> Command:
    return Command("a child", [sys.executable, "-c", code], dict(os.environ), log)


def ready(log: Path) -> bool:
    return "ready" in log.read_text()


@pytest.mark.parametrize("habit", [STUBBORN, FAMILY])
def test_nobody_is_left_behind(habit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.3)
    log = tmp_path / "log"
    with Stop() as stop, children() as held:
        held.start(command(habit + WAIT, log))
        assert stay(held, stop, lambda: ready(log))
        family = psutil.Process().children(recursive=True)
        assert len(family) >= 1
    gone, alive = psutil.wait_procs(family, timeout=5)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []


def test_a_child_that_ends_by_itself_is_noticed(tmp_path: Path):
    with Stop() as stop, children() as held:
        held.start(command("raise SystemExit(3)", tmp_path / "log"))
        with pytest.raises(Ended) as ended:
            stay(held, stop)
    assert (ended.value.name, ended.value.code) == ("a child", 3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_being_asked_to_stop_ends_the_wait(number: int, tmp_path: Path):
    before = signal.getsignal(number)
    with Stop() as stop, children() as held:
        held.start(command("import time; time.sleep(60)", tmp_path / "log"))
        os.kill(os.getpid(), number)
        assert stay(held, stop) is False
    assert signal.getsignal(number) == before
