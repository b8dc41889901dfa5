"""Browser tests where there is no browser: left out and named, or refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import browser_setup

CONFTEST = """
import sys
sys.path.insert(0, {tests!r})
from support.browser_selection import *
"""
TESTS = """
import pytest

def test_plain():
    pass

@pytest.mark.browser
def test_with_a_browser():
    raise AssertionError("there is none")
"""


@pytest.fixture
def _no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KYOSO_CHROMIUM", "/nowhere/chromium")
    monkeypatch.delenv("KYOSO_REQUIRE_BROWSER", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _name: None)


@pytest.mark.usefixtures("_no_browser")
def test_a_missing_browser_is_named_with_what_to_install(capsys: pytest.CaptureFixture[str]):
    assert browser_setup.main() == 0
    assert "apt-get install chromium" in capsys.readouterr().err


@pytest.mark.usefixtures("_no_browser")
def test_a_missing_browser_fails_where_one_is_required(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KYOSO_REQUIRE_BROWSER", "1")
    assert browser_setup.main() == 1


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.usefixtures("_no_browser")
def test_browser_tests_are_reported_as_not_run_and_not_as_skipped(tmp_path: Path, workers: str):
    (tmp_path / "conftest.py").write_text(CONFTEST.format(tests=str(Path(__file__).parents[1])))
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser: needs one\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", workers, str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not run: 1 browser tests (install chromium)" in done.stdout
    assert "1 passed" in done.stdout
    assert "skipped" not in done.stdout
