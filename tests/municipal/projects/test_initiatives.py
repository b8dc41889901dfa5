"""Own initiatives, plans, copies and the board."""

import datetime as dt
import re
import uuid

import pytest

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.activities import queries as activities
from kyoso.municipal.projects import operations, queries, rules
from kyoso.municipal.projects.operations import Initiative, Plan
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.strategy.models import Strategy, Tactic, Vision
from support.departments import make_department
from support.pages import text_of
from support.people import actor_of
from support.projects import make_project
from support.work import make_work

DAY = dt.date(2026, 10, 1)


def make_tactic(town, code="15-01"):
    with tenant_scope(town.id):
        vision = Vision(tenant_id=town.id, title="見本の将来像", number=1, reasons=[])
        vision.id = new_id()
        strategy = Strategy(
            id=new_id(),
            tenant_id=town.id,
            vision_id=vision.id,
            number=1,
            title="見本の戦略",
            target_talent=[],
        )
        tactic = Tactic(
            id=new_id(),
            tenant_id=town.id,
            strategy_id=strategy.id,
            code=code,
            title="見本の戦術",
            position=1,
        )
        for row in (vision, strategy, tactic):
            db.session.add(row)
            db.session.flush()
        db.session.commit()
    return tactic.id


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "field"),
    [
        (None, None, ""),
        (DAY, DAY, ""),
        (DAY, None, "pilot_ends_on"),
        (None, DAY, "pilot_starts_on"),
        (DAY, DAY - dt.timedelta(days=1), "pilot_ends_on"),
    ],
)
def test_a_pilot_has_both_ends_in_order(app, starts_on, ends_on, field):
    if not field:
        rules.check_pilot(starts_on, ends_on)
    else:
        with pytest.raises(InvalidInput) as refused:
            rules.check_pilot(starts_on, ends_on)
        assert list(refused.value.errors) == [field]


def test_a_department_begins_an_initiative_from_a_tactic(hinode, member_of, browser, visitor):
    ours = make_department(hinode, "みらい課")
    tactic = make_tactic(hinode)
    desk = browser(member_of(hinode, Role.STAFF, departments=(ours,)))
    form = f"/{hinode.slug}/desk/projects/new"
    page = desk.get(f"{form}?tactic={tactic}")
    assert re.search(rf'value="{tactic}"[^>]* checked', page)
    sent = {
        "form_id": str(uuid.uuid4()),
        "title": "見守りの取組",
        "summary": "試す。",
        "department_id": str(ours),
        "tactic_ids": [str(tactic)],
    }
    first = desk.post(form, sent)
    assert desk.post(form, sent).headers["Location"] == first.headers["Location"]
    shown = text_of(desk.follow(first))
    assert "No.1" in shown
    assert "みらい課" in shown
    visitor.get(f"/{hinode.slug}/projects/1", status=404)
    assert "15-01 見本の戦術" in desk.get(f"{first.headers['Location']}/plan")
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        (row,) = queries.list_by_tactic(us)
        assert (row.tactic_id, row.number) == (tactic, 1)
        assert queries.get_project(us, row.id).own_initiative
    assert "「名前」を入力" in desk.post(form, {**sent, "title": ""}, status=422).text


def test_nobody_begins_for_another_department(hinode, minato):
    ours, others = make_department(hinode, "ア課"), make_department(hinode, "イ課")
    theirs, their_tactic = make_department(minato, "ウ課"), make_tactic(minato)
    staff = actor_of(hinode, Role.STAFF)
    admin = actor_of(hinode, Role.ADMIN)

    def begin(department, tactics, actor):
        with tenant_scope(hinode.id):
            begun = Initiative("x", "x", department, tactics)
            operations.start_initiative(begun, form_id=new_id(), actor=actor, now=now())

    for department in (ours, others):
        with pytest.raises(Forbidden):
            begin(department, [], staff)
    with pytest.raises(NotFound):
        begin(theirs, [], admin)
    with pytest.raises(NotFound):
        begin(ours, [their_tactic], admin)
    with pytest.raises(Forbidden):
        begin(ours, [], actor_of(hinode, Role.AUDITOR))


def test_a_plan_is_saved_shown_and_told_in_the_history(hinode, member_of, browser):
    tactic, project = make_tactic(hinode), make_project(hinode, 7)
    desk = browser(member_of(hinode, Role.SECRETARIAT))
    here = f"/{hinode.slug}/desk/projects/{project}"
    wrong = {"pilot_starts_on": "2026-10-01"}
    assert "両方の日" in desk.post(f"{here}/plan", wrong, status=422).text
    said = {
        "pilot_starts_on": "2026-10-01",
        "pilot_ends_on": "2027-03-31",
        "pilot_field": "道の駅",
        "exit_conditions": "利用者が30人に届いたら終える",
    }
    desk.post(f"{here}/plan", {**said, "tactic_ids": [str(tactic)]})
    page = text_of(desk.get(here))
    for words in ("2026年10月1日", "道の駅", "戦術・実証の計画を変更しました"):
        assert words in page
    desk.post(f"{here}/plan", said)
    with tenant_scope(hinode.id):
        assert queries.list_tactic_ids(actor_of(hinode, Role.ADMIN), project) == []
    auditor = browser(member_of(hinode, Role.AUDITOR))
    assert "道の駅" in auditor.get(f"{here}/plan")
    assert "<form" not in auditor.get(f"{here}/plan").partition("<main")[2]


def test_staff_plan_for_their_own_department_only(hinode):
    project = make_project(hinode, department_id=make_department(hinode, "イ課"))
    staff = actor_of(hinode, Role.STAFF)
    with tenant_scope(hinode.id):
        found = queries.get_project(staff, project)
        plan = Plan([], None, None, "", "")
        with pytest.raises(Forbidden):
            operations.plan_project(found, plan, actor=staff, now=now())


def test_a_copy_takes_the_set_up_and_no_results(hinode, member_of, browser):
    department = make_department(hinode, "みらい課")
    source = make_project(hinode, 7, exit_conditions="30人", pilot_starts_on=DAY, pilot_ends_on=DAY)
    person = member_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        make_work(queries.get_project(person.actor, source), person.actor, now())
        db.session.commit()
    desk = browser(person)
    form = f"/{hinode.slug}/desk/projects/{source}/copy"
    assert "No.7「空き家の活用 その7」から写します" in text_of(desk.get(form))
    sent = {
        "form_id": str(uuid.uuid4()),
        "title": "となりの空き家",
        "summary": "x",
        "department_id": str(department),
    }
    desk.post(form, sent)
    desk.post(form, sent)
    with tenant_scope(hinode.id):
        copied = queries.get_by_number(person.actor, 8)
        assert queries.get_by_number(person.actor, 9) is None
        assert (copied.exit_conditions, copied.pilot_starts_on) == ("30人", None)
        assert copied.stage is ProjectStage.PLANNING
        steps = activities.list_steps(person.actor, copied.id)
        assert [(step.due_on, step.done_on) for step in steps] == [(None, None)] * 2
        # Somebody outside was asked for the first project only.
        assert activities.list_team(person.actor, copied.id) == []
        assert activities.list_reports(person.actor, copied.id) == []


def test_the_board_has_a_column_for_each_stage(hinode, member_of, browser):
    desk = browser(member_of(hinode, Role.AUDITOR))
    board = f"/{hinode.slug}/desk/projects/board"
    assert text_of(desk.get(board)).count("ありません") == 4
    make_project(hinode, 1, stage=ProjectStage.PILOT, pilot_starts_on=DAY, pilot_ends_on=DAY)
    make_project(hinode, 2, stage=ProjectStage.CANCELLED, title="<b>やめた</b>", public=False)
    page = desk.get(board)
    assert "実証 2026年10月1日" in text_of(page)
    assert "&lt;b&gt;やめた" in page
    assert text_of(page).count("ありません") == 3


def test_the_board_takes_the_same_few_statements_for_any_number(
    hinode, member_of, browser, count_statements
):
    desk = browser(member_of(hinode, Role.AUDITOR))
    board = f"/{hinode.slug}/desk/projects/board"
    counts = []
    for numbers in (range(1, 3), range(3, 41)):
        for number in numbers:
            make_project(hinode, number)
        desk.get(board)
        with count_statements() as seen:
            desk.get(board)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 4
