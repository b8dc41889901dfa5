"""From an offer to the answer, on a phone and without JavaScript: 提案する町と、本人。"""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from kyoso.core.access import Role
from support.departments import make_department
from support.engagements import declare
from support.live import Live, check_axe, check_narrow
from support.members import PASSWORD, make_member
from support.people import make_town
from support.profiles import make_person
from support.talents import make_talent

pytestmark = [pytest.mark.browser]


def enter(page: Page, email: str, to: str) -> None:
    page.goto("/sign-in")
    page.locator("#f-email").fill(email)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(to)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_town_asks_and_the_person_answers_on_a_phone(
    app: Flask, live: Live, open_page, javascript: bool
):
    with app.app_context():
        town = make_town("ひので町")
        declare(town)
        unit = make_department(town, "広報課")
        officer = make_member(town, Role.STAFF, name="見本 担当（見本）")
        designer = make_person("見本 彩（見本）", hours=20)
        make_talent(town, designer, hours_offered=20)
    desk = open_page(javascript=javascript)
    enter(desk, officer.email, "**/desk/")
    desk.goto(f"/{town.slug}/desk/engagements/new")
    desk.locator("main form button").first.click()
    expect(desk.get_by_text("あと月20時間まで")).to_be_visible()
    desk.locator("#f-role").select_option("地域活性化起業人")
    desk.locator("#f-programme").select_option("revitalizer-side-job")
    desk.locator("#f-department_id").select_option(str(unit))
    desk.locator("#f-purpose").fill("広報紙のデザインを、職員と一緒に直す")
    desk.locator("#f-hours_a_month").fill("15")
    desk.locator("#f-pay_unit").select_option("none")
    desk.get_by_role("button", name="申し出る・登録する").click()
    expect(desk.locator(".error-summary")).to_contain_text("月の時間は20時間以上です")
    expect(desk.locator("#f-purpose")).to_have_value("広報紙のデザインを、職員と一緒に直す")
    if javascript:
        check_axe(desk)
    for place, value in (("hours_a_month", "20"), ("days_a_month", "4"), ("in_town_days", "1")):
        desk.locator(f"#f-{place}").fill(value)
    desk.locator("#f-employer").fill("株式会社みほん（見本）")
    desk.get_by_role("button", name="申し出る・登録する").click()
    expect(desk.locator("main .tag").first).to_have_text("返事待ち")

    phone = open_page(width=390, javascript=javascript)
    enter(phone, designer.email, "**/me/")
    phone.goto(live.link_in_mail(designer.email, "お仕事のお願い"))
    expect(phone.locator("main")).to_contain_text("月に20時間を目安に働きます")
    if javascript:
        check_axe(phone)
    phone.set_viewport_size({"width": 320, "height": 800})
    check_narrow(phone)
    phone.get_by_role("button", name="この内容で承諾する").click()
    expect(phone.locator("main .tag").first).to_have_text("契約中")

    # The first job takes the answer over, and puts the mail into the queue.
    live.mails(officer.email)
    desk.goto(live.link_in_mail(officer.email, "承諾しました"))
    expect(desk.locator("main .tag").first).to_have_text("契約中")
    expect(desk.locator("#history")).to_contain_text("本人が承諾しました")
