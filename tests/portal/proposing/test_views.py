"""The way from the first page to the receipt, as a resident goes it."""

import contextvars
import datetime as dt
import re
import threading
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core import clock
from kyoso.core.db import db
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.core.text import printable
from kyoso.municipal.intake.models import IntakePause, IntakeWindow
from kyoso.municipal.intake.rules import Stance, WindowKind
from kyoso.municipal.needs.operations import NeedDraft, create_need, publish_need
from kyoso.municipal.proposals.models import Proposal, ProposalLink
from kyoso.municipal.proposals.rules import ProposalStatus as S
from kyoso.municipal.proposals.rules import ProposerKind
from support.departments import make_department
from support.intake import make_policy
from support.pages import Browser, text_of, without_stamps
from support.people import Town
from support.proposals import IDEA, MERITS, NOON, desk, make, start

LATER = NOON + dt.timedelta(seconds=20)
TYPED = {
    "proposer_kind": "person",
    "proposer_name": "見本 一郎（見本）",
    "contact_name": "",
    "email": "ichiro@example.jp",
    "phone": "",
    "area": "見本県ひので町",
    "public_name": "",
    "homepage": "",
}
IDEA_TYPED = {"title": IDEA.title, "wish": IDEA.wish, "ability": IDEA.ability}
MERITS_TYPED = {
    name: getattr(MERITS, name)
    for name in ("expectation", "merit_proposer", "merit_residents", "merit_town")
}


@pytest.fixture(autouse=True)
def _noon():
    with clock.frozen(NOON):
        yield


@pytest.fixture
def town(hinode: Town) -> Town:
    make_policy(hinode)
    return hinode


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no hidden {name}"
    return found[1]


def begin(visitor: Browser, town: Town, status: int = 303, **typed: str):
    """Fill in the first form as a person does, not in a second."""
    form_id = hidden(visitor.get(f"/{town.slug}/propose/new"), "form_id")
    with clock.frozen(LATER):
        return visitor.post(
            f"/{town.slug}/propose/new", TYPED | {"form_id": form_id} | typed, status=status
        )


def saved(town: Town) -> list[Proposal]:
    with tenant_scope(town.id):
        return list(db.session.scalars(sa.select(Proposal)))


def link(town: Town, token: str, place: str = "") -> str:
    return f"/{town.slug}/p/{token}{place}"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_resident_goes_all_the_way(visitor: Browser, town: Town, language: str) -> None:
    start_page = visitor.get(f"/{town.slug}/propose?lang={language}")
    assert f'<html lang="{language}"' in start_page
    assert f"/{town.slug}/propose/new" in start_page

    idea = begin(visitor, town).headers["Location"]
    assert re.fullmatch(rf"/{town.slug}/p/[\w-]{{43}}/idea", idea)
    private = idea.removesuffix("/idea")
    merits = visitor.post(idea, IDEA_TYPED).headers["Location"]
    assert merits == f"{private}/merits"
    papers = visitor.post(merits, MERITS_TYPED).headers["Location"]
    assert f"{private}/confirm" in visitor.get(papers)
    confirm = visitor.get(f"{private}/confirm")
    for words in (*IDEA_TYPED.values(), *MERITS_TYPED.values(), TYPED["proposer_name"]):
        assert words in confirm
    receipt = visitor.post(f"{private}/submit", {"consent": "yes"}).headers["Location"]
    page = visitor.get(receipt)

    assert "2026-0001" in page
    assert f"http://localhost{private}" in page
    (proposal,) = saved(town)
    assert (proposal.status, proposal.locale) == (S.SUBMITTED, language)
    assert proposal.answer_by == dt.date(2026, 12, 21)
    with tenant_scope(town.id):
        (mail,) = db.session.scalars(sa.select(Mail))
    assert mail.to == "ichiro@example.jp"
    assert "2026-0001" in mail.subject
    assert ("?lang=en" in mail.body) == (language == "en")


def test_a_paused_town_says_why_and_offers_no_form(visitor: Browser, town: Town) -> None:
    with tenant_scope(town.id):
        db.session.add(
            IntakePause(
                tenant_id=town.id,
                starts_on=dt.date(2026, 11, 1),
                ends_on=dt.date(2026, 11, 30),
                reason="庁舎の引っ越し",
                paused_by="見本",
            )
        )
        db.session.commit()
    page = text_of(visitor.get(f"/{town.slug}/propose"))
    assert "庁舎の引っ越し" in page
    assert "2026年12月1日（火）から再開" in page
    assert "提案をはじめる" not in page
    visitor.open("GET", f"/{town.slug}/propose/new", 303)
    assert "庁舎の引っ越し" in visitor.get(f"/{town.slug}/propose")


def test_a_window_that_closes_while_somebody_types_loses_nothing(
    visitor: Browser, hinode: Town
) -> None:
    make_policy(hinode, window_kind=WindowKind.DATED)
    with tenant_scope(hinode.id):
        db.session.add(
            IntakeWindow(
                tenant_id=hinode.id,
                opens_on=dt.date(2026, 11, 1),
                closes_on=dt.date(2026, 11, 21),
                label="",
                declared=False,
                added_by="見本",
            )
        )
        db.session.commit()
    assert "2026年11月21日（土）まで" in text_of(visitor.get(f"/{hinode.slug}/propose"))
    made = make(hinode, S.DRAFT)
    form_id = hidden(visitor.get(f"/{hinode.slug}/propose/new"), "form_id")
    with clock.frozen(NOON + dt.timedelta(hours=20)):
        page = visitor.post(
            f"/{hinode.slug}/propose/new", TYPED | {"form_id": form_id}, status=409
        ).text
        assert "受付期間の外" in page
        assert "見本 一郎（見本）" in page
        confirm = visitor.get(link(hinode, made.token, "/confirm"))
        assert "いまは提出できません" in confirm
        assert "submit" not in re.findall(r'action="([^"]*)"', confirm)
        again = visitor.post(
            link(hinode, made.token, "/submit"), {"consent": "yes"}, status=409
        ).text
        assert IDEA.wish in again


def published_need(town: Town) -> uuid.UUID:
    unit = make_department(town)
    with tenant_scope(town.id):
        draft = NeedDraft(
            department_id=unit,
            title="買い物に行けない人を助けたい",
            purpose="バスが減った。",
            outcome="週に一度は買い物ができる。",
        )
        need = create_need(draft, need_id=uuid.uuid4(), actor=desk(town), now=NOON)
        publish_need(need, actor=desk(town), now=NOON)
        db.session.commit()
        return need.id


def test_a_focused_town_has_a_need_chosen_first(visitor: Browser, hinode: Town) -> None:
    make_policy(hinode, stance=Stance.FOCUSED)
    nothing = visitor.get(f"/{hinode.slug}/propose")
    assert "いまは、公開している「求めていること」がありません" in nothing
    visitor.open("GET", f"/{hinode.slug}/propose/new", 303)

    need_id = published_need(hinode)
    page = visitor.get(f"/{hinode.slug}/propose")
    assert f"/{hinode.slug}/propose/new?need={need_id}" in page
    assert "提案をはじめる" not in page
    asked = visitor.get(f"/{hinode.slug}/propose?need={need_id}")
    assert "「買い物に行けない人を助けたい」に答える提案をはじめます" in asked
    assert "提案をはじめる" not in visitor.get(f"/{hinode.slug}/propose?need={uuid.uuid4()}")
    form = visitor.get(f"/{hinode.slug}/propose/new?need={need_id}")
    assert f'<option value="{need_id}" selected>' in form
    with clock.frozen(LATER):
        typed = TYPED | {"form_id": hidden(form, "form_id")}
        without = visitor.post(f"/{hinode.slug}/propose/new", typed, status=409).text
        assert "一つ選んで" in without
        foreign = typed | {"need_id": str(uuid.uuid4())}
        assert (
            "選び直してください"
            in visitor.post(f"/{hinode.slug}/propose/new", foreign, status=422).text
        )
        visitor.post(f"/{hinode.slug}/propose/new", typed | {"need_id": str(need_id)})
    assert [p.need_id for p in saved(hinode)] == [need_id]


def test_the_same_form_sent_twice_begins_one_proposal(visitor: Browser, town: Town) -> None:
    form_id = hidden(visitor.get(f"/{town.slug}/propose/new"), "form_id")
    with clock.frozen(LATER):
        first = visitor.post(f"/{town.slug}/propose/new", TYPED | {"form_id": form_id})
        second = visitor.post(f"/{town.slug}/propose/new", TYPED | {"form_id": form_id})
    assert first.headers["Location"] == second.headers["Location"]
    assert [p.id for p in saved(town)] == [uuid.UUID(form_id)]


def at_once(act: Callable[[Browser], str], browsers: list[Browser]) -> list[str]:
    """Do the same in several browsers at the same moment; return where each ends up."""
    ready, ends = threading.Barrier(len(browsers)), []

    def run(browser: Browser) -> None:
        ready.wait(timeout=10)
        ends.append(act(browser))

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(run, browser))
        for browser in browsers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return ends


def test_a_double_click_sends_both_forms_once(visitor: Browser, town: Town, app: Flask) -> None:
    form_id = hidden(visitor.get(f"/{town.slug}/propose/new"), "form_id")
    cookie = visitor.client.get_cookie("kyoso")
    assert cookie
    twins = [Browser(app) for _ in range(3)]
    for twin in twins:
        twin.client.set_cookie("kyoso", cookie.value)
    with clock.frozen(LATER):
        ends = at_once(
            lambda b: b.post(f"/{town.slug}/propose/new", TYPED | {"form_id": form_id}).headers[
                "Location"
            ],
            twins,
        )
    assert len(ends) == 3
    assert len(set(ends)) == 1
    made = make(town, S.DRAFT)
    submit = link(town, made.token, "/submit")
    ends = at_once(lambda b: b.post(submit, {"consent": "yes"}).headers["Location"], twins)
    assert ends == [link(town, made.token, "/receipt")] * 3
    with tenant_scope(town.id):
        assert (
            db.session.scalars(sa.select(Proposal.revision).where(Proposal.id == made.id)).one()
            == 1
        )


def test_somebody_elses_form_is_refused_without_a_word_about_it(
    visitor: Browser, town: Town, app: Flask
) -> None:
    begin(visitor, town)
    (theirs,) = saved(town)
    stranger = Browser(app)
    answers = [
        stranger.post(f"/{town.slug}/propose/new", TYPED | {"form_id": form_id}, status=422).text
        for form_id in (str(theirs.id), str(uuid.uuid4()))
    ]
    assert "もう一度ボタンを押してください" in answers[0]
    assert without_stamps(answers[0]) == without_stamps(answers[1])
    with tenant_scope(town.id):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ProposalLink)) == 1


def test_a_form_from_yesterday_keeps_what_was_typed_and_works_at_the_second_press(
    visitor: Browser, town: Town
) -> None:
    form_id = hidden(visitor.get(f"/{town.slug}/propose/new"), "form_id")
    with clock.frozen(NOON + dt.timedelta(hours=25)):
        page = visitor.post(
            f"/{town.slug}/propose/new", TYPED | {"form_id": form_id}, status=422
        ).text
    assert "見本 一郎（見本）" in page
    with clock.frozen(NOON + dt.timedelta(hours=25, seconds=9)):
        visitor.post(f"/{town.slug}/propose/new", TYPED | {"form_id": hidden(page, "form_id")})


def test_programs_are_refused_and_people_may_try_again(visitor: Browser, town: Town) -> None:
    form_id = hidden(visitor.get(f"/{town.slug}/propose/new"), "form_id")
    typed = TYPED | {"form_id": form_id}
    with clock.frozen(NOON + dt.timedelta(seconds=2)):
        too_fast = visitor.post(f"/{town.slug}/propose/new", typed, status=422).text
    assert "数秒待ってから" in too_fast
    assert hidden(too_fast, "form_id") == form_id
    with clock.frozen(LATER):
        trapped = typed | {"homepage": "http://spam.example"}
        visitor.post(f"/{town.slug}/propose/new", trapped, status=422)
        assert saved(town) == []
        visitor.post(f"/{town.slug}/propose/new", typed)
    assert len(saved(town)) == 1


def test_too_many_drafts_from_one_address_wait_with_their_words(
    visitor: Browser, town: Town
) -> None:
    for _ in range(10):
        begin(visitor, town)
    refused = begin(visitor, town, status=429)
    assert "見本 一郎（見本）" in refused.text
    assert "待ってから" in refused.text
    assert int(refused.headers["Retry-After"]) > 0
    assert len(saved(town)) == 10


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("proposer_name", "", "「お名前・団体名」を入力してください"),
        ("proposer_name", "長" * 101, "100文字以内で入力してください（いま101文字）"),
        ("proposer_name", "見本\x07一郎", "3文字目に、使えない文字"),
        ("proposer_name", "見本‮一郎", "3文字目に、使えない文字"),
        ("email", "ichiro", "name@example.jp の形で"),
        ("email", "", "「メールアドレス」を入力してください"),
        ("proposer_kind", "", "「提案者の区分」を選んでください"),
        ("proposer_kind", "robot", "「提案者の区分」を選んでください"),
        ("area", "あ" * 101, "100文字以内"),
        ("surprise", "x", "この項目は受け付けられません"),
    ],
)
def test_a_mistake_is_named_at_its_field_and_everything_typed_stays(
    visitor: Browser, town: Town, field: str, value: str, sentence: str
) -> None:
    page = begin(visitor, town, status=422, **{field: value}).text
    assert sentence in text_of(page)
    assert "入力内容をご確認ください" in page
    if field != "surprise":
        assert f'href="#f-{field}"' in page
        assert f'id="f-{field}-error"' in page
    if value and field not in {"proposer_kind", "surprise"}:
        assert printable(value) in page
    if field != "email":
        assert "ichiro@example.jp" in page
    assert saved(town) == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ﾐﾎﾝ ｲﾁﾛｳ", "ミホン イチロウ"),
        ("山田🍙太郎", "山田🍙太郎"),
        ("Ana Müller", "Ana Müller"),
        ("김철수 王小明 ندى", "김철수 王小明 ندى"),
        ("  見本　", "見本"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_names_in_every_script_are_taken(
    visitor: Browser, town: Town, typed: str, kept: str
) -> None:
    location = begin(visitor, town, proposer_name=typed).headers["Location"]
    assert saved(town)[0].proposer_name == kept
    page = visitor.get(location.replace("/idea", "/confirm"))
    assert "<script>alert" not in page


def test_a_town_that_takes_companies_only_says_so(visitor: Browser, hinode: Town) -> None:
    make_policy(hinode, proposer_kinds=["company"])
    assert 'value="person"' not in visitor.get(f"/{hinode.slug}/propose/new")
    assert "この区分の方から" in begin(visitor, hinode, status=422).text
    begin(visitor, hinode, proposer_kind="company", contact_name="担当")
    assert saved(hinode)[0].proposer_kind is ProposerKind.COMPANY


def test_a_step_with_a_mistake_keeps_the_other_fields_and_what_was_saved(
    visitor: Browser, town: Town
) -> None:
    made = start(town)
    idea = link(town, made.token, "/idea")
    page = visitor.post(idea, IDEA_TYPED | {"wish": "い" * 4001}, status=422).text
    assert "4000文字以内" in page
    assert "い" * 4001 in page
    assert IDEA.ability in page
    control = visitor.post(idea, IDEA_TYPED | {"wish": "できる\x00こと"}, status=422).text
    assert "4文字目に、使えない文字" in control
    assert IDEA.title in control
    assert saved(town)[0].title == ""


def test_a_gap_is_named_but_what_was_typed_is_saved_already(visitor: Browser, town: Town) -> None:
    made = start(town)
    page = visitor.post(
        link(town, made.token, "/idea"), IDEA_TYPED | {"ability": ""}, status=422
    ).text
    assert "「できること」を入力してください" in page
    assert saved(town)[0].wish == IDEA.wish
    assert IDEA.wish in visitor.get(link(town, made.token, "/idea"))


def test_saving_for_later_takes_gaps_and_shows_the_way_back(visitor: Browser, town: Town) -> None:
    made = start(town)
    answer = visitor.post(link(town, made.token, "/idea?later=1"), {"title": "題だけ"})
    page = visitor.follow(answer)
    assert f"http://localhost{link(town, made.token)}" in page
    assert "ここまでの内容を保存しました" in page
    assert saved(town)[0].title == "題だけ"
    visitor.post(link(town, made.token, "/mail-link"), status=200)
    with tenant_scope(town.id):
        assert db.session.scalars(sa.select(Mail.to)).all() == ["ichiro@example.jp"]


def test_going_back_loses_nothing(visitor: Browser, town: Town) -> None:
    made = make(town, S.DRAFT)
    for place, words in (
        ("/who", "見本 一郎"),
        ("/idea", IDEA.wish),
        ("/merits", MERITS.merit_town),
    ):
        assert words in visitor.get(link(town, made.token, place))


def test_what_is_missing_is_named_with_a_way_there(visitor: Browser, town: Town) -> None:
    made = start(town)
    page = visitor.get(link(town, made.token, "/confirm"))
    assert "まだ入力されていない項目があります" in page
    for place, field in (("idea", "title"), ("idea", "wish"), ("merits", "merit_residents")):
        assert f"{place}?confirm=1#f-{field}" in page
    assert "/submit" not in page
    refused = visitor.post(link(town, made.token, "/submit"), {"consent": "yes"}, status=409).text
    assert "件名、やりたいこと" in refused
    back = visitor.post(link(town, made.token, "/idea?confirm=1"), IDEA_TYPED)
    assert back.headers["Location"] == link(town, made.token, "/confirm")


def test_nothing_is_sent_without_consent(visitor: Browser, town: Town) -> None:
    made = make(town, S.DRAFT)
    page = visitor.post(link(town, made.token, "/submit"), status=422).text
    assert "同意する場合はチェックを入れてください" in page
    assert saved(town)[0].status is S.DRAFT


def test_a_second_press_shows_the_same_receipt(visitor: Browser, town: Town) -> None:
    made = make(town, S.DRAFT)
    answers = [
        visitor.post(link(town, made.token, "/submit"), {"consent": "yes"}) for _ in range(2)
    ]
    assert {a.headers["Location"] for a in answers} == {link(town, made.token, "/receipt")}
    (proposal,) = saved(town)
    assert (proposal.number, proposal.revision) == (1, 1)
    with tenant_scope(town.id):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Mail)) == 1


def test_what_was_sent_may_be_changed_until_the_town_reads_it(visitor: Browser, town: Town) -> None:
    made = make(town, S.SUBMITTED)
    idea = link(town, made.token, "/idea")
    assert "変更を保存する" in visitor.get(idea)
    visitor.post(idea, IDEA_TYPED | {"title": ""}, status=422)
    assert saved(town)[0].title == IDEA.title
    answer = visitor.post(idea, IDEA_TYPED | {"title": "新しい件名"})
    assert answer.headers["Location"] == link(town, made.token)
    assert "新しい件名" in visitor.follow(answer)
    refused = visitor.post(
        link(town, made.token, "/who"), TYPED_WHO | {"email": "other@example.jp"}, status=409
    ).text
    assert "メールアドレスを変更できません" in refused
    visitor.post(link(town, made.token, "/who"), TYPED_WHO | {"phone": "0242-00-0000"})


TYPED_WHO = {name: value for name, value in TYPED.items() if name != "homepage"}


@pytest.mark.parametrize("status", [S.SCREENING, S.IN_REVIEW, S.ADOPTED, S.WITHDRAWN])
def test_afterwards_the_form_leads_back_to_the_proposal(
    visitor: Browser, town: Town, status: S
) -> None:
    made = make(town, status)
    for place in ("/who", "/idea", "/merits", "/confirm"):
        answer = visitor.open("GET", link(town, made.token, place), 303)
        assert answer.headers["Location"] == link(town, made.token)
    refused = visitor.post(
        link(town, made.token, "/idea"), IDEA_TYPED | {"title": "遅い"}, status=409
    ).text
    assert "内容を変更できません" in refused
    assert "遅い" in refused


def test_a_requested_revision_is_made_and_sent_again(visitor: Browser, town: Town) -> None:
    made = make(town, S.REVISION_REQUESTED)
    assert "場所を具体的に書いてください" in visitor.get(link(town, made.token))
    visitor.post(link(town, made.token, "/idea"), IDEA_TYPED | {"wish": "駅前三丁目で開く。"})
    assert "再提出する" in visitor.get(link(town, made.token, "/confirm"))
    receipt = visitor.follow(visitor.post(link(town, made.token, "/submit")))
    assert "再提出を受け付けました" in receipt
    (proposal,) = saved(town)
    assert (proposal.status, proposal.revision) == (S.RESUBMITTED, 2)


def test_pages_are_few_statements(visitor: Browser, town: Town, count_statements) -> None:
    draft, sent = make(town, S.DRAFT), make(town, S.SUBMITTED)
    pages = [f"/{town.slug}/propose", f"/{town.slug}/propose/new"]
    pages += [link(town, draft.token, p) for p in ("/who", "/idea", "/merits", "/files", "/later")]
    pages += [link(town, draft.token, "/confirm"), link(town, sent.token, "/receipt")]
    visitor.get(f"/{town.slug}/")
    for page in pages:
        with count_statements() as seen:
            visitor.get(page)
        assert len(seen) <= 8, f"{page}: {seen}"


def test_private_pages_stay_out_of_caches_and_searches(visitor: Browser, town: Town) -> None:
    made = make(town, S.DRAFT)
    for place in ("", "/idea", "/confirm", "/files", "/nothing-here"):
        status = 404 if place == "/nothing-here" else 200
        response = visitor.fetch(link(town, made.token, place), status=status)
        if status == 200:
            assert response.headers["Cache-Control"] == "no-store"
            assert "noindex" in response.headers["X-Robots-Tag"]
            assert 'content="noindex' in response.text
