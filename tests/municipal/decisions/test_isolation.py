"""The six questions: can one town's decisions be reached from another?"""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.decisions import queries
from kyoso.municipal.decisions.models import Decision
from kyoso.municipal.decisions.rules import Outcome
from support.intake import make_policy
from support.people import actor_of
from support.proposals import NOON, S, make


@pytest.fixture
def theirs(minato) -> uuid.UUID:
    """The id of a proposal that the other town has adopted."""
    make_policy(minato)
    return make(minato, S.ADOPTED).id


def decision(town_id: uuid.UUID, proposal_id: uuid.UUID) -> Decision:
    return Decision(
        id=new_id(),
        tenant_id=town_id,
        proposal_id=proposal_id,
        outcome=Outcome.ADOPTED,
        grounds="x",
        letter_subject="x",
        letter_body="x",
        decided_by="x",
        decided_at=NOON,
    )


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert queries.get_current(us, theirs) is None
        assert queries.get_announced(us, theirs) is None
        assert queries.list_decisions(us, theirs) == []
        assert queries.list_unannounced(us) == []
    office = browser(member_of(hinode, Role.ADMIN))
    address = f"/{hinode.slug}/desk/proposals/"
    pages = ("", "/decision", "/decision/letter", "/decision/preview", "/decision/undo")
    for page in (*pages, "/revocation", "/project"):
        known = office.get(f"{address}{theirs}{page}", status=404)
        assert known == office.get(f"{address}{uuid.uuid4()}{page}", status=404)
    for step in ("", "/letter", "/announce", "/undo"):
        office.post(f"{address}{theirs}/decision{step}", {"reason": "x"}, status=404)


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(Decision)).all() == []
        assert db.session.execute(sa.update(Decision).values(grounds="x")).rowcount == 0


def test_no_scope_sees_nothing(theirs):
    assert db.session.scalars(sa.select(Decision)).all() == []


def test_nothing_of_ours_can_point_at_theirs(theirs, hinode):
    with tenant_scope(hinode.id):
        db.session.add(decision(hinode.id, theirs))
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


def test_nothing_can_be_written_in_their_name(theirs, hinode, minato):
    with tenant_scope(hinode.id):
        db.session.add(decision(minato.id, theirs))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_scope_cannot_change_inside_a_transaction(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Decision)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass


def test_nobody_deletes(theirs, minato):
    with tenant_scope(minato.id), pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.delete(Decision))
