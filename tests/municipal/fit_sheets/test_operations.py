"""Beginning, writing, agreeing and reopening, on a real database."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from kyoso.core.journal import JournalEntry
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.municipal.fit_sheets import mails, operations, queries
from kyoso.municipal.fit_sheets.models import FitItem, FitSheet, FitSheetVersion
from kyoso.municipal.fit_sheets.operations import Overtaken, SheetDraft, Word
from kyoso.municipal.fit_sheets.rules import ItemState, Side
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.proposals.rules import ProposalStatus as S
from support.departments import make_department
from support.fit_sheets import MadeSheet, agree, make_sheet, save
from support.intake import make_policy
from support.people import Town, actor_of
from support.projects import make_adopted_proposal, make_project
from support.proposals import IDEA, MERITS, NOON, desk, holder, make


@pytest.fixture(autouse=True)
def _noon():
    with clock.frozen(NOON):
        yield


@pytest.fixture
def town(hinode: Town) -> Town:
    make_policy(hinode)
    return hinode


@pytest.fixture
def made(town: Town) -> MadeSheet:
    return make_sheet(town)


def read(town: Town, sheet_id: uuid.UUID) -> tuple[FitSheet, list[FitItem]]:
    with tenant_scope(town.id):
        us = desk(town)
        return queries.get_sheet(us, sheet_id), list(queries.list_items(us, sheet_id))


def journal(town: Town) -> list[str]:
    with tenant_scope(town.id):
        return [
            kind
            for kind in db.session.scalars(sa.select(JournalEntry.kind).order_by(JournalEntry.id))
            if kind.startswith(("Fit", "Item", "State", "Confirmation"))
        ]


def say(town: Town, actor: Actor, made: MadeSheet, what: str, **word: object) -> None:
    with tenant_scope(town.id):
        sheet = queries.get_sheet(actor, made.id, lock=True)
        item = queries.get_item(actor, sheet, made.items[0])
        getattr(operations, what)(sheet, item, Word(**word), actor=actor, now=NOON)  # type: ignore[arg-type]
        db.session.commit()


def test_a_sheet_begins_with_what_the_proposal_says(town: Town, made: MadeSheet) -> None:
    sheet, items = read(town, made.id)
    assert (sheet.version, sheet.win_proposer) == (1, MERITS.merit_proposer)
    assert sheet.win_town == "", "the town says its Win in its own words"
    assert [(i.wish, i.proposer_can) for i in items] == [
        (IDEA.wish, IDEA.ability),
        (MERITS.expectation, ""),
    ]
    assert {i.state for i in items} == {ItemState.OPEN}
    assert journal(town) == ["FitSheetStarted"]


@pytest.mark.parametrize("status", [S.SUBMITTED, S.WITHDRAWN, S.DECLINED])
def test_a_sheet_begins_with_screening_and_not_before_or_after(town: Town, status: S) -> None:
    proposal = make(town, status)
    with tenant_scope(town.id):
        subject = queries.subject_of_proposal(desk(town), proposal.id)
        with pytest.raises(RuleViolation, match="確認が始まってから"):
            operations.start_sheet(subject, actor=desk(town), now=NOON)


def test_a_draft_at_home_is_not_there_for_the_town(town: Town) -> None:
    proposal = make(town, S.DRAFT)
    with tenant_scope(town.id), pytest.raises(NotFound):
        queries.subject_of_proposal(desk(town), proposal.id)


def test_both_sides_fill_in_and_agree(town: Town, made: MadeSheet) -> None:
    us, them = desk(town), holder(town, made.proposal)
    save(
        us,
        made.id,
        wanted_1="空き家を減らす",
        town_can_1="持ち主を紹介する",
        win_town="空き家が減る",
    )
    save(them, made.id, wish_1="食堂を開く", mission="食で人をつなぐ", agreement_1="月に一度開く。")
    agree(us, made.id, made.items[0], "月に一度開く。")
    _sheet, items = read(town, made.id)
    assert items[0].state is ItemState.OPEN, "one mark is not an agreement"
    agree(them, made.id, made.items[0], "月に一度開く。")
    sheet, items = read(town, made.id)
    assert items[0].state is ItemState.AGREED
    assert items[0].closed_on == dt.date(2026, 11, 21)
    assert (items[0].town_agreed_by, items[0].proposer_agreed_by) == (us.name, them.name)
    assert items[0].town_agreed_at == items[0].proposer_agreed_at == NOON
    assert sheet.version == 5
    assert journal(town)[1:] == ["FitSheetSaved", "FitSheetSaved", "ItemConfirmed", "ItemAgreed"]
    with tenant_scope(town.id):
        assert queries.open_items(us, made.proposal.id) == 1
        assert queries.open_items(us, uuid.uuid4()) is None


def test_a_changed_text_has_nobodys_agreement(town: Town, made: MadeSheet) -> None:
    us, them = desk(town), holder(town, made.proposal)
    save(us, made.id, agreement_1="月に一度開く。")
    agree(us, made.id, made.items[0], "月に一度開く。")
    save(them, made.id, agreement_1="週に一度開く。")
    _sheet, items = read(town, made.id)
    assert (items[0].town_agreed_by, items[0].town_agreed_at) == ("", None)
    with pytest.raises(RuleViolation, match="書き換えられています"):
        agree(us, made.id, made.items[0], "月に一度開く。")
    with pytest.raises(RuleViolation, match="まだ書かれていません"):
        agree(us, made.id, made.items[1], "")


def test_a_mark_can_be_taken_back_until_both_agreed(town: Town, made: MadeSheet) -> None:
    us, them = desk(town), holder(town, made.proposal)
    save(us, made.id, agreement_1="開く。")
    agree(them, made.id, made.items[0], "開く。")
    say(town, them, made, "take_back_confirmation")
    _sheet, items = read(town, made.id)
    assert items[0].proposer_agreed_at is None
    agree(them, made.id, made.items[0], "開く。")
    agree(us, made.id, made.items[0], "開く。")
    with pytest.raises(RuleViolation):
        say(town, them, made, "take_back_confirmation")


def test_a_closed_item_is_reopened_with_a_reason_before_it_is_changed(
    town: Town, made: MadeSheet
) -> None:
    us, them = desk(town), holder(town, made.proposal)
    save(us, made.id, agreement_1="開く。")
    for side in (us, them):
        agree(side, made.id, made.items[0], "開く。")
    with pytest.raises(RuleViolation, match="先に"):
        save(us, made.id, wanted_1="ほかのこと")
    with pytest.raises(RuleViolation, match="理由"):
        say(town, them, made, "reopen_item")
    say(town, them, made, "reopen_item", reason="人数が変わりました")
    _sheet, items = read(town, made.id)
    assert (items[0].state, items[0].closed_on) == (ItemState.OPEN, None)
    assert items[0].town_agreed_at is items[0].proposer_agreed_at is None
    assert journal(town)[-1] == "ItemReopened"


def test_the_town_puts_out_and_the_proposer_may_only_ask(town: Town, made: MadeSheet) -> None:
    us, them = desk(town), holder(town, made.proposal)
    with pytest.raises(Forbidden):
        say(town, them, made, "put_item_out", reason="要らない")
    say(town, them, made, "propose_state", reason="別の機会に")
    _sheet, items = read(town, made.id)
    assert (items[0].state, items[0].proposed_state) == (ItemState.OPEN, ItemState.OUT_OF_SCOPE)
    with pytest.raises(RuleViolation, match="理由"):
        say(town, us, made, "put_item_out")
    say(town, us, made, "put_item_out", reason="今年度は扱いません")
    _sheet, items = read(town, made.id)
    assert (items[0].state, items[0].out_reason) == (ItemState.OUT_OF_SCOPE, "今年度は扱いません")
    assert items[0].proposed_state is None
    with pytest.raises(RuleViolation):
        say(town, them, made, "reopen_item", reason="やはり")
    say(town, them, made, "propose_state", reason="やはり話したい")
    say(town, us, made, "reopen_item", reason="話しましょう")
    assert read(town, made.id)[1][0].state is ItemState.OPEN


def test_neither_side_touches_the_others_words(town: Town, made: MadeSheet) -> None:
    us, them = desk(town), holder(town, made.proposal)
    for words in ({"wanted_1": "x"}, {"town_can_1": "x"}, {"win_town": "x"}, {"topic_1": "x"}):
        with pytest.raises(Forbidden):
            save(them, made.id, **words)
    for words in ({"wish_1": "x"}, {"proposer_can_1": "x"}, {"mission": "x"}):
        with pytest.raises(Forbidden):
            save(us, made.id, **words)
    with tenant_scope(town.id):
        sheet = queries.get_sheet(them, made.id)
        item = queries.get_item(them, sheet, made.items[0])
        for side, actor in ((Side.PROPOSER, us), (Side.TOWN, them)):
            with pytest.raises(Forbidden):
                operations.confirm_item(sheet, item, Word(side=side), actor=actor, now=NOON)


def test_another_proposers_link_opens_nothing(town: Town, made: MadeSheet) -> None:
    stranger = holder(town, make(town, S.SCREENING))
    with pytest.raises(Forbidden):
        save(stranger, made.id, wish_1="x")
    for what in ("take_back_confirmation", "reopen_item", "propose_state", "confirm_item"):
        with pytest.raises(Forbidden):
            say(town, stranger, made, what, reason="x")


def test_a_form_sent_twice_makes_one_version_and_one_item(town: Town, made: MadeSheet) -> None:
    us, new = desk(town), new_id()
    with tenant_scope(town.id):
        draft = SheetDraft(1, {f"topic-{new}": "費用の分担", f"wanted-{new}": "半分ずつ"})
        for _twice in range(2):
            sheet = queries.get_sheet(us, made.id, lock=True)
            operations.save_sheet(sheet, draft, actor=us, now=NOON)
            db.session.commit()
    sheet, items = read(town, made.id)
    assert (sheet.version, [i.topic for i in items][2:]) == (2, ["費用の分担"])


def test_a_new_item_needs_a_name_and_an_id_of_its_own(town: Town, made: MadeSheet) -> None:
    us, new, other = desk(town), new_id(), make_sheet(town)
    with tenant_scope(town.id):
        sheet = queries.get_sheet(us, made.id, lock=True)
        draft = SheetDraft(1, {f"wanted-{new}": "半分ずつ"})
        with pytest.raises(InvalidInput) as refused:
            operations.save_sheet(sheet, draft, actor=us, now=NOON)
        assert list(refused.value.errors) == [f"topic-{new}"]
        draft = SheetDraft(1, {f"topic-{other.items[0]}": "盗む"})
        with pytest.raises(NotFound):
            operations.save_sheet(sheet, draft, actor=us, now=NOON)


def test_whoever_was_overtaken_sees_both_changes_and_loses_nothing(
    town: Town, made: MadeSheet
) -> None:
    us, them = desk(town), holder(town, made.proposal)
    save(them, made.id, 1, wish_1="月に一度", agreement_1="月に一度開く。", due_on_1="2027-01-31")
    with pytest.raises(Overtaken) as overtaken:
        save(us, made.id, 1, wanted_1="週に一度", agreement_1="週に一度開く。")
    merge, first = overtaken.value.merge, made.items[0]
    theirs = {change.key for group in merge.theirs for change in group.changes}
    assert theirs == {f"wish-{first}", f"agreement-{first}", f"due_on-{first}"}
    mine = {change.key for group in merge.mine for change in group.changes}
    assert mine == {f"wanted-{first}", f"agreement-{first}"}
    assert merge.met == {f"agreement-{first}"}
    assert merge.merged[f"agreement-{first}"] == "月に一度開く。\n週に一度開く。"
    with tenant_scope(town.id):
        sheet = queries.get_sheet(us, made.id, lock=True)
        draft = SheetDraft(sheet.version, merge.merged)
        operations.save_sheet(sheet, draft, actor=us, now=NOON)
        db.session.commit()
    item = read(town, made.id)[1][0]
    assert (item.wish, item.wanted) == ("月に一度", "週に一度")
    assert item.due_on == dt.date(2027, 1, 31)


def test_an_old_form_that_changes_nothing_reverts_nothing(town: Town, made: MadeSheet) -> None:
    us = desk(town)
    save(us, made.id, 1, wanted_1="新しい")
    assert save(us, made.id, 1, wanted_1="") == 2
    assert read(town, made.id)[1][0].wanted == "新しい"
    with pytest.raises(RuleViolation, match="読み込み直し"):
        save(us, made.id, 99, wanted_1="x")


def test_of_two_at_once_one_is_shown_the_other(app, town: Town, made: MadeSheet) -> None:
    us, them = desk(town), holder(town, made.proposal)
    start, outcome = threading.Barrier(2), {}

    def write(name: str, actor: Actor, **words: str) -> None:
        with app.app_context(), clock.frozen(NOON):
            start.wait(timeout=10)
            try:
                save(actor, made.id, 1, **words)
                outcome[name] = "saved"
            except Overtaken:
                outcome[name] = "overtaken"
            finally:
                db.session.remove()

    threads = [
        threading.Thread(target=write, args=("town", us), kwargs={"wanted_1": "町の言葉"}),
        threading.Thread(target=write, args=("them", them), kwargs={"wish_1": "提案者の言葉"}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(outcome.values()) == ["overtaken", "saved"]
    assert read(town, made.id)[0].version == 2


def test_every_version_stays_as_it_was(town: Town, made: MadeSheet) -> None:
    us, them = desk(town), holder(town, made.proposal)
    save(us, made.id, wanted_1="一つ目")
    save(them, made.id, wish_1="二つ目")
    with tenant_scope(town.id):
        sheet = queries.get_sheet(us, made.id)
        rows = queries.list_versions(us, made.id)
        assert [(r.number, r.side, r.saved_by) for r in rows] == [
            (3, Side.PROPOSER, them.name),
            (2, Side.TOWN, us.name),
            (1, Side.TOWN, us.name),
        ]
        [group] = queries.read_versions(us, sheet, "2").changes
        assert [c.label for c in group.changes] == ["求めていること"]
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            db.session.execute(sa.update(FitSheetVersion).values(number=9))
        db.session.rollback()


def test_the_sheet_goes_over_to_the_project(town: Town) -> None:
    made = make_sheet(town, S.ADOPTED)
    with tenant_scope(town.id):
        us = desk(town)
        subject = queries.subject_of_proposal(us, made.proposal.id)
        assert subject.project is not None
        by_project = queries.subject_of_project(us, subject.project.id)
        found = queries.find_sheet(us, by_project)
        assert found is not None
        assert found.id == made.id
        assert queries.open_items(us, project_id=subject.project.id) == 2


def test_an_ended_project_closes_its_sheet(town: Town) -> None:
    proposal_id = make_adopted_proposal(town)
    make_project(town, proposal_id=proposal_id, stage=ProjectStage.CONCLUDED)
    with tenant_scope(town.id):
        subject = queries.subject_of_proposal(desk(town), proposal_id)
        with pytest.raises(RuleViolation):
            operations.start_sheet(subject, actor=desk(town), now=NOON)


def own_project(town: Town, **values: object) -> MadeSheet:
    project_id = make_project(town, 3, **values)
    with tenant_scope(town.id):
        subject = queries.subject_of_project(desk(town), project_id)
        sheet = operations.start_sheet(subject, actor=desk(town), now=NOON)
        items = tuple(i.id for i in queries.list_items(desk(town), sheet.id))
        db.session.commit()
        assert (sheet.project_id, sheet.proposal_id) == (project_id, None)
        return MadeSheet(sheet.id, None, items)  # type: ignore[arg-type]


def test_a_gate_sees_the_projects_own_sheet_and_no_other(town: Town) -> None:
    made, us = own_project(town), desk(town)
    with tenant_scope(town.id):
        project_id = queries.get_sheet(us, made.id).project_id
        assert queries.open_items(us, project_id=project_id) == 1
        assert queries.open_items(us) is None
        assert queries.open_items(us, proposal_id=uuid.uuid4()) is None
        assert queries.open_items(us, project_id=uuid.uuid4()) is None


def test_in_its_own_project_the_town_takes_down_its_partners_word(town: Town) -> None:
    made, us = own_project(town), desk(town)
    save(us, made.id, wish_1="いっしょに使う", mission="町の外とつなぐ", agreement_1="使う。")
    agree(us, made.id, made.items[0], "使う。")
    with pytest.raises(InvalidInput):
        say(town, us, made, "confirm_item", side=Side.PROPOSER, agreement="使う。")
    say(town, us, made, "confirm_item", side=Side.PROPOSER, agreement="使う。", name="見本 相手")
    item = read(town, made.id)[1][0]
    assert (item.state, item.proposer_agreed_by) == (ItemState.AGREED, "見本 相手")


def test_staff_write_in_their_own_departments_sheets_only(town: Town) -> None:
    department = make_department(town, "政策課")
    made = own_project(town, department_id=department)
    other = actor_of(town, Role.STAFF)
    with pytest.raises(Forbidden, match="担当する課"):
        save(other, made.id, wanted_1="x")
    own = Actor(
        town.id, frozenset({Role.STAFF}), name="見本 課員", department_ids=frozenset({department})
    )
    assert save(own, made.id, wanted_1="x") == 2
    for role in (Role.AUDITOR, Role.GUEST, Role.TALENT):
        with pytest.raises(Forbidden):
            save(actor_of(town, role), made.id, wanted_1="y")


def sent(town: Town, to: str) -> list[Mail]:
    with tenant_scope(town.id):
        found = db.session.scalars(sa.select(Mail).where(Mail.to == to).order_by(Mail.id))
        return [mail for mail in found if "すり合わせ" in mail.subject]


def test_the_other_side_is_told_at_most_once_an_hour(app, town: Town, made: MadeSheet) -> None:
    us, to = desk(town), "ichiro@example.jp"
    assert len(sent(town, to)) == 1, "the beginning is told at once"
    for n in range(3):
        save(us, made.id, wanted_1=f"その{n}")
    assert len(sent(town, to)) == 1
    with tenant_scope(town.id):
        assert queries.get_sheet(us, made.id).proposer_untold
        waiting = db.session.scalar(
            sa.text(
                "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'fit_sheets.tell'"
                " AND args->>'sheet_id' = :id AND scheduled_at = :at"
            ),
            {"id": str(made.id), "at": NOON + dt.timedelta(hours=1)},
        )
    assert waiting == 1, "three changes wait for one mail"
    for minutes, mails_by_then in ((30, 1), (61, 2), (62, 2)):
        with clock.frozen(NOON + dt.timedelta(minutes=minutes)):
            with tenant_scope(town.id):
                mails.tell_later.func.__wrapped__(town.id, str(made.id), "proposer")
                db.session.commit()
            assert len(sent(town, to)) == mails_by_then
    assert "/fit-sheet" in sent(town, to)[-1].body
    assert read(town, made.id)[0].proposer_untold is False


def test_a_proposer_without_address_gets_no_mail_and_no_job(town: Town) -> None:
    made = make_sheet(town, email="")
    save(desk(town), made.id, wanted_1="x")
    assert not read(town, made.id)[0].proposer_untold


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"state": ItemState.AGREED, "closed_on": NOON.date()}, "agreed_by_both"),
        ({"state": ItemState.OUT_OF_SCOPE, "closed_on": NOON.date()}, "reason_if_out"),
        ({"closed_on": NOON.date()}, "closed_on_if_closed"),
        ({"town_agreed_at": NOON}, "mark_has_name_and_time"),
        ({"topic": ""}, "has_topic"),
    ],
)
def test_the_database_keeps_no_half_closed_item(
    town: Town, made: MadeSheet, values: dict, name: str
) -> None:
    with tenant_scope(town.id):
        with pytest.raises(sa.exc.IntegrityError, match=name):
            db.session.execute(sa.update(FitItem).where(FitItem.id == made.items[0]).values(values))
        db.session.rollback()


@pytest.mark.parametrize("keys", [{}, {"proposal_id", "project_id"}])
def test_a_sheet_is_of_exactly_one_thing(town: Town, keys: set[str]) -> None:
    ids = {"proposal_id": make_adopted_proposal(town), "project_id": make_project(town)}
    with tenant_scope(town.id):
        row = FitSheet(
            tenant_id=town.id, id=new_id(), version=1, saved_at=NOON, **{k: ids[k] for k in keys}
        )
        db.session.add(row)
        with pytest.raises(sa.exc.IntegrityError, match="of_one_thing"):
            db.session.flush()
        db.session.rollback()
