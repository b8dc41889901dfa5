"""The six questions: can one town's strategy be reached from another?"""

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.strategy.models import Strategy, Tactic, TacticDepartment, Vision
from kyoso.municipal.strategy.queries import (
    get_tactic,
    list_tactics,
    strategy_tree,
    tactic_labels,
)
from support.folders import TownFolder
from support.people import Town

TABLES = (Vision, Strategy, Tactic, TacticDepartment)


@pytest.fixture
def theirs(town: TownFolder) -> Tactic:
    town.sync()
    with tenant_scope(town.read().tenant_id):
        return db.session.scalars(sa.select(Tactic)).all()[0]


def test_theirs_looks_missing_to_us(theirs: Tactic, hinode: Town) -> None:
    us = Actor.guest(hinode.id)
    with tenant_scope(hinode.id):
        assert strategy_tree(us) == []
        assert list_tactics(us) == []
        assert tactic_labels(us) == {}
        with pytest.raises(NotFound) as known:
            get_tactic(us, theirs.id)
        with pytest.raises(NotFound) as unknown:
            get_tactic(us, uuid.uuid4())
        assert known.value.message == unknown.value.message


@pytest.mark.parametrize("table", TABLES)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(
    table: type[Tactic], theirs: Tactic, hinode: Town
) -> None:
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []
        touched = db.session.execute(sa.update(table).values(id=uuid.uuid4()))
        assert touched.rowcount == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", TABLES)
def test_no_scope_sees_nothing(table: type[Tactic], theirs: Tactic) -> None:
    assert db.session.scalars(sa.select(table)).all() == []


def test_nothing_of_ours_can_point_at_theirs(theirs: Tactic, hinode: Town) -> None:
    for row in (
        Tactic(
            id=new_id(),
            tenant_id=hinode.id,
            strategy_id=theirs.strategy_id,
            code="x",
            title="x",
            position=1,
        ),
        TacticDepartment(
            id=new_id(), tenant_id=hinode.id, tactic_id=theirs.id, department_id=uuid.uuid4()
        ),
    ):
        with tenant_scope(hinode.id):
            db.session.add(row)
            with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
                db.session.flush()


def test_nothing_can_be_written_in_their_name(theirs: Tactic, hinode: Town) -> None:
    with tenant_scope(hinode.id):
        db.session.add(
            Vision(id=new_id(), tenant_id=theirs.tenant_id, number=9, title="x", reasons=[])
        )
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_scope_cannot_change_inside_a_transaction(theirs: Tactic, hinode: Town) -> None:
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Tactic)).all()
        with pytest.raises(RuntimeError), tenant_scope(theirs.tenant_id):
            pass


@pytest.mark.parametrize("table", TABLES)
def test_nobody_deletes(table: type[Tactic], theirs: Tactic) -> None:
    with tenant_scope(theirs.tenant_id):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            db.session.execute(sa.delete(table))
        db.session.rollback()
