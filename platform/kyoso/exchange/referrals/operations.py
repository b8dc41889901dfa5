"""Every change to referrals: one function for each verb, each guards, changes, records.

Each is one town's own step; what the other town has to do about it is a job there (subscribers.py).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from kyoso.core import files
from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound, RuleViolation
from kyoso.core.files import CheckedFile
from kyoso.core.i18n import JST
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.exchange.networks.queries import MemberTown, list_member_towns
from kyoso.exchange.referrals import events, mails, queries, rules
from kyoso.exchange.referrals.models import (
    Referral,
    ReferralContent,
    ReferralFile,
    ReferralIntake,
    ReferralOffer,
)
from kyoso.exchange.referrals.permissions import ReferralPermission as May
from kyoso.exchange.referrals.queries import Received
from kyoso.exchange.referrals.rules import OfferStatus, Part, ReferralStatus
from kyoso.municipal.decisions.operations import end_referral, refer_proposal
from kyoso.municipal.decisions.queries import get_announced
from kyoso.municipal.intake.queries import find_policy
from kyoso.municipal.proposals import operations as proposals
from kyoso.municipal.proposals.operations import Idea, Merits, Who
from kyoso.municipal.proposals.queries import Proposal
from kyoso.municipal.proposals.rules import CONTENT, ProposalStatus, ProposerKind, Source


def propose_referral(
    proposal: Proposal,
    towns: Sequence[MemberTown],
    words: str,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Ask the proposer of a declined proposal whether other towns may have it; nothing goes yet."""
    authorise(actor, May.REFER, proposal)
    announced = get_announced(actor, proposal.id) is not None
    rules.check_referable(proposal.status, announced=announced)
    sent = queries.list_sent_of(actor, proposal.id)
    live = {one.offer.other_tenant_id for one in sent if one.live}
    rules.check_towns(towns, [town.name for town in towns if town.tenant_id in live])

    for town in towns:
        db.session.add(
            ReferralOffer(
                tenant_id=actor.tenant_id,
                id=new_id(),
                proposal_id=proposal.id,
                network_id=town.network_id,
                other_tenant_id=town.tenant_id,
                words=words,
                status=OfferStatus.ASKED,
                asked_by=actor.name,
                asked_at=now,
                parts=[],
            )
        )
    names = tuple(town.name for town in towns)
    mails.tell_proposer(proposal, "asked", now=now, towns=names, words=words)

    record(events.ReferralProposed(proposal.id, names), actor=actor, now=now)


def withdraw_offer(offer: ReferralOffer, *, actor: Actor, now: dt.datetime) -> None:
    """Ask the proposer no more."""
    authorise(actor, May.REFER, offer)
    rules.check_offer(offer.status)

    _answer(offer, OfferStatus.WITHDRAWN, now)

    record(events.ReferralOfferWithdrawn(offer.proposal_id), actor=actor, now=now)


def answer_offers(
    proposal: Proposal,
    offers: Sequence[ReferralOffer],
    chosen: Collection[uuid.UUID],
    parts: Sequence[Part],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Say, as the proposer, which of the towns may have what; the other towns may have nothing."""
    authorise(actor, May.CONSENT, proposal)
    rules.check_consent(chosen, parts)

    for offer in offers:
        rules.check_offer(offer.status)
        if offer.id in chosen:
            offer.parts, offer.wording = [part.value for part in parts], rules.WORDING
            _answer(offer, OfferStatus.CONSENTED, now)
        else:
            _answer(offer, OfferStatus.REFUSED, now)

    consented = tuple(offer.id for offer in offers if offer.id in chosen)
    said = tuple(part.value for part in parts) if consented else ()
    answered = events.ReferralAnswered(
        proposal.id, consented, len(offers) - len(consented), said, rules.WORDING
    )
    record(answered, actor=actor, now=now)


def hand_over(
    offer: ReferralOffer, proposal: Proposal, *, actor: Actor, now: dt.datetime
) -> Referral:
    """Let the other town have exactly what the proposer consented to."""
    authorise(actor, May.AUTOMATE, offer)
    if offer.status is not OfferStatus.CONSENTED:
        rules.check_offer(offer.status)

    shared = {"network_id": offer.network_id, "other_tenant_id": offer.other_tenant_id}
    referral = Referral(
        tenant_id=actor.tenant_id,
        id=offer.id,
        status=ReferralStatus.OFFERED,
        parts=offer.parts,
        offered_at=now,
        lapses_on=(now + rules.LAPSES_AFTER).astimezone(JST).date(),
        **shared,
    )
    db.session.add(referral)
    db.session.flush()
    content = _consented(proposal, offer.parts)
    db.session.add(
        ReferralContent(tenant_id=actor.tenant_id, id=offer.id, content=content, **shared)
    )
    if Part.FILES in offer.parts:
        for file in filter(lambda one: one.path.exists(), files.list_files(actor, proposal.id)):
            db.session.add(
                ReferralFile(
                    tenant_id=actor.tenant_id,
                    id=new_id(),
                    referral_id=offer.id,
                    name=file.name,
                    media_type=file.media_type,
                    size=file.size,
                    bytes=file.path.read_bytes(),
                    **shared,
                )
            )
    offer.settled = ReferralStatus.OFFERED
    if proposal.status is ProposalStatus.DECLINED:
        refer_proposal(proposal, actor=actor, now=now)

    handed = events.ReferralHandedOver(proposal.id, referral.id, offer.other_tenant_id)
    record(handed, actor=actor, now=now)
    return referral


def lapse_offer(offer: ReferralOffer, *, actor: Actor, now: dt.datetime) -> None:
    """End a question: nobody answered it, or the town it is about is no member any more."""
    authorise(actor, May.AUTOMATE, offer)

    offer.status, offer.answered_at = OfferStatus.LAPSED, offer.answered_at or now

    record(events.ReferralOfferLapsed(offer.proposal_id), actor=actor, now=now)


def take_back_referral(
    proposal: Proposal,
    offer: ReferralOffer,
    referral: Referral | None,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Withdraw a consent, as the proposer, before the other town took the proposal in."""
    authorise(actor, May.CONSENT, proposal)
    if referral is not None:
        rules.check_move(referral.status, ReferralStatus.TAKEN_BACK)
    elif offer.status is not OfferStatus.CONSENTED:
        rules.check_offer(offer.status)

    _take_back(offer, referral, OfferStatus.REFUSED, actor, now)

    given = referral.id if referral else None
    record(events.ReferralTakenBack(proposal.id, given), actor=actor, now=now)


def recall_referral(
    offer: ReferralOffer, referral: Referral | None, *, actor: Actor, now: dt.datetime
) -> None:
    """Take back what goes to another town, because the first town undid its decision."""
    authorise(actor, May.AUTOMATE, offer)
    if referral is not None:
        rules.check_move(referral.status, ReferralStatus.TAKEN_BACK)

    _take_back(offer, referral, OfferStatus.WITHDRAWN, actor, now)

    given = referral.id if referral else None
    record(events.ReferralTakenBack(offer.proposal_id, given), actor=actor, now=now)


def lapse_referral(referral: Referral, *, actor: Actor, now: dt.datetime) -> None:
    """End what nobody answered in time, or what one of the two towns left behind."""
    authorise(actor, May.AUTOMATE)
    rules.check_move(referral.status, ReferralStatus.LAPSED)

    referral.status, referral.answered_at = ReferralStatus.LAPSED, now

    record(events.ReferralLapsed(referral.id, referral.id), actor=actor, now=now)


def receive_referral(received: Received, *, actor: Actor, now: dt.datetime) -> None:
    """Note that a referral arrived, and tell those who take proposals in."""
    authorise(actor, May.AUTOMATE)

    _intake_of(received, actor)
    mails.tell_desk(received.referral, received.town, "arrived", actor=actor)

    record(events.ReferralReceived(received.referral.id), actor=actor, now=now)


def accept_referral(received: Received, *, actor: Actor, now: dt.datetime) -> Proposal:
    """Take a referral in as a proposal of our own, whatever the intake stance is today.

    It gets a receipt number and a private link here, which the proposer finds through the first
    town; nothing of it is the first town's to see.
    """
    authorise(actor, May.ANSWER)
    referral = received.referral
    rules.check_move(referral.status, ReferralStatus.ACCEPTED)
    rules.check_both_inside(referral.tenant_id in list_member_towns(actor))
    if find_policy(actor, now.astimezone(JST).date()) is None:
        raise RuleViolation(_("受付方針がまだないため、提案を受け付けられません。"))
    lent = queries.find_content(actor, referral.id)
    if lent is None:
        raise NotFound

    proposal = _take_in(received, lent.content, actor, now)
    referral.status, referral.answered_at = ReferralStatus.ACCEPTED, now
    intake = _intake_of(received, actor)
    intake.proposal_id, intake.handled_by = proposal.id, actor.name

    record(events.ReferralAccepted(referral.id, proposal.id), actor=actor, now=now)
    return proposal


def decline_referral(received: Received, words: str, *, actor: Actor, now: dt.datetime) -> None:
    """Say no, with words to the proposer, who gets them through the first town."""
    authorise(actor, May.ANSWER)
    referral = received.referral
    rules.check_move(referral.status, ReferralStatus.DECLINED)

    referral.status, referral.answered_at = ReferralStatus.DECLINED, now
    referral.answer = words
    _intake_of(received, actor).handled_by = actor.name

    record(events.ReferralDeclined(referral.id), actor=actor, now=now)


def note_adoption(referral: Referral, adopted: bool, *, actor: Actor, now: dt.datetime) -> None:
    """Let the first town know that our town adopted it and said so, or took that back."""
    authorise(actor, May.AUTOMATE)
    to = ReferralStatus.ADOPTED if adopted else ReferralStatus.ACCEPTED
    rules.check_move(referral.status, to)

    referral.status = to

    record(events.AdoptionNoted(referral.id, adopted), actor=actor, now=now)


def settle_referral(
    offer: ReferralOffer,
    referral: Referral,
    proposal: Proposal,
    town: str,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Act in the first town on how a referral stands: erase what was lent, tell the proposer."""
    authorise(actor, May.AUTOMATE, offer)

    before, offer.settled = offer.settled, referral.status
    if referral.status is not ReferralStatus.OFFERED:
        _erase(referral, actor, now)
    if (
        referral.status not in rules.LIVE
        and proposal.status is ProposalStatus.REFERRED
        and not queries.has_other_live(actor, offer)
    ):
        end_referral(proposal, actor=actor, now=now)
    if referral.status is not ReferralStatus.TAKEN_BACK:
        mails.tell_proposer(
            proposal, "settled", now=now, other=town, referral=referral, before=before
        )

    settled = events.ReferralSettled(proposal.id, referral.status, referral.id)
    record(settled, actor=actor, now=now)


def learn_ending(
    received: Received, intake: ReferralIntake, *, actor: Actor, now: dt.datetime
) -> None:
    """Tell those who take proposals in that there is nothing to answer any more."""
    authorise(actor, May.AUTOMATE, intake)

    intake.told = received.referral.status
    mails.tell_desk(received.referral, received.town, "ended", actor=actor)

    learnt = events.ReferralEndingLearnt(intake.id, received.referral.status)
    record(learnt, actor=actor, now=now)


def _answer(offer: ReferralOffer, status: OfferStatus, now: dt.datetime) -> None:
    offer.status, offer.answered_at = status, now


def _intake_of(received: Received, actor: Actor) -> ReferralIntake:
    """Return what our town keeps of a referral, begun if the job has not come to it yet."""
    referral = received.referral
    intake = received.intake or ReferralIntake(
        tenant_id=actor.tenant_id,
        id=referral.id,
        from_tenant_id=referral.tenant_id,
        told=ReferralStatus.OFFERED,
    )
    db.session.add(intake)
    return intake


def _consented(proposal: Proposal, parts: Collection[str]) -> dict[str, str]:
    """Return what may go, and nothing else: a part that was not ticked is not in it."""
    content = {"kind": proposal.proposer_kind.value, "locale": proposal.locale}
    content |= proposal.content
    if Part.NAME in parts:
        content["name"] = proposal.proposer_name
    if Part.EMAIL in parts:
        content["email"] = proposal.email
    return content


def _take_in(
    received: Received, content: dict[str, str], actor: Actor, now: dt.datetime
) -> Proposal:
    """Make a proposal of what was lent, through the operations of proposals."""
    unnamed = _("匿名の提案者（%(town)sからの紹介）", town=received.town)
    name, email = content.get("name") or unnamed, content.get("email", "")
    who = Who(ProposerKind(content["kind"]), name, "", email, "", "", "")
    texts = {part: content.get(part, "") for part in CONTENT}
    idea = Idea(**{part: texts[part] for part in ("title", "wish", "ability")})
    merits = Merits(**{part: texts[part] for part in texts if not hasattr(idea, part)})
    proposal, _token = proposals.enter_proposal(
        who,
        idea,
        merits,
        Source.REFERRED,
        None,
        form_id=new_id(),
        actor=actor,
        now=now,
        language=content["locale"],
        token=queries.secret_of(received.referral.id),
    )
    db.session.flush()
    holder = Actor.link_holder(actor.tenant_id, proposal.id, name)
    lent = queries.list_lent_files(actor, received.referral.id)
    if lent:
        uploads = [CheckedFile(file.name, file.media_type, file.bytes) for file in lent]
        proposals.add_files(proposal, uploads, actor=holder, now=now)
    proposals.submit_proposal(proposal, actor=holder, now=now)
    return proposal


def _take_back(
    offer: ReferralOffer,
    referral: Referral | None,
    unsent: OfferStatus,
    actor: Actor,
    now: dt.datetime,
) -> None:
    if referral is None:
        _answer(offer, unsent, now)
        return
    referral.status, referral.answered_at = ReferralStatus.TAKEN_BACK, now
    _erase(referral, actor, now)


def _erase(referral: Referral, actor: Actor, now: dt.datetime) -> None:
    """Leave nothing of what was lent; in the first town's scope, whose it is."""
    lent = queries.find_content(actor, referral.id)
    if lent is not None and lent.erased_at is None:
        lent.content, lent.erased_at = {}, now
    for file in queries.list_lent_files(actor, referral.id):
        file.name, file.bytes, file.erased_at = "", b"", now
