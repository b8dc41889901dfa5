"""Proposals for tests, made by the operations that people use."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.decisions.operations import announce_decision, decide_proposal
from kyoso.municipal.decisions.queries import get_current
from kyoso.municipal.decisions.rules import Choice, Outcome
from kyoso.municipal.proposals import operations
from kyoso.municipal.proposals.operations import Idea, Merits, Who
from kyoso.municipal.proposals.queries import Proposal, get_proposal
from kyoso.municipal.proposals.rules import ProposalStatus, ProposerKind
from support.people import Town, actor_of

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)

WHO = Who(
    proposer_kind=ProposerKind.PERSON,
    proposer_name="見本 一郎（見本）",
    contact_name="",
    email="ichiro@example.jp",
    phone="",
    area="見本県ひので町",
    public_name="",
)
IDEA = Idea(
    title="空き家で月に一度の食堂",
    wish="駅前の空き家を借りて、月に一度の食堂を開きたい。",
    ability="調理師の免許があり、仲間が五人いる。",
)
MERITS = Merits(
    expectation="空き家の持ち主を紹介してほしい。",
    merit_proposer="料理の腕を生かせる。",
    merit_residents="ひとり暮らしの人が集まれる。",
    merit_town="空き家が使われる。",
)


@dataclass(frozen=True)
class Made:
    id: uuid.UUID
    #: The secret of its private link.
    token: str


def holder(town: Town, proposal: Proposal | Made) -> Actor:
    """Return the proposer, as let in by the private link."""
    return Actor.link_holder(town.id, proposal.id, WHO.proposer_name)


def desk(town: Town) -> Actor:
    """Return somebody of the secretariat."""
    return actor_of(town, Role.SECRETARIAT, name="見本 事務（見本）")


def start(town: Town, *, now: dt.datetime = NOON, **who: object) -> Made:
    """Begin a draft, with nothing but who proposes; needs a policy that takes proposals in."""
    with tenant_scope(town.id):
        proposal, token = operations.start_draft(
            replace(WHO, **who),  # type: ignore[arg-type]
            None,
            form_id=new_id(),
            actor=Actor.guest(town.id),
            now=now,
        )
        db.session.commit()
        return Made(proposal.id, token)


def make(
    town: Town,
    status: ProposalStatus = ProposalStatus.SUBMITTED,
    *,
    now: dt.datetime = NOON,
    announced: bool = True,
    **who: object,
) -> Made:
    """Make a whole proposal and take it to a status, step by step."""
    made = start(town, now=now, **who)
    with tenant_scope(town.id):
        us = holder(town, made)
        proposal = get_proposal(us, made.id, lock=True)
        for part in (IDEA, MERITS):
            operations.save_part(proposal, part, actor=us, now=now)
        take_to(proposal, status, us=us, now=now)
        if announced and status in DECISIONS:
            tell(proposal, desk(town), now=now)
        db.session.commit()
    return made


def tell(proposal: Proposal, actor: Actor, *, now: dt.datetime) -> None:
    """Announce the decision on a proposal."""
    decision = get_current(actor, proposal.id)
    assert decision is not None
    announce_decision(proposal, decision, decision.seal, actor=actor, now=now)


def _decide(proposal: Proposal, outcome: Outcome, actor: Actor, now: dt.datetime) -> None:
    choice = Choice(
        outcome,
        grounds="町の目指す姿に合うため。",
        conditions="衛生の講習を受けること。" if outcome is Outcome.ADOPTED_WITH_CONDITIONS else "",
        ground_key="no_capacity" if outcome is Outcome.DECLINED else "",
        public_summary="空き家で月に一度、食堂を開きます。" if outcome.adopts else "",
        incomplete_reason="急ぎのため。",
    )
    decide_proposal(proposal, choice, actor=actor, now=now)


def take_to(
    proposal: Proposal,
    status: ProposalStatus,
    *,
    us: Actor,
    now: dt.datetime,
    way: Sequence[ProposalStatus] = (),
) -> None:
    """Take a whole draft to a status by the way that leads there, or one by another `way`."""
    town_desk = actor_of(
        Town(proposal.tenant_id, "", ""), Role.SECRETARIAT, name="見本 事務（見本）"
    )
    for step in way or WAYS[status]:
        match step:
            case S.SUBMITTED:
                operations.submit_proposal(proposal, actor=us, now=now)
            case S.SCREENING:
                operations.start_screening(proposal, actor=town_desk, now=now)
            case S.REVISION_REQUESTED:
                ask = "場所を具体的に書いてください。"
                operations.request_revision(proposal, ask, actor=town_desk, now=now)
            case S.RESUBMITTED:
                operations.resubmit_proposal(proposal, actor=us, now=now)
            case S.IN_REVIEW:
                operations.start_review(proposal, actor=town_desk, now=now)
            case S.WITHDRAWN:
                operations.withdraw_proposal(proposal, "都合により", actor=us, now=now)
            case _:
                _decide(proposal, Outcome(step.value), town_desk, now)
        db.session.flush()


S = ProposalStatus
DECISIONS = (S.ADOPTED, S.ADOPTED_WITH_CONDITIONS, S.DECLINED)
WAYS: dict[ProposalStatus, tuple[ProposalStatus, ...]] = {
    S.DRAFT: (),
    S.SUBMITTED: (S.SUBMITTED,),
    S.SCREENING: (S.SUBMITTED, S.SCREENING),
    S.REVISION_REQUESTED: (S.SUBMITTED, S.SCREENING, S.REVISION_REQUESTED),
    S.RESUBMITTED: (S.SUBMITTED, S.SCREENING, S.REVISION_REQUESTED, S.RESUBMITTED),
    S.IN_REVIEW: (S.SUBMITTED, S.SCREENING, S.IN_REVIEW),
    S.WITHDRAWN: (S.SUBMITTED, S.WITHDRAWN),
} | {decided: (S.SUBMITTED, S.SCREENING, S.IN_REVIEW, decided) for decided in DECISIONS}
