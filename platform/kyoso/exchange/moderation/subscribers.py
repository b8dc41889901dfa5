"""What follows a report, a hiding and its lifting: those whom it concerns are told.

A coordinator does not know whose it is that they hide. So each member town has a job; only the
owner's finds the hiding, because the policies show it to nobody else.
"""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core import clock
from kyoso.core.access import Actor, NetworkActor
from kyoso.core.events import subscribe
from kyoso.core.jobs import enqueue, job
from kyoso.core.journal import last_entry
from kyoso.exchange.moderation import mails, operations, queries
from kyoso.exchange.moderation.events import (
    HidingLifted,
    ItemHidden,
    OwnItemHidden,
    OwnItemShown,
)
from kyoso.exchange.networks.queries import list_towns


@subscribe(ItemHidden)
@subscribe(HidingLifted)
def tell_the_owner(
    event: ItemHidden | HidingLifted, *, actor: NetworkActor, now: dt.datetime
) -> None:
    """Let a job in each member town look whether it is about something of that town."""
    for town in list_towns(event.network_id):
        if town.joined_on is not None:
            enqueue(learn_of_hiding, tenant_id=str(town.tenant_id), hiding_id=str(event.subject_id))


@job("moderation.learn")
def learn_of_hiding(tenant_id: uuid.UUID, hiding_id: str) -> None:
    """Write to the town if it is about something of its own; once, though the job may run twice."""
    actor = Actor.system(tenant_id, "非表示のお知らせ（自動）")
    hiding = queries.find_hiding(uuid.UUID(hiding_id))
    if hiding is None:
        return
    event = OwnItemHidden if hiding.lifted_at is None else OwnItemShown
    if last_entry(actor, hiding.id, event) is not None:
        return
    if hiding.lifted_at is None:
        operations.learn_of_hiding(hiding, actor=actor, now=clock.now())
    else:
        operations.learn_of_lifting(hiding, actor=actor, now=clock.now())
    mails.tell_own_town(hiding, actor=actor)
