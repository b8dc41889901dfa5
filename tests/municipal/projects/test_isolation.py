"""The six questions: can one town's projects be reached from another?"""

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.projects.models import Project
from kyoso.municipal.projects.queries import (
    ProjectFilter,
    count_by_stage,
    get_project,
    get_published,
    list_addresses,
    list_newest,
    list_projects,
    list_published,
    next_number,
)
from support.departments import make_department
from support.people import Town, actor_of
from support.projects import make_adopted_proposal, make_project


@pytest.fixture
def theirs(minato: Town) -> uuid.UUID:
    return make_project(minato, 7)


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser) -> None:
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert list_projects(us, ProjectFilter()).rows == []
        assert list_published(us, ProjectFilter()).rows == []
        assert (list_newest(us, 9), list_addresses(us), count_by_stage(us)) == ([], [], {})
        assert next_number(us) == 1
        with pytest.raises(NotFound) as known:
            get_project(us, theirs)
        with pytest.raises(NotFound) as unknown:
            get_project(us, uuid.uuid4())
        assert known.value.message == unknown.value.message
        with pytest.raises(NotFound):
            get_published(us, 7)
    desk = browser(member_of(hinode, Role.ADMIN))
    address = f"/{hinode.slug}/desk/projects/"
    assert desk.get(address + str(theirs), status=404) == desk.get(
        address + str(uuid.uuid4()), status=404
    )
    for step in ("publish", "unpublish", "move", "edit"):
        desk.post(f"{address}{theirs}/{step}", {"reason": "x", "to": "pilot"}, status=404)


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode) -> None:
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(Project)).all() == []
        assert db.session.execute(sa.update(Project).values(title="x")).rowcount == 0


def test_no_scope_sees_nothing(theirs) -> None:
    assert db.session.scalars(sa.select(Project)).all() == []


@pytest.mark.parametrize("kind", ["proposal", "department"])
def test_nothing_of_ours_can_point_at_theirs(kind: str, minato: Town, hinode: Town) -> None:
    foreign = make_adopted_proposal(minato) if kind == "proposal" else make_department(minato, "課")
    with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
        make_project(hinode, **{f"{kind}_id": foreign})


def test_nothing_can_be_written_in_their_name(minato: Town, hinode: Town) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        make_project(hinode, tenant_id=minato.id)


def test_scope_cannot_change_inside_a_transaction(hinode: Town, minato: Town) -> None:
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Project)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass


def test_nobody_deletes(theirs, minato: Town) -> None:
    with tenant_scope(minato.id):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            db.session.execute(sa.delete(Project))
        db.session.rollback()
