"""Every change to reviews: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.clock import JST
from kyoso.core.config import settings
from kyoso.core.db import db, new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.core.mail import write_mail
from kyoso.identity.members.models import Membership
from kyoso.municipal.intake.queries import policy_of
from kyoso.municipal.proposals.queries import Proposal
from kyoso.municipal.proposals.rules import ProposalStatus
from kyoso.municipal.reviews import events, queries, rules
from kyoso.municipal.reviews.models import Review, ReviewAssignment
from kyoso.municipal.reviews.permissions import ReviewPermission as May
from kyoso.municipal.reviews.rules import Recommendation
from kyoso.tenancy.queries import get_tenant


@dataclass(frozen=True, slots=True)
class ReviewDraft:
    """What a reviewer writes."""

    scores: dict[str, int]
    note: str
    recommendation: Recommendation


def assign_reviewers(
    proposal: Proposal,
    members: Sequence[Membership],
    due_on: dt.date | None,
    *,
    actor: Actor,
    now: dt.datetime,
) -> list[ReviewAssignment]:
    """Ask members of staff to review; those already asked are left as they are."""
    authorise(actor, May.ASSIGN, proposal)
    rules.check_open(in_review=_in_review(proposal))
    for member in members:
        rules.check_can_review(member.name, member.roles, active=member.deactivated_at is None)
    if due_on is not None and due_on < now.astimezone(JST).date():
        raise InvalidInput({"due_on": [_("審査の期限は、今日か、それより後の日にしてください。")]})
    asked = {r.assignment.membership_id for r in queries.list_reviews(actor, proposal.id)}
    interested = set(queries.list_interested(actor, proposal.id))
    for membership_id in (actor.membership_id, *(member.id for member in members)):
        rules.check_no_interest(membership_id in interested)
    new = [member for member in members if member.id not in asked]
    if not new:
        raise RuleViolation(_("選んだ方は、すでにこの提案の審査の担当です。"))

    made = [_assign(proposal, member, due_on, actor=actor, now=now) for member in new]

    names = tuple(member.name for member in new)
    record(events.ReviewersAssigned(proposal.id, names), actor=actor, now=now)
    return made


def unassign_reviewer(
    proposal: Proposal, review: Review, *, actor: Actor, now: dt.datetime
) -> None:
    """Ask somebody no longer; what they wrote is kept, and counts no more."""
    authorise(actor, May.ASSIGN, proposal)
    rules.check_open(in_review=_in_review(proposal))
    queries.check_not_interested(actor, proposal.id)

    assignment = review.assignment
    assignment.withdrawn_at, assignment.withdrawn_by = now, actor.name

    record(events.ReviewerUnassigned(proposal.id, assignment.reviewer_name), actor=actor, now=now)


def save_review(
    proposal: Proposal, review: Review, draft: ReviewDraft, *, actor: Actor, now: dt.datetime
) -> None:
    """Keep what a reviewer has so far; nobody else sees it."""
    authorise(actor, May.WRITE, proposal)
    _check_writable(proposal, review, actor)
    rules.check_scores(draft.scores, policy_of(actor, proposal.policy_id).criteria, complete=False)
    if review.submitted_at is not None:
        raise RuleViolation(
            _(
                "提出した審査は、下書きに戻せません。直すときは、直してからもう一度提出してください。"
            )
        )

    _write(review, draft, now=now)

    record(events.ReviewSaved(proposal.id), actor=actor, now=now)


def submit_review(
    proposal: Proposal, review: Review, draft: ReviewDraft, *, actor: Actor, now: dt.datetime
) -> None:
    """Hand a review in; until the decision it may be mended and handed in again."""
    authorise(actor, May.WRITE, proposal)
    _check_writable(proposal, review, actor)
    rules.check_scores(draft.scores, policy_of(actor, proposal.policy_id).criteria, complete=True)

    _write(review, draft, now=now)
    review.submitted_at = now

    record(events.ReviewSubmitted(proposal.id), actor=actor, now=now)


def declare_interest(
    proposal: Proposal, review: Review, reason: str, *, actor: Actor, now: dt.datetime
) -> None:
    """Say that one has an interest in the proposal, and be out of its review for good."""
    authorise(actor, May.WRITE, proposal)
    _check_writable(proposal, review, actor)

    review.declared_interest, review.interest_reason, review.declared_at = True, reason, now
    review.submitted_at = None

    record(events.InterestDeclared(proposal.id), actor=actor, now=now)


def _in_review(proposal: Proposal) -> bool:
    return proposal.status is ProposalStatus.IN_REVIEW


def _check_writable(proposal: Proposal, review: Review, actor: Actor) -> None:
    assignment = review.assignment
    rules.check_is_reviewer(
        rules.is_own(actor, assignment.membership_id),
        withdrawn=assignment.withdrawn_at is not None,
    )
    rules.check_open(in_review=_in_review(proposal))
    rules.check_no_interest(review.declared_interest)


def _write(review: Review, draft: ReviewDraft, *, now: dt.datetime) -> None:
    review.scores = dict(draft.scores)
    review.note = draft.note
    review.recommendation = draft.recommendation
    review.saved_at = now


def _assign(
    proposal: Proposal,
    member: Membership,
    due_on: dt.date | None,
    *,
    actor: Actor,
    now: dt.datetime,
) -> ReviewAssignment:
    assignment = ReviewAssignment(
        id=new_id(),
        tenant_id=actor.tenant_id,
        proposal_id=proposal.id,
        membership_id=member.id,
        reviewer_name=member.name,
        assigned_at=now,
        assigned_by=actor.name,
        due_on=due_on,
    )
    assignment.review = Review(
        id=new_id(),
        tenant_id=actor.tenant_id,
        scores={},
        note="",
        recommendation=Recommendation.NONE,
        declared_interest=False,
        interest_reason="",
    )
    db.session.add(assignment)
    town = get_tenant(actor.tenant_id)
    write_mail(
        actor.tenant_id,
        to=member.email,
        template="reviews/mail/assigned",
        sender_name=town.sender_name,
        subject_id=proposal.id,
        proposal=proposal,
        town=town,
        reviewer=member.name,
        due_on=due_on,
        link=f"{settings().base_url}/{town.slug}/desk/proposals/{proposal.id}",
    )
    return assignment
