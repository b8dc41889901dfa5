"""What the proposer sees and does through the private link."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.db import db, new_id
from kyoso.core.jobs import run_worker
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.core.tokens import new_token
from kyoso.municipal.proposals import operations, queries
from kyoso.municipal.proposals.models import Proposal, ProposalMessage
from kyoso.municipal.proposals.operations import Idea, Merits, Who, enter_proposal
from kyoso.municipal.proposals.rules import NEXT, ProposerKind, Source
from kyoso.municipal.proposals.rules import ProposalStatus as S
from kyoso.tenancy.models import Tenant, TenantStatus
from kyoso.tenancy.queries import forget_tenants
from support.database import Database, as_superuser
from support.intake import make_policy
from support.pages import Browser, text_of
from support.people import Town
from support.proposals import DECISIONS, IDEA, NOON, WAYS, Made, desk, make, tell


@pytest.fixture(autouse=True)
def _noon():
    with clock.frozen(NOON):
        yield


@pytest.fixture
def town(hinode: Town) -> Town:
    make_policy(hinode)
    return hinode


def link(town: Town, token: str, place: str = "") -> str:
    return f"/{town.slug}/p/{token}{place}"


def status_of(town: Town, made: Made) -> S:
    with tenant_scope(town.id):
        return db.session.scalars(sa.select(Proposal.status).where(Proposal.id == made.id)).one()


def mails(town: Town) -> list[Mail]:
    with tenant_scope(town.id):
        return list(db.session.scalars(sa.select(Mail).order_by(Mail.id)))


MEANT = {
    S.DRAFT: "まだ提出していません",
    S.SUBMITTED: "提案を受け取りました",
    S.SCREENING: "町が内容を確認しています",
    S.REVISION_REQUESTED: "修正のお願いがあります",
    S.RESUBMITTED: "再提出を受け取りました",
    S.IN_REVIEW: "町が審査をしています",
    S.WITHDRAWN: "この提案は取り下げられました",
    S.ADOPTED: "提案が採択されました",
    S.ADOPTED_WITH_CONDITIONS: "条件付きで採択されました",
    S.DECLINED: "今回は見送りとさせていただきました",
}


@pytest.mark.parametrize("status", WAYS)
def test_every_status_is_said_in_plain_words_with_a_way_on(
    visitor: Browser, town: Town, status: S
) -> None:
    made = make(town, status)
    page = visitor.get(link(town, made.token))
    assert MEANT[status] in page
    assert status.label in text_of(page)
    assert IDEA.title in page
    assert ("/withdraw" in page) == (S.WITHDRAWN in NEXT.get(status, ()))
    assert ("/cancel" in page) == (status in {S.ADOPTED, S.ADOPTED_WITH_CONDITIONS})
    assert ("/reply" in page) == (status in {*MEANT} - {S.DRAFT, S.WITHDRAWN, *DECISIONS})
    with_english = visitor.get(link(town, made.token, "?lang=en"))
    assert '<html lang="en"' in with_english


@pytest.mark.parametrize("status", DECISIONS)
def test_a_decision_shows_only_once_it_was_announced(
    visitor: Browser, town: Town, status: S
) -> None:
    made, reading = make(town, status, announced=False), make(town, S.IN_REVIEW)
    page = visitor.get(link(town, made.token))
    assert status.label not in text_of(page).replace("採択されるまで", "")
    for place, typed in (("/reply", {"body": "まだですか"}), ("/withdraw", {}), ("/idea", {})):
        refused = visitor.post(link(town, made.token, place), typed, status=409).text
        assert "町が回答をまとめています" in refused
        assert "採択" not in text_of(refused)
        assert "見送り" not in text_of(refused)
    visitor.post(link(town, made.token, "/cancel"), {"reason": "x"}, status=409)
    assert "町が審査をしています" in visitor.get(link(town, reading.token))

    with tenant_scope(town.id):
        proposal = queries.get_proposal(desk(town), made.id, lock=True)
        tell(proposal, desk(town), now=NOON)
        db.session.commit()
    told = visitor.get(link(town, made.token))
    assert "町からの通知" in told
    assert "町の目指す姿に合うため" in told
    assert f"町から結果をお知らせしました：{status.label}" in told


def test_a_question_is_answered_on_the_page(visitor: Browser, town: Town) -> None:
    made = make(town, S.SCREENING)
    with tenant_scope(town.id):
        proposal = queries.get_proposal(desk(town), made.id, lock=True)
        operations.ask_question(proposal, "どの空き家ですか。", actor=desk(town), now=NOON)
        db.session.commit()
    page = visitor.get(link(town, made.token))
    assert "どの空き家ですか。" in page
    assert "見本 事務" not in page, "a question comes from the town, not from a name"
    empty = visitor.post(link(town, made.token, "/reply"), {"body": " "}, status=422).text
    assert "「町への返信」を入力してください" in empty
    long = visitor.post(link(town, made.token, "/reply"), {"body": "あ" * 2001}, status=422).text
    assert "あ" * 2001 in long
    answered = visitor.follow(
        visitor.post(link(town, made.token, "/reply"), {"body": "三丁目です。\n青い屋根です。"})
    )
    assert "三丁目です。" in answered
    with tenant_scope(town.id):
        question = db.session.scalars(
            sa.select(ProposalMessage).order_by(ProposalMessage.id)
        ).first()
        assert question is not None
        assert question.answered_at == NOON


def test_withdrawing_says_what_happens_and_asks_once(visitor: Browser, town: Town) -> None:
    made = make(town, S.IN_REVIEW)
    assert "取下げは元に戻せません" in visitor.get(link(town, made.token, "/withdraw"))
    assert status_of(town, made) is S.IN_REVIEW
    too_long = visitor.post(
        link(town, made.token, "/withdraw"), {"reason": "あ" * 1001}, status=422
    ).text
    assert "あ" * 1001 in too_long
    page = visitor.follow(visitor.post(link(town, made.token, "/withdraw"), {"reason": ""}))
    assert "この提案は取り下げられました" in page
    assert f"/{town.slug}/propose" in page
    visitor.post(link(town, made.token, "/withdraw"))
    assert status_of(town, made) is S.WITHDRAWN


def test_what_was_adopted_can_be_ended_with_a_reason(visitor: Browser, town: Town) -> None:
    made = make(town, S.ADOPTED)
    assert "中止は元に戻せません" in visitor.get(link(town, made.token, "/cancel"))
    visitor.post(link(town, made.token, "/cancel"), {"reason": ""}, status=422)
    page = visitor.follow(visitor.post(link(town, made.token, "/cancel"), {"reason": "転居のため"}))
    assert "中止届を受け取りました" in page
    assert status_of(town, made) is S.CANCELLED
    visitor.post(link(town, made.token, "/cancel"), {"reason": "転居のため"})


def test_a_revoked_adoption_is_told_as_the_towns_step(visitor: Browser, town: Town) -> None:
    made = make(town, S.ADOPTED)
    with tenant_scope(town.id):
        proposal = queries.get_proposal(desk(town), made.id, lock=True)
        operations.revoke_adoption(proposal, "要件を満たさないため", actor=desk(town), now=NOON)
        db.session.commit()
    assert "町が採択を取り消しました" in visitor.get(link(town, made.token))


PAGES = ("", "/who", "/idea", "/merits", "/files", "/later", "/confirm", "/receipt", "/withdraw")
POSTS = ("/who", "/idea", "/merits", "/files", "/submit", "/reply", "/withdraw", "/cancel")


@pytest.mark.parametrize("place", [*PAGES, "/cancel"])
def test_a_made_up_and_a_foreign_link_look_the_same(
    visitor: Browser, town: Town, minato: Town, place: str
) -> None:
    make_policy(minato)
    theirs = make(minato, S.DRAFT)
    known = visitor.get(link(town, theirs.token, place), status=404)
    unknown = visitor.get(link(town, new_token(), place), status=404)
    assert known == unknown
    assert theirs.token not in known


@pytest.mark.parametrize("place", [*POSTS, "/mail-link"])
def test_nothing_is_done_through_a_foreign_link(
    visitor: Browser, town: Town, minato: Town, place: str
) -> None:
    make_policy(minato)
    theirs = make(minato, S.DRAFT)
    answer = visitor.post(link(town, theirs.token, place), {"reason": "x"}, status=404).text
    assert answer == visitor.post(link(town, new_token(), place), {"reason": "x"}, status=404).text
    assert status_of(minato, theirs) is S.DRAFT
    assert mails(town) == mails(minato) == []


def test_an_old_link_opens_nothing_and_a_new_one_goes_to_the_known_address_only(
    visitor: Browser, town: Town
) -> None:
    made = make(town, S.SUBMITTED)
    later = NOON + dt.timedelta(days=181)
    with clock.frozen(later):
        for place in PAGES:
            page = visitor.get(link(town, made.token, place), status=410)
            assert "有効期限が切れました" in page
            assert IDEA.title not in page
            assert "ichiro@example.jp" not in page
            assert "<input" not in re.sub(r'<input type="hidden"[^>]*>', "", page)
        visitor.post(link(town, made.token, "/withdraw"), status=410)
        sent = visitor.post(
            link(town, made.token, "/mail-link"), {"email": "thief@example.jp"}, status=200
        ).text
        assert "ichiro@example.jp" not in sent
        mail = mails(town)[-1]
        assert mail.to == "ichiro@example.jp"
        new = re.search(r"/p/([\w-]{43})", mail.body)
        assert new
        assert IDEA.title in visitor.get(link(town, new[1]))
        for _ in range(2):
            visitor.post(link(town, made.token, "/mail-link"), status=200)
        refused = visitor.post(link(town, made.token, "/mail-link"), status=429)
        assert int(refused.headers["Retry-After"]) > 0


def test_a_lost_link_is_asked_for_with_one_answer_for_everybody(
    app: Flask, visitor: Browser, town: Town, minato: Town, database: Database
) -> None:
    make(town, S.SUBMITTED)
    make_policy(minato)
    make(minato, S.SUBMITTED, email="minato@example.jp")
    before = len(mails(town))
    asked = [
        {"receipt": "２０２６－０００１", "email": "ICHIRO@example.jp"},
        {"receipt": "2026-0001", "email": "other@example.jp"},
        {"receipt": "2026-0002", "email": "ichiro@example.jp"},
        {"receipt": "2025-0001", "email": "ichiro@example.jp"},
        {"receipt": "受付番号", "email": "ichiro@example.jp"},
        {"receipt": "2026-0001", "email": "minato@example.jp"},
    ]
    answers = [visitor.post(f"/{town.slug}/p/lost", data, status=200).text for data in asked]
    assert len(set(answers)) == 1
    assert len(mails(town)) == before, (
        "the request itself must not do more for some than for others"
    )
    with as_superuser(database) as connection:
        queued = connection.execute(
            "SELECT args::text FROM procrastinate_jobs WHERE task_name = 'portal.send_lost_link'"
            " AND args->>'tenant_id' = %s",
            (str(town.id),),
        ).fetchall()
    assert len(queued) == len(asked)
    assert "example.jp" not in str(queued)
    run_worker(app, wait=False)
    assert [mail.to for mail in mails(town)[before:]] == ["ichiro@example.jp"]
    assert len(mails(minato)) == 1
    wrong = visitor.post(f"/{town.slug}/p/lost", {"receipt": "", "email": "x"}, status=422).text
    assert "「受付番号」を入力してください" in wrong
    for _ in range(4):
        visitor.post(f"/{town.slug}/p/lost", asked[1], status=200)
    visitor.post(f"/{town.slug}/p/lost", asked[1], status=429)


def test_a_mailed_link_too_many_is_not_told_to_who_asks(
    app: Flask, visitor: Browser, town: Town
) -> None:
    make(town, S.SUBMITTED)
    before = len(mails(town))
    data = {"receipt": "2026-0001", "email": "ichiro@example.jp"}
    for _ in range(5):
        visitor.post(f"/{town.slug}/p/lost", data, status=200)
    run_worker(app, wait=False)
    assert len(mails(town)) == before + 3


def test_what_staff_wrote_down_counts_once_its_proposer_says_so(
    visitor: Browser, town: Town
) -> None:
    with tenant_scope(town.id):
        entered, token = enter_proposal(
            Who(ProposerKind.PERSON, "見本 ふみ（見本）", "", "", "", "", ""),
            Idea("朝市", "朝市をまた開きたい。", "野菜がある。"),
            Merits("", "", "みんなが集まる。", ""),
            Source.SPOKEN,
            None,
            form_id=new_id(),
            actor=desk(town),
            now=NOON,
        )
        made = Made(entered.id, token)
        db.session.commit()
    page = visitor.get(link(town, token))
    assert "職員が代わりに入力しました" in page
    assert "内容を確認して提出する" in page
    who = {"proposer_kind": "person", "proposer_name": "見本 ふみ子（見本）", "email": ""}
    visitor.post(link(town, token, "/who?confirm=1"), who)
    receipt = visitor.follow(visitor.post(link(town, token, "/submit"), {"consent": "yes"}))
    assert "2026-0001" in receipt
    assert "メールで受け取る" not in receipt
    assert status_of(town, made) is S.SUBMITTED
    assert "登録されていないため" in visitor.post(link(town, token, "/mail-link"), status=200).text


def test_the_page_is_few_statements_however_much_was_said(
    visitor: Browser, town: Town, count_statements
) -> None:
    made = make(town, S.ADOPTED_WITH_CONDITIONS)
    visitor.get(f"/{town.slug}/")
    with count_statements() as few:
        visitor.get(link(town, made.token))
    talk = make(town, S.SCREENING)
    with tenant_scope(town.id):
        proposal = queries.get_proposal(desk(town), talk.id, lock=True)
        us = Actor.link_holder(town.id, talk.id, "見本")
        for n in range(30):
            operations.give_reply(proposal, f"追伸 {n}", actor=us, now=NOON)
        db.session.commit()
    with count_statements() as many:
        visitor.get(link(town, talk.token))
    assert len(few) <= 8, few
    assert len(many) <= 8, many


def test_nothing_private_is_readable_without_a_scope(town: Town) -> None:
    make(town, S.SCREENING)
    db.session.rollback()
    for table in (Proposal, ProposalMessage):
        assert db.session.scalars(sa.select(table)).all() == []


def test_a_suspended_town_says_so_on_private_pages_too(visitor: Browser, town: Town) -> None:
    made = make(town, S.SUBMITTED)
    with tenant_scope(town.id):
        db.session.execute(
            sa.update(Tenant).where(Tenant.id == town.id).values(status=TenantStatus.SUSPENDED)
        )
        db.session.commit()
    forget_tenants()
    visitor.get(link(town, made.token), status=503)
    visitor.post(link(town, made.token, "/withdraw"), status=503)
    forget_tenants()
