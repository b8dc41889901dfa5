"""Two towns in two windows and a person on a phone: from the listing to the review."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kyoso.core.clock import today
from kyoso.exchange.shares.operations import close_share
from support.live import check_axe, check_narrow
from support.members import PASSWORD
from support.shares import ask_for_stay, make_deal

pytestmark = [pytest.mark.browser]


@pytest.fixture(scope="module")
def deal(app):
    with app.app_context():
        yield make_deal()


def look(page, name=""):
    """Check the page as it stands, wide and narrow; keep a picture where one is asked for."""
    folder = os.environ.get("KYOSO_SHOTS")
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        check_narrow(page)
        if folder and name and width != 320:
            page.screenshot(path=Path(folder) / f"shares-{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    # What fades in is measured when it is there.
    page.emulate_media(reduced_motion="reduce")
    check_axe(page)


def link_for(live, to, words):
    """Return the address in a mail; the worker runs twice, as one job leads to the next."""
    live.mails(to)
    return live.link_in_mail(to, words)


def enter(page, email):
    page.goto("/sign-in")
    page.locator("#f-email").fill(email)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_a_town_borrows_ten_hours_a_month_and_all_three_agree(deal, live, open_page):
    asker, home, phone = open_page(), open_page(), open_page(width=390)
    enter(asker, deal.clerk.email)
    asker.goto(f"/{deal.asker.slug}/exchange/shares/")
    look(asker, "empty")
    asker.goto(f"/{deal.asker.slug}/exchange/talent/{deal.listing_id}")
    asker.get_by_role("link", name="人材シェアを依頼する").click()
    asker.get_by_text("あと月40時間まで").wait_for()
    asker.get_by_role("button", name="下書きを保存して確かめる").click()
    asker.locator(".error-summary").wait_for()
    look(asker, "form-errors")
    asker.locator("#f-purpose").fill("広報紙を読みやすくしたい。紙面の組み方を一緒に考えてほしい。")
    asker.locator("#f-department_id").select_option(label="企画課")
    asker.locator("#f-responsible_membership_id").select_option(label=deal.clerk.name)
    asker.locator("#f-hours_a_month").fill("10")
    asker.locator("#f-pay_yen").fill("3000")
    asker.get_by_role("button", name="この期間の残り時間を確かめる").click()
    asker.get_by_text("どの月もお願いできる").wait_for()
    asker.get_by_role("button", name="下書きを保存して確かめる").click()
    asker.get_by_role("button", name="この内容で送る").wait_for()
    look(asker, "draft")
    asker.get_by_role("button", name="この内容で送る").click()
    asker.get_by_text("依頼を送りました。").first.wait_for()
    here = asker.url
    request_id = here.rpartition("/")[2]
    look(asker, "sent")

    enter(home, deal.boss.email)
    home.goto(link_for(live, deal.boss.email, "依頼を送りました"))
    look(home, "to-answer")
    home.locator("#f-talk").fill("月初めは広報の締切と重なります。中旬以降でもよいですか。")
    home.get_by_role("button", name="書き込む").click()
    home.get_by_text("書き込みました。").wait_for()
    home.get_by_role("button", name="ご本人をやり取りに招く").click()
    home.get_by_text("ご本人をやり取りに招きました。").first.wait_for()
    home.get_by_role("link", name="覚書の言葉を変える").click()
    look(home, "terms")
    home.locator("#f-travel").fill("交通費は実費をお願いする町が払う。")
    home.get_by_role("button", name="新しい版にする").click()
    home.get_by_role("button", name="第2版で承認する").click()
    home.get_by_text("承認しました。").first.wait_for()

    asker.reload()
    asker.get_by_role("button", name="第2版に同意する").click()
    asker.get_by_text("同意しました").first.wait_for()
    enter(phone, deal.person.email)
    phone.goto("/me/shares/")
    look(phone, "me-list")
    phone.goto(link_for(live, deal.person.email, "承認しました"))
    look(phone, "me-answer")
    phone.locator("#f-talk").fill("中旬以降なら大丈夫です。")
    phone.get_by_role("button", name="書き込む").click()
    phone.get_by_text("書き込みました。").wait_for()
    phone.get_by_role("button", name="覚書の第2版で承諾する").click()
    phone.get_by_text("承諾しました。").first.wait_for()
    look(phone, "me-accepted")
    asker.goto(here)
    asker.get_by_text("人材台帳と関与を準備しています").wait_for()
    live.mails(deal.clerk.email)
    asker.reload()
    asker.get_by_role("heading", name="シェアのようす").wait_for()
    look(asker, "running")
    asker.get_by_role("link", name="この町の「関与」を開く").click()
    asker.get_by_text("人材シェア（磐の町から）").first.wait_for()
    home.goto(f"/{deal.home.slug}/exchange/shares/?tab=running")
    look(home, "list")
    home.goto(f"/{deal.home.slug}/exchange/shares/{request_id}")
    home.get_by_role("link", name="早く終える").click()
    look(home, "end")
    deal.answers(request_id, close_share, "広報紙ができました。")
    asker.goto(here)
    asker.get_by_role("link", name="ふりかえりを書く").click()
    asker.locator("#f-text").fill("紙面がとても読みやすくなりました。")
    asker.get_by_label("はい").check()
    look(asker, "review")
    asker.get_by_role("button", name="保存する").click()
    asker.get_by_text("ふりかえりを保存しました。").wait_for()
    look(asker, "ended")
    phone.goto(f"/me/shares/{request_id}")
    look(phone, "me-ended")


def test_travelling_staff_and_the_other_forms(deal, open_page):
    asker, home = open_page(), open_page()
    enter(asker, deal.clerk.email)
    enter(home, deal.boss.email)
    asker.goto(f"/{deal.asker.slug}/exchange/shares/stays/ask")
    look(asker, "stay-ask")
    home.goto(f"/{deal.home.slug}/exchange/shares/stays/offer")
    look(home, "stay-offer")
    request_id = ask_for_stay(deal)
    asker.goto(f"/{deal.asker.slug}/exchange/shares/{request_id}")
    asker.get_by_role("button", name="この内容で送る").click()
    asker.get_by_text("依頼を送りました。").first.wait_for()
    home.goto(f"/{deal.home.slug}/exchange/shares/{request_id}")
    look(home, "stay-answer")
    home.goto(f"/{deal.home.slug}/desk/")
    home.get_by_text("人材シェアで、この町の返事を待っています").wait_for()
    look(home, "today")
    sent = deal.sent(hours_a_month=2, starts_on=today())
    asker.goto(f"/{deal.asker.slug}/exchange/shares/{sent}?lang=en")
    look(asker, "english")
