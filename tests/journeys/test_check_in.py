"""From opening a check-in to both answers side by side, on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from kyoso.municipal.check_ins.rules import Side
from support.check_ins import answer, make_pair, open_one
from support.live import Live, check_axe, check_narrow
from support.members import PASSWORD
from support.people import make_town
from support.talents import make_somebody

pytestmark = [pytest.mark.browser]

#: Nobody else gets mail here: the worker of this test sends what other tests left, too.
EMAIL = "check-in@example.jp"


def enter(page: Page, email: str) -> None:
    page.goto("/sign-in?lang=ja")
    page.locator("#f-email").fill(email)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("main form button").first.click()
    expect(page.locator("#f-password")).to_have_count(0)


def link_to(live: Live, to: str, containing: str) -> str:
    # The mail is written by a job, so the worker goes twice: it stops when nothing was left.
    live.mails(to)
    return live.link_in_mail(to, containing)


def looks_right(page: Page) -> None:
    expect(page.locator("h1")).to_have_count(1)
    # What just happened fades in; half-way its contrast says nothing.
    page.wait_for_timeout(400)
    check_narrow(page)
    check_axe(page)


def give(page: Page, *numbers: int) -> None:
    for name, number in zip(("purpose", "expectation", "communication"), numbers, strict=True):
        page.locator(f"input[name={name}][value='{number}']").check()


def test_both_sides_answer_on_a_phone_and_read_the_same(app, live: Live, open_page) -> None:
    pair = make_pair(make_town("ひので町"), make_somebody(email=EMAIL))
    earlier = open_one(pair)
    for side in Side:
        answer(pair, earlier, side, 4, 4, 4)
    mine, desk = open_page(width=390), open_page(width=390)

    enter(mine, EMAIL)
    mine.goto("/me/check-ins/")
    looks_right(mine)
    mine.get_by_role("link", name="ひので町 アドバイザー").click()
    mine.get_by_role("button", name="すり合わせを始める").click()
    looks_right(mine)
    give(mine, 5, 2, 4)
    mine.get_by_label("補足").fill("何を急ぐのかを知りたいです。")
    mine.get_by_role("button", name="答える", exact=True).click()
    expect(mine.locator("main")).to_contain_text("答えを受け付けました")
    looks_right(mine)

    enter(desk, pair.responsible.email)
    desk.goto(link_to(live, pair.responsible.email, "すり合わせのお願い"))
    expect(desk.locator("main")).not_to_contain_text("何を急ぐのか")
    desk.get_by_role("button", name="答える", exact=True).click()
    desk.locator(".error-summary").wait_for()
    looks_right(desk)
    give(desk, 4, 5, 4)
    desk.get_by_role("button", name="答える", exact=True).click()
    expect(desk.locator("main")).to_contain_text("「期待」に3の違いがあります")
    expect(desk.locator("main")).to_contain_text("何を急ぐのかを知りたいです。")
    looks_right(desk)

    mine.goto(link_to(live, EMAIL, "話し合いたいこと"))
    expect(mine.locator("main")).to_contain_text("「期待」に3の違いがあります")
    looks_right(mine)

    desk.goto(f"/{pair.town.slug}/desk/")
    desk.locator("#check-in-actions a").click()
    looks_right(desk)
    desk.get_by_label("したこと").fill("電話で話し、優先順位を決めた。")
    desk.get_by_role("button", name="対応を終える").click()
    expect(desk.locator("main")).to_contain_text("終えた対応事項")
    desk.goto(f"/{pair.town.slug}/desk/check-ins/")
    expect(desk.locator("main")).to_contain_text("ずれ 3")
    looks_right(desk)
