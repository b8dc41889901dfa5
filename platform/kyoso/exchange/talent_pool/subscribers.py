"""What follows for listings: a consent ends, a profile is saved, a town or a person goes.

Taking down happens in the transaction that causes it; the town is told by a job.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid

from kyoso.core import clock
from kyoso.core.access import Actor, PersonActor
from kyoso.core.errors import NotFound
from kyoso.core.events import subscribe
from kyoso.core.jobs import enqueue, job
from kyoso.exchange.finding import Kind
from kyoso.exchange.moderation.events import OwnItemShown
from kyoso.exchange.networks.events import TownLeftNetwork, TownSuspendedInNetwork
from kyoso.exchange.networks.queries import network_names
from kyoso.exchange.talent_pool import mails, operations, queries
from kyoso.exchange.talent_pool.events import (
    ListingDeclined,
    ListingPublished,
    ListingsTakenDown,
)
from kyoso.exchange.talent_pool.rules import OPEN, EndReason, ListingStatus
from kyoso.identity.consents.events import ConsentGiven, ConsentWithdrawn
from kyoso.identity.consents.queries import get_consent
from kyoso.identity.erasures.events import ErasureCarriedOut
from kyoso.identity.profiles.events import ProfileChanged
from kyoso.identity.profiles.queries import profile_with_photo
from kyoso.municipal.departures.events import TownLeft
from kyoso.municipal.talents.events import TalentLeft
from kyoso.municipal.talents.queries import get_talent
from kyoso.tenancy.nights import nightly_in_each_town

log = logging.getLogger(__name__)

PUBLISHED = (ListingStatus.PUBLISHED,)


@subscribe(ConsentWithdrawn)
def take_down_at_once(event: ConsentWithdrawn, *, actor: PersonActor, now: dt.datetime) -> None:
    """Take down whatever rests on a consent that the person took back, in every town."""
    resting = [
        row
        for row in queries.list_own_listings(actor, statuses=PUBLISHED, lock=True)
        if row.consent_id == event.subject_id
    ]
    if resting:
        operations.take_down_listings(resting, actor=actor, now=now)


@subscribe(ConsentGiven)
def follow_new_consent(event: ConsentGiven, *, actor: PersonActor, now: dt.datetime) -> None:
    """Show what the newer consent covers wherever the one was in force whose place it took."""
    if event.replaced_id is None or event.network_id is None:
        return
    resting = [
        row
        for row in queries.list_own_listings(actor, statuses=PUBLISHED, lock=True)
        if row.consent_id == event.replaced_id
    ]
    if resting:
        consent = get_consent(actor, event.subject_id)
        profile = profile_with_photo(actor)
        operations.renew_listings(resting, consent, profile, actor=actor, now=now)


@subscribe(ProfileChanged)
def show_what_changed(_event: ProfileChanged, *, actor: PersonActor, now: dt.datetime) -> None:
    """Write what the person saved into their listings: of each only the parts agreed to."""
    listings = queries.list_own_listings(actor, statuses=PUBLISHED, lock=True)
    if listings:
        operations.show_profile(listings, profile_with_photo(actor), actor=actor, now=now)


@subscribe(TownLeft)
def leave_with_the_town(event: TownLeft, *, actor: PersonActor, now: dt.datetime) -> None:
    """Take down what a town showed of somebody who left it."""
    own = queries.list_own_listings(actor, statuses=OPEN, lock=True)
    theirs = [row for row in own if row.tenant_id == event.tenant_id]
    if theirs:
        operations.take_down_listings(theirs, actor=actor, now=now)


@subscribe(ErasureCarriedOut)
def leave_everywhere(_event: ErasureCarriedOut, *, actor: PersonActor, now: dt.datetime) -> None:
    """Take down all that is shown of somebody who asked to be erased, and all questions."""
    listings = queries.list_own_listings(actor, statuses=OPEN, lock=True)
    if listings:
        operations.take_down_listings(listings, actor=actor, now=now)


@subscribe(TalentLeft)
def end_with_the_register(event: TalentLeft, *, actor: Actor, now: dt.datetime) -> None:
    """Show nobody whom the town took out of its register."""
    found = queries.list_listings(actor, talent_id=event.subject_id, statuses=OPEN, lock=True)
    if found:
        reason = EndReason.LEFT_REGISTER
        operations.end_listings(found, reason, subject_id=event.subject_id, actor=actor, now=now)


@subscribe(TownLeftNetwork)
@subscribe(TownSuspendedInNetwork)
def end_in_the_network(
    event: TownLeftNetwork | TownSuspendedInNetwork, *, actor: Actor, now: dt.datetime
) -> None:
    """Take down what the town showed in a network that it is not in any more."""
    found = queries.list_listings(actor, network_id=event.network_id, statuses=OPEN, lock=True)
    if found:
        reason = EndReason.TOWN_LEFT
        operations.end_listings(found, reason, subject_id=event.network_id, actor=actor, now=now)


@subscribe(OwnItemShown)
def find_again(event: OwnItemShown, *, actor: Actor, now: dt.datetime) -> None:
    """Put back into the search what is hidden no more."""
    if event.kind == Kind.TALENT:
        listing = queries.listing_of(actor, event.item_id, event.network_id, lock=True)
        operations.index_listing(listing, actor=actor, now=now)


@nightly_in_each_town("talent_pool.expire", "掲載の期限（自動）")
def end_expired(actor: Actor) -> int:
    """Tidy up after consents that are over; the date itself shows them no more."""
    found = queries.list_expired(actor)
    if found:
        reason, subject = EndReason.EXPIRED, actor.tenant_id
        operations.end_listings(found, reason, subject_id=subject, actor=actor, now=clock.now())
    return len(found)


@subscribe(ListingPublished)
@subscribe(ListingDeclined)
def tell_the_town(
    event: ListingPublished | ListingDeclined, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Let a job tell the town what the person answered."""
    answered = "published" if isinstance(event, ListingPublished) else "declined"
    for network_id in event.network_ids:
        _tell(str(event.tenant_id), str(event.subject_id), str(network_id), answered, now)


@subscribe(ListingsTakenDown)
def tell_of_taking_down(event: ListingsTakenDown, *, actor: PersonActor, now: dt.datetime) -> None:
    """Let a job tell each town that the person took a listing down."""
    for key in event.places:
        tenant_id, listing_id, network_id = key.split("/")
        _tell(tenant_id, listing_id, network_id, "withdrawn", now)


def _tell(tenant_id: str, listing_id: str, network_id: str, status: str, now: dt.datetime) -> None:
    enqueue(
        carry_answer,
        tenant_id=tenant_id,
        listing_id=listing_id,
        network_id=network_id,
        status=status,
        decided_at=now.isoformat(),
    )


@job("talent_pool.answer")
def carry_answer(
    tenant_id: uuid.UUID, listing_id: str, network_id: str, status: str, decided_at: str
) -> None:
    """Note in the town what the person decided, and write to its office; once."""
    actor = Actor.system(tenant_id, rule="ご本人の答え（自動）")
    try:
        listing = queries.listing_of(actor, uuid.UUID(listing_id), uuid.UUID(network_id), lock=True)
    except NotFound:
        return
    if queries.was_noted(actor, listing, decided_at):
        return
    operations.note_answer(listing, status, decided_at, actor=actor)
    mails.tell_office(
        listing,
        actor=actor,
        name=get_talent(actor, listing.talent_id).name,
        network=network_names([listing.network_id])[listing.network_id],
        status=ListingStatus(status).label,
    )
