"""The six questions: can one town's agreements be reached from another?"""

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.agreements import operations, queries
from kyoso.municipal.agreements.models import (
    Agreement,
    AgreementClause,
    AgreementDraft,
    AgreementProject,
    AgreementReminder,
)
from kyoso.municipal.agreements.queries import AgreementFilter, Expiring
from kyoso.municipal.agreements.rules import AgreementKind
from support.agreements import NOON, TODAY, make_agreement, terms
from support.departments import make_department
from support.people import Town, actor_of
from support.projects import make_project

TABLES = (Agreement, AgreementClause, AgreementDraft, AgreementProject, AgreementReminder)


@pytest.fixture
def their_project(minato: Town) -> uuid.UUID:
    return make_project(minato)


@pytest.fixture
def theirs(minato: Town, their_project: uuid.UUID) -> uuid.UUID:
    """An agreement of theirs with a row in every table."""
    made = make_agreement(minato, project_id=their_project, ends_on=TODAY)
    actor, system = actor_of(minato, Role.ADMIN), actor_of(minato, Role.SYSTEM)
    with tenant_scope(minato.id):
        agreement = queries.get_agreement(actor, made)
        operations.write_draft(agreement, "# 案", 0, actor=actor, now=NOON)
        operations.sign_agreement(agreement, TODAY, actor=actor, now=NOON)
        db.session.flush()
        [one] = queries.list_expiring(actor, TODAY)
        operations.remind_agreement(one, 30, actor=system, now=NOON)
        db.session.commit()
    return made


def test_theirs_looks_missing_to_us(theirs, their_project, hinode, member_of, browser):
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert queries.list_agreements(us, AgreementFilter(), TODAY) == []
        assert queries.list_expiring(us, TODAY) == []
        assert queries.list_due_reminders(us, TODAY) == []
        assert queries.pilot_agreement_of(us, their_project, TODAY) is None
        assert queries.list_for_project(us, their_project) == []
        assert queries.list_linkable(us, their_project) == []
        assert queries.list_projects_of(us, theirs) == []
        assert queries.list_drafts(us, theirs) == []
        assert queries.find_sent(us, theirs) is None
        assert queries.find_link(us, theirs, their_project) is None
        assert queries.next_number(us) == 1
        for get, ident in (
            (queries.get_agreement, theirs),
            (queries.get_project_line, their_project),
        ):
            with pytest.raises(NotFound) as known:
                get(us, ident)
            with pytest.raises(NotFound) as unknown:
                get(us, uuid.uuid4())
            assert known.value.message == unknown.value.message
    page = browser(member_of(hinode, Role.ADMIN))
    desk, ghost = f"/{hinode.slug}/desk", uuid.uuid4()
    for path, ident in (
        ("agreements/{}", theirs),
        ("agreements/{}/edit", theirs),
        ("agreements/{}/clauses", theirs),
        ("agreements/{}/draft", theirs),
        ("projects/{}/agreements", their_project),
        ("agreements/new?project={}", their_project),
    ):
        known = page.get(f"{desk}/{path.format(ident)}", status=404)
        missing = page.get(f"{desk}/{path.format(ghost)}", status=404)
        assert known.replace(str(ident), "") == missing.replace(str(ghost), "")
    for step in ("sign", "end", "files"):
        page.post(f"{desk}/agreements/{theirs}/{step}", status=404)


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode):
    with tenant_scope(hinode.id):
        for table in TABLES:
            assert db.session.scalars(sa.select(table)).all() == []
        assert db.session.execute(sa.update(Agreement).values(title="x")).rowcount == 0
        assert db.session.execute(sa.update(AgreementClause).values(text="x")).rowcount == 0
        assert db.session.execute(sa.delete(AgreementProject)).rowcount == 0


def test_no_scope_sees_nothing(theirs):
    for table in TABLES:
        assert db.session.scalars(sa.select(table)).all() == []


def test_nothing_of_ours_can_point_at_theirs(theirs, their_project, hinode, minato):
    ours, their_unit = make_agreement(hinode), make_department(minato)
    own = {"tenant_id": hinode.id, "agreement_id": theirs}
    rows = (
        AgreementClause(clause="data", position=1, state="missing", **own),
        AgreementDraft(version=1, content="", created_by="", **own),
        AgreementReminder(ends_on=TODAY, threshold=30, **own),
        AgreementProject(tenant_id=hinode.id, agreement_id=ours, project_id=their_project),
    )
    for row in rows:
        with tenant_scope(hinode.id):
            db.session.add(row)
            with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
                db.session.flush()
    with tenant_scope(hinode.id):
        db.session.execute(sa.select(Agreement.id))
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.execute(sa.update(Agreement).values(department_id=their_unit))


def test_nothing_can_be_written_in_their_name(theirs, their_project, hinode, minato):
    us, them = actor_of(hinode, Role.ADMIN), actor_of(minato, Role.ADMIN)
    system = actor_of(hinode, Role.SYSTEM)
    with tenant_scope(minato.id):
        agreement = queries.get_agreement(them, theirs)
        one = Expiring(queries.list_for_project(them, their_project)[0], TODAY, 0)
    with tenant_scope(hinode.id):
        for refused in (
            lambda: operations.update_agreement(agreement, terms(), actor=us, now=NOON),
            lambda: operations.decide_clauses(agreement, [], actor=us, now=NOON),
            lambda: operations.write_draft(agreement, "x", 1, actor=us, now=NOON),
            lambda: operations.sign_agreement(agreement, TODAY, actor=us, now=NOON),
            lambda: operations.end_agreement(agreement, "ended", TODAY, "", actor=us, now=NOON),
            lambda: operations.add_files(agreement, [], actor=us, now=NOON),
            lambda: operations.link_project(agreement, their_project, actor=us, now=NOON),
            lambda: operations.unlink_project(agreement, their_project, actor=us, now=NOON),
            lambda: operations.remind_agreement(one, 30, actor=system, now=NOON),
        ):
            with pytest.raises(Forbidden):
                refused()
        with pytest.raises(NotFound):
            operations.create_agreement(
                terms(),
                AgreementKind.PILOT,
                their_project,
                agreement_id=uuid.uuid4(),
                actor=us,
                now=NOON,
            )
        db.session.rollback()
        db.session.add(
            AgreementDraft(
                tenant_id=minato.id, agreement_id=theirs, version=9, content="", created_by=""
            )
        )
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_scope_cannot_change_inside_a_transaction(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Agreement)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass


def test_nobody_deletes_or_rewrites_what_is_kept(theirs, minato):
    for statement in (
        sa.delete(Agreement),
        sa.delete(AgreementClause),
        sa.delete(AgreementDraft),
        sa.update(AgreementDraft).values(content="x"),
        sa.delete(AgreementReminder),
    ):
        with (
            tenant_scope(minato.id),
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        ):
            db.session.execute(statement)
