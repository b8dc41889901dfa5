"""The six questions: can one town's indicators be reached from another?"""

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.indicators import queries
from kyoso.municipal.indicators.models import Indicator, Measurement
from kyoso.municipal.indicators.operations import retire_indicator
from kyoso.municipal.indicators.rules import Direction
from kyoso.municipal.projects.queries import get_project
from support.gates import walking
from support.people import Town, actor_of
from support.projects import make_project

TABLES = [Indicator, Measurement]


@pytest.fixture
def theirs(minato: Town) -> tuple[uuid.UUID, uuid.UUID]:
    project = make_project(minato, 1)
    with walking(minato, project) as walk:
        walk.define_indicator()
        walk.measure()
        (info,) = queries.list_indicators(walk.actor, project)
    return project, info.id


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    project, indicator = theirs
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert queries.list_indicators(us, project) == []
        assert queries.list_measurements(us, indicator) == []
        assert not queries.was_sent(us, indicator)
        with pytest.raises(NotFound):
            queries.get_indicator(us, project, indicator)
    desk, own = browser(member_of(hinode, Role.ADMIN)), make_project(hinode, 1)
    for place in (project, own):
        here = f"/{hinode.slug}/desk/projects/{place}/indicators"
        desk.get(f"{here}/{indicator}/edit", status=404)
        desk.post(f"{here}/{indicator}/measure", {"form_id": new_id()}, status=404)


@pytest.mark.parametrize("table", TABLES)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode, table):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []
        assert db.session.execute(sa.update(table).values(created_at=now())).rowcount == 0


@pytest.mark.parametrize("table", TABLES)
def test_no_scope_sees_nothing(theirs, table):
    assert db.session.scalars(sa.select(table)).all() == []


def test_nothing_of_ours_can_act_on_theirs(theirs, hinode, minato):
    them = actor_of(minato, Role.ADMIN)
    with tenant_scope(minato.id):
        project = get_project(them, theirs[0])
        indicator = queries.get_indicator(them, *theirs)
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        retire_indicator(project, indicator, "x", actor=actor_of(hinode, Role.ADMIN), now=now())


def test_nothing_can_be_written_in_their_name_or_point_at_theirs(theirs, hinode, minato):
    values = {
        "name": "x",
        "shows": "x",
        "unit": "x",
        "direction": Direction.UP,
        "created_by": "",
        "project_id": theirs[0],
    }
    with tenant_scope(hinode.id):
        db.session.add(Indicator(tenant_id=minato.id, **values))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()
        db.session.rollback()
    with tenant_scope(hinode.id):
        db.session.add(Indicator(tenant_id=hinode.id, **values))
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()
        db.session.rollback()


@pytest.mark.parametrize("table", TABLES)
def test_nobody_deletes(theirs, minato, table):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(table))
