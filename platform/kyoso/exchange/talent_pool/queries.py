"""Every read of listings. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from kyoso.core.access import Actor, PersonActor
from kyoso.core.clock import today
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.exchange.talent_pool.models import ListedNeed, Listing
from kyoso.exchange.talent_pool.models import SavedSearch as SavedSearch
from kyoso.exchange.talent_pool.rules import ListingStatus, NeedStatus


def _published() -> tuple[sa.ColumnElement[bool], ...]:
    """Return what is asked of a published row; the policies ask whose it is and who looks."""
    return (
        Listing.status == ListingStatus.PUBLISHED,
        Listing.until >= today(),
        sa.not_(Listing.network_id == sa.any_(Listing.hidden_in)),
    )


def list_listings_of(listing_id: uuid.UUID) -> Sequence[Listing]:
    """Return what the networks of the scope show of a person, the row with most parts first."""
    return db.session.scalars(
        sa.select(Listing)
        .where(Listing.id == listing_id, *_published())
        .order_by(sa.func.cardinality(Listing.parts).desc(), Listing.network_id)
    ).all()


def get_listing(listing_id: uuid.UUID, network_id: uuid.UUID | None = None) -> Listing:
    """Return a listing as the networks of the scope show it (in one network), or NotFound."""
    for listing in list_listings_of(listing_id):
        if network_id in {None, listing.network_id}:
            return listing
    raise NotFound


def listing_of(
    actor: Actor, listing_id: uuid.UUID, network_id: uuid.UUID, *, lock: bool = False
) -> Listing:
    """Return a listing of the actor's own town in a network, in any state, or NotFound."""
    query = sa.select(Listing).where(
        Listing.tenant_id == actor.tenant_id,
        Listing.id == listing_id,
        Listing.network_id == network_id,
    )
    listing = db.session.scalar(query.with_for_update() if lock else query)
    if listing is None:
        raise NotFound
    return listing


def own_listing(
    me: PersonActor, listing_id: uuid.UUID, network_id: uuid.UUID, *, lock: bool = False
) -> Listing:
    """Return a listing of the person who acts, in any state, or NotFound."""
    query = sa.select(Listing).where(
        Listing.person_id == me.person_id,
        Listing.id == listing_id,
        Listing.network_id == network_id,
    )
    listing = db.session.scalar(query.with_for_update() if lock else query)
    if listing is None:
        raise NotFound
    return listing


def list_own_listings(me: PersonActor) -> Sequence[Listing]:
    """Return the listings of the person who acts, over all towns, newest question first."""
    return db.session.scalars(
        sa.select(Listing)
        .where(Listing.person_id == me.person_id)
        .order_by(Listing.asked_at.desc(), Listing.id.desc(), Listing.network_id)
    ).all()


def list_listings(actor: Actor, talent_id: uuid.UUID | None = None) -> Sequence[Listing]:
    """Return the town's own listings, of one talent or of all, in any state."""
    query = sa.select(Listing).where(Listing.tenant_id == actor.tenant_id)
    if talent_id is not None:
        query = query.where(Listing.talent_id == talent_id)
    return db.session.scalars(query.order_by(Listing.id.desc(), Listing.network_id)).all()


def get_listed_need(listed_need_id: uuid.UUID) -> ListedNeed:
    """Return a need as the networks of the scope show it, or NotFound."""
    need = db.session.scalar(
        sa.select(ListedNeed).where(
            ListedNeed.id == listed_need_id,
            ListedNeed.status == NeedStatus.LISTED,
            sa.or_(ListedNeed.closes_on.is_(None), ListedNeed.closes_on >= today()),
            sa.not_(ListedNeed.network_id == sa.any_(ListedNeed.hidden_in)),
        )
    )
    if need is None:
        raise NotFound
    return need
