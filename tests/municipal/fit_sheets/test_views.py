"""The town's pages for fit sheets."""

from __future__ import annotations

import re
import uuid

import pytest

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.fit_sheets import queries
from kyoso.municipal.fit_sheets.operations import SheetDraft, save_sheet
from kyoso.municipal.proposals.rules import ProposalStatus as S
from kyoso.municipal.strategy.models import Strategy, Tactic, Vision
from support.departments import make_department
from support.fit_sheets import MadeSheet, agree, make_sheet, save
from support.intake import make_policy
from support.pages import Browser, text_of
from support.people import Town
from support.projects import make_project
from support.proposals import NOON, desk, holder, make


@pytest.fixture
def town(hinode: Town) -> Town:
    make_policy(hinode)
    return hinode


@pytest.fixture
def made(town: Town) -> MadeSheet:
    return make_sheet(town)


@pytest.fixture
def page(town: Town, member_of, browser) -> Browser:
    return browser(member_of(town, Role.SECRETARIAT))


def at(town: Town, made: MadeSheet, place: str = "") -> str:
    if not place:
        return f"/{town.slug}/desk/proposals/{made.proposal.id}/fit-sheet"
    return f"/{town.slug}/desk/fit-sheets/{made.id}/{place}"


def test_a_sheet_is_begun_from_the_proposals_page(town: Town, page: Browser) -> None:
    proposal = make(town, S.SCREENING)
    address = f"/{town.slug}/desk/proposals/{proposal.id}"
    assert f"{address}/fit-sheet" in page.get(address)
    assert "すり合わせシートを始める" in page.get(f"{address}/fit-sheet")
    begun = page.follow(page.post(f"{address}/fit-sheet"))
    assert "全2項目のうち、調整中 2、合意 0、対象外 0" in text_of(begun)
    assert "提案の中心" in begun
    again = page.follow(page.post(f"{address}/fit-sheet"))
    assert "第1版" in text_of(again), "sent twice, begun once"


def test_before_screening_nobody_begins(town: Town, page: Browser) -> None:
    proposal = make(town, S.SUBMITTED)
    address = f"/{town.slug}/desk/proposals/{proposal.id}"
    assert f"{address}/fit-sheet" not in page.get(address)
    assert "すり合わせシートを始める" not in page.get(f"{address}/fit-sheet")
    page.post(f"{address}/fit-sheet", status=409)


def test_the_town_writes_its_side(town: Town, made: MadeSheet, page: Browser) -> None:
    first = made.items[0]
    form = page.get(at(town, made, "edit"))
    assert f'name="wanted-{first}"' in form
    assert f'name="wish-{first}"' not in form, "the proposer's words are not the town's to change"
    new = re.search(r'name="topic-([0-9a-f-]{36})"[^>]*value=""', form)
    assert new
    saved = page.follow(
        page.post(
            at(town, made, "edit"),
            {
                "version": "1",
                "win_town": "空き家が減る",
                f"wanted-{first}": "駅前の空き家を減らしたい。",
                f"owner_side-{first}": "town",
                f"owner_name-{first}": "政策課 見本",
                f"due_on-{first}": "2027-01-31",
                f"topic-{new[1]}": "費用の分担",
            },
        )
    )
    words = text_of(saved)
    assert "駅前の空き家を減らしたい。" in words
    assert "町・政策課 見本" in words
    assert "2027年1月31日（日）まで" in words
    assert "費用の分担" in words


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("wanted", "あ" * 4001, "4,000文字以内|4000文字以内"),
        ("due_on", "2027-02-30", "日付で入力"),
        ("owner_side", "both", "選んでください"),
        ("position", "0", "1から999"),
        ("topic", " ", "項目の名前を書いてください"),
        ("wish", "町が書く", "受け付けられません"),
        ("state", "agreed", "受け付けられません"),
        ("town_agreed_by", "x", "受け付けられません"),
    ],
)
def test_what_cannot_be_saved_is_said_and_kept(
    town: Town, made: MadeSheet, page: Browser, name: str, typed: str, said: str
) -> None:
    data = {"version": "1", f"{name}-{made.items[0]}": typed, "win_town": "書いた言葉"}
    answer = page.post(at(town, made, "edit"), data, status=422).text
    assert re.search(said, text_of(answer))
    assert "書いた言葉" in answer
    page.post(at(town, made, "edit"), {"win_town": "x"}, status=422)


def test_the_second_of_two_is_shown_the_difference_and_merges(
    town: Town, made: MadeSheet, page: Browser
) -> None:
    first, them = made.items[0], holder(town, made.proposal)
    save(them, made.id, wish_1="月に一度の食堂", agreement_1="月に一度開く。")
    typed = {
        "version": "1",
        f"wanted-{first}": "空き家を減らす",
        f"agreement-{first}": "週に一度開く。",
        f"topic-{new_id()}": "費用の分担",
    }
    answer = page.post(at(town, made, "edit"), typed, status=409).text
    words = text_of(answer)
    assert "あなたの入力は失われていません" in words
    theirs, _and, mine = words.partition("先に保存された変更")[2].partition("あなたの変更")
    assert "月に一度の食堂" in theirs
    assert "空き家を減らす" in mine
    assert them.name in words
    assert "両方が書きました" in words
    assert "両方の変更を取り込んで保存する" in words
    merged = dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n([^<]*)</textarea>', answer))
    assert merged[f"agreement-{first}"] == "月に一度開く。\n週に一度開く。"
    again = {**merged, "version": "2", **{k: v for k, v in typed.items() if k.startswith("topic")}}
    kept = text_of(page.follow(page.post(at(town, made, "edit"), again)))
    for said in ("月に一度の食堂", "空き家を減らす", "週に一度開く。", "費用の分担"):
        assert said in kept


def test_what_was_typed_in_an_item_that_was_closed_meanwhile_can_be_copied(
    town: Town, made: MadeSheet, page: Browser
) -> None:
    save(desk(town), made.id, agreement_1="開く。")
    for side in (desk(town), holder(town, made.proposal)):
        agree(side, made.id, made.items[0], "開く。")
    typed = {"version": "2", f"wanted-{made.items[0]}": "遅れて書いた言葉"}
    answer = text_of(page.post(at(town, made, "edit"), typed, status=409).text)
    assert "保存できない変更" in answer
    assert "遅れて書いた言葉" in answer


def test_agreeing_takes_the_text_that_was_read(town: Town, made: MadeSheet, page: Browser) -> None:
    save(desk(town), made.id, agreement_1="月に一度開く。\n八時まで。")
    shown = page.get(at(town, made))
    assert "この合意文でよい" in shown
    place = at(town, made, f"items/{made.items[0]}/")
    page.post(place + "confirm", {"agreement": "ほかの文"}, status=409)
    done = page.follow(page.post(place + "confirm", {"agreement": "月に一度開く。\r\n八時まで。"}))
    assert "✓ 見本 花子（見本）" in text_of(done)
    assert "確認を取り消す" in done
    page.post(place + "take-back")
    page.post(place + "put-out", {"reason": ""}, status=409)
    out = page.follow(page.post(place + "put-out", {"reason": "来年度に考えます"}))
    assert "対象外の理由：来年度に考えます" in text_of(out)
    assert "合意 0、対象外 1" in text_of(out)
    page.post(place + "reopen", {"reason": "予算がつきました"})
    long = page.post(place + "put-out", {"reason": "あ" * 1001}, status=422).text
    assert "あ" * 1001 in long
    page.post(place + "propose", {"reason": "x"}, status=409)


def test_versions_show_who_changed_what(town: Town, made: MadeSheet, page: Browser) -> None:
    save(holder(town, made.proposal), made.id, mission="食で人をつなぐ")
    shown = text_of(page.get(at(town, made, "versions")))
    assert "第2版で変わったところ" in shown
    assert "食で人をつなぐ" in shown
    first = text_of(page.get(at(town, made, "versions?number=1")))
    assert "第1版で変わったところ" in first
    page.get(at(town, made, "versions?number=９９&number=x"))


def test_the_towns_strategy_is_chosen_and_left_again(
    town: Town, made: MadeSheet, page: Browser
) -> None:
    with tenant_scope(town.id):
        own = {"tenant_id": town.id}
        vision = Vision(id=new_id(), number=1, title="子や孫が暮らしたいまち", reasons=[], **own)
        strategy = Strategy(
            id=new_id(), vision_id=vision.id, number=15, title="デジタル", target_talent=[], **own
        )
        tactic = Tactic(
            id=new_id(), strategy_id=strategy.id, code="15-01", title="働き方", position=1, **own
        )
        for row in (vision, strategy, tactic):
            db.session.add(row)
            db.session.flush()
        db.session.commit()
    form = {"version": "1", "aims_shown": "yes", "aims": [str(vision.id), str(tactic.id)]}
    shown = text_of(page.follow(page.post(at(town, made, "edit"), form)))
    assert "将来像：子や孫が暮らしたいまち" in shown
    assert "戦術15-01：働き方" in shown
    form = {"version": "2", "aims_shown": "yes", "aims": [str(tactic.id)]}
    shown = text_of(page.follow(page.post(at(town, made, "edit"), form)))
    assert "将来像：子や孫が暮らしたいまち" not in shown
    form = {"version": "3", "aims_shown": "yes", "aims": [str(tactic.id), str(vision.id)]}
    assert "将来像：子や孫" in text_of(page.follow(page.post(at(town, made, "edit"), form)))
    form = {"version": "4", "aims_shown": "yes", "aims": [str(uuid.uuid4())]}
    assert "選び直してください" in page.post(at(town, made, "edit"), form, status=422).text


def test_the_projects_page_is_the_same_sheet(town: Town, page: Browser) -> None:
    made = make_sheet(town, S.ADOPTED)
    with tenant_scope(town.id):
        subject = queries.subject_of_proposal(desk(town), made.proposal.id)
    assert subject.project
    shown = page.get(f"/{town.slug}/desk/projects/{subject.project.id}/fit-sheet")
    assert str(made.items[0]) in shown
    assert f"No.{subject.project.number}" in text_of(shown)


def test_a_department_begins_the_sheet_of_its_own_project(town: Town, member_of, browser) -> None:
    department = make_department(town, "政策課")
    project_id = make_project(town, 5, department_id=department)
    address = f"/{town.slug}/desk/projects/{project_id}/fit-sheet"
    other = browser(member_of(town, Role.STAFF))
    assert "すり合わせシートを始める" not in other.get(address)
    other.post(address, status=403)
    own = browser(member_of(town, Role.STAFF, departments=(department,)))
    begun = own.follow(own.post(address))
    assert "取組の中心" in begun
    with tenant_scope(town.id):
        us = desk(town)
        sheet = queries.find_sheet(us, queries.subject_of_project(us, project_id))
        assert sheet
        [item] = queries.list_items(us, sheet.id)
    form = own.get(f"/{town.slug}/desk/fit-sheets/{sheet.id}/edit")
    assert f'name="wish-{item.id}"' in form, "the town takes down what its partner says"
    save(desk(town), sheet.id, agreement_1="使う。")
    place = f"/{town.slug}/desk/fit-sheets/{sheet.id}/items/{item.id}/confirm"
    nameless = {"agreement": "使う。", "side": "proposer"}
    assert "お名前を書いてください" in own.post(place, nameless, status=422).text
    own.post(place, {**nameless, "name": "見本 相手"})
    own.post(place, {"agreement": "使う。"})
    assert "合意 1" in text_of(own.get(address))


def test_an_auditor_reads_and_writes_nothing(
    town: Town, made: MadeSheet, member_of, browser
) -> None:
    auditor = browser(member_of(town, Role.AUDITOR))
    shown = auditor.get(at(town, made))
    assert "書き込む" not in shown
    assert "対象外にする" not in shown
    auditor.get(at(town, made, "versions"))
    auditor.get(at(town, made, "edit"), status=403)


def test_a_page_takes_few_statements_however_many_items(
    town: Town, made: MadeSheet, page: Browser, count_statements
) -> None:
    page.get(at(town, made))
    with count_statements() as few:
        page.get(at(town, made))
    for _more in range(12):
        with tenant_scope(town.id):
            sheet = queries.get_sheet(desk(town), made.id, lock=True)
            draft = SheetDraft(sheet.version, {f"topic-{new_id()}": "もう一つ"})
            save_sheet(sheet, draft, actor=desk(town), now=NOON)
            db.session.commit()
    with count_statements() as many:
        page.get(at(town, made))
    assert len(few) == len(many) <= 10
    for place in ("edit", "versions"):
        with count_statements() as seen:
            page.get(at(town, made, place))
        assert len(seen) <= 10


def test_the_clock_is_the_towns(town: Town, page: Browser) -> None:
    with clock.frozen(NOON):
        made = make_sheet(town)
        assert "2026年11月21日" in text_of(page.get(at(town, made, "versions")))
