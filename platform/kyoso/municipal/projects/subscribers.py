"""What projects do when something happens to the proposal they come from, in its transaction."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core.access import Actor
from kyoso.core.events import subscribe
from kyoso.municipal.decisions.events import DecisionAnnounced, DecisionUndone
from kyoso.municipal.decisions.queries import get_announced
from kyoso.municipal.decisions.rules import Outcome
from kyoso.municipal.projects import operations, queries
from kyoso.municipal.proposals.events import ProposalCancelled, ProposalRevoked
from kyoso.municipal.proposals.queries import get_proposal


@subscribe(DecisionAnnounced)
def publish_adopted(event: DecisionAnnounced, *, actor: Actor, now: dt.datetime) -> None:
    """Make an adopted proposal the town's next project, public with the decision."""
    if not event.outcome.adopts:
        return
    system = Actor.system(actor.tenant_id, rule="採択の公表")
    decision = get_announced(system, event.subject_id)
    operations.create_from_proposal(
        get_proposal(system, event.subject_id),
        decision.public_summary if decision else "",
        conditional=event.outcome is Outcome.ADOPTED_WITH_CONDITIONS,
        actor=system,
        now=now,
    )


@subscribe(DecisionUndone)
def take_back(event: DecisionUndone, *, actor: Actor, now: dt.datetime) -> None:
    """Take the project off while its proposal is in review again."""
    _withdraw(event.subject_id, event.reason, "決定の取消し", ended=False, actor=actor, now=now)


@subscribe(ProposalCancelled)
def end_cancelled(event: ProposalCancelled, *, actor: Actor, now: dt.datetime) -> None:
    """End the project of a proposal that its proposer gave up (中止届)."""
    _withdraw(event.subject_id, event.reason, "中止届", ended=True, actor=actor, now=now)


@subscribe(ProposalRevoked)
def end_revoked(event: ProposalRevoked, *, actor: Actor, now: dt.datetime) -> None:
    """End the project of a proposal whose adoption the town took back (取消し)."""
    _withdraw(event.subject_id, event.reason, "採択の取消し", ended=True, actor=actor, now=now)


def _withdraw(
    proposal_id: uuid.UUID,
    reason: str,
    rule: str,
    *,
    ended: bool,
    actor: Actor,
    now: dt.datetime,
) -> None:
    system = Actor.system(actor.tenant_id, rule=rule)
    project = queries.get_by_proposal(system, proposal_id)
    if project is not None:
        operations.withdraw_publication(
            project, f"{rule}：{reason}", ended=ended, actor=system, now=now
        )
