"""Every read of decisions. A caller passes the actor; a query never guesses the tenant."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.i18n import force_locale
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import JournalEntry
from kyoso.municipal.decisions.models import Decision as Decision
from kyoso.municipal.intake.queries import policy_of
from kyoso.municipal.intake.rules import words_of
from kyoso.municipal.proposals.events import ProposalResubmitted, RevisionRequested
from kyoso.municipal.proposals.queries import Proposal, proposal_titles
from kyoso.municipal.proposals.rules import ProposalStatus


def get_current(actor: Actor, proposal_id: uuid.UUID, *, lock: bool = False) -> Decision | None:
    """Return the decision in force, announced or not; None if there is none.

    `lock` holds the row until the transaction ends; lock the proposal first.
    """
    query = sa.select(Decision).where(
        Decision.tenant_id == actor.tenant_id,
        Decision.proposal_id == proposal_id,
        Decision.undone_at.is_(None),
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def get_announced(actor: Actor, proposal_id: uuid.UUID) -> Decision | None:
    """Return the decision that the proposer and the public know of; None if there is none."""
    return db.session.scalar(
        sa.select(Decision).where(
            Decision.tenant_id == actor.tenant_id,
            Decision.proposal_id == proposal_id,
            Decision.undone_at.is_(None),
            Decision.announced_at.is_not(None),
        )
    )


def list_decisions(actor: Actor, proposal_id: uuid.UUID) -> Sequence[Decision]:
    """Return every decision on a proposal, also those undone, latest first."""
    return db.session.scalars(
        sa.select(Decision)
        .where(Decision.tenant_id == actor.tenant_id, Decision.proposal_id == proposal_id)
        .order_by(Decision.id.desc())
    ).all()


def list_unannounced(actor: Actor, *, limit: int = 50) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return what is decided and not yet told, oldest first.

    Rows: proposal_id, number, submitted_at, title, outcome, decided_by, decided_at.
    """
    proposal = proposal_titles()
    return db.session.execute(
        sa.select(
            Decision.proposal_id,
            proposal.c.number,
            proposal.c.submitted_at,
            proposal.c.title,
            Decision.outcome,
            Decision.decided_by,
            Decision.decided_at,
        )
        .join(
            proposal,
            sa.and_(
                proposal.c.tenant_id == Decision.tenant_id, proposal.c.id == Decision.proposal_id
            ),
        )
        .where(
            Decision.tenant_id == actor.tenant_id,
            Decision.undone_at.is_(None),
            Decision.announced_at.is_(None),
        )
        .order_by(Decision.id)
        .limit(limit)
    ).all()


def letter_values(actor: Actor, proposal: Proposal, decision: Decision) -> dict[str, Any]:
    """Return what the letter about a decision is filled in with, in its reader's language."""
    values = _values(proposal, decision.grounds) | {
        "decided_on": decision.decided_at.astimezone(JST).date()
    }
    if decision.conditions:
        values["conditions"] = decision.conditions
    if decision.ground_key:
        grounds = policy_of(actor, proposal.policy_id).decline_grounds
        with force_locale(proposal.locale):
            values["ground"] = next(
                (words_of(each) for each in grounds if each["key"] == decision.ground_key), ""
            )
    return values


def ending_values(proposal: Proposal, reason: str, *, now: dt.datetime) -> dict[str, Any]:
    """Return what the letter about the end of an adoption is filled in with."""
    return _values(proposal, reason) | {"ended_on": now.astimezone(JST).date()}


def _values(proposal: Proposal, grounds: str) -> dict[str, Any]:
    with force_locale(proposal.locale):
        recipient = _("%(name)s 様", name=proposal.proposer_name)
        if proposal.contact_name:
            recipient += "\n" + _("（ご担当：%(name)s 様）", name=proposal.contact_name)
    return {
        "recipient": recipient,
        "title": proposal.title,
        "receipt": proposal.receipt,
        "grounds": grounds,
    }


def list_decided_on(actor: Actor) -> dict[uuid.UUID, tuple[dt.datetime, bool]]:
    """Return when each announced decision in force was taken, and whether it adopts."""
    rows = db.session.execute(
        sa.select(Decision.proposal_id, Decision.decided_at, Decision.outcome).where(
            Decision.tenant_id == actor.tenant_id,
            Decision.undone_at.is_(None),
            Decision.announced_at.is_not(None),
        )
    )
    return {proposal_id: (decided_at, outcome.adopts) for proposal_id, decided_at, outcome in rows}


def list_told(actor: Actor, begins: dt.datetime, ends: dt.datetime) -> Sequence[Any]:
    """Return what was announced within a time and not undone by its end.

    Rows: outcome, decided_at, submitted_at.
    """
    return db.session.execute(
        sa.select(Decision.outcome, Decision.decided_at, Proposal.submitted_at)
        .join(Proposal, _OF_PROPOSAL)
        .where(
            Decision.tenant_id == actor.tenant_id, Decision.announced_at >= begins, _told_by(ends)
        )
    ).all()


def count_waiting(actor: Actor, received_before: dt.datetime, at: dt.datetime) -> int:
    """Return how many proposals were still without an announced decision at a moment.

    Neither those withdrawn by then, nor those that their proposers were asked to revise.
    """
    # Withdrawn is final, so the last move is the withdrawal.
    withdrawn = (Proposal.status == ProposalStatus.WITHDRAWN) & (Proposal.moved_at < at)
    # Materialised: the journal is asked about these few, not about everything that ever came.
    untold = (
        sa.select(Proposal.id)
        .where(
            Proposal.tenant_id == actor.tenant_id,
            Proposal.submitted_at < received_before,
            sa.not_(withdrawn),
            ~sa.exists().where(_OF_PROPOSAL, _told_by(at)),
        )
        .cte("untold")
        .prefix_with("MATERIALIZED")
    )
    revising = (
        sa.select(JournalEntry.kind)
        .where(
            JournalEntry.tenant_id == actor.tenant_id,
            JournalEntry.subject_id == untold.c.id,
            JournalEntry.kind.in_([RevisionRequested.__name__, ProposalResubmitted.__name__]),
            JournalEntry.at < at,
        )
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(sa.func.count())
        .select_from(untold)
        .where(revising.is_distinct_from(RevisionRequested.__name__))
    )
    return db.session.scalars(query).one()


_OF_PROPOSAL = sa.and_(
    Proposal.tenant_id == Decision.tenant_id, Proposal.id == Decision.proposal_id
)


def _told_by(at: dt.datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a decision was announced, and not undone, before a moment."""
    return sa.and_(
        Decision.announced_at < at, sa.or_(Decision.undone_at.is_(None), Decision.undone_at >= at)
    )
