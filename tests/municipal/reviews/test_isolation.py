"""The six questions: can one town's reviews be reached from another?"""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound
from kyoso.core.scope import tenant_scope
from kyoso.identity.members.queries import get_member
from kyoso.municipal.proposals.queries import get_proposal
from kyoso.municipal.reviews import queries
from kyoso.municipal.reviews.models import Review, ReviewAssignment
from kyoso.municipal.reviews.operations import assign_reviewers
from kyoso.municipal.reviews.rules import Recommendation
from support.intake import make_policy
from support.people import actor_of
from support.proposals import NOON, S, desk, make

TABLES = [ReviewAssignment, Review]


@pytest.fixture
def theirs(minato, member_of):
    """A proposal of the other town, with one reviewer asked: (proposal, assignment, member)."""
    make_policy(minato)
    member = member_of(minato, Role.STAFF)
    made = make(minato, S.IN_REVIEW)
    with tenant_scope(minato.id):
        proposal = get_proposal(desk(minato), made.id)
        found = get_member(desk(minato), member.membership_id)
        (assignment,) = assign_reviewers(proposal, [found], None, actor=desk(minato), now=NOON)
        db.session.commit()
        return proposal.id, assignment.id, member.membership_id


def assignment(town_id, proposal_id, membership_id):
    return ReviewAssignment(
        id=new_id(),
        tenant_id=town_id,
        proposal_id=proposal_id,
        membership_id=membership_id,
        reviewer_name="見本",
        assigned_at=NOON,
        assigned_by="見本",
    )


def review(town_id, assignment_id):
    return Review(
        id=new_id(),
        tenant_id=town_id,
        assignment_id=assignment_id,
        scores={},
        recommendation=Recommendation.NONE,
    )


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    proposal_id, assignment_id, _member = theirs
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert queries.list_reviews(us, proposal_id) == []
        assert queries.list_mine(us) == []
        assert queries.count_open(us) == {}
        assert queries.list_interested(us, proposal_id) == []
        with pytest.raises(NotFound):
            queries.get_review(us, proposal_id, assignment_id)
        with pytest.raises(NotFound):
            queries.get_own_review(us, proposal_id)
    office = browser(member_of(hinode, Role.ADMIN))
    address = f"/{hinode.slug}/desk/proposals/"
    for page in ("review", "reviewers", "review/interest"):
        known = office.get(f"{address}{proposal_id}/{page}", status=404)
        assert known == office.get(f"{address}{uuid.uuid4()}/{page}", status=404)
    for step in ("review", "reviewers", "review/interest", f"reviewers/{assignment_id}/remove"):
        office.post(f"{address}{proposal_id}/{step}", {"reason": "x"}, status=404)


@pytest.mark.parametrize("table", TABLES)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode, table):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []
        assert db.session.execute(sa.update(table).values(tenant_id=hinode.id)).rowcount == 0


@pytest.mark.parametrize("table", TABLES)
def test_no_scope_sees_nothing(theirs, table):
    assert db.session.scalars(sa.select(table)).all() == []


def test_nothing_of_ours_can_point_at_theirs(theirs, hinode, member_of):
    proposal_id, assignment_id, member_id = theirs
    make_policy(hinode)
    ours, our_member = make(hinode).id, member_of(hinode, Role.STAFF).membership_id
    for row in (
        assignment(hinode.id, proposal_id, our_member),
        assignment(hinode.id, ours, member_id),
        review(hinode.id, assignment_id),
    ):
        with tenant_scope(hinode.id):
            db.session.add(row)
            with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
                db.session.flush()


def test_nothing_can_be_written_in_their_name(theirs, hinode, minato):
    proposal_id, assignment_id, member_id = theirs
    for row in (
        assignment(minato.id, proposal_id, member_id),
        review(minato.id, assignment_id),
    ):
        with tenant_scope(hinode.id):
            db.session.add(row)
            with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
                db.session.flush()


@pytest.mark.parametrize("table", TABLES)
def test_scope_cannot_change_inside_a_transaction(hinode, minato, table):
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(table)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass


@pytest.mark.parametrize("table", TABLES)
def test_nobody_deletes(theirs, minato, table):
    with tenant_scope(minato.id), pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.delete(table))
