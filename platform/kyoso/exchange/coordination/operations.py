"""Every change to who coordinates a network: guard, change, record."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.exchange.coordination import events, queries
from kyoso.exchange.coordination.models import Coordinator
from kyoso.exchange.coordination.permissions import CoordinationPermission as May
from kyoso.exchange.networks.queries import Network, check_within


@dataclass(frozen=True, slots=True)
class Nominee:
    """Who is to coordinate a network."""

    person_id: uuid.UUID
    name: str
    email: str


def name_coordinator(
    network: Network, nominee: Nominee, *, actor: Actor, now: dt.datetime
) -> Coordinator:
    """Let a person coordinate the network; it gives them no right in any town."""
    authorise(actor, May.NAME)
    check_within(network.id, actor)
    if nominee.person_id in {one.person_id for one in queries.list_coordinators(network.id)}:
        raise RuleViolation(_("この方は、すでに広域事務局の担当者です。"))

    coordinator = Coordinator(
        network_id=network.id,
        id=new_id(),
        person_id=nominee.person_id,
        name=nominee.name,
        email=nominee.email,
        named_by=actor.name,
        named_at=now,
    )
    db.session.add(coordinator)
    db.session.flush()

    named = events.CoordinatorNamed(coordinator.id, network.id, coordinator.name)
    record(named, actor=actor, now=now)
    return coordinator


def remove_coordinator(coordinator: Coordinator, *, actor: Actor, now: dt.datetime) -> None:
    """Let a person coordinate no more, from their next click on."""
    authorise(actor, May.NAME)
    check_within(coordinator.network_id, actor)

    coordinator.ended_at, coordinator.ended_by = now, actor.name

    removed = events.CoordinatorRemoved(coordinator.id, coordinator.network_id, coordinator.name)
    record(removed, actor=actor, now=now)
