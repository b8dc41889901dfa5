"""Every read of what closing needs: the network held by its founder, and who is told."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import Forbidden
from kyoso.exchange.networks.queries import Membership, MemberTown, Network, get_membership
from kyoso.exchange.networks.queries import list_towns as towns_of
from kyoso.exchange.networks.rules import MemberStatus

#: Whom the end of a network concerns.
CONCERNED = frozenset({MemberStatus.ACTIVE, MemberStatus.SUSPENDED, MemberStatus.INVITED})


def is_founder(actor: Actor, network: Network) -> bool:
    """Tell whether the town founded the network."""
    return network.founded_by == actor.tenant_id


def get_founded(actor: Actor, network_id: uuid.UUID, *, lock: bool = False) -> Membership:
    """Return a network that the town founded, and its membership; refuse another member.

    `lock` holds the network's row until the transaction ends.
    """
    membership = get_membership(actor, network_id)
    if not is_founder(actor, membership.network):
        raise Forbidden
    if lock:
        held = sa.select(Network).where(Network.id == network_id).with_for_update()
        db.session.scalars(held.execution_options(populate_existing=True)).one_or_none()
    return membership


def list_concerned(network_id: uuid.UUID) -> list[MemberTown]:
    """Return the towns that are members, take no part for a time, or are invited."""
    return [town for town in towns_of(network_id) if town.status in CONCERNED]
