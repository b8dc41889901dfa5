"""What follows each step of a referral, in this town and, by a job of its own, in the other.

Every job looks at how things stand, holds the row, and does what is not done yet: it may run
twice, late, or after the next step.
"""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.errors import NotFound
from kyoso.core.events import subscribe
from kyoso.core.jobs import enqueue, job
from kyoso.exchange.networks.events import TownLeftNetwork, TownSuspendedInNetwork
from kyoso.exchange.networks.queries import list_member_towns
from kyoso.exchange.referrals import operations, queries, rules
from kyoso.exchange.referrals.events import (
    AdoptionNoted,
    ReferralAccepted,
    ReferralAnswered,
    ReferralDeclined,
    ReferralHandedOver,
    ReferralLapsed,
    ReferralTakenBack,
)
from kyoso.exchange.referrals.rules import OfferStatus, ReferralStatus
from kyoso.municipal.decisions.events import DecisionAnnounced, DecisionUndone
from kyoso.municipal.proposals.queries import get_proposal
from kyoso.tenancy.nights import nightly_in_each_town
from kyoso.tenancy.queries import get_tenant

ENDED = frozenset({ReferralStatus.TAKEN_BACK, ReferralStatus.LAPSED})


@subscribe(ReferralAnswered)
def send_what_was_consented(event: ReferralAnswered, *, actor: Actor, now: dt.datetime) -> None:
    """Let a job for each town that was chosen hand over what was."""
    for offer_id in event.consented:
        enqueue(hand_over, tenant_id=str(actor.tenant_id), offer_id=str(offer_id))


@job("referrals.hand_over")
def hand_over(tenant_id: uuid.UUID, offer_id: str) -> None:
    """Hand over, once, what a proposer consented to; if the town is still a member."""
    actor = Actor.system(tenant_id, "提案の紹介（自動）")
    asked = queries.get_offer(actor, uuid.UUID(offer_id))
    # The proposal first, as on every other way; then see what became of the offer meanwhile.
    proposal = get_proposal(actor, asked.proposal_id, lock=True)
    offer = queries.get_offer(actor, asked.id)
    if offer.status is not OfferStatus.CONSENTED or queries.find_given(actor, offer.id):
        return
    if offer.other_tenant_id in list_member_towns(actor):
        operations.hand_over(offer, proposal, actor=actor, now=clock.now())
    else:
        operations.lapse_offer(offer, actor=actor, now=clock.now())


@subscribe(ReferralHandedOver)
def let_the_other_town_know(event: ReferralHandedOver, *, actor: Actor, now: dt.datetime) -> None:
    """Let a job in the other town tell those who take proposals in."""
    _look(event.other_tenant_id, event.referral_id)


@subscribe(ReferralTakenBack)
@subscribe(ReferralLapsed)
@subscribe(ReferralAccepted)
@subscribe(ReferralDeclined)
@subscribe(AdoptionNoted)
def let_both_towns_know(
    event: ReferralTakenBack | ReferralLapsed | ReferralAccepted | ReferralDeclined | AdoptionNoted,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Let a job in each of the two towns look at how the referral stands."""
    taken_or_lapsed = isinstance(event, ReferralTakenBack | ReferralLapsed)
    referral_id = event.referral_id if taken_or_lapsed else event.subject_id  # type: ignore[union-attr]
    if referral_id is None:
        return
    referral = queries.find_shared(actor, referral_id)
    enqueue(settle, tenant_id=str(referral.tenant_id), referral_id=str(referral.id))
    _look(referral.other_tenant_id, referral.id)


def _look(tenant_id: uuid.UUID, referral_id: uuid.UUID) -> None:
    enqueue(look_at_referral, tenant_id=str(tenant_id), referral_id=str(referral_id))


@job("referrals.settle")
def settle(tenant_id: uuid.UUID, referral_id: str) -> None:
    """Act in the first town on how a referral stands, once for each status."""
    actor = Actor.system(tenant_id, "提案の紹介（自動）")
    proposal_id = queries.get_offer(actor, uuid.UUID(referral_id)).proposal_id
    proposal = get_proposal(actor, proposal_id, lock=True)
    offer = queries.get_offer(actor, uuid.UUID(referral_id))
    referral = queries.find_given(actor, offer.id)
    if referral is None or offer.settled is referral.status:
        return
    town = get_tenant(offer.other_tenant_id).name
    operations.settle_referral(offer, referral, proposal, town, actor=actor, now=clock.now())


@job("referrals.look")
def look_at_referral(tenant_id: uuid.UUID, referral_id: str) -> None:
    """Tell the other town's people what arrived, or that there is nothing to answer any more."""
    actor = Actor.system(tenant_id, "提案の紹介（自動）")
    try:
        received = queries.get_received(actor, uuid.UUID(referral_id), lock=True)
    except NotFound:
        return
    intake = queries.find_intake(actor, referral_id=received.referral.id)
    status = received.referral.status
    if intake is None and status is ReferralStatus.OFFERED:
        operations.receive_referral(received, actor=actor, now=clock.now())
    elif intake is not None and status in ENDED and intake.told is not status:
        operations.learn_ending(received, intake, actor=actor, now=clock.now())


@subscribe(DecisionAnnounced)
def tell_the_first_town(event: DecisionAnnounced, *, actor: Actor, now: dt.datetime) -> None:
    """Where what another town referred was adopted, and that is public, let that town know."""
    if event.outcome.adopts:
        _note(event.subject_id, adopted=True, actor=actor, now=now)


@subscribe(DecisionUndone)
def after_a_decision_was_undone(event: DecisionUndone, *, actor: Actor, now: dt.datetime) -> None:
    """Take back what went to other towns because it was declined; or that it was adopted here."""
    if event.outcome.adopts:
        if event.was_announced:
            _note(event.subject_id, adopted=False, actor=actor, now=now)
        return
    system = Actor.system(actor.tenant_id, "決定の取消し（自動）")
    for sent in queries.list_sent_of(system, event.subject_id):
        offer = queries.get_offer(system, sent.offer.id)
        referral = queries.find_given(system, offer.id)
        open_ = {OfferStatus.ASKED, OfferStatus.CONSENTED}
        waits = referral.status is ReferralStatus.OFFERED if referral else offer.status in open_
        if waits:
            operations.recall_referral(offer, referral, actor=system, now=now)


def _note(proposal_id: uuid.UUID, *, adopted: bool, actor: Actor, now: dt.datetime) -> None:
    system = Actor.system(actor.tenant_id, "採択の公表（自動）")
    intake = queries.find_intake(system, proposal_id=proposal_id)
    if intake is None:
        return
    referral = queries.get_received(system, intake.id, lock=True).referral
    wanted = ReferralStatus.ADOPTED if adopted else ReferralStatus.ACCEPTED
    if referral.status is not wanted:
        operations.note_adoption(referral, adopted, actor=system, now=now)


@subscribe(TownLeftNetwork)
@subscribe(TownSuspendedInNetwork)
def end_what_waits(
    event: TownLeftNetwork | TownSuspendedInNetwork, *, actor: Actor, now: dt.datetime
) -> None:
    """Let lapse what nobody answered, given or received; what was taken in goes on."""
    system = Actor.system(actor.tenant_id, "脱退・休止（自動）")
    for referral in queries.list_open_in_network(system, event.network_id):
        operations.lapse_referral(referral, actor=system, now=now)
    for offer in queries.list_own_offers(system, event.network_id):
        operations.lapse_offer(offer, actor=system, now=now)


@nightly_in_each_town("referrals.lapse", "紹介の期限（自動）")
def lapse_what_is_old(actor: Actor) -> int:
    """End what waited for thirty days, or whose other town is gone."""
    now = clock.now()
    referrals = queries.list_to_lapse(actor, now)
    for referral in referrals:
        operations.lapse_referral(referral, actor=actor, now=now)
    inside = set(list_member_towns(actor))
    for offer in queries.list_open_offers(actor):
        if rules.has_lapsed(offer.asked_at, now) or offer.other_tenant_id not in inside:
            operations.lapse_offer(offer, actor=actor, now=now)
    return len(referrals)
