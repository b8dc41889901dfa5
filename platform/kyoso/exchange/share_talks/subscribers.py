"""What follows a line of the thread: each town tells its own people, in a job of its own."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core import clock
from kyoso.core.access import Actor, PersonActor
from kyoso.core.errors import NotFound
from kyoso.core.events import subscribe
from kyoso.core.jobs import enqueue, job
from kyoso.exchange.share_requests.events import TOLD, ShareEvent
from kyoso.exchange.share_requests.queries import get_request
from kyoso.exchange.share_requests.rules import Side
from kyoso.exchange.share_talks import operations
from kyoso.exchange.share_talks.queries import get_step


def pass_on(event: ShareEvent, *, actor: Actor | PersonActor, now: dt.datetime) -> None:
    """Let a job of each town tell its people; the home town's also tells the person."""
    for town in (event.tenant_id, event.home_tenant_id):
        enqueue(
            tell,
            tenant_id=str(town),
            request_id=str(event.subject_id),
            step_id=str(event.step_id),
        )


for _kind in TOLD:
    subscribe(_kind)(pass_on)


@job("share_talks.tell")
def tell(tenant_id: uuid.UUID, request_id: str, step_id: str) -> None:
    """Write the mails of one town about one line; a second run finds that they are written."""
    actor = Actor.system(tenant_id, "人材シェアのお知らせ（自動）")
    try:
        request = get_request(actor, uuid.UUID(request_id))
    except NotFound:
        # A draft that was dropped: the other town never saw it.
        return
    step = get_step(request.tenant_id, request.id, uuid.UUID(step_id))
    if step is None:
        return
    ours = request.side_of(tenant_id)
    if (step.told_home_at if ours is Side.HOME else step.told_asker_at) is None:
        operations.tell_of_step(request, step, actor=actor, now=clock.now())
