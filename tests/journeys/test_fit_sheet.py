"""Town and proposer fill in one fit sheet and agree, on a narrow screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kyoso.core.access import Role
from kyoso.municipal.proposals.rules import ProposalStatus
from support.folders import TownFolder, copy_of_tenants
from support.live import Live, check_axe, check_narrow
from support.members import PASSWORD, make_member
from support.people import Town
from support.proposals import make

pytestmark = [pytest.mark.browser]

#: Nobody else gets mail here: the worker of this test sends what other tests left, too.
EMAIL = "fit-sheet@example.jp"
TEXT = "月に一度、駅前の空き家で食堂を開く。"


@pytest.fixture
def town(live: Live, app, tmp_path: Path) -> Town:
    folder = TownFolder(copy_of_tenants(tmp_path))
    folder.write("org_chart.toml", '[[departments]]\nslug = "seisaku"\nname = "政策課"\n')
    folder.sync()
    read = folder.read()
    return Town(read.tenant_id, read.slug, read.name)


def press(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name).first.click()
    expect(page.locator("h1")).to_have_count(1)
    check_narrow(page)


def looks_right(page: Page) -> None:
    expect(page.locator("h1")).to_have_count(1)
    check_narrow(page)
    check_axe(page)


def test_both_sides_fill_in_the_sheet_and_agree(live: Live, town: Town, open_page) -> None:
    secretariat = make_member(town, Role.SECRETARIAT, name="見本 事務（見本）")
    proposal = make(town, ProposalStatus.SCREENING, email=EMAIL)
    desk, proposer = open_page(width=320), open_page(width=320)

    desk.goto("/sign-in")
    desk.locator("#f-email").fill(secretariat.email)
    desk.locator("#f-password").fill(PASSWORD)
    desk.locator("main form button").first.click()
    desk.wait_for_url("**/desk/")
    desk.goto(f"/{town.slug}/desk/proposals/{proposal.id}")
    desk.get_by_role("link", name="すり合わせシート").click()
    press(desk, "すり合わせシートを始める")
    desk.get_by_role("link", name="書き込む", exact=True).click()
    looks_right(desk)
    desk.locator("#f-win_town").fill("空き家が使われる。")
    desk.locator("textarea[id^=f-wanted-]").first.fill("駅前の空き家を減らしたい。")
    press(desk, "保存する")
    expect(desk.locator("main")).to_contain_text("駅前の空き家を減らしたい。")

    # The mail leads to the sheet itself.
    proposer.goto(live.link_in_mail(EMAIL, "すり合わせシート"))
    expect(proposer.locator("main")).to_contain_text("駅前の空き家を減らしたい。")
    looks_right(proposer)
    proposer.get_by_role("link", name="書き込む", exact=True).click()
    proposer.locator("#f-mission").fill("食で人をつなぐ。")
    proposer.locator("textarea[id^=f-agreement-]").first.fill(TEXT)

    # Meanwhile the town writes the same place: the proposer is shown both, and keeps both.
    desk.get_by_role("link", name="書き込む", exact=True).click()
    desk.locator("textarea[id^=f-agreement-]").first.fill("春から始める。")
    press(desk, "保存する")
    press(proposer, "保存する")
    expect(proposer.locator("main")).to_contain_text("あなたの入力は失われていません")
    looks_right(proposer)
    expect(proposer.locator("textarea[id^=f-agreement-]").first).to_have_value(
        f"春から始める。\n{TEXT}"
    )
    press(proposer, "両方の変更を取り込んで保存する")
    press(proposer, "この合意文でよい")
    expect(proposer.locator("main")).to_contain_text("合意 0")

    desk.reload()
    press(desk, "この合意文でよい")
    expect(desk.locator("main")).to_contain_text("調整中 1、合意 1")
    proposer.reload()
    expect(proposer.locator("main")).to_contain_text("調整中 1、合意 1")
    proposer.get_by_role("link", name="これまでの版").click()
    looks_right(proposer)
    expect(proposer.locator("main")).to_contain_text("合意")
