"""From an application on a phone to an answer: every page passes axe and fits a narrow screen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kyoso.core.access import Role
from support.departments import make_department
from support.live import check_axe, check_narrow
from support.members import PASSWORD, make_member
from support.people import make_town
from support.recruitments import apply_for, make_recruiting, make_recruitment

pytestmark = [pytest.mark.browser]


def look(page, name=""):
    """Check the page as it stands, wide and narrow; keep a picture where one is asked for."""
    folder = os.environ.get("KYOSO_SHOTS")
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        check_narrow(page)
        if folder and name and width != 320:
            page.screenshot(path=Path(folder) / f"recruitments-{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    check_axe(page)


@pytest.fixture(scope="module")
def town(app):
    with app.app_context():
        yield make_town("見本町")


def test_somebody_applies_on_a_phone_and_is_answered(town, live, open_page):
    department = make_department(town)
    out = make_recruitment(town, department, wanted=2, title="広報紙とウェブを見直すデザイナー")
    phone = open_page(width=390)
    for address, name in (("recruitments", "public-list"), (f"recruitments/{out}", "public")):
        phone.goto(f"/{town.slug}/{address}")
        look(phone, name)
    phone.get_by_role("link", name="応募する").click()
    # No person is faster.
    phone.wait_for_timeout(3100)
    phone.get_by_role("button", name="応募を送る").click()
    phone.locator(".error-summary").wait_for()
    look(phone, "apply-errors")
    phone.locator("#f-name").fill("見本 彩（見本）")
    phone.locator("#f-kana").fill("みほん あや")
    phone.locator("#f-email").fill("aya-journey@example.jp")
    phone.locator("#f-hours_a_month").fill("8")
    phone.locator("#f-message").fill("広報紙を十年つくってきました。")
    phone.locator("#f-consent").check()
    phone.get_by_role("button", name="応募を送る").click()
    phone.get_by_role("heading", name="応募を受け付けました").wait_for()
    look(phone, "receipt")

    person = make_member(town, Role.SECRETARIAT, name="見本 事務（見本）")
    desk = open_page()
    desk.goto("/sign-in")
    desk.locator("#f-email").fill(person.email)
    desk.locator("#f-password").fill(PASSWORD)
    desk.locator("main form button").first.click()
    desk.wait_for_url("**/desk/")
    look(desk, "today")
    desk.get_by_role("link", name="広報紙とウェブを見直すデザイナー").click()
    desk.locator("#f-body").fill("金曜の夜にお話しできますか。")
    desk.get_by_role("button", name="送る", exact=True).click()
    desk.get_by_text("メッセージを送りました。").wait_for()
    look(desk, "application")

    phone.goto(live.link_in_mail("aya-journey@example.jp", "金曜の夜に"))
    phone.locator("#f-body").fill("はい、お願いします。")
    phone.get_by_role("button", name="送る", exact=True).click()
    phone.get_by_text("メッセージを送りました。").wait_for()
    look(phone, "private")
    phone.get_by_role("link", name="この応募を取り下げる").click()
    look(phone)

    for address, name in (("", "desk-list"), (f"{out}", "desk"), ("applications/", "all")):
        desk.goto(f"/{town.slug}/desk/recruitments/{address}")
        look(desk, name)
    desk.goto(f"/{town.slug}/desk/recruitments/{out}/end")
    look(desk, "end")
    desk.get_by_label("まだ決めていない1名にもお返事を送って終える").check()
    desk.get_by_role("button", name="確認へ進む").click()
    desk.get_by_role("heading", name="お返事の確認").wait_for()
    look(desk, "end-preview")
    desk.get_by_role("button", name="1名にお返事を送り、募集を終える").click()
    desk.get_by_text("1名にお返事を送りました").wait_for()
    phone.goto(live.link_in_mail("aya-journey@example.jp", "ご応募へのお返事"))
    phone.get_by_role("heading", name="町からのお返事").wait_for()
    look(phone, "private-answered")


def test_the_desk_with_many_states_and_empty(town, live, open_page):
    department = make_department(town, "観光課")
    out, talked = make_recruiting(town, department)
    apply_for(town, out)
    person = make_member(town, Role.SECRETARIAT)
    desk = open_page()
    desk.goto("/sign-in")
    desk.locator("#f-email").fill(person.email)
    desk.locator("#f-password").fill(PASSWORD)
    desk.locator("main form button").first.click()
    desk.wait_for_url("**/desk/")
    for address, name in (
        ("new", "form"),
        (f"{out}", "desk-states"),
        (f"{out}/edit", ""),
        (f"applications/{talked.id}", "application-states"),
        (f"{out}/end", "end-states"),
        ("?q=ない言葉", ""),
        ("applications/?state=not_selected", ""),
    ):
        desk.goto(f"/{town.slug}/desk/recruitments/{address}")
        look(desk, name)
