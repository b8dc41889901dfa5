"""Every change to listings: one function for each verb, each guards, changes, records.

The town asks and takes down; the person publishes, and takes down too. Each in their own scope.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from kyoso.core.access import Actor, PersonActor, authorise, authorise_self
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.core.search import grams, search_key
from kyoso.exchange.networks.queries import Network, check_within
from kyoso.exchange.talent_pool import events, mails, queries, rules
from kyoso.exchange.talent_pool.models import Listing
from kyoso.exchange.talent_pool.permissions import TalentPoolPermission as May
from kyoso.exchange.talent_pool.rules import EndReason, ListingStatus, ShownProfile
from kyoso.identity.consents.operations import Agreed, give_consent
from kyoso.identity.consents.rules import Purpose, Recipient, Terms
from kyoso.tenancy.queries import get_tenant

_INDEX = sa.text(
    "SELECT exchange.index_listing(:town, :listing, :network, :title, :words, :facets, :grams,"
    " :today)"
).bindparams(
    sa.bindparam("facets", type_=postgresql.ARRAY(sa.Text)),
    sa.bindparam("grams", type_=postgresql.ARRAY(sa.BigInteger)),
)


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """What the town says of somebody whom it offers; they read it before they agree."""

    programme: str = ""
    introduction: str = ""


def offer_talent(
    talent: Any,
    networks: Sequence[Network],
    draft: OfferDraft,
    *,
    actor: Actor,
    now: dt.datetime,
) -> list[Listing]:
    """Ask somebody of the register whether they may be shown to networks of the town."""
    authorise(actor, May.OFFER, talent)
    for network in networks:
        check_within(network.id, actor)
    if talent.left_at is not None:
        raise RuleViolation(
            _("%(name)sさんは、人材台帳から外れています。掲載できません。", name=talent.name)
        )
    known = {
        row.network_id: row for row in queries.list_listings(actor, talent_id=talent.id, lock=True)
    }
    rules.check_free(known[n.id].status for n in networks if n.id in known)

    listing_id = next(iter(known.values())).id if known else new_id()
    listings = []
    for network in networks:
        listing = known.get(network.id)
        if listing is None:
            listing = Listing(
                tenant_id=actor.tenant_id,
                id=listing_id,
                network_id=network.id,
                person_id=talent.person_id,
                talent_id=talent.id,
            )
            db.session.add(listing)
        listing.status = ListingStatus.ASKED
        listing.programme, listing.introduction = draft.programme, draft.introduction
        listing.asked_by, listing.asked_at = actor.name, now
        listing.ended_at, listing.end_reason = None, ""
        listings.append(listing)
    db.session.flush()
    if talent.email:
        names = [network.name for network in networks]
        mails.ask_person(listings[0], talent.email, names, actor=actor, name=talent.name)

    asked = tuple(network.id for network in networks)
    record(events.ListingAsked(listing_id, asked, talent.id), actor=actor, now=now)
    return listings


def withdraw_listing(listing: Listing, *, actor: Actor, now: dt.datetime) -> None:
    """Take a listing of the town down, or the question back."""
    authorise(actor, May.OFFER, listing)
    rules.check_move(listing.status, ListingStatus.WITHDRAWN)

    _end(listing, ListingStatus.WITHDRAWN, now)

    record(events.ListingWithdrawn(listing.id, listing.network_id), actor=actor, now=now)


def end_listings(
    listings: Sequence[Listing],
    reason: EndReason,
    *,
    subject_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Let listings of the town end, because of the time or of what happened elsewhere."""
    authorise(actor, May.END)
    for listing in listings:
        rules.check_move(listing.status, ListingStatus.ENDED)

    for listing in listings:
        _end(listing, ListingStatus.ENDED, now, reason)

    ended = tuple(listing.id for listing in listings)
    record(events.ListingsEnded(subject_id, reason.value, ended), actor=actor, now=now)


def agree_to_listings(
    listings: Sequence[Listing],
    networks: dict[uuid.UUID, str],
    terms: tuple[tuple[str, ...], dt.date],
    agreed: Agreed,
    profile: Any,
    *,
    actor: PersonActor,
    now: dt.datetime,
) -> None:
    """Agree, for each network, that these parts of the profile are shown until a day.

    The listings are one person's, of one town. `networks` are their names, by id. They are shown at once.
    """
    authorise_self(actor, listings[0].person_id)
    for listing in listings:
        rules.check_move(listing.status, ListingStatus.PUBLISHED)
        if listing.network_id not in queries.networks_of_town(listing.tenant_id):
            raise RuleViolation(
                _("この自治体は、いまそのネットワークに加わっていません。掲載できません。")
            )

    fields, until = terms
    for listing in listings:
        to = Recipient(networks[listing.network_id], network_id=listing.network_id)
        consent = give_consent(
            Terms(Purpose.LISTING, to, fields, until),
            agreed,
            consent_id=new_id(),
            person_id=listing.person_id,
            actor=actor,
            now=now,
        )
        listing.published_at, listing.ended_at, listing.end_reason = now, None, ""
        _publish(listing, consent, profile, now)

    published = events.ListingPublished(
        listings[0].id,
        listings[0].tenant_id,
        tuple(listing.network_id for listing in listings),
        tuple(listings[0].parts),
        until,
    )
    record(published, actor=actor, now=now)


def decline_listings(listings: Sequence[Listing], *, actor: PersonActor, now: dt.datetime) -> None:
    """Say no to the town; nothing is shown, and nothing was."""
    authorise_self(actor, listings[0].person_id)
    for listing in listings:
        rules.check_move(listing.status, ListingStatus.DECLINED)

    for listing in listings:
        _end(listing, ListingStatus.DECLINED, now)

    declined = tuple(listing.network_id for listing in listings)
    first = listings[0]
    record(events.ListingDeclined(first.id, first.tenant_id, declined), actor=actor, now=now)


def take_down_listings(
    listings: Sequence[Listing], *, actor: PersonActor, now: dt.datetime
) -> None:
    """Take the person's own listings down, in every town, at once."""
    authorise_self(actor, actor.person_id)
    for listing in listings:
        rules.check_move(listing.status, ListingStatus.WITHDRAWN)

    for listing in listings:
        _end(listing, ListingStatus.WITHDRAWN, now)

    places = tuple(rules.key_of(listing) for listing in listings)
    record(events.ListingsTakenDown(actor.person_id, places), actor=actor, now=now)


def renew_listings(
    listings: Sequence[Listing], consent: Any, profile: Any, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Let what rested on an earlier consent rest on the one that took its place."""
    authorise_self(actor, consent.person_id)

    for listing in listings:
        _publish(listing, consent, profile, now)

    record(events.ListingsShownAnew(actor.person_id, len(listings)), actor=actor, now=now)


def show_profile(
    listings: Sequence[Listing], profile: Any, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Write anew what each listing shows of the person, and nothing more than was agreed."""
    authorise_self(actor, actor.person_id)

    for listing in listings:
        listing.show(rules.shown(profile, listing.parts))
        _index(listing, now)

    record(events.ListingsShownAnew(actor.person_id, len(listings)), actor=actor, now=now)


def index_listing(listing: Listing, *, actor: Actor, now: dt.datetime) -> None:
    """Let a listing that was hidden be found again."""
    authorise(actor, May.END, listing)

    _index(listing, now)

    record(events.ListingIndexed(listing.id, listing.network_id), actor=actor, now=now)


def note_answer(listing: Listing, status: str, decided_at: str, *, actor: Actor) -> None:
    """Let the town know what the person decided: their transaction cannot write into its rows."""
    authorise(actor, May.END, listing)

    noted = events.AnswerNoted(listing.id, status, listing.network_id, decided_at)
    record(noted, actor=actor, now=dt.datetime.fromisoformat(decided_at))


def _publish(listing: Listing, consent: Any, profile: Any, now: dt.datetime) -> None:
    listing.status = ListingStatus.PUBLISHED
    listing.consent_id, listing.until = consent.id, consent.until
    listing.parts = list(consent.fields)
    listing.show(rules.shown(profile, listing.parts))
    _index(listing, now)


def _end(
    listing: Listing, status: ListingStatus, now: dt.datetime, reason: EndReason | None = None
) -> None:
    listing.status, listing.ended_at = status, now
    listing.end_reason = reason.value if reason else ""
    listing.parts = []
    listing.show(ShownProfile())
    _index(listing, now)


def _index(listing: Listing, now: dt.datetime) -> None:
    """Let a listing be found by what it shows; one that is not published, no more."""
    db.session.flush()
    town = get_tenant(listing.tenant_id)
    key = search_key(rules.words_of(listing, town.name))
    db.session.execute(
        _INDEX,
        {
            "town": listing.tenant_id,
            "listing": listing.id,
            "network": listing.network_id,
            "title": search_key(listing.name),
            "words": key,
            "facets": rules.facets_of(listing, town.slug),
            "grams": grams(key),
            "today": now.astimezone(JST).date(),
        },
    )
