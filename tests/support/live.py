"""The product as it is served, a real browser in front of it, and the town's real mail."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from kyoso.app import create_app
from kyoso.core.config import Settings
from kyoso.core.jobs import run_worker
from support.browser_setup import chromium_path

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}


@dataclass(frozen=True)
class Live:
    """A running server and its mailbox."""

    app: Flask
    url: str
    mailbox: Path

    def mails(self, to: str) -> list[str]:
        """Let the worker send what is due, and return the bodies that went to an address."""
        # In a thread: the browser's driver has an event loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(run_worker, self.app, wait=False).result()
        found = []
        for path in sorted(self.mailbox.glob("*.eml")):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if message["To"] == to:
                body = message.get_body()
                assert body is not None
                found.append(f"{message['Subject']}\n{body.get_content()}")
        return found

    def link_in_mail(self, to: str, containing: str) -> str:
        """Return the address in the latest mail that contains a word."""
        body = [m for m in self.mails(to) if containing in m][-1]
        return re.findall(r"http://\S+", body)[-1]


@pytest.fixture(scope="session")
def live(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Serve the product with CSRF checks on, from a thread, mail kept in a folder."""
    var = tmp_path_factory.mktemp("live")
    from socket import socket

    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    served = create_app(
        dataclasses.replace(settings, var_dir=var, base_url=url, mail_backend="mailbox")
    )
    server = make_server("127.0.0.1", port, served, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Live(served, url, var / "mailbox")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, live: Live) -> Iterator[Callable[..., Page]]:
    """Open a window of some width, with or without JavaScript, in a session of its own."""
    contexts = []
    problems: list[str] = []

    def opened(*, width: int = 1280, javascript: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            base_url=live.url,
            locale="ja-JP",
            # A message that is still arriving is paler than it will be.
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda line: (
                problems.append(f"{page.url}: {line.text}")
                if line.type == "error" and "status of" not in line.text
                else None
            ),
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == [], "the browser's console complains"


def check_axe(page: Page) -> None:
    """Fail when axe finds a violation of WCAG 2.2 AA on the page as it stands."""
    results = Axe().run(page, options=AXE)
    found: list[dict[str, Any]] = results.response["violations"]
    assert found == [], [
        f"{page.url}: {v['id']}: {v['help']}: {[n['target'] for n in v['nodes']][:3]}"
        for v in found
    ]


#: What stands out on the right, the innermost first.
_TOO_WIDE = """[...document.querySelectorAll("main *")]
  .filter(e => e.getBoundingClientRect().right > window.innerWidth)
  .reverse().slice(0, 3).map(e => e.outerHTML.slice(0, 160))"""


def check_narrow(page: Page) -> None:
    """Fail when the page has to be scrolled sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide, f"{page.url} is wider than the window: {page.evaluate(_TOO_WIDE)}"
