"""Every read of coordinators; the policies let in the members, the coordinators and the person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from kyoso.core.access import NetworkActor, PersonActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.exchange.coordination.models import Coordinator
from kyoso.exchange.networks.queries import Network


def coordinator_actor(network_id: uuid.UUID, person: PersonActor) -> NetworkActor | None:
    """Return a person as the network's coordinator, or None if they are not; in their scope."""
    found = db.session.scalar(
        sa.select(Coordinator.id).where(
            Coordinator.network_id == network_id,
            Coordinator.person_id == person.person_id,
            Coordinator.ended_at.is_(None),
        )
    )
    return None if found is None else NetworkActor(network_id, person.person_id, person.name)


def list_coordinated(person: PersonActor) -> Sequence[Network]:
    """Return the networks that a person coordinates; in their scope."""
    return db.session.scalars(
        sa.select(Network)
        .join(Coordinator, Coordinator.network_id == Network.id)
        .where(Coordinator.person_id == person.person_id, Coordinator.ended_at.is_(None))
        .order_by(Network.slug)
    ).all()


def list_coordinators(network_id: uuid.UUID, *, former: bool = False) -> Sequence[Coordinator]:
    """Return who coordinates a network, or also who did."""
    query = sa.select(Coordinator).where(Coordinator.network_id == network_id)
    if not former:
        query = query.where(Coordinator.ended_at.is_(None))
    return db.session.scalars(
        query.order_by(Coordinator.ended_at.is_not(None), Coordinator.id)
    ).all()


def get_coordinator(network_id: uuid.UUID, coordinator_id: uuid.UUID) -> Coordinator:
    """Return somebody who coordinates a network, their row held, or NotFound."""
    found = db.session.scalar(
        sa.select(Coordinator)
        .where(
            Coordinator.network_id == network_id,
            Coordinator.id == coordinator_id,
            Coordinator.ended_at.is_(None),
        )
        .with_for_update()
    )
    if found is None:
        raise NotFound
    return found
