"""A coordinator prepares the half-year report for three mayors; every number leads to its source."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from kyoso.core.access import Role
from kyoso.core.jobs import run_worker
from kyoso.core.metrics import METRICS
from support.live import check_axe, check_narrow
from support.members import PASSWORD, make_member
from support.reports import DAYS, NOTES, RECEIVED, HalfYear, make_half_year

pytestmark = [pytest.mark.browser]


@pytest.fixture(scope="module")
def half(app) -> HalfYear:
    with app.app_context():
        yield make_half_year()


def look(page: Page, name: str) -> None:
    """Check the page as it stands, wide and narrow; keep a picture where one is asked for."""
    folder = os.environ.get("KYOSO_SHOTS")
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        check_narrow(page)
        if folder and width != 320:
            page.screenshot(path=Path(folder) / f"reports-{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(reduced_motion="reduce")
    check_axe(page)


def enter(page: Page, email: str) -> None:
    page.goto("/sign-in")
    page.locator("#f-email").fill(email)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_a_half_year_for_three_mayors(half, live, open_page):
    page = open_page()
    enter(page, half.coordinator.email)
    page.goto(f"/networks/{half.slug}/")
    page.get_by_role("link", name="報告とファイル").first.click()
    look(page, "empty")
    page.get_by_role("link", name="報告を作る").click()
    expect(page.get_by_role("heading", level=2, name=half.period.label)).to_be_visible()
    expect(page.get_by_text("まだ公開されていない月があります")).to_be_visible()
    look(page, "new")

    # Every number leads to its definition and to the towns that published it.
    label = str(METRICS[RECEIVED].label)
    row = page.locator("tr", has=page.get_by_role("link", name=label, exact=True))
    number = row.locator("td").first.inner_text()
    row.get_by_role("link").click()
    expect(page.get_by_text(str(METRICS[RECEIVED].formula)).first).to_be_visible()
    expect(page.get_by_text(number).first).to_be_visible()
    for town in half.towns:
        expect(page.get_by_role("rowheader", name=town.name).first).to_be_visible()
    expect(page.get_by_text("二重に数えていたため").first).to_be_visible()
    look(page, "source")
    page.go_back()

    page.locator("#f-note_1").fill(NOTES[0])
    page.locator("#f-note_2").fill(NOTES[1])
    page.get_by_role("button", name="この期間の報告を作る").click()
    expect(page.get_by_text("作り始めました")).to_be_visible()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(run_worker, live.app, wait=False).result()
    page.reload()
    expect(page.get_by_role("link", name="首長向け1枚（PDF）")).to_be_visible()
    look(page, "report")
    with page.expect_download() as download:
        page.get_by_role("link", name="首長向け1枚（PDF）").click()
    one = PdfReader(BytesIO(Path(download.value.path()).read_bytes()))
    assert len(one.pages) == 1
    assert number.partition("件")[0] in "".join(one.pages[0].extract_text().split())
    # In the finished report too.
    page.get_by_role("link", name=str(METRICS[DAYS].label), exact=True).click()
    expect(page.get_by_role("heading", level=2, name="定義")).to_be_visible()
    expect(page.get_by_role("cell", name="第1版").first).to_be_visible()

    page.goto(f"/networks/{half.slug}/metrics/reports/")
    look(page, "list")
    page.goto(f"/networks/{half.slug}/figures/settings")
    page.get_by_label(label, exact=True).check()
    page.get_by_label("選んだ数字を、だれでも見られるページに出す").check()
    page.get_by_role("button", name="保存する").click()
    look(page, "choose")
    everybody = open_page()
    everybody.goto(f"/networks/{half.slug}/figures")
    expect(everybody.get_by_role("heading", level=2, name=label)).to_be_visible()
    look(everybody, "public")
    page.goto(f"/networks/{half.slug}/letters/")
    look(page, "letters")


def test_a_member_town_reads_it_and_says_where_the_letter_goes(half, app, open_page):
    with app.app_context():
        admin = make_member(half.towns[2], Role.ADMIN)
    page = open_page()
    enter(page, admin.email)
    page.goto(f"{half.at(half.towns[2])}/")
    look(page, "town")
    page.goto(f"/{half.towns[2].slug}/exchange/metrics/networks/{half.network_id}/letters/")
    page.get_by_role("button", name="登録する").click()
    page.locator(".error-summary").wait_for()
    page.locator("#f-label").fill("町長室")
    page.locator("#f-email").fill("choucho@example.jp")
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("登録しました。")).to_be_visible()
    look(page, "town-letters")
