"""The six questions: can one town's plans be reached from another?"""

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.running_costs import queries
from kyoso.municipal.running_costs.models import CostItemRow, CostPlan
from kyoso.municipal.running_costs.operations import save_plan
from kyoso.municipal.running_costs.rules import (
    BudgetCalendar,
    CostCategory,
    CostItem,
    CostSheet,
    PlanState,
)
from support.people import Town, actor_of
from support.projects import make_project

NOON = dt.datetime(2026, 9, 1, 3, tzinfo=dt.UTC)
SHEET = CostSheet(dt.date(2027, 4, 1), (CostItem("港", CostCategory.OTHER, None, 1, (1,) * 5),))


@pytest.fixture
def theirs(minato: Town) -> uuid.UUID:
    project_id, actor = make_project(minato), actor_of(minato, Role.SECRETARIAT)
    with tenant_scope(minato.id):
        project = get_project(actor, project_id, lock=True)
        save_plan(project, SHEET, complete=False, actor=actor, now=NOON)
        db.session.commit()
    return project_id


def a_plan(tenant_id: uuid.UUID, project_id: uuid.UUID) -> CostPlan:
    return CostPlan(
        id=new_id(),
        tenant_id=tenant_id,
        project_id=project_id,
        state=PlanState.DRAFT,
        version=1,
        staff_hours=[None] * 5,
        changed_at=NOON,
        changed_by="x",
    )


def an_item(tenant_id: uuid.UUID, plan_id: uuid.UUID) -> CostItemRow:
    return CostItemRow(
        id=new_id(),
        tenant_id=tenant_id,
        plan_id=plan_id,
        position=1,
        name="x",
        category=CostCategory.OTHER,
        yearly_yen=[None] * 5,
    )


def test_theirs_looks_missing_to_us(theirs, hinode, minato, member_of, browser):
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(minato.id):
        plan_id = db.session.scalars(sa.select(CostPlan.id)).one()
    with tenant_scope(hinode.id):
        assert queries.plan_of(us, theirs) is None
        assert queries.list_to_request(us, BudgetCalendar(), NOON.date()) == []
        assert queries.load_items(us, plan_id) == []
        for ident in (plan_id, uuid.uuid4()):
            with pytest.raises(NotFound):
                queries.get_plan(us, ident)
    page = browser(member_of(hinode, Role.ADMIN))
    for place in ("", "/edit", "/export.csv"):
        address = f"/{hinode.slug}/desk/projects/{{}}/costs{place}"
        ghost = uuid.uuid4()
        found = page.get(address.format(theirs), status=404)
        assert found.replace(str(theirs), "") == page.get(
            address.format(ghost), status=404
        ).replace(str(ghost), "")


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode):
    with tenant_scope(hinode.id):
        for table in (CostPlan, CostItemRow):
            assert db.session.scalars(sa.select(table)).all() == []
        assert db.session.execute(sa.update(CostPlan).values(version=9)).rowcount == 0


def test_no_scope_sees_nothing(theirs):
    for table in (CostPlan, CostItemRow):
        assert db.session.scalars(sa.select(table)).all() == []


def test_nothing_of_ours_can_point_at_theirs(theirs, hinode, minato):
    with tenant_scope(minato.id):
        their_plan = db.session.scalars(sa.select(CostPlan.id)).one()
    for row in (a_plan(hinode.id, theirs), an_item(hinode.id, their_plan)):
        with tenant_scope(hinode.id):
            db.session.add(row)
            with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
                db.session.flush()


def test_nothing_can_be_written_in_their_name(theirs, hinode, minato):
    with tenant_scope(minato.id):
        project = get_project(actor_of(minato, Role.ADMIN), theirs)
        their_plan = db.session.scalars(sa.select(CostPlan.id)).one()
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        save_plan(project, SHEET, complete=False, actor=actor_of(hinode, Role.ADMIN), now=NOON)
    for row in (a_plan(minato.id, theirs), an_item(minato.id, their_plan)):
        with tenant_scope(hinode.id):
            db.session.add(row)
            with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
                db.session.flush()


@pytest.mark.parametrize("table", [CostPlan, CostItemRow])
def test_nobody_deletes(theirs, minato, table):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(table))


def test_scope_cannot_change_inside_a_transaction(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(CostPlan)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass
