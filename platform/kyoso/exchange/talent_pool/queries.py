"""Every read of listings. A caller passes the actor; a query never guesses the town.

What other towns show is read by the policies' leave: it needs no town, but the scope's networks.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from kyoso.core.access import Actor, PersonActor
from kyoso.core.clock import today
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.journal import list_history
from kyoso.core.own_data import own_data
from kyoso.exchange.finding import Found, Kind, found_in, search
from kyoso.exchange.leaving import Effect, Fate, foresees
from kyoso.exchange.moderation.queries import Item, describes
from kyoso.exchange.networks.queries import list_networks_in_force
from kyoso.exchange.talent_pool import rules
from kyoso.exchange.talent_pool.events import AnswerNoted
from kyoso.exchange.talent_pool.models import Listing as Listing
from kyoso.exchange.talent_pool.rules import OPEN, ListingStatus, TalentSearch
from kyoso.identity.profiles.rules import PART_LABELS
from kyoso.tenancy.models import Tenant

PER_PAGE = 20

_L = Listing.__table__.c


def _published() -> tuple[sa.ColumnElement[bool], ...]:
    """Return what is asked of a published row; the policies ask whose it is and who looks."""
    return (
        Listing.status == ListingStatus.PUBLISHED,
        Listing.until >= today(),
        sa.not_(Listing.network_id == sa.any_(Listing.hidden_in)),
    )


_BY_HOURS = sa.text(
    "SELECT item_id, rank, facet, found FROM exchange.search_by_hours(:words, :grams, :patterns,"
    " :facets, :hours, :month, :rank, :after, :rows, true)"
).bindparams(
    sa.bindparam("words", type_=postgresql.ARRAY(sa.Text)),
    sa.bindparam("grams", type_=postgresql.ARRAY(sa.BigInteger)),
    sa.bindparam("patterns", type_=postgresql.ARRAY(sa.Text)),
    sa.bindparam("facets", type_=postgresql.ARRAY(sa.Text)),
    sa.bindparam("rank", type_=sa.Integer),
    sa.bindparam("after", type_=sa.Uuid),
)


def find_ids(asked: TalentSearch, per_page: int = PER_PAGE) -> Found:
    """Return the ids of a page of listings in the networks of the scope, and counts of facets."""
    wanted = asked.wanted
    if asked.hours is None:
        return search(
            Kind.TALENT, wanted, facets=asked.facets, after=asked.after, per_page=per_page
        )
    values = {
        "words": list(wanted.words),
        "grams": wanted.grams,
        "patterns": wanted.patterns,
        "facets": list(asked.facets),
        "hours": asked.hours,
        "month": today().replace(day=1),
        "rank": asked.after.rank if asked.after else None,
        "after": asked.after.item_id if asked.after else None,
        "rows": per_page + 1,
    }
    return found_in(db.session.execute(_BY_HOURS, values).all(), per_page)


#: What is left this month is the ledger's to say, and only of those who show their hours.
_LEFT = sa.case(
    (
        _L.hours_offered.is_not(None),
        sa.func.identity.hours_left(
            _L.person_id, sa.bindparam("month"), sa.bindparam("month"), None, type_=sa.Integer
        ),
    )
).label("hours_left")
_LINE = (
    *(_L[name] for name in ("id", "name", "affiliation", "skills", "free_skills", "fields")),
    *(_L[name] for name in ("can_do", "bio", "wants", "places", "conditions", "languages")),
    *(_L[name] for name in ("hours_offered", "programme", "introduction", "published_at")),
    # A bare word: to make an enum's member of each costs more than reading the row.
    sa.cast(_L.mode, sa.Text).label("mode"),
    _L.photo.is_not(None).label("has_photo"),
    Tenant.name.label("town"),
    Tenant.slug.label("town_slug"),
    _LEFT,
)
#: Of one person in several of our networks, where they show most.
_LINES = (
    sa.select(*_LINE)
    .join(Tenant, Tenant.id == _L.tenant_id)
    .where(
        _L.id == sa.any_(sa.bindparam("ids", type_=postgresql.ARRAY(sa.Uuid))),
        sa.cast(_L.status, sa.Text) == ListingStatus.PUBLISHED.value,
        _L.until >= sa.bindparam("today", type_=sa.Date),
        sa.not_(_L.network_id == sa.any_(_L.hidden_in)),
    )
    .ext(postgresql.distinct_on(_L.id))
    .order_by(_L.id, sa.func.cardinality(_L.parts).desc(), _L.network_id)
)


def list_lines(listing_ids: Sequence[uuid.UUID]) -> list[Any]:
    """Return what the networks of the scope show of these, in this order; others are left out."""
    day = today()
    rows = db.session.execute(
        _LINES, {"ids": list(listing_ids), "today": day, "month": day.replace(day=1)}
    )
    found = {row.id: row for row in rows}
    return [found[listing_id] for listing_id in listing_ids if listing_id in found]


@dataclass(frozen=True, slots=True)
class TalentPage:
    """One page of what was found."""

    rows: Sequence[Any]
    found: Found
    town_names: Mapping[str, str]

    def groups(self, asked: TalentSearch) -> list[tuple[str, list[tuple[str, str, int]]]]:
        """Return each kind of facet with the facets that narrow further: the facet, words, count."""
        groups = []
        for kind, label in rules.GROUPS.items():
            mine = [
                (facet, rules.facet_label(facet, self.town_names), count)
                for facet, count in self.found.facets.items()
                if facet.startswith(f"{kind}:") and facet not in asked.facets
            ]
            mine.sort(key=lambda one: (-one[2], one[1]))
            if mine:
                groups.append((str(label), mine[: rules.SHOWN_FACETS]))
        return groups


def find_listings(asked: TalentSearch) -> TalentPage:
    """Return one page of the people whom the networks of the scope show."""
    found = find_ids(asked)
    slugs = [
        facet.removeprefix("town:")
        for facet in {*found.facets, *asked.facets}
        if facet.startswith("town:")
    ]
    names = town_names(slugs) if slugs else {}
    return TalentPage(list_lines(found.ids) if found.ids else [], found, names)


_NAMES = sa.select(Tenant.slug, Tenant.name).where(
    Tenant.slug == sa.any_(sa.bindparam("slugs", type_=postgresql.ARRAY(sa.Text)))
)


def town_names(slugs: Sequence[str]) -> dict[str, str]:
    """Return the names of towns by their place in addresses."""
    rows = db.session.execute(_NAMES, {"slugs": list(slugs)})
    return {row.slug: row.name for row in rows}


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


def has_photo(listing: Listing) -> bool:
    """Tell whether a listing shows a photo, without reading it."""
    return "photo" in listing.parts and bool(
        db.session.scalar(sa.select(Listing.photo.is_not(None)).where(*_key(listing)))
    )


def get_photo(listing_id: uuid.UUID) -> bytes:
    """Return the photo that the networks of the scope show, or NotFound."""
    for listing in list_listings_of(listing_id):
        photo = db.session.scalar(sa.select(Listing.photo).where(*_key(listing)))
        if photo is not None:
            return photo
    raise NotFound


def _key(listing: Listing) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Listing.tenant_id == listing.tenant_id,
        Listing.id == listing.id,
        Listing.network_id == listing.network_id,
    )


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


def list_listings(
    actor: Actor,
    *,
    talent_id: uuid.UUID | None = None,
    network_id: uuid.UUID | None = None,
    statuses: Sequence[ListingStatus] = (),
    lock: bool = False,
) -> Sequence[Listing]:
    """Return the town's own listings, newest person first."""
    query = sa.select(Listing).where(Listing.tenant_id == actor.tenant_id)
    if talent_id is not None:
        query = query.where(Listing.talent_id == talent_id)
    if network_id is not None:
        query = query.where(Listing.network_id == network_id)
    if statuses:
        query = query.where(Listing.status.in_(statuses))
    query = query.order_by(Listing.id.desc(), Listing.network_id)
    return db.session.scalars(query.with_for_update() if lock else query).all()


def list_expired(actor: Actor) -> Sequence[Listing]:
    """Return the town's listings whose consent is over, and hold them."""
    return db.session.scalars(
        sa.select(Listing)
        .where(
            Listing.tenant_id == actor.tenant_id,
            Listing.status == ListingStatus.PUBLISHED,
            Listing.until < today(),
        )
        .with_for_update()
    ).all()


def list_own_listings(
    me: PersonActor,
    listing_id: uuid.UUID | None = None,
    *,
    statuses: Sequence[ListingStatus] = (),
    lock: bool = False,
) -> Sequence[Listing]:
    """Return the listings of the person who acts, over all towns, the last asked first."""
    query = sa.select(Listing).where(Listing.person_id == me.person_id)
    if listing_id is not None:
        query = query.where(Listing.id == listing_id)
    if statuses:
        query = query.where(Listing.status.in_(statuses))
    query = query.order_by(Listing.asked_at.desc(), Listing.id.desc(), Listing.network_id)
    return db.session.scalars(query.with_for_update() if lock else query).all()


_STANDING = sa.text("SELECT network_id FROM exchange.standing(:town, :today)")


def networks_of_town(tenant_id: uuid.UUID) -> frozenset[uuid.UUID]:
    """Return in which networks a town is today; asked also by a person who is in no town."""
    asked = {"town": tenant_id, "today": today()}
    return frozenset(db.session.scalars(_STANDING, asked))


def was_noted(actor: Actor, listing: Listing, decided_at: str) -> bool:
    """Tell whether the town was told of this decision already: jobs may run twice."""
    return any(
        entry.kind == AnswerNoted.__name__
        and entry.facts["decided_at"] == decided_at
        and entry.facts["network_id"] == str(listing.network_id)
        for entry in list_history(actor, [listing.id])
    )


@foresees
def foresee_leaving(actor: Actor, network_id: uuid.UUID) -> list[Effect]:
    """Say how many listings end when the town leaves, and how many questions lapse."""
    rows = list_listings(actor, network_id=network_id, statuses=OPEN)
    published = sum(row.status is ListingStatus.PUBLISHED for row in rows)
    asked = len(rows) - published
    effects = []
    if published:
        effects.append(Effect(Fate.ENDS, _("人材の掲載を取り下げます"), published))
    if asked:
        effects.append(Effect(Fate.ENDS, _("掲載について本人にたずねているものを終えます"), asked))
    return effects


@describes(Kind.TALENT)
def listing_as_item(actor: Actor, item_id: uuid.UUID) -> Item:
    """Return a listing for whoever reports or hides it, as their town sees it."""
    ours = [network.id for network in list_networks_in_force(actor)]
    rows = [row for row in list_listings_of(item_id) if row.network_id in ours]
    if not rows:
        raise NotFound
    first = rows[0]
    return Item(
        Kind.TALENT,
        item_id,
        first.name or _("氏名は公開していません"),
        rules.words_of(first, ""),
        tuple(row.network_id for row in rows),
        first.tenant_id == actor.tenant_id,
        f"/{_slug(actor)}/exchange/talent/{item_id}",
    )


def _slug(actor: Actor) -> str:
    return db.session.scalars(sa.select(Tenant.slug).where(Tenant.id == actor.tenant_id)).one()


@own_data(
    "listings",
    _l("ネットワークへの掲載"),
    columns={
        "town": _l("掲載した自治体"),
        "status": _l("状態"),
        "asked_at": _l("たずねられた日時"),
        "published_at": _l("掲載した日時"),
        "until": _l("期限"),
        "parts": _l("見せている項目"),
        "introduction": _l("町からの紹介"),
        "programme": _l("制度"),
    },
    tables=("exchange.listings",),
)
def own_listings_data(me: PersonActor) -> list[Mapping[str, Any]]:
    """Return where the person is or was listed, for their archive."""
    rows = db.session.execute(
        sa.select(Listing, Tenant.name)
        .join(Tenant, Tenant.id == Listing.tenant_id)
        .where(Listing.person_id == me.person_id)
        .order_by(Listing.id, Listing.network_id)
    )
    return [
        {
            "town": town,
            "status": row.status.label,
            "asked_at": row.asked_at,
            "published_at": row.published_at,
            "until": row.until,
            "parts": [str(PART_LABELS[part]) for part in row.parts],
            "introduction": row.introduction,
            "programme": row.programme,
        }
        for row, town in rows
    ]
