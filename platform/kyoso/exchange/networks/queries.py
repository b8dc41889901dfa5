"""Every read of networks. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Actor, NetworkActor
from kyoso.core.db import db
from kyoso.core.differences import Piece, compare
from kyoso.core.errors import NotFound
from kyoso.core.journal import NetworkJournalEntry
from kyoso.core.scope import Standing, tells_standing
from kyoso.exchange.networks import rules
from kyoso.exchange.networks.models import (
    Network as Network,
)
from kyoso.exchange.networks.models import (
    NetworkMember as NetworkMember,
)
from kyoso.exchange.networks.models import (
    NetworkRules,
)
from kyoso.exchange.networks.rules import MemberStatus
from kyoso.tenancy.models import Tenant, TenantStatus
from kyoso.tenancy.queries import TenantInfo

_STANDING = sa.text("SELECT network_id, absent FROM exchange.standing(:town, :today)")


@tells_standing
def standing_of(tenant_id: uuid.UUID) -> Standing:
    """Return the networks that a town belongs to today, and who of them is absent.

    One statement on a connection of its own: the transaction that it is for must not begin
    before its scope.
    """
    with db.engine.connect() as raw:
        connection = raw.execution_options(isolation_level="AUTOCOMMIT")
        rows = connection.execute(_STANDING, {"town": tenant_id, "today": clock.today()}).all()
    return Standing(
        tuple(row.network_id for row in rows),
        tuple((row.network_id, town) for row in rows for town in row.absent),
    )


def network_by_slug(slug: str) -> Network:
    """Return the network of an address, or NotFound; which there are is public."""
    network = db.session.scalar(sa.select(Network).where(Network.slug == slug))
    if network is None:
        raise NotFound
    return network


@lru_cache(maxsize=1024)
def network_id_of(slug: str) -> uuid.UUID:
    """Return the id of the network of an address, or NotFound, before any scope is entered.

    Asked once in each process: a network keeps its address, and one that is missing is asked
    for again.
    """
    with db.engine.connect() as connection:
        found = connection.execute(sa.select(Network.id).where(Network.slug == slug)).scalar()
    if found is None:
        raise NotFound
    return found


def network_names(network_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return what networks are called, by their ids; which there are is public."""
    rows = db.session.execute(
        sa.select(Network.id, Network.name).where(Network.id.in_(list(network_ids)))
    )
    return {row.id: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class Membership:
    """A network, and what the town that asks is in it."""

    network: Network
    member: NetworkMember

    @property
    def in_force(self) -> bool:
        """Tell whether the town belongs to it today."""
        return not self.is_closed and rules.in_force(self.member, clock.today())

    @property
    def is_closed(self) -> bool:
        """Tell whether the network is closed."""
        return rules.is_closed(self.network.closed_on, clock.today())

    @property
    def first_possible_day(self) -> dt.date:
        """The first day on which the town can be out if it gives notice today."""
        return rules.earliest_leaving(clock.today(), self.network.notice_months)


def list_memberships(actor: Actor) -> list[Membership]:
    """Return every network that the town is, was or may become a member of."""
    rows = db.session.execute(
        sa.select(Network, NetworkMember)
        .join(NetworkMember, NetworkMember.network_id == Network.id)
        .where(NetworkMember.tenant_id == actor.tenant_id)
        .order_by(Network.agreement_signed_on.desc().nulls_last(), Network.slug)
    )
    return [Membership(*row) for row in rows]


def list_networks_in_force(actor: Actor) -> list[Network]:
    """Return the networks that the town belongs to today: where it may publish and read."""
    return [one.network for one in list_memberships(actor) if one.in_force]


def get_membership(actor: Actor, network_id: uuid.UUID, *, lock: bool = False) -> Membership:
    """Return a network and what the town is in it, or NotFound: a stranger's looks like none.

    `lock` holds the member's row until the transaction ends; take it before changing anything.
    """
    query = (
        sa.select(Network, NetworkMember)
        .join(NetworkMember, NetworkMember.network_id == Network.id)
        .where(NetworkMember.tenant_id == actor.tenant_id, Network.id == network_id)
    )
    row = db.session.execute(
        query.with_for_update(of=NetworkMember) if lock else query
    ).one_or_none()
    if row is None:
        raise NotFound
    return Membership(*row)


def get_joined(actor: Actor, network_id: uuid.UUID) -> Network:
    """Return a network that the town belongs to today, or NotFound."""
    membership = get_membership(actor, network_id)
    if not membership.in_force:
        raise NotFound
    return membership.network


def check_within(network_id: uuid.UUID, actor: Actor | NetworkActor) -> None:
    """Refuse a town that is no member today, and the coordinator of another or a closed network."""
    if isinstance(actor, Actor):
        get_joined(actor, network_id)
        return
    if actor.network_id != network_id:
        raise NotFound
    closed_on = get_network(actor).closed_on
    if rules.is_closed(closed_on, clock.today()):
        rules.check_not_closing(closed_on)


def get_network(actor: NetworkActor) -> Network:
    """Return the network that a coordinator acts for."""
    network = db.session.get(Network, actor.network_id)
    if network is None:
        raise NotFound
    return network


@dataclass(frozen=True, slots=True)
class MemberTown:
    """A town in a network, as the other members see it."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    network_id: uuid.UUID
    slug: str
    name: str
    prefecture: str
    status: MemberStatus
    invited_by: str
    joined_on: dt.date | None
    notice_on: dt.date | None
    left_on: dt.date | None
    suspended_on: dt.date | None
    town_status: TenantStatus
    #: The day on which the network is closed, if one is set.
    closed_on: dt.date | None

    @property
    def in_force(self) -> bool:
        """Tell whether the town is a member today."""
        today = clock.today()
        active = self.town_status is TenantStatus.ACTIVE
        return active and not rules.is_closed(self.closed_on, today) and rules.in_force(self, today)


_TOWN: tuple[Any, ...] = (
    NetworkMember.id,
    NetworkMember.tenant_id,
    NetworkMember.network_id,
    Tenant.slug,
    Tenant.name,
    Tenant.prefecture,
    NetworkMember.status,
    NetworkMember.invited_by,
    NetworkMember.joined_on,
    NetworkMember.notice_on,
    NetworkMember.left_on,
    NetworkMember.suspended_on,
    Tenant.status,
    Network.closed_on,
)


def list_towns(network_id: uuid.UUID) -> list[MemberTown]:
    """Return every town of a network, also those invited and gone; the policies let members in."""
    rows = db.session.execute(
        sa.select(*_TOWN)
        .join(Tenant, Tenant.id == NetworkMember.tenant_id)
        .join(Network, Network.id == NetworkMember.network_id)
        .where(NetworkMember.network_id == network_id)
        .order_by(Tenant.code)
    )
    return [MemberTown(*row) for row in rows]


def town_names(network_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the name of every town that is or was in some networks, by its tenant's id."""
    rows = db.session.execute(
        sa.select(NetworkMember.tenant_id, Tenant.name)
        .join(Tenant, Tenant.id == NetworkMember.tenant_id)
        .where(NetworkMember.network_id.in_(network_ids))
    )
    return {row.tenant_id: row.name for row in rows}


def list_member_towns(actor: Actor) -> dict[uuid.UUID, MemberTown]:
    """Return the other towns that share a network with ours today, by their tenant's id."""
    ours = [network.id for network in list_networks_in_force(actor)]
    rows = db.session.execute(
        sa.select(*_TOWN)
        .join(Tenant, Tenant.id == NetworkMember.tenant_id)
        .join(Network, Network.id == NetworkMember.network_id)
        .where(
            NetworkMember.network_id.in_(ours),
            NetworkMember.tenant_id != actor.tenant_id,
            NetworkMember.status == MemberStatus.ACTIVE,
        )
        .order_by(Tenant.code)
    )
    towns = (MemberTown(*row) for row in rows)
    return {town.tenant_id: town for town in towns if town.in_force}


def get_town(network_id: uuid.UUID, member_id: uuid.UUID, *, lock: bool = False) -> NetworkMember:
    """Return the membership of any town of a network, or NotFound."""
    query = sa.select(NetworkMember).where(
        NetworkMember.network_id == network_id, NetworkMember.id == member_id
    )
    member = db.session.scalar(query.with_for_update() if lock else query)
    if member is None:
        raise NotFound
    return member


def get_invited(network_id: uuid.UUID, member_id: uuid.UUID) -> NetworkMember:
    """Return the membership of a town that is invited, held; refuse if it answered meanwhile."""
    held = db.session.scalar(
        sa.select(NetworkMember)
        .where(
            NetworkMember.network_id == network_id,
            NetworkMember.id == member_id,
            NetworkMember.status == MemberStatus.INVITED,
        )
        .with_for_update()
    )
    if held is None:
        rules.check_move(get_town(network_id, member_id).status, MemberStatus.REVOKED)
        raise NotFound
    return held


def find_town(network_id: uuid.UUID, tenant_id: uuid.UUID) -> NetworkMember | None:
    """Return what a town is in a network, if it ever was anything."""
    return db.session.scalar(
        sa.select(NetworkMember).where(
            NetworkMember.network_id == network_id, NetworkMember.tenant_id == tenant_id
        )
    )


def list_due(actor: Actor) -> list[Membership]:
    """Return the memberships of the town whose last day is over but that nobody ended yet."""
    today = clock.today()
    return [
        one
        for one in list_memberships(actor)
        if rules.is_due(one.member, today, one.network.closed_on)
    ]


def list_rules(network_id: uuid.UUID) -> Sequence[NetworkRules]:
    """Return every version of a network's rules, the one in force first."""
    return db.session.scalars(
        sa.select(NetworkRules)
        .where(NetworkRules.network_id == network_id)
        .order_by(NetworkRules.version.desc())
    ).all()


def current_rules(network_id: uuid.UUID) -> NetworkRules | None:
    """Return the rules of a network that are in force."""
    return db.session.scalar(
        sa.select(NetworkRules)
        .where(NetworkRules.network_id == network_id)
        .order_by(NetworkRules.version.desc())
        .limit(1)
    )


def list_rule_changes(network_id: uuid.UUID) -> list[tuple[NetworkRules, tuple[Piece, ...]]]:
    """Return every version of a network's rules with what it changed, the one in force first."""
    versions = list_rules(network_id)
    before = [*(one.content for one in versions[1:]), ""]
    return [
        (one, compare(old, one.content) if one.version > 1 else ())
        for one, old in zip(versions, before, strict=False)
    ]


def list_invitable(network_id: uuid.UUID, towns: Iterable[TenantInfo]) -> list[TenantInfo]:
    """Return those of the towns that are neither in the network nor asked already."""
    taken = {
        town.tenant_id
        for town in list_towns(network_id)
        if MemberStatus.INVITED not in rules.NEXT[town.status]
    }
    return [town for town in towns if town.id not in taken]


def list_news(network_ids: Sequence[uuid.UUID], limit: int = 10) -> Sequence[NetworkJournalEntry]:
    """Return what happened last in some networks, newest first."""
    return db.session.scalars(
        sa.select(NetworkJournalEntry)
        .where(NetworkJournalEntry.network_id.in_(network_ids))
        .order_by(NetworkJournalEntry.id.desc())
        .limit(limit)
    ).all()


LOG_PAGE = 50


def list_network_journal(
    network_id: uuid.UUID, *, limit: int = LOG_PAGE, offset: int = 0
) -> Sequence[NetworkJournalEntry]:
    """Return what was done in a network, newest first."""
    return db.session.scalars(
        sa.select(NetworkJournalEntry)
        .where(NetworkJournalEntry.network_id == network_id)
        .order_by(NetworkJournalEntry.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def count_network_journal(network_id: uuid.UUID) -> int:
    """Return how many entries a network's journal has."""
    return db.session.scalars(
        sa.select(sa.func.count()).where(NetworkJournalEntry.network_id == network_id)
    ).one()


def find_network(network_id: uuid.UUID) -> Network | None:
    """Return a network by its id, if there is one: also one that a form made already."""
    return db.session.get(Network, network_id)


def slug_is_taken(slug: str) -> bool:
    """Tell whether another network has this place in addresses."""
    return db.session.scalar(sa.select(Network.id).where(Network.slug == slug)) is not None
