"""Every read of reviews. A caller passes the actor; a query never guesses the tenant."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.municipal.proposals.queries import proposal_titles
from kyoso.municipal.proposals.rules import ProposalStatus
from kyoso.municipal.reviews import rules
from kyoso.municipal.reviews.models import Review, ReviewAssignment
from kyoso.municipal.reviews.rules import Progress

_TOGETHER = sa.and_(
    Review.tenant_id == ReviewAssignment.tenant_id, Review.assignment_id == ReviewAssignment.id
)

_STILL_ASKED = ReviewAssignment.withdrawn_at.is_(None)


def _reviews(actor: Actor, proposal_id: uuid.UUID) -> sa.Select[Review]:
    return (
        sa.select(Review)
        .join(ReviewAssignment, _TOGETHER)
        .where(
            ReviewAssignment.tenant_id == actor.tenant_id,
            ReviewAssignment.proposal_id == proposal_id,
        )
        .options(contains_eager(Review.assignment))
        .order_by(ReviewAssignment.id)
    )


def list_reviews(actor: Actor, proposal_id: uuid.UUID) -> Sequence[Review]:
    """Return the review of each reviewer asked, with its assignment, in the order they were asked.

    Whose scores the actor may see is for `visible_to` to say. An interest that the actor
    declared is among them for good, also when they were taken off since.
    """
    theirs = (ReviewAssignment.membership_id == actor.membership_id) & Review.declared_interest
    query = _reviews(actor, proposal_id).where(_STILL_ASKED | theirs)
    return db.session.scalars(query).all()


def get_own_review(actor: Actor, proposal_id: uuid.UUID, *, lock: bool = False) -> Review:
    """Return the review asked of the actor, or NotFound."""
    query = _reviews(actor, proposal_id).where(
        _STILL_ASKED, ReviewAssignment.membership_id == actor.membership_id
    )
    if lock:
        query = query.with_for_update(of=Review).execution_options(populate_existing=True)
    review = db.session.scalar(query)
    if review is None:
        raise NotFound
    return review


def get_review(
    actor: Actor, proposal_id: uuid.UUID, assignment_id: uuid.UUID, *, lock: bool = False
) -> Review:
    """Return the review of one assignment still asked for, or NotFound."""
    query = _reviews(actor, proposal_id).where(_STILL_ASKED, ReviewAssignment.id == assignment_id)
    review = db.session.scalar(query.with_for_update() if lock else query)
    if review is None:
        raise NotFound
    return review


def list_mine(actor: Actor, *, limit: int = 50) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return what is still mine: (proposal_id, number, submitted_at, title, due_on, saved_at).

    What is due first is in front.
    """
    proposal = proposal_titles()
    return db.session.execute(
        sa.select(
            ReviewAssignment.proposal_id,
            proposal.c.number,
            proposal.c.submitted_at,
            proposal.c.title,
            ReviewAssignment.due_on,
            Review.saved_at,
        )
        .join(Review, _TOGETHER)
        .join(
            proposal,
            sa.and_(
                proposal.c.tenant_id == ReviewAssignment.tenant_id,
                proposal.c.id == ReviewAssignment.proposal_id,
            ),
        )
        .where(
            ReviewAssignment.tenant_id == actor.tenant_id,
            ReviewAssignment.membership_id == actor.membership_id,
            ReviewAssignment.withdrawn_at.is_(None),
            Review.submitted_at.is_(None),
            Review.declared_interest.is_(False),
            proposal.c.status == ProposalStatus.IN_REVIEW,
        )
        .order_by(ReviewAssignment.due_on.asc().nulls_last(), ReviewAssignment.id)
        .limit(limit)
    ).all()


def count_open(actor: Actor) -> dict[uuid.UUID, int]:
    """Return how many reviews each member still has before them, by membership."""
    proposal = proposal_titles()
    rows = db.session.execute(
        sa.select(ReviewAssignment.membership_id, sa.func.count())
        .join(Review, _TOGETHER)
        .join(
            proposal,
            sa.and_(
                proposal.c.tenant_id == ReviewAssignment.tenant_id,
                proposal.c.id == ReviewAssignment.proposal_id,
            ),
        )
        .where(
            ReviewAssignment.tenant_id == actor.tenant_id,
            ReviewAssignment.withdrawn_at.is_(None),
            Review.submitted_at.is_(None),
            Review.declared_interest.is_(False),
            proposal.c.status == ProposalStatus.IN_REVIEW,
        )
        .group_by(ReviewAssignment.membership_id)
    )
    return dict(rows.all())


def list_interested(actor: Actor, proposal_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the memberships that ever declared an interest in a proposal."""
    return db.session.scalars(
        sa.select(ReviewAssignment.membership_id)
        .join(Review, _TOGETHER)
        .where(
            ReviewAssignment.tenant_id == actor.tenant_id,
            ReviewAssignment.proposal_id == proposal_id,
            Review.declared_interest,
        )
    ).all()


def visible_to(actor: Actor, asked: Sequence[Review], *, decided: bool) -> list[Review]:
    """Return those of `list_reviews` whose scores and notes the actor may see now."""
    own = next((r for r in asked if rules.is_own(actor, r.assignment.membership_id)), None)
    return [
        review
        for review in asked
        if rules.may_see_scores(
            actor,
            own=review is own,
            decided=decided,
            reviews_here=own is not None,
            has_submitted=own is not None and own.submitted_at is not None,
            has_interest=own is not None and own.declared_interest,
        )
    ]


def check_not_interested(actor: Actor, proposal_id: uuid.UUID) -> None:
    """Refuse an actor who ever declared an interest in a proposal, also one taken off since."""
    rules.check_no_interest(actor.membership_id in list_interested(actor, proposal_id))


def get_progress(actor: Actor, proposal_id: uuid.UUID, needed: int) -> Progress:
    """Return how far the review of a proposal is."""
    return rules.progress_of((r.state for r in list_reviews(actor, proposal_id)), needed)
