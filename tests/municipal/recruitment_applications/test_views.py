"""The desk's pages for applications, as staff use them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.files import StoredFile
from kyoso.core.scope import tenant_scope
from kyoso.municipal.recruitment_applications import queries
from kyoso.municipal.recruitment_applications.models import RecruitmentMessage
from support.departments import make_department
from support.pages import text_of
from support.recruitments import apply_for, make_recruitment, step


@pytest.fixture
def department(hinode):
    return make_department(hinode)


@pytest.fixture
def out(hinode, department):
    return make_recruitment(hinode, department)


@pytest.fixture
def secretary(hinode, member_of):
    return member_of(hinode, Role.SECRETARIAT)


@pytest.fixture
def office(secretary, browser):
    return browser(secretary)


@pytest.fixture
def desk(hinode):
    return f"/{hinode.slug}/desk/recruitments/"


def get(town, application_id):
    with tenant_scope(town.id):
        return queries.get_application(Actor.guest(town.id), application_id)


def test_a_new_application_stands_on_todays_page_until_it_is_seen(hinode, office, desk, out):
    one = apply_for(hinode, out)
    today = f"/{hinode.slug}/desk/"
    assert "複業人材募集への応募" in (page := office.get(today))
    assert str(one.id) in page
    office.post(f"{desk}applications/{one.id}/seen")
    assert str(one.id) not in office.get(today)


def test_the_page_shows_what_was_handed_in(hinode, office, desk, out):
    one = apply_for(hinode, out, with_file=True)
    page = office.get(f"{desk}applications/{one.id}")
    words = text_of(page)
    assert "広報紙を十年つくってきました。" in words
    assert "見本デザイン" in words
    assert "ご応募を受け付けました（受付番号" in words
    assert "送信を待っています" in words
    assert "https://example.jp/works" in words
    assert "R20" in words
    with tenant_scope(hinode.id):
        file_id = db.session.scalars(sa.select(StoredFile.id)).one()
    answer = office.fetch(f"{desk}applications/{one.id}/files/{file_id}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    answer.close()
    other = apply_for(hinode, out)
    office.get(f"{desk}applications/{other.id}/files/{file_id}", status=404)


def test_a_message_sent_twice_is_written_once(hinode, office, desk, out):
    one = apply_for(hinode, out)
    here = f"{desk}applications/{one.id}"
    form = {"form_id": str(new_id()), "body": "いつお話しできますか。"}
    for _time in range(2):
        office.post(f"{here}/message", form)
    with tenant_scope(hinode.id):
        assert len(db.session.scalars(sa.select(RecruitmentMessage)).all()) == 1
    assert "やり取り中" in text_of(office.get(here))
    empty = office.post(f"{here}/message", {"form_id": str(new_id()), "body": " "}, status=422)
    assert "「メッセージ」を入力してください。" in empty.text


def test_a_stale_form_keeps_what_was_typed(hinode, office, desk, out):
    one = apply_for(hinode, out)
    here = f"{desk}applications/{one.id}"
    page = office.post(
        f"{here}/note",
        {"form_id": "0190aaaa-0000-7000-8000-000000000000", "note": "面談で聞くこと"},
        status=422,
    )
    assert "面談で聞くこと" in page.text
    assert "もう一度ボタンを押してください" in page.text


def test_an_application_is_entrusted_to_somebody_of_another_department(
    hinode, office, desk, out, member_of, browser
):
    helper = member_of(hinode, Role.STAFF, departments=(make_department(hinode, "税務課"),))
    one, hidden = apply_for(hinode, out), apply_for(hinode, out)
    browser_of = browser(helper)
    browser_of.get(f"{desk}applications/{one.id}", status=403)
    office.post(f"{desk}applications/{one.id}/assign", {"membership_id": helper.membership_id})
    browser_of.get(f"{desk}applications/{one.id}")
    listed = browser_of.get(f"{desk}applications/")
    assert str(one.id) in listed
    assert str(hidden.id) not in listed
    assert str(hidden.id) not in browser_of.get(f"{desk}{out}")
    given_on = browser_of.post(f"{desk}applications/{one.id}/assign", {})
    assert given_on.headers["Location"].endswith("/applications/")


def test_an_auditor_reads_the_recruitment_and_no_application(hinode, desk, out, member_of, browser):
    one = apply_for(hinode, out, name="名前 秘子")
    auditor = browser(member_of(hinode, Role.AUDITOR))
    page = auditor.get(f"{desk}{out}")
    assert "1件の応募があります" in page
    assert "秘子" not in page
    auditor.get(f"{desk}applications/", status=403)
    auditor.get(f"{desk}applications/{one.id}", status=403)


def test_choosing_somebody_asks_once_and_tells(hinode, office, desk, out):
    one = apply_for(hinode, out)
    here = f"{desk}applications/{one.id}"
    assert "見本 彩（見本）さんにお願いしますか" in office.get(here)
    page = office.follow(office.post(f"{here}/select"))
    assert "お願いすることをお知らせし、招待を送りました。" in page
    again = office.post(f"{here}/select", status=409)
    assert "画面を読み込み直してください" in again.text


def test_ending_shows_every_letter_before_it_goes(hinode, office, desk, out):
    chosen, declined, waiting = (
        apply_for(hinode, out, name=name) for name in ("選 子", "断 子", "待 子")
    )
    step(hinode, chosen.id, "select_application")
    office.post(f"{desk}applications/{declined.id}/move", {"to": "not_selected"})

    form = text_of(office.get(f"{desk}{out}/end"))
    assert "断 子さんへのお返事" in form
    assert "待 子さんへのお返事" in form
    assert "選 子さんへのお返事" not in form
    assert "ご経験やお力についての評価ではありません" in form
    letters = {
        f"letter-{declined.id}": "断子さま、感謝します。",
        f"letter-{waiting.id}": "待子さま。",
    }
    asked = office.post(f"{desk}{out}/end", {"end": "filled", **letters}, status=422)
    assert "まだ決めていない方が1名います" in asked.text
    assert "断子さま、感謝します。" in asked.text

    agreed = {"end": "filled", "tell_undecided": "yes", **letters}
    preview = office.post(f"{desk}{out}/end", agreed, status=200)
    assert "2名に、下のお返事をメールで送ります" in preview.text
    assert "断子さま、感謝します。" in text_of(preview.text)
    assert get(hinode, declined.id).told_at is None

    back = office.post(f"{desk}{out}/end", {**agreed, "confirmed": "no"}, status=200)
    assert "断子さま、感謝します。" in back.text

    done = office.follow(office.post(f"{desk}{out}/end", {**agreed, "confirmed": "yes"}))
    assert "2名にお返事を送りました" in done
    assert "決まりました" in done
    assert get(hinode, declined.id).letter == "断子さま、感謝します。"
    assert get(hinode, chosen.id).told_at is None
    assert office.open("GET", f"{desk}{out}/end", 303)


def test_an_empty_letter_is_not_sent(hinode, office, desk, out):
    one = apply_for(hinode, out)
    form = {"end": "closed", "tell_undecided": "yes", f"letter-{one.id}": ""}
    page = office.post(f"{desk}{out}/end", form, status=422)
    assert "「お返事」を入力してください。" in page.text


def test_who_came_meanwhile_gets_a_letter_of_their_own(hinode, office, desk, out):
    one = apply_for(hinode, out)
    form = {"end": "closed", "tell_undecided": "yes", f"letter-{one.id}": "ありがとう。"}
    late = apply_for(hinode, out, name="遅 子")
    page = office.post(f"{desk}{out}/end", {**form, "confirmed": "yes"}, status=422)
    assert "遅 子さんへのお返事" in page.text
    assert get(hinode, late.id).told_at is None
    step_out = {**form, f"letter-{new_id()}": "だれ？", f"letter-{late.id}": "ありがとう。"}
    strange = office.post(f"{desk}{out}/end", {**step_out, "confirmed": "yes"}, status=409)
    assert "応募の状況が変わりました" in strange.text


def test_a_recruitment_nobody_applied_to_just_ends(office, desk, out):
    office.get(f"{desk}{out}/end")
    office.post(f"{desk}{out}/end", {"end": "closed"}, status=200)
    office.post(f"{desk}{out}/end", {"end": "closed", "confirmed": "yes"})


def test_the_list_is_filtered_and_kept_as_a_file(hinode, office, desk, out, department):
    other = make_recruitment(hinode, department, title="観光の写真家")
    one, two = apply_for(hinode, out), apply_for(hinode, other, name="見本 写（見本）")
    step(hinode, two.id, "select_application")
    listed = office.get(f"{desk}applications/?state=selected")
    assert str(two.id) in listed
    assert str(one.id) not in listed
    listed = office.get(f"{desk}applications/?waiting=yes")
    assert str(one.id) in listed
    assert str(two.id) not in listed
    listed = office.get(f"{desk}applications/?recruitment={other}")
    assert str(two.id) in listed
    assert str(one.id) not in listed
    office.get(f"{desk}applications/?recruitment=x&state=y&page=z")
    sheet = office.fetch(f"{desk}applications/export.csv?recruitment={other}").data.decode(
        "utf-8-sig"
    )
    assert "見本 写（見本）" in sheet
    assert "見本 彩" not in sheet


def test_the_pages_take_as_many_statements_for_many_as_for_few(
    hinode, office, desk, out, count_statements
):
    one = apply_for(hinode, out)
    pages = (
        f"{desk}applications/",
        f"{desk}{out}",
        f"{desk}applications/{one.id}",
        f"{desk}{out}/end",
    )

    def statements(page):
        office.get(page)
        with count_statements() as seen:
            office.get(page)
        return len(seen)

    few = {page: statements(page) for page in pages}
    for _time in range(12):
        apply_for(hinode, out)
        step(hinode, one.id, "write_to_applicant", "では。", message_id=new_id())
    assert {page: statements(page) for page in pages} == few
    assert max(few.values()) <= 11, few


def test_another_towns_application_is_not_there(hinode, minato, office, desk):
    theirs = apply_for(minato, make_recruitment(minato))
    for place in ("", "/message", "/note", "/assign", "/seen", "/move", "/select", "/link"):
        method = "POST" if place else "GET"
        office.open(method, f"{desk}applications/{theirs.id}{place}", 404)
