"""What follows when somebody is invited, joins or goes: the others are told, each by its own job.

Also what every night does: leavings whose day has come are made effective. Nobody waits for
that: whoever left is out by the date itself.
"""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core import clock
from kyoso.core.access import Actor, NetworkActor
from kyoso.core.errors import NotFound
from kyoso.core.events import subscribe
from kyoso.core.jobs import enqueue, job
from kyoso.exchange.networks import mails, operations, queries
from kyoso.exchange.networks.events import (
    LeavingAnnounced,
    LeavingWithdrawn,
    TownInvited,
    TownSuspendedInNetwork,
)
from kyoso.exchange.networks.rules import MemberStatus
from kyoso.tenancy.nights import nightly_in_each_town
from kyoso.tenancy.queries import get_tenant


@subscribe(TownInvited)
def ask_the_town(event: TownInvited, *, actor: Actor | NetworkActor, now: dt.datetime) -> None:
    """Let a job write to the town that is invited."""
    enqueue(tell_of_invitation, tenant_id=str(event.town_id), network_id=str(event.network_id))


@job("networks.invitation")
def tell_of_invitation(tenant_id: uuid.UUID, network_id: str) -> None:
    """Write to the administrators of a town that it is invited, if it still is."""
    actor = Actor.system(tenant_id, "ネットワークへの招待（自動）")
    try:
        membership = queries.get_membership(actor, uuid.UUID(network_id))
    except NotFound:
        return
    invited = membership.member.status is MemberStatus.INVITED
    if invited and membership.network.closed_on is None:
        mails.tell_administrators(
            membership.network, "invited", actor=actor, member=membership.member
        )


@subscribe(LeavingAnnounced)
@subscribe(LeavingWithdrawn)
@subscribe(TownSuspendedInNetwork)
def tell_the_others(
    event: LeavingAnnounced | LeavingWithdrawn | TownSuspendedInNetwork,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Let a job for each other member write to it."""
    for town in queries.list_towns(event.network_id):
        if town.in_force and town.tenant_id != actor.tenant_id:
            enqueue(
                tell_of_change,
                tenant_id=str(town.tenant_id),
                network_id=str(event.network_id),
                town_id=str(event.town_id),
            )


@job("networks.change")
def tell_of_change(tenant_id: uuid.UUID, network_id: str, town_id: str) -> None:
    """Write to a member's administrators how another member stands now."""
    actor = Actor.system(tenant_id, "ネットワークの動き（自動）")
    try:
        network = queries.get_joined(actor, uuid.UUID(network_id))
    except NotFound:
        return
    changed = queries.find_town(network.id, uuid.UUID(town_id))
    if changed is not None:
        other = get_tenant(changed.tenant_id)
        mails.tell_administrators(network, "changed", actor=actor, member=changed, other=other)


@nightly_in_each_town("networks.leave", "脱退の予告（自動）")
def end_memberships(actor: Actor) -> int:
    """Make every leaving effective whose day has come."""
    found = queries.list_due(actor)
    for due in found:
        locked = queries.get_membership(actor, due.network.id, lock=True)
        operations.end_membership(locked, actor=actor, now=clock.now())
    return len(found)
