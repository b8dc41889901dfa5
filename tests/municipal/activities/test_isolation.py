"""The six questions: can one town's work on projects be reached from another?"""

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.activities import operations, queries
from kyoso.municipal.activities.models import ProjectDecision, Report, Step, TeamMember
from kyoso.municipal.activities.operations import StepDraft
from kyoso.municipal.activities.rules import StepKind
from kyoso.municipal.calendars import queries as calendars
from kyoso.municipal.calendars.models import CalendarLink
from kyoso.municipal.projects.models import ProjectTactic
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.recruiting import queries as recruiting
from kyoso.municipal.recruiting.models import JoinAnswer, Opening
from support.people import actor_of
from support.projects import make_project
from support.work import Work, make_work

TABLES = (TeamMember, Step, ProjectDecision, Report, Opening, JoinAnswer, CalendarLink)


@pytest.fixture
def project_id(minato) -> uuid.UUID:
    return make_project(minato, 7)


@pytest.fixture
def theirs(minato, member_of, project_id) -> Work:
    actor = member_of(minato, Role.ADMIN).actor
    with tenant_scope(minato.id):
        work = make_work(get_project(actor, project_id), actor, now())
        db.session.commit()
    return work


def test_theirs_looks_missing_to_us(theirs, project_id, hinode, member_of, browser, visitor):
    us = actor_of(hinode, Role.ADMIN)
    day = now().date()
    with tenant_scope(hinode.id):
        for empty in (
            queries.list_team(us, project_id),
            queries.list_steps(us, project_id),
            queries.list_decisions(us, project_id),
            queries.list_reports(us, project_id),
            queries.list_published(us),
            queries.list_published_of(us, 7),
            queries.list_dates(us, day, day),
            recruiting.list_openings(us, project_id),
            recruiting.list_openings_of(us, 7),
            recruiting.list_answers(us, project_id),
            calendars.list_dates(us, day, day),
        ):
            assert list(empty) == []
        assert not queries.has_report(us, project_id)
        assert not queries.was_sent(us, theirs.report_id)
        assert not recruiting.was_sent(us, theirs.answer_id)
        for get in (
            lambda: queries.get_team_member(us, project_id, theirs.entry_id),
            lambda: queries.get_step(us, project_id, theirs.task_id),
            lambda: queries.get_report(us, project_id, theirs.report_id),
            lambda: queries.get_published(us, theirs.report_id),
            lambda: recruiting.get_opening(us, project_id, theirs.opening_id),
            lambda: recruiting.get_answer(us, project_id, theirs.answer_id),
            lambda: calendars.get_holder(hinode.id, theirs.token),
        ):
            with pytest.raises(NotFound):
                get()
    visitor.get(f"/{hinode.slug}/reports/{theirs.report_id}", status=404)
    visitor.get(f"/{hinode.slug}/reports/{theirs.report_id}/files/{theirs.file_id}", status=404)
    visitor.get(f"/{hinode.slug}/calendar/{theirs.token}.ics", status=404)
    desk = browser(member_of(hinode, Role.ADMIN))
    here = f"/{hinode.slug}/desk/projects/{project_id}"
    for place in (f"reports/{theirs.report_id}", "team", "tasks", "decisions", "recruiting"):
        desk.get(f"{here}/{place}", status=404)


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode):
    with tenant_scope(hinode.id):
        for table in TABLES:
            assert db.session.scalars(sa.select(table)).all() == []


def test_no_scope_sees_nothing(theirs):
    for table in TABLES:
        assert db.session.scalars(sa.select(table)).all() == []


def test_nothing_of_ours_can_act_on_theirs(theirs, project_id, hinode, minato):
    with tenant_scope(minato.id):
        project = get_project(actor_of(minato, Role.ADMIN), project_id)
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        operations.add_step(
            project,
            StepKind.TASK,
            StepDraft("x", "", None),
            form_id=new_id(),
            actor=actor_of(hinode, Role.ADMIN),
            now=now(),
        )


def test_nothing_can_be_written_in_their_name(project_id, hinode, minato):
    with tenant_scope(hinode.id):
        step = Step(tenant_id=minato.id, project_id=project_id, kind=StepKind.TASK, title="x")
        db.session.add(step)
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_nothing_of_ours_can_point_at_theirs(project_id, hinode):
    with tenant_scope(hinode.id):
        step = Step(tenant_id=hinode.id, project_id=project_id, kind=StepKind.TASK, title="x")
        db.session.add(step)
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.__name__)
def test_nobody_deletes(table, theirs, minato):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(table))


def test_a_decision_is_never_changed(theirs, minato):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.update(ProjectDecision).values(reason="x"))


def test_a_tactic_is_pointed_at_in_ones_own_town_only(project_id, hinode, minato):
    with tenant_scope(minato.id):
        assert db.session.execute(sa.delete(ProjectTactic)).rowcount == 0
        link = ProjectTactic(tenant_id=minato.id, project_id=project_id, tactic_id=new_id())
        db.session.add(link)
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()
