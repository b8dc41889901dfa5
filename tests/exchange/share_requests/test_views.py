"""The pages of requests as the two towns and the person use them."""

from __future__ import annotations

import datetime as dt

import pytest

from kyoso.core import jobs
from kyoso.core.access import Role
from kyoso.core.clock import today
from kyoso.core.db import new_id
from kyoso.exchange.share_requests.rules import ShareStatus
from kyoso.exchange.shares.operations import close_share
from support.members import make_member, sign_in
from support.pages import text_of
from support.shares import Deal, make_deal


@pytest.fixture
def deal(app) -> Deal:
    return make_deal()


@pytest.fixture
def asker(app, deal):
    return sign_in(app, deal.clerk)


@pytest.fixture
def home(app, deal):
    return sign_in(app, deal.boss)


@pytest.fixture
def person(app, deal):
    return sign_in(app, deal.person)


def pages(deal: Deal, town: str = "asker") -> str:
    return f"/{getattr(deal, town).slug}/exchange/shares"


def form(deal: Deal, **said: object) -> dict:
    first = today() + dt.timedelta(days=10)
    given = {
        "form_id": str(new_id()),
        "listing_id": str(deal.listing_id),
        "network_id": str(deal.network_id),
        "purpose": "広報紙の編集を手伝ってほしい",
        "department_id": str(deal.department_id),
        "responsible_membership_id": str(deal.clerk.membership_id),
        "hours_a_month": "１０",
        "starts_on": first.isoformat(),
        "ends_on": (first + dt.timedelta(days=100)).isoformat(),
        "mode": "both",
        "payer": "asker",
        "pay_unit": "hour",
        "pay_yen": "3,000",
        **dict.fromkeys(("travel", "insurance", "rights", "confidentiality"), "話し合う。"),
    }
    return given | {key: str(value) for key, value in said.items()}


def asked(deal: Deal) -> str:
    return f"?listing_id={deal.listing_id}&network_id={deal.network_id}"


def test_three_browsers_go_all_the_way(app, deal, asker, home, person):
    listing = asker.get(f"/{deal.asker.slug}/exchange/talent/{deal.listing_id}")
    assert "人材シェアを依頼する" in listing
    empty = asker.get(f"{pages(deal)}/new{asked(deal)}")
    assert "あと月40時間まで" in text_of(empty)
    assert f'value="{deal.clerk.membership_id}" selected' in empty, "whoever asks is in charge"
    made = asker.post(f"{pages(deal)}/new", form(deal))
    here = made.headers["Location"]
    shown = text_of(asker.get(here))
    assert "この内容で送る" in shown
    assert "こちらの番" in asker.get(f"{pages(deal)}/")
    request_id = here.rpartition("/")[2]
    assert asker.fetch(f"{here}/memorandum/0.pdf").mimetype == "application/pdf"
    asker.post(f"{here}/send")
    asker.post(f"{here}/send")
    there = f"{pages(deal, 'home')}/{request_id}"
    assert "人材シェアで、この町の返事を待っています" in text_of(
        home.get(f"/{deal.home.slug}/desk/")
    )
    assert "承認するか、見送るか" in text_of(home.get(there))
    home.post(f"{there}/approve", {"version": "1"})
    mine = f"/me/shares/{request_id}"
    assert "返事待ち" in person.get("/me/")
    words = text_of(person.get(mine))
    assert "報酬" in words or "お願いする町が払う" in words
    assert "得意なこと" in words, "what the town will see is said before"
    person.post(f"{mine}/accept", {"version": "1"})
    assert "準備をしています" in text_of(person.get(mine))
    assert "人材台帳と関与を準備しています" in text_of(asker.get(here))
    jobs.run_worker(app, wait=False)
    assert "シェア中" in text_of(asker.get(here))
    assert "この町の「関与」を開く" in text_of(asker.get(here))
    assert asker.get(f"/{deal.asker.slug}/desk/engagements/{request_id}")
    assert "月の合計だけ" in text_of(home.get(there))
    assert "取り消しても" in text_of(person.get(mine))


def test_a_form_sent_twice_makes_one(deal, asker):
    sent = form(deal)
    one, two = (asker.post(f"{pages(deal)}/new", sent).headers["Location"] for _ in range(2))
    assert one == two
    assert "1件" in text_of(asker.get(f"{pages(deal)}/"))


def test_too_many_hours_are_refused_at_the_send_with_what_is_left(deal, asker):
    here = asker.post(f"{pages(deal)}/new", form(deal, hours_a_month=41)).headers["Location"]
    answer = text_of(asker.post(f"{here}/send", status=422).text)
    assert "あと40時間まで" in answer
    assert "あと月40時間まで" in answer
    assert deal.status(here.rpartition("/")[2]) is ShareStatus.DRAFT
    edited = form(deal, hours_a_month=40)
    for key in ("form_id", "listing_id", "network_id"):
        del edited[key]
    asker.post(f"{here}/edit", edited)
    asker.post(f"{here}/send")


def test_changing_a_sent_one_to_too_many_hours_keeps_it_as_it_was(deal, asker):
    request_id = deal.sent()
    edited = form(deal, hours_a_month=99, purpose="別の目的")
    for key in ("form_id", "listing_id", "network_id"):
        del edited[key]
    page = text_of(asker.post(f"{pages(deal)}/{request_id}/edit", edited, status=422).text)
    assert "あと40時間まで" in page
    row = deal.row(request_id)
    assert (row.hours_a_month, row.purpose, row.paper_version) == (
        10,
        "広報紙の編集を手伝ってほしい",
        1,
    )


def test_the_hours_left_can_be_asked_for_without_saving(deal, asker):
    page = asker.post(f"{pages(deal)}/new", form(deal) | {"check": "hours"}, status=200).text
    assert "あと月40時間まで" in text_of(page)
    assert "広報紙の編集" in page


def test_mistakes_stand_at_their_fields(deal, asker):
    page = asker.post(
        f"{pages(deal)}/new", form(deal, purpose="", hours_a_month="たくさん"), status=422
    ).text
    assert "「目的」を入力してください。" in text_of(page)
    assert "f-hours_a_month-error" in page


def test_the_lists_filter_count_and_export(deal, asker, home):
    deal.sent(hours_a_month=1)
    deal.running(hours_a_month=1)
    theirs = text_of(home.get(f"{pages(deal, 'home')}/?tab=theirs"))
    assert "1件" in theirs
    assert "横の町" in theirs
    assert "1件" in text_of(asker.get(f"{pages(deal)}/?tab=running&q=広報"))
    assert "条件に合うものはありません" in text_of(asker.get(f"{pages(deal)}/?q=ない"))
    sheet = asker.fetch(f"{pages(deal)}/export.csv?tab=running").data.decode("utf-8-sig")
    assert "シェア中" in sheet
    asker.fetch(f"{pages(deal)}/export.xlsx")


def test_a_list_costs_the_same_however_long_it_is(deal, asker, count_statements):
    deal.sent(hours_a_month=1)
    asker.get(f"{pages(deal)}/")
    with count_statements() as few:
        asker.get(f"{pages(deal)}/")
    for _n in range(4):
        deal.sent(hours_a_month=1)
    with count_statements() as many:
        asker.get(f"{pages(deal)}/")
    assert len(many) == len(few) <= 7


def test_who_may_not_answer_is_told_so(app, deal):
    request_id = deal.sent()
    here = f"{pages(deal, 'home')}/{request_id}"
    for role, may_write in ((Role.STAFF, True), (Role.AUDITOR, False)):
        browser = sign_in(app, make_member(deal.home, role))
        page = text_of(browser.get(here))
        assert "承認するか、見送るか" not in page
        assert ("書き込む" in page) == may_write
        browser.post(f"{here}/approve", {"version": "1"}, status=403)


def test_declining_asks_for_a_reason_and_tells_it(app, deal, asker, home, person):
    request_id = deal.sent()
    there = f"{pages(deal, 'home')}/{request_id}"
    assert "「理由」を入力してください。" in text_of(
        home.post(f"{there}/decline", {}, status=422).text
    )
    home.post(f"{there}/decline", {"reason": "今期は手いっぱいです。"})
    for browser, page in (
        (asker, f"{pages(deal)}/{request_id}"),
        (person, f"/me/shares/{request_id}"),
    ):
        assert "今期は手いっぱいです。" in text_of(browser.get(page))
    home.post(f"{there}/approve", {"version": "1"}, status=409)


def test_the_person_declines_with_a_word(deal, asker, person):
    request_id = deal.approved()
    person.post(f"/me/shares/{request_id}/refuse", {"note": "家の事情で難しいです。"})
    person.post(f"/me/shares/{request_id}/refuse", {"note": "もう一度"})
    assert "家の事情で難しいです。" in text_of(asker.get(f"{pages(deal)}/{request_id}"))
    assert "もう一度" not in text_of(asker.get(f"{pages(deal)}/{request_id}"))


def test_the_home_town_words_the_terms_anew_and_the_other_confirms(deal, asker, home):
    request_id = deal.sent()
    there, here = f"{pages(deal, 'home')}/{request_id}", f"{pages(deal)}/{request_id}"
    home.get(f"{there}/terms")
    said = dict.fromkeys(("travel", "insurance", "rights", "confidentiality"), "改めた。")
    home.post(f"{there}/terms", said | {"version": "1"})
    home.post(f"{there}/approve", {"version": "1"}, status=409)
    home.post(f"{there}/approve", {"version": "2"})
    assert "第2版に同意する" in text_of(asker.get(here))
    asker.post(f"{here}/confirm", {"version": "2"})
    assert "本人の返事待ち" in text_of(asker.get(here))


def test_ending_early_reviewing_and_asking_for_more(app, deal, asker, home, person):
    request_id = deal.running(starts_on=today())
    here, there = f"{pages(deal)}/{request_id}", f"{pages(deal, 'home')}/{request_id}"
    home.get(f"{there}/end")
    home.post(f"{there}/end", {"last_day": "2020-01-01", "reason": "x"}, status=422)
    home.post(f"{there}/end", {"last_day": today().isoformat(), "reason": "体制が変わるため"})
    jobs.run_worker(app, wait=False)
    assert "体制が変わるため" in text_of(person.get(f"/me/shares/{request_id}"))
    deal.answers(request_id, close_share, "終わり")
    asker.get(f"{here}/review")
    asker.post(f"{here}/review", {"text": "", "again": "yes"}, status=422)
    asker.post(f"{here}/review", {"text": "助かりました。", "again": "yes"})
    person.post(f"/me/shares/{request_id}/review", {"text": "学びました。", "again": "no"})
    for browser, page in ((home, there), (person, f"/me/shares/{request_id}")):
        words = text_of(browser.get(page))
        assert "助かりました。" in words
        assert "学びました。" in words
    renewal = asker.get(f"{pages(deal)}/new{asked(deal)}&renews_id={request_id}")
    assert "続きの人材シェアを依頼する" in renewal
    asker.post(f"{pages(deal)}/new", form(deal, renews_id=request_id))


def test_travelling_staff_from_the_question_to_the_yes(app, deal, asker, home):
    lent = make_member(deal.home, Role.STAFF, name="旅野 公子（見本）")
    first = today() + dt.timedelta(days=10)
    said = {
        "form_id": str(new_id()),
        "other_id": str(deal.home.id),
        "department_id": str(deal.department_id),
        "responsible_membership_id": str(deal.clerk.membership_id),
        "purpose": "共創の現場で一緒に働きたい",
        "days": "5",
        "starts_on": first.isoformat(),
        "ends_on": (first + dt.timedelta(days=20)).isoformat(),
        **dict.fromkeys(("travel", "insurance", "rights", "confidentiality"), "話し合う。"),
    }
    stays = f"/{deal.asker.slug}/exchange/shares/stays"
    asker.get(f"{stays}/ask")
    asker.post(f"{stays}/ask", said | {"days": "9"}, status=422)
    here = asker.post(f"{stays}/ask", said).headers["Location"]
    request_id = here.rpartition("/")[2]
    asker.get(f"{stays}/{request_id}/edit")
    asker.post(f"{here}/send")
    there = f"{pages(deal, 'home')}/{request_id}"
    home.get(there)
    home.post(f"{there}/approve", {"version": "1"}, status=422)
    home.post(f"{there}/approve", {"version": "1", "membership_id": str(lent.membership_id)})
    asker.post(f"{here}/confirm", {"version": "2"})
    traveller = sign_in(app, lent)
    assert "3日から1週間" not in text_of(traveller.get(f"/me/shares/{request_id}"))
    traveller.post(f"/me/shares/{request_id}/accept", {"version": "2"})
    assert "旅する公務員（旅野 公子（見本））" in text_of(asker.get(here))
    assert "シェア中" in text_of(asker.get(here))


def test_only_an_administrator_offers_staff(app, deal, home):
    office = sign_in(app, make_member(deal.home, Role.SECRETARIAT))
    office.get(f"/{deal.home.slug}/exchange/shares/stays/offer", status=403)
    first = today() + dt.timedelta(days=10)
    said = {
        "form_id": str(new_id()),
        "other_id": str(deal.asker.id),
        "membership_id": str(deal.boss.membership_id),
        "purpose": "学びたい",
        "days": "3",
        "starts_on": first.isoformat(),
        "ends_on": (first + dt.timedelta(days=20)).isoformat(),
        **dict.fromkeys(("travel", "insurance", "rights", "confidentiality"), "話し合う。"),
    }
    home.get(f"/{deal.home.slug}/exchange/shares/stays/offer")
    there = home.post(f"/{deal.home.slug}/exchange/shares/stays/offer", said).headers["Location"]
    request_id = there.rpartition("/")[2]
    home.post(f"{there}/send")
    asker = sign_in(app, deal.clerk)
    here = f"{pages(deal)}/{request_id}"
    names = {
        "department_id": str(deal.department_id),
        "responsible_membership_id": str(deal.clerk.membership_id),
    }
    asker.get(here)
    asker.post(f"{here}/approve", {"version": "1"} | names)
    home.post(f"{there}/confirm", {"version": "2"})
    home.get(f"/me/shares/{request_id}")
    home.post(f"/me/shares/{request_id}/accept", {"version": "2"})
    assert "シェア中" in text_of(asker.get(here))


def test_everything_is_there_in_english_too(deal, asker, home):
    request_id = deal.sent()
    for page in (f"{pages(deal)}/?lang=en", f"{pages(deal)}/{request_id}?lang=en"):
        asker.get(page)
