"""What follows when a network is to be closed, or stays open: every town concerned is told."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core.access import Actor
from kyoso.core.errors import NotFound
from kyoso.core.events import subscribe
from kyoso.core.jobs import enqueue, job
from kyoso.exchange.closings import mails
from kyoso.exchange.closings.events import ClosingAnnounced, ClosingWithdrawn
from kyoso.exchange.closings.queries import CONCERNED, list_concerned
from kyoso.exchange.networks.queries import get_membership


@subscribe(ClosingAnnounced)
@subscribe(ClosingWithdrawn)
def tell_everybody(
    event: ClosingAnnounced | ClosingWithdrawn, *, actor: Actor, now: dt.datetime
) -> None:
    """Let a job for each other town write to it."""
    for town in list_concerned(event.network_id):
        if town.tenant_id != actor.tenant_id:
            enqueue(
                tell_of_closing,
                tenant_id=str(town.tenant_id),
                network_id=str(event.network_id),
            )


@job("closings.tell")
def tell_of_closing(tenant_id: uuid.UUID, network_id: str) -> None:
    """Write to a town's administrators how it stands with the network now."""
    actor = Actor.system(tenant_id, "ネットワークの動き（自動）")
    try:
        membership = get_membership(actor, uuid.UUID(network_id))
    except NotFound:
        return
    if membership.member.status in CONCERNED:
        mails.tell_of_closing(membership.network, actor=actor)
