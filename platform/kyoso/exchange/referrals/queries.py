"""Every read of referrals: a town sees what it gave and what was given to it."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.tokens import keyed_hash
from kyoso.exchange.leaving import Effect, Fate, foresees
from kyoso.exchange.networks.queries import list_member_towns
from kyoso.exchange.referrals.models import (
    Referral,
    ReferralContent,
    ReferralFile,
    ReferralIntake,
    ReferralOffer,
)
from kyoso.exchange.referrals.rules import LAPSES_AFTER, LIVE, OfferStatus, ReferralStatus
from kyoso.municipal.proposals.queries import Proposal, proposal_titles
from kyoso.municipal.proposals.rules import Source
from kyoso.tenancy.models import Tenant

LIMIT = 200


def secret_of(referral_id: uuid.UUID) -> str:
    """Return the secret of the link to what the other town made of a referral.

    Both towns can make it and neither keeps it: so the proposer finds the link on their first
    town's page, also without a mail address.
    """
    made = keyed_hash(f"referral:{referral_id}")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


# As the first town


@dataclass(frozen=True, slots=True)
class Sent:
    """A question to the proposer, what came of it, and which town it is about."""

    offer: ReferralOffer
    referral: Referral | None
    town: str
    town_slug: str
    title: str = ""

    @property
    def label(self) -> str:
        """How it stands, in a word."""
        return self.referral.status.label if self.referral else self.offer.status.label

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return self.referral.status.tone if self.referral else self.offer.status.tone

    @property
    def revocable(self) -> bool:
        """Tell whether the proposer may still take the consent back."""
        if self.referral is not None:
            return self.referral.status is ReferralStatus.OFFERED
        return self.offer.status is OfferStatus.CONSENTED

    @property
    def taken_in(self) -> bool:
        """Tell whether the other town has a proposal of its own of it."""
        kept = {ReferralStatus.ACCEPTED, ReferralStatus.ADOPTED}
        return self.referral is not None and self.referral.status in kept

    @property
    def live(self) -> bool:
        """Tell whether the town is asked already, or has it."""
        if self.referral is not None:
            return self.referral.status in LIVE
        return self.offer.status in {OfferStatus.ASKED, OfferStatus.CONSENTED}


def _sent(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(ReferralOffer, Referral, Tenant.name, Tenant.slug)
        .outerjoin(
            Referral,
            sa.and_(Referral.tenant_id == ReferralOffer.tenant_id, Referral.id == ReferralOffer.id),
        )
        .join(Tenant, Tenant.id == ReferralOffer.other_tenant_id)
        .where(ReferralOffer.tenant_id == actor.tenant_id)
    )


def list_sent_of(actor: Actor, proposal_id: uuid.UUID) -> list[Sent]:
    """Return what was asked about a proposal, and what came of it, oldest first."""
    query = _sent(actor).where(ReferralOffer.proposal_id == proposal_id)
    return [Sent(*row) for row in db.session.execute(query.order_by(ReferralOffer.id))]


def list_sent(actor: Actor) -> list[Sent]:
    """Return all that the town asked, newest first, with the proposal's title."""
    titled = proposal_titles()
    query = (
        _sent(actor)
        .add_columns(titled.c.title)
        .join(
            titled,
            sa.and_(
                titled.c.tenant_id == ReferralOffer.tenant_id,
                titled.c.id == ReferralOffer.proposal_id,
            ),
        )
        .order_by(ReferralOffer.id.desc())
        .limit(LIMIT)
    )
    return [Sent(*row) for row in db.session.execute(query)]


def get_offer(actor: Actor, offer_id: uuid.UUID) -> ReferralOffer:
    """Return a question of our town, its row held, or NotFound."""
    offer = db.session.scalar(
        sa.select(ReferralOffer)
        .where(ReferralOffer.tenant_id == actor.tenant_id, ReferralOffer.id == offer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if offer is None:
        raise NotFound
    return offer


def list_asked(actor: Actor, proposal_id: uuid.UUID) -> Sequence[ReferralOffer]:
    """Return what waits for the proposer's answer, the rows held."""
    return db.session.scalars(
        sa.select(ReferralOffer)
        .where(
            ReferralOffer.tenant_id == actor.tenant_id,
            ReferralOffer.proposal_id == proposal_id,
            ReferralOffer.status == OfferStatus.ASKED,
        )
        .order_by(ReferralOffer.id)
        .with_for_update()
    ).all()


def list_open_offers(actor: Actor) -> Sequence[ReferralOffer]:
    """Return all of the town that wait for a proposer, the rows held."""
    return db.session.scalars(
        sa.select(ReferralOffer)
        .where(
            ReferralOffer.tenant_id == actor.tenant_id,
            ReferralOffer.status == OfferStatus.ASKED,
        )
        .with_for_update()
    ).all()


def find_given(actor: Actor, referral_id: uuid.UUID) -> Referral | None:
    """Return what our town handed over, its row held."""
    return db.session.scalar(
        sa.select(Referral)
        .where(Referral.tenant_id == actor.tenant_id, Referral.id == referral_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def find_shared(actor: Actor, referral_id: uuid.UUID) -> Referral:
    """Return a referral that our town gave or was given, or NotFound."""
    found = db.session.scalar(
        sa.select(Referral).where(
            sa.or_(
                Referral.tenant_id == actor.tenant_id, Referral.other_tenant_id == actor.tenant_id
            ),
            Referral.id == referral_id,
        )
    )
    if found is None:
        raise NotFound
    return found


def has_other_live(actor: Actor, offer: ReferralOffer) -> bool:
    """Tell whether another town has the same proposal, or may take it."""
    return any(
        one.referral is not None and one.live
        for one in list_sent_of(actor, offer.proposal_id)
        if one.offer.id != offer.id
    )


def list_lent_files(actor: Actor, referral_id: uuid.UUID) -> Sequence[ReferralFile]:
    """Return the files of a referral that the town may read."""
    return db.session.scalars(
        sa.select(ReferralFile)
        .where(
            sa.or_(
                ReferralFile.tenant_id == actor.tenant_id,
                ReferralFile.other_tenant_id == actor.tenant_id,
            ),
            ReferralFile.referral_id == referral_id,
            ReferralFile.erased_at.is_(None),
        )
        .order_by(ReferralFile.id)
    ).all()


def find_content(actor: Actor, referral_id: uuid.UUID) -> ReferralContent | None:
    """Return what was consented, as far as the town may read it."""
    return db.session.scalar(
        sa.select(ReferralContent).where(
            sa.or_(
                ReferralContent.tenant_id == actor.tenant_id,
                ReferralContent.other_tenant_id == actor.tenant_id,
            ),
            ReferralContent.id == referral_id,
        )
    )


def list_referable_towns(actor: Actor, proposal_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """Return the member towns that the proposer may still be asked about."""
    taken = {one.offer.other_tenant_id for one in list_sent_of(actor, proposal_id) if one.live}
    towns = list_member_towns(actor).values()
    return [(town.tenant_id, town.name) for town in towns if town.tenant_id not in taken]


# As the other town


@dataclass(frozen=True, slots=True)
class Received:
    """A referral that was given to our town, and what we keep of it."""

    referral: Referral
    town: str
    intake: ReferralIntake | None


def _received(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(Referral, Tenant.name, ReferralIntake)
        .join(Tenant, Tenant.id == Referral.tenant_id)
        .outerjoin(
            ReferralIntake,
            sa.and_(
                ReferralIntake.tenant_id == Referral.other_tenant_id,
                ReferralIntake.id == Referral.id,
            ),
        )
        .where(Referral.other_tenant_id == actor.tenant_id)
    )


def list_received(actor: Actor) -> list[Received]:
    """Return what was given to our town: what waits for an answer first, then the newest."""
    answered = Referral.status != ReferralStatus.OFFERED
    query = _received(actor).order_by(answered, Referral.id.desc()).limit(LIMIT)
    return [Received(*row) for row in db.session.execute(query)]


def get_received(actor: Actor, referral_id: uuid.UUID, *, lock: bool = False) -> Received:
    """Return a referral that was given to our town, or NotFound; `lock` holds its row."""
    query = _received(actor).where(Referral.id == referral_id)
    if lock:
        query = query.with_for_update(of=Referral).execution_options(populate_existing=True)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return Received(*row)


def get_lent_file(actor: Actor, referral_id: uuid.UUID, file_id: uuid.UUID) -> ReferralFile:
    """Return a file of a referral that waits for our town's answer, or NotFound."""
    waiting = get_received(actor, referral_id).referral.status is ReferralStatus.OFFERED
    for one in list_lent_files(actor, referral_id) if waiting else ():
        if one.id == file_id:
            return one
    raise NotFound


def find_intake(
    actor: Actor, *, referral_id: uuid.UUID | None = None, proposal_id: uuid.UUID | None = None
) -> ReferralIntake | None:
    """Return what our town keeps of a referral, by it or by the proposal that came of it; held."""
    query = sa.select(ReferralIntake).where(ReferralIntake.tenant_id == actor.tenant_id)
    if referral_id is not None:
        query = query.where(ReferralIntake.id == referral_id)
    else:
        query = query.where(ReferralIntake.proposal_id == proposal_id)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def find_origin(actor: Actor, proposal: Proposal) -> ReferralIntake | None:
    """Return what our town keeps of the referral that a proposal came from, if it did."""
    if proposal.source is not Source.REFERRED:
        return None
    return db.session.scalar(
        sa.select(ReferralIntake).where(
            ReferralIntake.tenant_id == actor.tenant_id,
            ReferralIntake.proposal_id == proposal.id,
        )
    )


def count_waiting(actor: Actor) -> int:
    """Return how many referrals wait for our town's answer."""
    return sum(one.referral.status is ReferralStatus.OFFERED for one in list_received(actor))


# What ends


def list_to_lapse(actor: Actor, now: dt.datetime) -> list[Referral]:
    """Return what our town gave and nobody answered in time, or whose town is a member no more."""
    inside = set(list_member_towns(actor))
    rows = db.session.scalars(
        sa.select(Referral)
        .where(Referral.tenant_id == actor.tenant_id, Referral.status == ReferralStatus.OFFERED)
        .with_for_update()
    )
    return [
        one
        for one in rows
        if now - one.offered_at >= LAPSES_AFTER or one.other_tenant_id not in inside
    ]


def list_open_in_network(actor: Actor, network_id: uuid.UUID) -> Sequence[Referral]:
    """Return what our town gave or was given in a network and nobody answered, the rows held."""
    return db.session.scalars(
        sa.select(Referral)
        .where(
            sa.or_(
                Referral.tenant_id == actor.tenant_id, Referral.other_tenant_id == actor.tenant_id
            ),
            Referral.network_id == network_id,
            Referral.status == ReferralStatus.OFFERED,
        )
        .with_for_update()
    ).all()


def list_own_offers(actor: Actor, network_id: uuid.UUID) -> Sequence[ReferralOffer]:
    """Return what our town asks proposers about towns of a network."""
    return [one for one in list_open_offers(actor) if one.network_id == network_id]


def _count_taken_in(actor: Actor, network_id: uuid.UUID) -> int:
    return db.session.scalars(
        sa.select(sa.func.count()).where(
            sa.or_(
                Referral.tenant_id == actor.tenant_id, Referral.other_tenant_id == actor.tenant_id
            ),
            Referral.network_id == network_id,
            Referral.status.in_((ReferralStatus.ACCEPTED, ReferralStatus.ADOPTED)),
        )
    ).one()


@foresees
def foresee_leaving(actor: Actor, network_id: uuid.UUID) -> list[Effect]:
    """Say what becomes of the town's referrals, given and received."""
    return [
        Effect(
            Fate.ENDS,
            _("返事を待つ紹介が終わり、渡した内容は消えます"),
            len(list_open_in_network(actor, network_id)),
        ),
        Effect(
            Fate.ENDS,
            _("提案者に確認中の紹介を取りやめます"),
            len(list_own_offers(actor, network_id)),
        ),
        Effect(
            Fate.GOES_ON,
            _("受け取った紹介は、受け取った町の提案として続きます"),
            _count_taken_in(actor, network_id),
        ),
    ]
