"""Asking for reviews and writing them."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db
from kyoso.core.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.identity.members.queries import get_member
from kyoso.municipal.proposals.operations import withdraw_proposal
from kyoso.municipal.proposals.queries import get_proposal
from kyoso.municipal.reviews import queries
from kyoso.municipal.reviews.operations import (
    ReviewDraft,
    assign_reviewers,
    declare_interest,
    save_review,
    submit_review,
    unassign_reviewer,
)
from kyoso.municipal.reviews.rules import Recommendation, ReviewState
from support.intake import make_policy
from support.people import actor_of
from support.proposals import NOON, S, desk, holder, make

WHOLE = ReviewDraft({"vision": 4, "feasible": 5}, "よい提案です。", Recommendation.ADOPT)
HALF = ReviewDraft({"vision": 4}, "", Recommendation.NONE)


@pytest.fixture
def town(hinode):
    make_policy(hinode)
    return hinode


@pytest.fixture
def reviewer(town, member_of):
    return member_of(town, Role.STAFF, name="審査 一（見本）")


@pytest.fixture
def proposal(town, reviewer):
    """A proposal in review that the reviewer was asked about, in the town's scope."""
    made = make(town, S.IN_REVIEW)
    with tenant_scope(town.id):
        office = desk(town)
        proposal = get_proposal(office, made.id, lock=True)
        member = get_member(office, reviewer.membership_id)
        assign_reviewers(proposal, [member], None, actor=office, now=NOON)
        db.session.flush()
        yield proposal


def own(person, proposal):
    return queries.get_own_review(person.actor, proposal.id)


def test_the_secretariat_asks_and_each_reviewer_hears_of_it(town, member_of):
    made = make(town, S.IN_REVIEW)
    people = [
        member_of(town, role, name=f"{role.label}（見本）") for role in (Role.STAFF, Role.ADMIN)
    ]
    with tenant_scope(town.id):
        office = desk(town)
        proposal = get_proposal(office, made.id)
        members = [get_member(office, person.membership_id) for person in people]
        day = NOON.date() + dt.timedelta(days=7)

        for other in (Role.STAFF, Role.AUDITOR, Role.LINK_HOLDER):
            with pytest.raises(Forbidden):
                assign_reviewers(proposal, members, day, actor=actor_of(town, other), now=NOON)
        assign_reviewers(proposal, members, day, actor=office, now=NOON)
        db.session.flush()

        asked = queries.list_reviews(office, made.id)
        assert [r.assignment.reviewer_name for r in asked] == [p.name for p in people]
        mails = db.session.scalars(sa.select(Mail).where(Mail.to == people[0].email)).all()
        assert "審査の担当になりました" in mails[-1].body
        assert "2026年11月28日（土）" in mails[-1].body
        with pytest.raises(RuleViolation, match="すでに"):
            assign_reviewers(proposal, members, None, actor=office, now=NOON)
        yesterday = NOON.date() - dt.timedelta(days=1)
        with pytest.raises(InvalidInput):
            assign_reviewers(proposal, members, yesterday, actor=office, now=NOON)


def test_an_auditor_is_not_asked(town, member_of):
    made = make(town, S.IN_REVIEW)
    auditor = member_of(town, Role.AUDITOR)
    with tenant_scope(town.id):
        proposal = get_proposal(desk(town), made.id)
        member = get_member(desk(town), auditor.membership_id)
        with pytest.raises(RuleViolation, match="お願いできません"):
            assign_reviewers(proposal, [member], None, actor=desk(town), now=NOON)


def test_reviewers_are_chosen_only_while_the_proposal_is_in_review(town, reviewer):
    made = make(town, S.SCREENING)
    with tenant_scope(town.id):
        office = desk(town)
        proposal = get_proposal(office, made.id)
        member = get_member(office, reviewer.membership_id)
        with pytest.raises(RuleViolation, match="審査中ではない"):
            assign_reviewers(proposal, [member], None, actor=office, now=NOON)


def test_only_the_one_asked_writes_and_what_is_mine_ends_with_submitting(town, reviewer, proposal):
    review = own(reviewer, proposal)
    assert [row.proposal_id for row in queries.list_mine(reviewer.actor)] == [proposal.id]
    assert queries.count_open(reviewer.actor) == {reviewer.membership_id: 1}

    with pytest.raises(Forbidden):
        save_review(proposal, review, HALF, actor=actor_of(town, Role.AUDITOR), now=NOON)
    with pytest.raises(RuleViolation, match="本人だけ"):
        save_review(proposal, review, HALF, actor=desk(town), now=NOON)
    save_review(proposal, review, HALF, actor=reviewer.actor, now=NOON)
    assert review.state is ReviewState.STARTED
    with pytest.raises(InvalidInput):
        submit_review(proposal, review, HALF, actor=reviewer.actor, now=NOON)
    submit_review(proposal, review, WHOLE, actor=reviewer.actor, now=NOON)
    db.session.flush()

    assert review.state is ReviewState.SUBMITTED
    assert queries.list_mine(reviewer.actor) == []
    with pytest.raises(RuleViolation, match="下書きに戻せません"):
        save_review(proposal, review, HALF, actor=reviewer.actor, now=NOON)


def test_who_has_an_interest_is_out_for_good(town, reviewer, proposal):
    review = own(reviewer, proposal)
    submit_review(proposal, review, WHOLE, actor=reviewer.actor, now=NOON)

    with pytest.raises(Forbidden):
        declare_interest(proposal, review, "x", actor=actor_of(town, Role.AUDITOR), now=NOON)
    declare_interest(proposal, review, "役員です。", actor=reviewer.actor, now=NOON)
    db.session.flush()

    assert review.state is ReviewState.OUT
    assert queries.get_progress(desk(town), proposal.id, 1).submitted == 0
    assert queries.list_interested(desk(town), proposal.id) == [reviewer.membership_id]
    with pytest.raises(RuleViolation, match="利害関係"):
        submit_review(proposal, review, WHOLE, actor=reviewer.actor, now=NOON)
    unassign_reviewer(proposal, review, actor=desk(town), now=NOON)
    db.session.flush()
    member = get_member(desk(town), reviewer.membership_id)
    with pytest.raises(RuleViolation, match="利害関係"):
        assign_reviewers(proposal, [member], None, actor=desk(town), now=NOON)


def test_who_is_taken_off_can_write_no_more_and_can_be_asked_anew(town, reviewer, proposal):
    review = own(reviewer, proposal)

    with pytest.raises(Forbidden):
        unassign_reviewer(proposal, review, actor=reviewer.actor, now=NOON)
    unassign_reviewer(proposal, review, actor=desk(town), now=NOON)
    db.session.flush()

    with pytest.raises(RuleViolation, match="外れています"):
        save_review(proposal, review, HALF, actor=reviewer.actor, now=NOON)
    with pytest.raises(NotFound):
        own(reviewer, proposal)
    member = get_member(desk(town), reviewer.membership_id)
    assign_reviewers(proposal, [member], None, actor=desk(town), now=NOON)
    db.session.flush()
    assert own(reviewer, proposal).id != review.id


def test_a_withdrawn_proposal_waits_for_nobody(town, reviewer, proposal):
    review = own(reviewer, proposal)
    withdraw_proposal(proposal, "都合により", actor=holder(town, proposal), now=NOON)
    db.session.flush()

    assert queries.list_mine(reviewer.actor) == []
    with pytest.raises(RuleViolation, match="審査中ではない"):
        save_review(proposal, review, HALF, actor=reviewer.actor, now=NOON)
