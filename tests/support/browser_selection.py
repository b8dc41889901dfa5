"""Leave out the browser tests where there is no Chromium, and say at the end that they were not run.

tests/conftest.py takes these hooks in. The tests are deselected, not skipped: a skip would look like
a test that decided not to run.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from support.browser_setup import HOW, chromium_path

LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if chromium_path() is not None or os.environ.get("KYOSO_REQUIRE_BROWSER") == "1":
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=left_out)
    config.stash[LEFT_OUT] = len(left_out)


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["browser_tests_left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    # Every worker collects everything, so the last one to say so is right for all.
    count = getattr(node, "workeroutput", {}).get("browser_tests_left_out", 0)
    node.config.stash[LEFT_OUT] = count


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    count = config.stash.get(LEFT_OUT, 0)
    if count:
        terminalreporter.section("not run", yellow=True)
        terminalreporter.line(f"not run: {count} browser tests (install chromium)")
        terminalreporter.line(HOW)
