"""The pages on which a decision is taken, checked, told, and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, make_response, request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now
from kyoso.core.errors import InvalidInput, NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.municipal.decisions import operations, queries, rules
from kyoso.municipal.decisions.models import Decision
from kyoso.municipal.decisions.permissions import DecisionPermission as May
from kyoso.municipal.decisions.schemas import (
    DecisionSchema,
    LetterSchema,
    ReasonSchema,
    SealSchema,
)
from kyoso.municipal.documents import queries as documents
from kyoso.municipal.intake.queries import policy_of
from kyoso.municipal.intake.rules import words_of
from kyoso.municipal.proposals import operations as proposals
from kyoso.municipal.proposals.queries import Proposal, get_received
from kyoso.municipal.reviews import queries as reviews
from kyoso.municipal.reviews import rules as reviewing

bp = FeatureBlueprint(
    "decisions",
    __name__,
    url_prefix="/<town>/desk/proposals/<uuid:proposal_id>",
    template_folder="templates",
)
Errors = dict[str, list[str]]


def _current(proposal_id: uuid.UUID, *, lock: bool = False) -> tuple[Proposal, Decision]:
    proposal = get_received(actor(), proposal_id, lock=lock)
    decision = queries.get_current(actor(), proposal_id, lock=lock)
    if decision is None:
        raise NotFound(_("この提案には、いま有効な決定がありません。提案の画面をご確認ください。"))
    return proposal, decision


def _to(proposal_id: uuid.UUID) -> ResponseReturnValue:
    return go("desk.detail", proposal_id=proposal_id)


@bp.page("/decision", permission=May.DECIDE)
def decision_form(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show the form for a decision, with what the reviewers said beside it."""
    return _decision_form(get_received(actor(), proposal_id), {}, {})


@bp.page("/decision", permission=May.DECIDE, methods=("POST",))
def decide(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Decide; the next page shows the letter that was drafted."""
    proposal = get_received(actor(), proposal_id, lock=True)
    try:
        choice = load_form(DecisionSchema, request.form)
        operations.decide_proposal(proposal, choice, actor=actor(), now=now())
    except InvalidInput as error:
        return _decision_form(proposal, request.form, error.errors), 422
    flash(_("決定を記録しました。まだ誰にも知らせていません。内容を確認して送付してください。"))
    return go("decisions.preview", proposal_id=proposal_id)


def _decision_form(proposal: Proposal, values: Mapping[str, Any], errors: Errors) -> str:
    current = queries.get_current(actor(), proposal.id)
    if current is not None:
        rules.refuse_second(current.outcome, current.decided_by, current.decided_at)
    policy = policy_of(actor(), proposal.policy_id)
    criteria = reviewing.asked(policy.criteria)
    given = reviews.list_reviews(actor(), proposal.id)
    reviews.check_not_interested(actor(), proposal.id)
    # A decider who reviews as well sees the others' once their own is in.
    shown = reviews.visible_to(actor(), given, decided=False)
    handed_in = [review for review in shown if review.submitted_at is not None]
    return show(
        "decisions/decide.html",
        proposal=proposal,
        outcomes=[(outcome, outcome.label) for outcome in rules.OFFERED],
        grounds=[(ground["key"], words_of(ground)) for ground in policy.decline_grounds],
        progress=reviewing.progress_of((r.state for r in given), policy.reviewers_needed),
        reviews=handed_in,
        averages=reviewing.averages([r.scores for r in handed_in], policy.criteria),
        overall=reviewing.overall([r.scores for r in handed_in], policy.criteria),
        criteria=criteria,
        labels={criterion["key"]: criterion["label"] for criterion in criteria},
        values=values,
        errors=errors,
    )


@bp.page("/decision/letter", permission=May.DECIDE)
def letter_form(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show the letter, to be worded differently."""
    proposal, decision = _current(proposal_id)
    rules.check_not_announced(decision.announced_at)
    reviews.check_not_interested(actor(), proposal_id)
    values = {
        "subject": decision.letter_subject,
        "body": decision.letter_body,
        "public_summary": decision.public_summary,
    }
    return _letter_form(proposal, decision, values, {})


@bp.page("/decision/letter", permission=May.DECIDE, methods=("POST",))
def edit_letter(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the letter as it was worded anew."""
    proposal, decision = _current(proposal_id, lock=True)
    try:
        letter = load_form(LetterSchema, request.form)
        operations.edit_letter(proposal, decision, letter, actor=actor(), now=now())
    except InvalidInput as error:
        return _letter_form(proposal, decision, request.form, error.errors), 422
    flash(_("通知書を保存しました。"))
    return go("decisions.preview", proposal_id=proposal_id)


def _letter_form(
    proposal: Proposal, decision: Decision, values: Mapping[str, Any], errors: Errors
) -> str:
    return show(
        "decisions/letter.html",
        proposal=proposal,
        decision=decision,
        values=values,
        errors=errors,
    )


@bp.page("/decision/preview", permission=May.READ)
def preview(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show exactly what will be sent, and what will become public."""
    proposal, decision = _current(proposal_id)
    return show(
        "decisions/preview.html",
        proposal=proposal,
        decision=decision,
        recipient=queries.letter_values(actor(), proposal, decision)["recipient"],
        documents=documents.list_for_subject(actor(), proposal.id),
        barred=actor().membership_id in reviews.list_interested(actor(), proposal_id),
    )


@bp.page("/decision/pdf", permission=May.READ)
def pdf(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show the letter as the PDF that will be issued; a sent one is among the documents."""
    proposal, decision = _current(proposal_id)
    rules.check_not_announced(decision.announced_at)
    made = documents.preview(
        decision.outcome.document,
        queries.letter_values(actor(), proposal, decision),
        actor(),
        locale=proposal.locale,
        body=decision.letter_body,
    )
    response = make_response(made)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = 'inline; filename="preview.pdf"'
    return response


@bp.page("/decision/announce", permission=May.ANNOUNCE, methods=("POST",))
def announce(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Send and publish, both at once."""
    proposal, decision = _current(proposal_id, lock=True)
    seen = load_form(SealSchema, request.form)["seen"]
    operations.announce_decision(proposal, decision, seen, actor=actor(), now=now())
    flash(
        _("通知書を送付し、決定を公開しました。")
        if decision.outcome.adopts
        else _("通知書を送付しました。")
    )
    return _to(proposal_id)


@bp.page("/decision/undo", permission=May.UNDO)
def undo_form(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show what undoing the decision does, and ask for the reason."""
    proposal, decision = _current(proposal_id)
    reviews.check_not_interested(actor(), proposal_id)
    return show("decisions/undo.html", proposal=proposal, decision=decision, values={}, errors={})


@bp.page("/decision/undo", permission=May.UNDO, methods=("POST",))
def undo(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Take the decision back."""
    proposal, decision = _current(proposal_id, lock=True)
    try:
        data = load_form(ReasonSchema, request.form)
    except InvalidInput as error:
        page = show(
            "decisions/undo.html",
            proposal=proposal,
            decision=decision,
            values=request.form,
            errors=error.errors,
        )
        return page, 422
    operations.undo_decision(proposal, decision, data["reason"], actor=actor(), now=now())
    flash(_("決定を取り消し、審査に戻しました。"))
    return _to(proposal_id)


@bp.page("/revocation", permission="proposals:revoke")
def revoke_form(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show what revoking the adoption does, and ask for the grounds."""
    proposal, decision = _current(proposal_id)
    rules.check_announced(decision.announced_at)
    reviews.check_not_interested(actor(), proposal_id)
    return show("decisions/revoke.html", proposal=proposal, values={}, errors={})


@bp.page("/revocation", permission="proposals:revoke", methods=("POST",))
def revoke(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Take an adoption back that the proposer knows of (取消し)."""
    proposal, decision = _current(proposal_id, lock=True)
    rules.check_announced(decision.announced_at)
    # Here, because proposals know nothing of their reviews.
    reviews.check_not_interested(actor(), proposal_id)
    try:
        data = load_form(ReasonSchema, request.form)
    except InvalidInput as error:
        page = show(
            "decisions/revoke.html", proposal=proposal, values=request.form, errors=error.errors
        )
        return page, 422
    proposals.revoke_adoption(proposal, data["reason"], actor=actor(), now=now())
    flash(_("採択を取り消し、提案者に知らせました。"))
    return _to(proposal_id)
