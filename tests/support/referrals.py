"""Referrals for tests, step by step, by the operations that people use and the jobs that follow."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.core.clock import now
from kyoso.core.db import db
from kyoso.core.files import CheckedFile
from kyoso.core.scope import member_scope, tenant_scope
from kyoso.exchange.networks.queries import list_member_towns
from kyoso.exchange.referrals import operations, queries, subscribers
from kyoso.exchange.referrals.rules import Part
from kyoso.municipal.proposals import operations as proposals
from kyoso.municipal.proposals.queries import get_proposal
from kyoso.municipal.proposals.rules import ProposalStatus
from support.intake import make_policy
from support.networks import make_network
from support.people import Town, make_town
from support.proposals import IDEA, MERITS, Made, desk, holder, start, take_to, tell

EVERYTHING = tuple(Part)


@dataclass(frozen=True)
class Pair:
    """Two towns in a network, both taking proposals in, and a declined proposal of the first."""

    ours: Town
    theirs: Town
    network_id: uuid.UUID
    proposal: Made


def decline(town: Town, **who: object) -> Made:
    """Make a proposal with a file, declined and told so."""
    made = start(town, now=now(), **who)
    with tenant_scope(town.id):
        us = holder(town, made)
        proposal = get_proposal(us, made.id, lock=True)
        for part in (IDEA, MERITS):
            proposals.save_part(proposal, part, actor=us, now=now())
        file = CheckedFile("見積.csv", "text/csv", "項目,円\n材料,100\n".encode())
        proposals.add_files(proposal, [file], actor=us, now=now())
        take_to(proposal, ProposalStatus.DECLINED, us=us, now=now())
        tell(proposal, desk(town), now=now())
        db.session.commit()
    return made


def make_pair() -> Pair:
    """Make it."""
    ours, theirs = make_town("ひがし町"), make_town("にし町")
    for town in (ours, theirs):
        make_policy(town)
    return Pair(ours, theirs, make_network(ours, theirs), decline(ours))


def propose(town: Town, proposal_id: uuid.UUID, *others: Town, words: str = "") -> None:
    """Let a town ask the proposer about other towns."""
    actor = desk(town)
    with member_scope(town.id):
        members = list_member_towns(actor)
        proposal = get_proposal(actor, proposal_id, lock=True)
        towns = [members[other.id] for other in others]
        operations.propose_referral(proposal, towns, words, actor=actor, now=now())
        db.session.commit()


def consent(
    town: Town, made: Made, parts: Sequence[Part] = EVERYTHING, *others: Town
) -> list[uuid.UUID]:
    """Let the proposer consent, for some of the towns or all, and return the ids of the offers."""
    who = holder(town, made)
    with tenant_scope(town.id):
        proposal = get_proposal(who, made.id, lock=True)
        offers = queries.list_asked(who, made.id)
        wanted = {other.id for other in others} or {one.other_tenant_id for one in offers}
        chosen = [one.id for one in offers if one.other_tenant_id in wanted]
        operations.answer_offers(proposal, offers, chosen, parts, actor=who, now=now())
        db.session.commit()
    return chosen


def run(job, town: Town, **args: object) -> None:
    """Do what the worker does for a town, in a transaction of its own."""
    with member_scope(town.id):
        job.func.__wrapped__(town.id, **{key: str(value) for key, value in args.items()})
        db.session.commit()


def hand_over(town: Town, offer_id: uuid.UUID) -> None:
    """Run the job that hands over."""
    run(subscribers.hand_over, town, offer_id=offer_id)


def settle(town: Town, referral_id: uuid.UUID) -> None:
    """Run the job of the first town."""
    run(subscribers.settle, town, referral_id=referral_id)


def look(town: Town, referral_id: uuid.UUID) -> None:
    """Run the job of the other town."""
    run(subscribers.look_at_referral, town, referral_id=referral_id)


def refer(pair: Pair, parts: Sequence[Part] = EVERYTHING) -> uuid.UUID:
    """Take a referral as far as the other town: asked, consented, handed over, arrived."""
    propose(pair.ours, pair.proposal.id, pair.theirs)
    (referral_id,) = consent(pair.ours, pair.proposal, parts)
    hand_over(pair.ours, referral_id)
    look(pair.theirs, referral_id)
    return referral_id


def accept(town: Town, referral_id: uuid.UUID) -> uuid.UUID:
    """Let the other town take it in, and return the proposal's id there."""
    actor = desk(town)
    with member_scope(town.id):
        received = queries.get_received(actor, referral_id, lock=True)
        proposal = operations.accept_referral(received, actor=actor, now=now())
        db.session.commit()
        return proposal.id


def turn_down(town: Town, referral_id: uuid.UUID, words: str = "今は人手が足りません。") -> None:
    """Let the other town say no."""
    actor = desk(town)
    with member_scope(town.id):
        received = queries.get_received(actor, referral_id, lock=True)
        operations.decline_referral(received, words, actor=actor, now=now())
        db.session.commit()


def take_back(town: Town, made: Made, offer_id: uuid.UUID) -> None:
    """Let the proposer withdraw the consent."""
    who = holder(town, made)
    with tenant_scope(town.id):
        proposal = get_proposal(who, made.id, lock=True)
        offer = queries.get_offer(who, offer_id)
        referral = queries.find_given(who, offer_id)
        operations.take_back_referral(proposal, offer, referral, actor=who, now=now())
        db.session.commit()


@dataclass(frozen=True)
class SampleReferrals:
    """Rows for the tests that go through all pages."""

    #: Given to the town, and waiting for its answer.
    received_id: uuid.UUID
    #: The town's own question to a proposer, not answered yet.
    offer_id: uuid.UUID


def make_referrals(town: Town, neighbour: Town, declined: Made) -> SampleReferrals:
    """Let a neighbour refer a proposal to a town, and the town ask a proposer of its own."""
    make_policy(neighbour)
    theirs = decline(neighbour)
    propose(neighbour, theirs.id, town)
    (received_id,) = consent(neighbour, theirs)
    hand_over(neighbour, received_id)
    look(town, received_id)
    propose(town, declined.id, neighbour, words="となり町は食堂に力を入れています。")
    with tenant_scope(town.id):
        (sent,) = queries.list_sent_of(desk(town), declined.id)
        return SampleReferrals(received_id, sent.offer.id)
