"""The pages on which reviewers are chosen, and on which a reviewer writes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.identity.members import queries as members
from kyoso.municipal.intake.queries import policy_of
from kyoso.municipal.proposals import operations as proposals
from kyoso.municipal.proposals.queries import Proposal, get_received
from kyoso.municipal.proposals.rules import ProposalStatus
from kyoso.municipal.reviews import operations, queries, rules
from kyoso.municipal.reviews.models import Review
from kyoso.municipal.reviews.permissions import ReviewPermission as May
from kyoso.municipal.reviews.rules import Recommendation
from kyoso.municipal.reviews.schemas import InterestSchema, ReviewersSchema, load_review
from kyoso.tenancy.queries import department_names

bp = FeatureBlueprint(
    "reviews",
    __name__,
    url_prefix="/<town>/desk/proposals/<uuid:proposal_id>",
    template_folder="templates",
)
Errors = dict[str, list[str]]


@bp.page("/reviewers", permission=May.ASSIGN)
def reviewers(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show who can be asked to review, and how much each has to do."""
    queries.check_not_interested(actor(), proposal_id)
    return _reviewers_form(get_received(actor(), proposal_id), {}, {})


@bp.page("/reviewers", permission=May.ASSIGN, methods=("POST",))
def assign(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Ask the chosen to review; a proposal still being checked goes into review with it."""
    proposal = get_received(actor(), proposal_id, lock=True)
    try:
        ask = load_form(ReviewersSchema, request.form)
        chosen = [
            members.get_member(actor(), member_id) for member_id in dict.fromkeys(ask.members)
        ]
        if proposal.status is not ProposalStatus.IN_REVIEW:
            proposals.start_review(proposal, actor=actor(), now=now())
        operations.assign_reviewers(proposal, chosen, ask.due_on, actor=actor(), now=now())
    except InvalidInput as error:
        return _reviewers_form(proposal, request.form, error.errors), 422
    flash(_("審査の担当者にお願いのメールを送りました。"))
    return go("desk.detail", proposal_id=proposal_id, _anchor="reviews")


def _reviewers_form(proposal: Proposal, values: Mapping[str, Any], errors: Errors) -> str:
    who = actor()
    asked = {review.assignment.membership_id for review in queries.list_reviews(who, proposal.id)}
    out = set(queries.list_interested(who, proposal.id))
    names, load = department_names(who), queries.count_open(who)
    options = [
        (member.id, member.name, _about(member, names, load.get(member.id, 0)))
        for member in members.list_members(who, active=True)
        if rules.REVIEWER_ROLES & set(member.roles) and member.id not in asked | out
    ]
    policy = policy_of(who, proposal.policy_id)
    return show(
        "reviews/reviewers.html",
        proposal=proposal,
        options=options,
        already=len(asked - out),
        needed=policy.reviewers_needed,
        starts=proposal.status is not ProposalStatus.IN_REVIEW,
        today=today(),
        values=values,
        errors=errors,
    )


def _about(member: Any, names: Mapping[uuid.UUID, str], load: int) -> str:
    words = [*(names[d] for d in member.department_ids if d in names), *member.role_labels]
    return " ・ ".join([*words, _("いま担当している審査 %(n)s件", n=load)])


@bp.page("/reviewers/<uuid:assignment_id>/remove", permission=May.ASSIGN, methods=("POST",))
def unassign(proposal_id: uuid.UUID, assignment_id: uuid.UUID) -> ResponseReturnValue:
    """Ask somebody no longer."""
    proposal = get_received(actor(), proposal_id, lock=True)
    review = queries.get_review(actor(), proposal_id, assignment_id, lock=True)
    operations.unassign_reviewer(proposal, review, actor=actor(), now=now())
    flash(_("%(name)sさんを審査の担当から外しました。", name=review.assignment.reviewer_name))
    return go("desk.detail", proposal_id=proposal_id, _anchor="reviews")


@bp.page("/review", permission=May.WRITE)
def form(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show one's own review, to be written beside the proposal."""
    proposal = get_received(actor(), proposal_id)
    review = queries.get_own_review(actor(), proposal_id)
    rules.check_no_interest(review.declared_interest)
    return _review_form(proposal, review, review.written, {})


@bp.page("/review", permission=May.WRITE, methods=("POST",))
def save(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Keep one's review as a draft, or hand it in."""
    proposal = get_received(actor(), proposal_id, lock=True)
    review = queries.get_own_review(actor(), proposal_id, lock=True)
    try:
        draft, submits = load_review(request.form)
        operation = operations.submit_review if submits else operations.save_review
        operation(proposal, review, draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _review_form(proposal, review, request.form, error.errors), 422
    flash(_("審査を提出しました。") if submits else _("審査の下書きを保存しました。"))
    return go("desk.detail", proposal_id=proposal_id, _anchor="reviews")


def _review_form(
    proposal: Proposal, review: Review, values: Mapping[str, Any], errors: Errors
) -> str:
    return show(
        "reviews/review.html",
        proposal=proposal,
        review=review,
        criteria=rules.asked(policy_of(actor(), proposal.policy_id).criteria),
        recommendations=[(kind, kind.label) for kind in Recommendation],
        values=values,
        errors=errors,
    )


@bp.page("/review/interest", permission=May.WRITE)
def interest_form(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show what declaring an interest means, and ask for the reason."""
    proposal = get_received(actor(), proposal_id)
    review = queries.get_own_review(actor(), proposal_id)
    rules.check_no_interest(review.declared_interest)
    return show("reviews/interest.html", proposal=proposal, values={}, errors={})


@bp.page("/review/interest", permission=May.WRITE, methods=("POST",))
def declare_interest(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Be out of a review for an interest in the proposal."""
    proposal = get_received(actor(), proposal_id, lock=True)
    review = queries.get_own_review(actor(), proposal_id, lock=True)
    try:
        data = load_form(InterestSchema, request.form)
    except InvalidInput as error:
        page = show(
            "reviews/interest.html", proposal=proposal, values=request.form, errors=error.errors
        )
        return page, 422
    operations.declare_interest(proposal, review, data["reason"], actor=actor(), now=now())
    flash(_("申し出を受け付けました。この提案の審査からは外れています。"))
    return go("desk.detail", proposal_id=proposal_id, _anchor="reviews")
