"""Every change to decisions: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.i18n import force_locale
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.municipal.decisions import events, queries, rules
from kyoso.municipal.decisions.models import Decision
from kyoso.municipal.decisions.permissions import DecisionPermission as May
from kyoso.municipal.decisions.rules import Choice
from kyoso.municipal.documents import operations as documents
from kyoso.municipal.documents.queries import draft
from kyoso.municipal.documents.rules import fill
from kyoso.municipal.intake.queries import policy_of
from kyoso.municipal.proposals import mails
from kyoso.municipal.proposals.queries import Proposal
from kyoso.municipal.proposals.rules import DECIDED, ProposalStatus
from kyoso.municipal.proposals.rules import check_move as check_proposal_move
from kyoso.municipal.reviews import queries as reviews
from kyoso.tenancy.queries import get_tenant


@dataclass(frozen=True, slots=True)
class Letter:
    """What will be sent, and what will be published."""

    subject: str
    body: str
    public_summary: str


def decide_proposal(
    proposal: Proposal, choice: Choice, *, actor: Actor, now: dt.datetime
) -> Decision:
    """Decide on a proposal and draft the letter; nobody outside is told yet.

    The caller holds the proposal's row, so the second of two deciders comes here after the
    first has committed and reads what was decided.
    """
    authorise(actor, May.DECIDE, proposal)
    current = queries.get_current(actor, proposal.id)
    if current is not None and proposal.status in DECIDED:
        rules.refuse_second(current.outcome, current.decided_by, current.decided_at)
    check_proposal_move(proposal.status, choice.outcome.status)
    reviews.check_not_interested(actor, proposal.id)
    policy = policy_of(actor, proposal.policy_id)
    progress = reviews.get_progress(actor, proposal.id, policy.reviewers_needed)
    grounds = {str(ground["key"]) for ground in policy.decline_grounds}
    rules.check_choice(choice, grounds, reviews_complete=progress.complete)

    decision = Decision(
        id=new_id(),
        tenant_id=actor.tenant_id,
        proposal_id=proposal.id,
        outcome=choice.outcome,
        grounds=choice.grounds,
        conditions=choice.conditions,
        ground_key=choice.ground_key,
        public_summary=choice.public_summary if choice.outcome.adopts else "",
        incomplete_reason="" if progress.complete else choice.incomplete_reason,
        decided_by=actor.name,
        decided_by_person_id=actor.person_id,
        decided_at=now,
    )
    _draft_letter(proposal, decision, actor=actor)
    db.session.add(decision)
    _move(proposal, choice.outcome.status, now=now)

    record(
        events.DecisionMade(proposal.id, choice.outcome, decision.incomplete_reason),
        actor=actor,
        now=now,
    )
    return decision


def edit_letter(
    proposal: Proposal, decision: Decision, letter: Letter, *, actor: Actor, now: dt.datetime
) -> None:
    """Word the letter or the public summary differently, before it goes out."""
    authorise(actor, May.DECIDE, proposal)
    rules.check_not_undone(decision.undone_at)
    rules.check_not_announced(decision.announced_at)
    reviews.check_not_interested(actor, proposal.id)
    rules.check_letter(decision.outcome, letter.public_summary)

    decision.letter_subject, decision.letter_body = letter.subject, letter.body
    decision.public_summary = letter.public_summary

    record(events.LetterEdited(proposal.id), actor=actor, now=now)


def announce_decision(
    proposal: Proposal, decision: Decision, seen: str, *, actor: Actor, now: dt.datetime
) -> None:
    """Send the letter, numbered and kept as PDF, and publish the decision, all at once.

    `seen` is the seal of what the preview showed: nothing else goes out. Projects hear of it
    in the same transaction.
    """
    authorise(actor, May.ANNOUNCE, proposal)
    rules.check_not_undone(decision.undone_at)
    rules.check_not_announced(decision.announced_at)
    reviews.check_not_interested(actor, proposal.id)
    rules.check_seal(seen, decision.seal)

    decision.announced_at, decision.announced_by = now, actor.name
    values = queries.letter_values(actor, proposal, decision)
    document = documents.issue_document(
        decision.outcome.document,
        proposal.id,
        values,
        title=_(
            "%(letter)s（%(title)s）", letter=decision.outcome.letter_name, title=proposal.title
        ),
        actor=actor,
        now=now,
        locale=proposal.locale,
        body=decision.letter_body,
    )
    mails.tell_proposer(
        proposal,
        "decided",
        now=now,
        subject=decision.letter_subject,
        body=fill(decision.letter_body, document.values),
        recipient=values["recipient"],
        reference=document.reference,
    )

    record(events.DecisionAnnounced(proposal.id, decision.outcome), actor=actor, now=now)


def undo_decision(
    proposal: Proposal, decision: Decision, reason: str, *, actor: Actor, now: dt.datetime
) -> None:
    """Take a wrong decision back with a reason; the proposal is in review again.

    Nothing is overwritten. Whoever had heard of the decision hears of this too.
    """
    authorise(actor, May.UNDO, proposal)
    rules.check_not_undone(decision.undone_at)
    check_proposal_move(proposal.status, ProposalStatus.IN_REVIEW)
    reviews.check_not_interested(actor, proposal.id)

    decision.undone_at, decision.undone_by, decision.undone_reason = now, actor.name, reason
    _move(proposal, ProposalStatus.IN_REVIEW, now=now)
    was_announced = decision.announced_at is not None
    if was_announced:
        documents.void_documents(proposal.id, rules.LETTERS, reason, actor=actor, now=now)
        mails.tell_proposer(proposal, "undone", now=now, body=reason)

    record(
        events.DecisionUndone(proposal.id, decision.outcome, was_announced, reason),
        actor=actor,
        now=now,
    )


def refer_proposal(proposal: Proposal, *, actor: Actor, now: dt.datetime) -> None:
    """Say of a declined proposal that another town has it; the decision stays as it is."""
    authorise(actor, May.REFER, proposal)
    rules.check_declined(proposal.status)
    check_proposal_move(proposal.status, ProposalStatus.REFERRED)

    _move(proposal, ProposalStatus.REFERRED, now=now)

    record(events.ProposalReferred(proposal.id), actor=actor, now=now)


def end_referral(proposal: Proposal, *, actor: Actor, now: dt.datetime) -> None:
    """Say of a referred proposal that no other town has it any more."""
    authorise(actor, May.REFER, proposal)
    check_proposal_move(proposal.status, ProposalStatus.DECLINED)

    _move(proposal, ProposalStatus.DECLINED, now=now)

    record(events.ReferralEnded(proposal.id), actor=actor, now=now)


def _move(proposal: Proposal, to: ProposalStatus, *, now: dt.datetime) -> None:
    proposal.status = to
    proposal.moved_at = now


def _draft_letter(proposal: Proposal, decision: Decision, *, actor: Actor) -> None:
    values = queries.letter_values(actor, proposal, decision)
    letter = draft(decision.outcome.document, values, actor, locale=proposal.locale)
    town = get_tenant(proposal.tenant_id)
    with force_locale(proposal.locale):
        decision.letter_subject = _(
            "【%(town)s】%(letter)s（受付番号 %(receipt)s）",
            town=town.name if proposal.locale == "ja" else town.name_en or town.name,
            letter=letter.subject,
            receipt=proposal.receipt,
        )
    decision.letter_body = letter.body
