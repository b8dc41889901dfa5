"""Take the pictures in docs/screenshots from a running demo: ``make shots``."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.browser_setup import chromium_path  # noqa: E402
from support.live import FLAGS  # noqa: E402

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
SECRETARIAT = "猫魔 わたる"

TALENT = "彩倉 ことね"
NEIGHBOUR = "棚田沢 はるき"
COORDINATOR = "環路 めぐる"

#: Name of the picture, address, width, and who is signed in.
PICTURES = (
    ("portal-home", "/bandai/?lang=ja", 1280, ""),
    ("portal-english", "/bandai/?lang=en", 1280, ""),
    ("portal-projects", "/bandai/projects?lang=ja", 1280, ""),
    ("propose-phone", "/bandai/propose?lang=ja", 390, ""),
    ("desk-today", "/bandai/desk/", 1280, SECRETARIAT),
    ("desk-inbox", "/bandai/desk/proposals/", 1280, SECRETARIAT),
    ("desk-proposal", "/bandai/desk/proposals/?status=in_review", 1280, SECRETARIAT),
    ("desk-project", "/bandai/desk/projects/?stage=evaluation", 1280, SECRETARIAT),
    ("desk-board", "/bandai/desk/projects/board", 1280, SECRETARIAT),
    ("desk-check-ins", "/bandai/desk/check-ins/", 1280, SECRETARIAT),
    ("exchange-talent", "/yokoze/exchange/talent/", 1280, NEIGHBOUR),
    ("exchange-know-how", "/yokoze/exchange/know-how/", 1280, NEIGHBOUR),
    ("network-metrics", "/networks/sancho-mirai/metrics/", 1280, COORDINATOR),
    ("network-allocation", "/networks/sancho-mirai/allocations/", 1280, COORDINATOR),
    ("me-hours-phone", "/me/hours/", 390, TALENT),
    ("desk-phone", "/bandai/desk/", 390, SECRETARIAT),
)


def take(page: Page, name: str, address: str) -> None:
    """Open an address, go into the first of its list where one is meant, and take its picture."""
    page.goto(address)
    if name in {"desk-proposal", "desk-project", "network-allocation"}:
        page.locator("main tbody a").first.click()
        page.wait_for_load_state()
    page.screenshot(path=FOLDER / f"{name}.png")


def main(base: str) -> None:
    """Take every picture from the demo at `base`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        for name, address, width, who in PICTURES:
            context = browser.new_context(
                viewport={"width": width, "height": 844 if width < 500 else 900},
                base_url=base,
                locale="ja-JP",
            )
            page = context.new_page()
            if who:
                page.goto("/sign-in?lang=ja")
                page.get_by_role("button", name=who).first.click()
                page.wait_for_url(lambda url: "sign-in" not in url)
            take(page, name, address)
            context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
