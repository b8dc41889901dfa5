"""The six questions: can one town's workloads be reached from another?"""

import datetime as dt
import uuid
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.workloads import operations, queries
from kyoso.municipal.workloads.models import Capacity, Promoter, Workload
from kyoso.municipal.workloads.operations import Term, WorkloadDraft
from kyoso.municipal.workloads.rules import Consent
from support.departments import make_department
from support.members import make_member
from support.people import Town, actor_of
from support.projects import make_project

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
MONTH = dt.date(2027, 4, 1)
TABLES = (Workload, Capacity, Promoter)


@dataclass(frozen=True)
class Theirs:
    project: uuid.UUID
    unit: uuid.UUID
    member: uuid.UUID
    workload: uuid.UUID
    promoter: uuid.UUID


@pytest.fixture
def theirs(minato: Town) -> Theirs:
    unit, project_id = make_department(minato), make_project(minato)
    member = make_member(minato, Role.STAFF).membership_id
    admin = actor_of(minato, Role.ADMIN)
    found = Theirs(project_id, unit, member, new_id(), new_id())
    with tenant_scope(minato.id):
        operations.enter_workload(
            get_project(admin, project_id),
            WorkloadDraft(unit, MONTH, MONTH, 5, 0, "港"),
            workload_id=found.workload,
            actor=admin,
            now=NOON,
        )
        operations.set_capacity(unit, MONTH, 1, capacity_id=new_id(), actor=admin, now=NOON)
        operations.name_promoter(
            unit, Term(member, MONTH), promoter_id=found.promoter, actor=admin, now=NOON
        )
        db.session.commit()
    return found


def rows(tenant_id: uuid.UUID, project: uuid.UUID, unit: uuid.UUID, member: uuid.UUID) -> list:
    own = {"id": new_id(), "tenant_id": tenant_id, "department_id": unit}
    return [
        Workload(
            **own,
            project_id=project,
            from_month=MONTH,
            until_month=MONTH,
            hours_added=1,
            hours_removed=0,
            reason="x",
            consent=Consent.NONE,
            answered_by="",
            hesitation="",
            created_by="x",
        ),
        Capacity(**own, from_month=MONTH, hours_a_month=1, said_by="x", said_at=NOON),
        Promoter(**own, membership_id=member, starts_on=MONTH),
    ]


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert queries.list_of_project(us, theirs.project) == []
        assert queries.list_of_department(us, theirs.unit) == []
        assert queries.list_bearing(us) == []
        assert queries.consents_of(us, theirs.project) == []
        assert queries.list_excess(us, theirs.project) == []
        assert queries.list_capacities(us) == []
        assert queries.list_promoters(us) == []
        for project, workload in ((theirs.project, theirs.workload), (new_id(), new_id())):
            with pytest.raises(NotFound):
                queries.get_workload(us, project, workload)
        with pytest.raises(NotFound):
            queries.get_promoter(us, theirs.unit, theirs.promoter)
    page = browser(member_of(hinode, Role.ADMIN))
    for place, ident in (("projects/{}/workload", theirs.project), ("departments/{}", theirs.unit)):
        address, ghost = f"/{hinode.slug}/desk/{place}", uuid.uuid4()
        found = page.get(address.format(ident), status=404)
        missing = page.get(address.format(ghost), status=404)
        assert found.replace(str(ident), "") == missing.replace(str(ghost), "")


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode):
    with tenant_scope(hinode.id):
        for table in TABLES:
            assert db.session.scalars(sa.select(table)).all() == []
        assert db.session.execute(sa.update(Workload).values(reason="y")).rowcount == 0


def test_no_scope_sees_nothing(theirs):
    for table in TABLES:
        assert db.session.scalars(sa.select(table)).all() == []


@pytest.mark.parametrize("which", range(3))
def test_nothing_of_ours_can_point_at_theirs(theirs, hinode, which):
    with tenant_scope(hinode.id):
        db.session.add(rows(hinode.id, theirs.project, theirs.unit, theirs.member)[which])
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


@pytest.mark.parametrize("which", range(3))
def test_nothing_can_be_written_in_their_name(theirs, hinode, minato, which):
    with tenant_scope(minato.id):
        admin = actor_of(minato, Role.ADMIN)
        workload = queries.get_workload(admin, theirs.project, theirs.workload)
    with tenant_scope(hinode.id):
        with pytest.raises(Forbidden):
            operations.consent_to_workload(workload, actor=actor_of(hinode, Role.ADMIN), now=NOON)
        with pytest.raises(NotFound):
            operations.set_capacity(
                theirs.unit,
                MONTH,
                1,
                capacity_id=new_id(),
                actor=actor_of(hinode, Role.ADMIN),
                now=NOON,
            )
        db.session.add(rows(minato.id, theirs.project, theirs.unit, theirs.member)[which])
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


@pytest.mark.parametrize("table", TABLES)
def test_nobody_deletes(theirs, minato, table):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(table))


def test_scope_cannot_change_inside_a_transaction(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Workload)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass
