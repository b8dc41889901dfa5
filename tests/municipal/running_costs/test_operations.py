import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.db import db
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.core.journal import list_history
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.running_costs import queries
from kyoso.municipal.running_costs.models import CostItemRow, CostPlan
from kyoso.municipal.running_costs.operations import remind_budget, save_plan
from kyoso.municipal.running_costs.rules import (
    BudgetCalendar,
    CostCategory,
    CostItem,
    CostSheet,
    FundingSource,
    PlanState,
)
from support.departments import make_department
from support.people import actor_of
from support.projects import make_project

NOON = dt.datetime(2026, 9, 1, 3, tzinfo=dt.UTC)
CALENDAR = BudgetCalendar()
ITEM = CostItem(
    "保守", CostCategory.MAINTENANCE, FundingSource.GENERAL, 50_000, (10, 20, 30, 40, 0)
)
FULL = CostSheet(dt.date(2027, 4, 1), (ITEM,), (10, 10, 10, 10, 0), 0, "", "一般会計")


@pytest.fixture
def desk(hinode):
    return actor_of(hinode, Role.SECRETARIAT)


@pytest.fixture
def project_id(hinode):
    return make_project(hinode, department_id=make_department(hinode))


def saved(desk, project_id, sheet, *, complete=False, seen=0, now=NOON):
    project = get_project(desk, project_id, lock=True)
    plan = save_plan(project, sheet, complete=complete, seen_version=seen, actor=desk, now=now)
    db.session.flush()
    return plan


def test_a_plan_is_kept_as_it_was_written(hinode, desk, project_id):
    with tenant_scope(hinode.id):
        assert queries.plan_of(desk, project_id) is None
        plan = saved(desk, project_id, FULL, complete=True)
        found = queries.plan_of(desk, project_id)
        assert found.sheet == FULL
        assert (found.drafted, found.complete, found.missing) == (True, True, [])
        assert (found.budget_source, found.version) == ("一般会計", 1)
        (entry,) = list_history(desk, [plan.id])
        assert (entry.kind, entry.facts["five_year_yen"]) == ("CostPlanSaved", 100)


def test_a_draft_may_leave_everything_open_but_completeness_may_not(hinode, desk, project_id):
    with tenant_scope(hinode.id):
        with pytest.raises(RuleViolation, match="撤去・終了費用"):
            saved(desk, project_id, CostSheet(), complete=True)
        saved(desk, project_id, CostSheet())
        found = queries.plan_of(desk, project_id)
        assert (found.drafted, found.complete, found.state) == (False, False, PlanState.DRAFT)
        assert len(found.missing) == 4


def test_lines_are_replaced_and_those_struck_out_stay_in_the_database(hinode, desk, project_id):
    two = replace(FULL, items=(ITEM, replace(ITEM, name="通信")))
    with tenant_scope(hinode.id):
        saved(desk, project_id, two)
        saved(desk, project_id, replace(FULL, items=(replace(ITEM, name="機器"),)), seen=1)
        assert [i.name for i in queries.plan_of(desk, project_id).sheet.items] == ["機器"]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(CostItemRow)) == 2


def test_two_who_write_at_once_do_not_undo_each_other(hinode, desk, project_id):
    with tenant_scope(hinode.id):
        saved(desk, project_id, FULL)
        with pytest.raises(RuleViolation, match="見本 太郎"):
            saved(desk, project_id, CostSheet(), seen=0)
        assert queries.plan_of(desk, project_id).sheet == FULL


def test_staff_write_for_their_own_department_only(hinode, desk, project_id):
    with tenant_scope(hinode.id):
        unit = get_project(desk, project_id).department_id
        theirs = actor_of(hinode, Role.STAFF)
        own = replace(theirs, department_ids=frozenset({unit}))
        for actor in (theirs, actor_of(hinode, Role.AUDITOR), Actor.guest(hinode.id)):
            with pytest.raises(Forbidden):
                saved(actor, project_id, FULL)
        saved(own, project_id, FULL)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"exit_yen": -1}, "exit_costs_no_less_than_nothing"),
        ({"staff_hours": [1, 2, 3]}, "five_years_of_hours"),
        ({"staff_hours": [1, 2, None, 4, -5]}, "hours_not_negative"),
        ({"starts_on": None, "state": "complete"}, "complete_says_when_and_exit"),
        ({"version": 0}, "version_counts_from_one"),
    ],
)
def test_the_database_refuses_what_may_never_be(hinode, desk, project_id, values, name):
    with tenant_scope(hinode.id):
        saved(desk, project_id, FULL)
        with pytest.raises(sa.exc.IntegrityError, match=name):
            db.session.execute(sa.update(CostPlan).values(**values))


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"pilot_yen": -1}, "pilot_costs_no_less_than_nothing"),
        ({"yearly_yen": [1, -1, None, 0, 0]}, "yen_not_negative"),
        ({"yearly_yen": [1]}, "five_years"),
    ],
)
def test_the_database_refuses_negative_yen(hinode, desk, project_id, values, name):
    with tenant_scope(hinode.id):
        saved(desk, project_id, FULL)
        with pytest.raises(sa.exc.IntegrityError, match=name):
            db.session.execute(sa.update(CostItemRow).values(**values))


def due(desk, day):
    return queries.list_to_request(desk, CALENDAR, day)


def test_a_budget_request_is_seen_coming_two_months_before(hinode, desk, project_id):
    with tenant_scope(hinode.id):
        saved(desk, project_id, FULL)
        assert due(desk, dt.date(2026, 8, 31)) == []
        (one,) = due(desk, dt.date(2026, 9, 1))
        assert (one.request_by, one.days_left) == (dt.date(2026, 10, 31), 60)
        assert due(desk, dt.date(2026, 11, 2))[0].days_left == -2


@pytest.mark.parametrize("stage", list(ProjectStage))
def test_what_has_ended_rests_or_runs_asks_for_nothing(hinode, desk, stage):
    project_id = make_project(hinode, 9, stage=stage)
    with tenant_scope(hinode.id):
        saved(desk, project_id, FULL)
        waits = stage in {ProjectStage.PLANNING, ProjectStage.PILOT, ProjectStage.EVALUATION}
        assert bool(due(desk, dt.date(2026, 10, 1))) is waits


def test_each_reminder_goes_out_once_to_those_in_charge(hinode, desk, project_id, member_of):
    with tenant_scope(hinode.id):
        unit = get_project(desk, project_id).department_id
    member_of(hinode, Role.SECRETARIAT, email="desk@example.jp")
    member_of(hinode, Role.STAFF, email="own@example.jp", departments=(unit,))
    member_of(hinode, Role.STAFF, email="other@example.jp")
    system = Actor.system(hinode.id, "予算要求のお知らせ")
    with tenant_scope(hinode.id):
        plan = saved(desk, project_id, FULL)
        for day in (dt.date(2026, 9, 1), dt.date(2026, 9, 2), dt.date(2026, 10, 1)):
            (one,) = due(desk, day)
            remind_budget(one, plan, actor=system, now=NOON)
            db.session.flush()
        mails = db.session.scalars(sa.select(Mail)).all()
        assert sorted(m.to for m in mails) == ["desk@example.jp"] * 2 + ["own@example.jp"] * 2
        assert "2026年10月31日" in mails[0].body
        assert f"/desk/projects/{project_id}/costs" in mails[0].body
        with pytest.raises(Forbidden):
            remind_budget(one, plan, actor=desk, now=NOON)


def test_another_beginning_is_reminded_of_anew_and_a_request_made_is_not(hinode, desk, project_id):
    with tenant_scope(hinode.id):
        plan = saved(desk, project_id, FULL)
        plan.reminded_days = 0
        saved(desk, project_id, replace(FULL, starts_on=dt.date(2028, 4, 1)), seen=1)
        assert plan.reminded_days is None
        done = replace(FULL, requested_on=dt.date(2026, 10, 1))
        saved(desk, project_id, done, seen=2)
        assert due(desk, dt.date(2026, 10, 20)) == []
