"""The six questions: can one town's proposals be reached from another?"""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.core.tokens import new_token, token_hash
from kyoso.municipal.proposals import operations, queries
from kyoso.municipal.proposals.models import (
    MessageKind,
    Proposal,
    ProposalLink,
    ProposalMessage,
    ProposalRevision,
)
from kyoso.municipal.proposals.queries import InboxFilter
from kyoso.municipal.proposals.rules import ProposalStatus as S
from support.intake import make_policy
from support.people import Town, actor_of
from support.proposals import NOON, Made, desk, make

TABLES = (Proposal, ProposalLink, ProposalMessage, ProposalRevision)


@pytest.fixture
def theirs(minato: Town) -> Made:
    make_policy(minato)
    made = make(minato, S.REVISION_REQUESTED)
    with tenant_scope(minato.id):
        for table in TABLES:
            assert db.session.scalar(sa.select(sa.func.count()).select_from(table)), table
    return made


def child(table: Any, tenant_id: uuid.UUID, proposal_id: uuid.UUID) -> Any:
    own: dict[Any, dict[str, Any]] = {
        ProposalLink: {
            "token_hash": token_hash(new_token()),
            "created_at": NOON,
            "expires_at": NOON,
        },
        ProposalMessage: {
            "kind": MessageKind.REPLY,
            "body": "x",
            "author_name": "x",
            "at": NOON,
        },
        ProposalRevision: {"number": 9, "content": {}, "submitted_at": NOON},
    }
    return table(id=new_id(), tenant_id=tenant_id, proposal_id=proposal_id, **own[table])


def test_theirs_looks_missing_to_us(theirs: Made, hinode: Town) -> None:
    us = desk(hinode)
    with tenant_scope(hinode.id):
        for known, unknown in (
            (
                lambda: queries.get_proposal(us, theirs.id),
                lambda: queries.get_proposal(us, uuid.uuid4()),
            ),
            (
                lambda: queries.get_link(hinode.id, theirs.token),
                lambda: queries.get_link(hinode.id, new_token()),
            ),
        ):
            with pytest.raises(NotFound) as one:
                known()
            with pytest.raises(NotFound) as other:
                unknown()
            assert one.value.message == other.value.message
        assert queries.list_messages(us, theirs.id) == []
        assert queries.list_revisions(us, theirs.id) == []
        assert queries.list_open_questions(us, theirs.id) == []
        assert queries.list_inbox(us, InboxFilter()) == []
        assert queries.count_inbox(us, InboxFilter()) == {}
        assert queries.list_for_export(us, InboxFilter()) == []
        assert queries.find_sent(us, theirs.id) is None
        assert queries.find_by_receipt(us, 2026, 1) is None
        assert queries.next_number(us) == 1


@pytest.mark.parametrize("table", TABLES)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(
    table: Any, theirs: Made, hinode: Town
) -> None:
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []
        assert db.session.execute(sa.update(table).values(id=uuid.uuid4())).rowcount == 0


@pytest.mark.parametrize("table", TABLES)
def test_no_scope_sees_nothing(table: Any, theirs: Made) -> None:
    assert db.session.scalars(sa.select(table)).all() == []


@pytest.mark.parametrize("table", TABLES[1:])
def test_nothing_of_ours_can_point_at_theirs(table: Any, theirs: Made, hinode: Town) -> None:
    with tenant_scope(hinode.id):
        db.session.add(child(table, hinode.id, theirs.id))
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


def test_nothing_of_ours_can_act_on_theirs(theirs: Made, hinode: Town, minato: Town) -> None:
    with tenant_scope(minato.id):
        proposal = queries.get_proposal(desk(minato), theirs.id)
    with tenant_scope(hinode.id):
        for role in Role:
            with pytest.raises(Forbidden):
                operations.start_screening(proposal, actor=actor_of(hinode, role), now=NOON)
            with pytest.raises(Forbidden):
                operations.withdraw_proposal(proposal, "", actor=actor_of(hinode, role), now=NOON)


@pytest.mark.parametrize("table", TABLES[1:])
def test_nothing_can_be_written_in_their_name(
    table: Any, theirs: Made, hinode: Town, minato: Town
) -> None:
    with tenant_scope(hinode.id):
        db.session.add(child(table, minato.id, theirs.id))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_scope_cannot_change_inside_a_transaction(hinode: Town, minato: Town) -> None:
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Proposal)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass


@pytest.mark.parametrize("table", TABLES)
def test_nobody_deletes(table: Any, theirs: Made, minato: Town) -> None:
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(table))
