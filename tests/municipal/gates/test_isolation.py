"""The six questions: can what is kept at one town's gates be reached from another?"""

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden
from kyoso.core.scope import tenant_scope
from kyoso.municipal.gates import queries
from kyoso.municipal.gates.models import Closing, Evaluation, StageDecision, StagePassage
from kyoso.municipal.gates.operations import pass_gate
from kyoso.municipal.gates.rules import DecisionKind
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.projects.rules import ProjectStage
from support.gates import walking
from support.people import Town, actor_of
from support.projects import make_project

TABLES = [Closing, Evaluation, StageDecision, StagePassage]


@pytest.fixture
def theirs(minato: Town) -> uuid.UUID:
    project = make_project(minato, 1)
    with walking(minato, project) as walk:
        walk.pass_gate(ProjectStage.PILOT, "急ぐため")
        walk.evaluate()
        walk.decide(DecisionKind.END_PILOT)
        walk.write_lessons()
    return project


def test_theirs_looks_missing_to_us(theirs, hinode, minato, member_of, browser):
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert queries.records_of(us, theirs) == queries.Records()
    desk = browser(member_of(hinode, Role.ADMIN))
    here = f"/{hinode.slug}/desk/projects"
    for page in ("gate/pilot", "evaluation", "stage-decisions", "conclusion"):
        known = desk.get(f"{here}/{theirs}/{page}", status=404)
        ghost = uuid.uuid4()
        unknown = desk.get(f"{here}/{ghost}/{page}", status=404)
        assert known.replace(str(theirs), "") == unknown.replace(str(ghost), "")
        desk.post(f"{here}/{theirs}/{page}", {"form_id": new_id()}, status=404)
    desk.get(f"{here}/{theirs}/evaluation/report/pdf", status=404)
    desk.post(f"{here}/{theirs}/evaluation/report", {}, status=404)


@pytest.mark.parametrize("table", TABLES)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode, table):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []


@pytest.mark.parametrize("table", TABLES)
def test_no_scope_sees_nothing(theirs, table):
    assert db.session.scalars(sa.select(table)).all() == []


def test_nothing_of_ours_can_act_on_theirs(theirs, hinode, minato):
    with tenant_scope(minato.id):
        project = get_project(actor_of(minato, Role.ADMIN), theirs)
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        pass_gate(
            project,
            ProjectStage.EVALUATION,
            "x",
            actor=actor_of(hinode, Role.ADMIN),
            now=now(),
        )


@pytest.mark.parametrize("owner", ["theirs", "ours"])
def test_nothing_can_be_written_in_their_name_or_point_at_theirs(theirs, hinode, minato, owner):
    closing = Closing(
        tenant_id=minato.id if owner == "theirs" else hinode.id,
        project_id=theirs,
        lessons="x",
        handed_over="",
        lessons_offered=False,
        recorded_by="",
    )
    with tenant_scope(hinode.id):
        db.session.add(closing)
        with pytest.raises((sa.exc.ProgrammingError, sa.exc.IntegrityError)):
            db.session.flush()
        db.session.rollback()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", [sa.delete, lambda t: sa.update(t).values(project_id=new_id())])
def test_nobody_deletes_or_changes(theirs, minato, table, change):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(change(table))
