"""A designer who works for two towns logs the week's hours on a phone and sees one calendar."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from kyoso.core.clock import today
from support.engagements import make_engagement
from support.live import Live, check_axe, check_narrow
from support.members import PASSWORD
from support.people import make_town
from support.talents import Somebody, make_somebody, make_talent

pytestmark = [pytest.mark.browser]


def enter(page: Page, somebody: Somebody) -> None:
    page.goto("/sign-in?next=/me/hours/")
    page.locator("#f-email").fill(somebody.email)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/me/hours/")


def looks_right(page: Page) -> None:
    expect(page.locator("h1")).to_have_count(1)
    check_narrow(page)
    check_axe(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
@pytest.mark.parametrize("width", [390, 320, 1280])
def test_a_week_for_two_towns_in_under_a_minute(live: Live, app, open_page, width, javascript):
    designer, day = make_somebody("見本 意匠（見本）"), today()
    period = {"starts_on": day - dt.timedelta(days=200), "ends_on": day + dt.timedelta(days=100)}
    towns = [make_town("ひので町"), make_town("みなと町")]
    one, other = (
        make_engagement(town, make_talent(town, designer), role="デザイナー", **period)
        for town in towns
    )
    page = open_page(width=width, javascript=javascript)
    enter(page, designer)
    if javascript:
        looks_right(page)

    # Today: the town, then the hours.
    page.get_by_role("radio", name="みなと町").check()
    page.get_by_role("button", name="＋2時間", exact=True).click()
    expect(page.locator("main")).to_contain_text(
        "みなと町（デザイナー）の今日は、2時間になりました"
    )

    # Last week, all of it in one go.
    page.get_by_role("link", name="前の週").click()
    monday = day - dt.timedelta(days=day.weekday() + 7)
    for place, (engagement, typed) in enumerate(((one, "1.5"), (other, "90分"), (one, "１："))):
        key = f"{engagement}.{monday + dt.timedelta(days=place)}"
        page.locator(f'[name="hours-{key}"]').fill(typed)
    first = f"{one}.{monday}"
    page.locator(f'[name="town-{first}"]').check()
    page.locator(f'details:has([name="note-{first}"]) > summary').click()
    page.locator(f'[name="note-{first}"]').fill("町の会議")
    page.get_by_role("button", name="この週を保存する").click()
    expect(page.locator(".error-summary")).to_contain_text("「１：」は時間として読めません")
    if javascript:
        looks_right(page)
    wrong = page.locator(f'[name="hours-{one}.{monday + dt.timedelta(days=2)}"]')
    expect(wrong).to_have_value("１：")
    wrong.fill("１：３０")
    page.get_by_role("button", name="この週を保存する").click()
    expect(page.locator("main")).to_contain_text("3日分の時間を保存しました")
    expect(page.locator("main")).to_contain_text("合計 4時間30分")

    # One calendar over both towns.
    page.goto(f"/me/hours/calendar?month={monday:%Y-%m}")
    expect(page.locator(".month")).to_contain_text("ひので町 1時間30分")
    expect(page.locator(".month")).to_contain_text("みなと町 1時間30分")
    expect(page.locator(".month")).to_contain_text("町の会議")
    if javascript:
        looks_right(page)
