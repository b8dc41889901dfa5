"""The desk's pages for documents, read as people read them; and what a decision issues."""

from __future__ import annotations

import io
import re

import pypdf
import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.db import db
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.municipal.documents.models import Document
from support.intake import make_policy
from support.pages import text_of
from support.proposals import NOON, S, make


@pytest.fixture(autouse=True)
def _noon():
    with clock.frozen(NOON):
        yield


@pytest.fixture
def town(hinode):
    make_policy(hinode)
    return hinode


@pytest.fixture
def office(town, member_of, browser):
    return browser(member_of(town, Role.SECRETARIAT, name="見本 事務（見本）"))


def issued(town) -> list[Document]:
    with tenant_scope(town.id):
        return list(db.session.scalars(sa.select(Document).order_by(Document.number)))


def words_of(answer) -> str:
    assert answer.mimetype == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(answer.data)).pages
    answer.close()
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def seal(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]


def test_what_was_issued_is_listed_found_and_handed_out(town, office, issue):
    issue(town, title="食堂の採択通知書")
    issue(town, title="宿の採択通知書")
    here = f"/{town.slug}/desk/documents/"
    page = text_of(office.get(here))
    assert "食堂の採択通知書" in page
    assert "第2号" in page
    found = office.get(f"{here}?q=食堂")
    assert "宿の採択通知書" not in found
    assert "条件に合う文書はありません" in office.get(f"{here}?q=ない言葉")
    answer = office.fetch(f"{here}{issued(town)[0].id}/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "第1号" in words_of(answer)


def test_an_empty_list_says_what_comes_here(town, office):
    assert "まだ発行した文書はありません" in office.get(f"/{town.slug}/desk/documents/")


def test_a_wording_is_tried_kept_and_put_back(town, office):
    templates = f"/{town.slug}/desk/document-templates/"
    assert "条件付き採択通知書" in office.get(templates)
    here = f"{templates}adoption/ja"
    assert "{{受付番号}}" in office.get(here)
    sent = {"subject": "採択のお知らせ", "body": "{{件名}}、*よい* 案です。", "seen": "0"}
    tried = words_of(office.open("POST", f"{here}/preview", 200, data=sent))
    assert "採択のお知らせ" in tried
    assert "*よい*案です。" in tried
    assert "まだ発行していません" in tried
    assert "採択のお知らせ" not in office.get(here)

    office.follow(office.post(here, sent))
    page = office.get(here)
    assert "いまは町の文面（第1版）です。" in page
    assert "<ins>" in page
    office.post(here, sent | {"seen": "1"})
    assert "第2版" not in office.get(here)
    office.post(f"{here}/reset")
    assert "いまは初めの文面です。" in office.get(here)
    assert "初めの文面に戻しました" in office.get(here)


@pytest.mark.parametrize("step", ["", "/preview"])
def test_an_unknown_placeholder_is_named_with_its_line_and_nothing_is_lost(town, office, step):
    here = f"/{town.slug}/desk/document-templates/decline/ja"
    sent = {"subject": "見送り", "body": "書いた文\n{{けんめい}}", "seen": "0"}
    page = office.post(f"{here}{step}", sent, status=422).text
    assert "2行目の「{{けんめい}}」は、この文書では差し込めません。" in page
    assert "書いた文" in page


def test_the_second_of_two_writers_is_shown_the_difference(town, office, member_of, browser):
    here = f"/{town.slug}/desk/document-templates/decline/ja"
    other = browser(member_of(town, Role.ADMIN, name="見本 管理（見本）"))
    other.post(here, {"subject": "見送り", "body": "先に書いた文。", "seen": "0"})
    mine = {"subject": "見送り", "body": "後から書いた文。", "seen": "0"}
    page = office.post(here, mine, status=409).text
    assert "見本 管理（見本）さんが第1版を保存しました" in page
    assert "<ins>先に書いた文。</ins>" in page
    assert "後から書いた文。</textarea>" in page
    office.post(here, mine | {"seen": "1"})
    assert "第2版" in office.get(here)


@pytest.mark.parametrize("place", ["nothing/ja", "adoption/fr", "annual-report/en"])
def test_what_is_not_worded_is_not_there(town, office, place):
    office.get(f"/{town.slug}/desk/document-templates/{place}", status=404)


def test_an_auditor_reads_and_is_offered_nothing(town, member_of, browser):
    auditor = browser(member_of(town, Role.AUDITOR))
    here = f"/{town.slug}/desk/document-templates/adoption/ja"
    page = auditor.get(here).partition("<main")[2]
    assert "受付番号" in page
    assert "<form" not in page
    auditor.post(here, {"subject": "x", "body": "x", "seen": "0"}, status=403)


def test_a_decision_is_issued_as_the_pdf_that_was_seen(town, office, browser):
    made = make(town, S.ADOPTED_WITH_CONDITIONS, announced=False)
    here = f"/{town.slug}/desk/proposals/{made.id}"
    public = browser(None)
    letter = {
        "subject": "お知らせ",
        "body": "■ 条件\n講習を。",
        "public_summary": "食堂を開きます。",
    }
    preview = office.follow(office.post(f"{here}/decision/letter", letter))
    seen = words_of(office.fetch(f"{here}/decision/pdf"))
    assert "条件付き採択通知書" in seen
    assert "講習を。" in seen
    assert "まだ発行していません" in seen
    assert issued(town) == []
    assert "（PDF）" not in public.get(f"/{town.slug}/p/{made.token}")

    office.post(f"{here}/decision/announce", {"seen": seal(preview)})
    (document,) = issued(town)
    assert (document.subject_id, document.recipient) == (made.id, "見本 一郎（見本） 様")
    assert "第1号" in office.get(here)
    office.get(f"{here}/decision/pdf", status=409)
    theirs = f"/{town.slug}/p/{made.token}"
    assert "条件付き採択通知書（PDF）" in public.get(theirs)
    sent = words_of(public.fetch(f"{theirs}/documents/{document.id}/pdf"))
    assert sent == seen.replace("見本（まだ発行していません）", "").replace("（文書番号）", "第1号")
    with tenant_scope(town.id):
        mail = db.session.scalars(sa.select(Mail).where(Mail.subject == "お知らせ")).one()
    assert "文書番号：第1号" in mail.body


def test_the_letter_speaks_the_proposers_language(town, office):
    made = make(town, S.IN_REVIEW)
    with tenant_scope(town.id):
        db.session.execute(sa.text("UPDATE municipal.proposals SET locale = 'en'"))
        db.session.commit()
    here = f"/{town.slug}/desk/proposals/{made.id}"
    choice = {"outcome": "declined", "ground_key": "no_budget", "grounds": "Next year."}
    page = office.follow(office.post(f"{here}/decision", choice | {"incomplete_reason": "急ぎ"}))
    office.post(f"{here}/decision/announce", {"seen": seal(page)})
    (document,) = issued(town)
    assert document.locale == "en"
    words = words_of(office.fetch(f"/{town.slug}/desk/documents/{document.id}/pdf"))
    assert "ThankyouforyourproposaltoMihon" in words
    assert "Sat21Nov2026" in words


def test_an_undone_decision_keeps_its_letter_marked(town, office, browser):
    made = make(town, S.ADOPTED)
    here = f"/{town.slug}/desk/proposals/{made.id}"
    office.post(f"{here}/decision/undo", {"reason": "資料の取り違え"})
    (document,) = issued(town)
    assert document.voided_reason == "資料の取り違え"
    assert "無効" in office.get(here)
    theirs = browser(None).get(f"/{town.slug}/p/{made.token}")
    assert "取り消されました" in theirs
    assert "採択通知書（PDF）" in theirs


def test_a_revocation_is_issued_and_voids_the_adoption(town, office, browser):
    made = make(town, S.ADOPTED)
    office.post(f"/{town.slug}/desk/proposals/{made.id}/revocation", {"reason": "要綱に反するため"})
    adopted, revoked = issued(town)
    assert (adopted.voided_reason, revoked.voided_reason) == ("要綱に反するため", None)
    assert revoked.issued_by == "見本 事務（見本）"
    theirs = f"/{town.slug}/p/{made.token}"
    assert "取消し通知書（PDF）" in browser(None).get(theirs)
    words = words_of(browser(None).fetch(f"{theirs}/documents/{revoked.id}/pdf"))
    assert "要綱に反するため" in words


def test_a_notice_of_ending_is_answered_with_a_document(town, browser):
    made = make(town, S.ADOPTED)
    public, theirs = browser(None), f"/{town.slug}/p/{made.token}"
    public.post(f"{theirs}/cancel", {"reason": "転勤のため"})
    adopted, cancelled = issued(town)
    assert adopted.voided_at is None
    assert cancelled.kind.plain_name == "中止通知書"
    assert "転勤のため" in words_of(public.fetch(f"{theirs}/documents/{cancelled.id}/pdf"))


def test_a_private_link_opens_no_letter_of_another_proposal(town, browser):
    one, other = make(town, S.ADOPTED), make(town, S.DECLINED)
    document = next(d for d in issued(town) if d.subject_id == other.id)
    browser(None).get(f"/{town.slug}/p/{one.token}/documents/{document.id}/pdf", status=404)


def test_the_list_needs_few_statements(town, office, issue, count_statements):
    issue(town)
    here = f"/{town.slug}/desk/documents/"
    office.get(here)
    with count_statements() as seen:
        office.get(here)
    one = len(seen)
    for _ in range(5):
        issue(town)
    with count_statements() as seen:
        office.get(here)
    assert len(seen) <= one <= 8
