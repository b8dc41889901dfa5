"""What follows an answer, an end, a leaving and a log of hours; and what happens every night.

What is to be written for the asking town is a job in that town's scope, in the same transaction:
neither the person's scope nor the home town's reaches its rows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import uuid
from collections.abc import Sequence

from kyoso.core import clock
from kyoso.core.access import Actor, PersonActor
from kyoso.core.clock import today
from kyoso.core.db import db
from kyoso.core.errors import DomainError
from kyoso.core.events import subscribe
from kyoso.core.jobs import enqueue, job
from kyoso.exchange.networks.events import TownLeftNetwork, TownSuspendedInNetwork
from kyoso.exchange.share_requests.events import (
    FREEING,
    ShareAccepted,
    ShareEvent,
    ShareShortened,
)
from kyoso.exchange.share_requests.queries import (
    ShareRequest,
    get_own_request,
    get_request,
    list_open_in,
    list_own_requests,
    list_unanswered,
)
from kyoso.exchange.share_requests.rules import (
    CAME_TO_NOTHING,
    PENDING,
    EndReason,
    ShareKind,
    ShareStatus,
    has_lapsed,
    is_to_remind,
)
from kyoso.exchange.shares import operations, queries
from kyoso.exchange.shares.events import ShareRetried
from kyoso.exchange.shares.rules import months_touched
from kyoso.identity.consents.events import ConsentWithdrawn
from kyoso.identity.consents.rules import Purpose
from kyoso.identity.erasures.events import ErasureCarriedOut
from kyoso.identity.hours_budget import release_hours
from kyoso.municipal.departures.events import TownLeft
from kyoso.municipal.engagements.events import EngagementShortened, EngagementWithdrawn
from kyoso.municipal.engagements.operations import shorten_engagement
from kyoso.municipal.engagements.queries import get_engagement
from kyoso.municipal.talents.events import TalentLeft
from kyoso.municipal.work_hours.events import HoursSaved
from kyoso.tenancy.nights import nightly_in_each_town

log = logging.getLogger(__name__)


@subscribe(ShareAccepted)
def begin_soon(event: ShareAccepted, *, actor: PersonActor, now: dt.datetime) -> None:
    """Let the asking town make the engagement; a stay of staff needs none."""
    if event.kind == ShareKind.HOURS:
        enqueue(begin, tenant_id=str(event.tenant_id), request_id=str(event.subject_id))


@subscribe(ShareRetried)
def begin_again(event: ShareRetried, *, actor: Actor, now: dt.datetime) -> None:
    """Let the engagement be made once more."""
    enqueue(begin, tenant_id=str(actor.tenant_id), request_id=str(event.subject_id))


@job("shares.begin")
def begin(tenant_id: uuid.UUID, request_id: str) -> None:
    """Make the engagement of an accepted request: all of it in one transaction, or nothing."""
    system = Actor.system(tenant_id, "人材シェアの進行（自動）")
    request = get_request(system, uuid.UUID(request_id), lock=True)
    if request.status is not ShareStatus.ACCEPTED:
        return
    # By rule, in the name of whoever asked: so it stands in the town's register.
    actor = dataclasses.replace(system, name=request.created_by)
    try:
        with db.session.begin_nested():
            operations.begin_share(request, actor=actor, now=clock.now())
    except DomainError as refusal:
        # Nobody can mend it but the town: it reads why, and the person that it is not ready.
        db.session.refresh(request)
        operations.note_problem(request, refusal_in_words(refusal), actor=system, now=clock.now())


def refusal_in_words(refusal: DomainError) -> str:
    """Return all that a refusal says."""
    said = [words for found in getattr(refusal, "errors", {}).values() for words in found]
    return " ".join(said) or refusal.message


def free(event: ShareEvent, *, actor: Actor | PersonActor, now: dt.datetime) -> None:
    """Give the hours back that a request held, wherever it ended."""
    if isinstance(actor, PersonActor) or actor.tenant_id == event.tenant_id:
        release_hours(event.subject_id, None)
    else:
        enqueue(free_hours, tenant_id=str(event.tenant_id), request_id=str(event.subject_id))


for _kind in FREEING:
    subscribe(_kind)(free)


@job("shares.free_hours")
def free_hours(tenant_id: uuid.UUID, request_id: str) -> None:
    """Give hours back in the scope of the town that held them."""
    request = get_request(
        Actor.system(tenant_id, "人材シェアの進行（自動）"), uuid.UUID(request_id)
    )
    if request.status in CAME_TO_NOTHING:
        release_hours(request.id, None)


@subscribe(ShareShortened)
def shorten_soon(event: ShareShortened, *, actor: Actor | PersonActor, now: dt.datetime) -> None:
    """Let the engagement end on the same day."""
    if isinstance(actor, Actor) and actor.tenant_id == event.tenant_id:
        _shorten(actor, event.subject_id, now)
    else:
        enqueue(shorten, tenant_id=str(event.tenant_id), request_id=str(event.subject_id))


@job("shares.shorten")
def shorten(tenant_id: uuid.UUID, request_id: str) -> None:
    """End the engagement of a share that the home town ends early."""
    _shorten(
        Actor.system(tenant_id, "人材シェアの進行（自動）"), uuid.UUID(request_id), clock.now()
    )


def _shorten(actor: Actor, request_id: uuid.UUID, now: dt.datetime) -> None:
    request = get_request(actor, request_id, lock=True)
    if request.kind is not ShareKind.HOURS or request.status is not ShareStatus.ACTIVE:
        return
    engagement = get_engagement(actor, request.id, lock=True)
    if engagement.ends_on > request.ends_on:
        said = (request.ends_on, request.end_reason)
        shorten_engagement(engagement, *said, actor=actor, now=now)


@subscribe(EngagementShortened)
def follow_shortened(event: EngagementShortened, *, actor: Actor, now: dt.datetime) -> None:
    """End a share with the engagement that came of it, whoever shortened that."""
    request = queries.share_of_engagement(actor, event.subject_id)
    last_day = dt.date.fromisoformat(event.last_day)
    if request is not None and request.ends_on != last_day:
        operations.shorten_share(request, last_day, event.reason, actor=actor, now=now)


@subscribe(EngagementWithdrawn)
def follow_withdrawn(event: EngagementWithdrawn, *, actor: Actor, now: dt.datetime) -> None:
    """End a share whose engagement was taken back before its first day."""
    request = queries.share_of_engagement(actor, event.subject_id)
    if request is not None:
        operations.close_share(request, event.reason, actor=actor, now=now)


@subscribe(TownLeftNetwork)
@subscribe(TownSuspendedInNetwork)
def cancel_open(
    event: TownLeftNetwork | TownSuspendedInNetwork, *, actor: Actor, now: dt.datetime
) -> None:
    """End what is open with a town that leaves; what runs goes on to its last day."""
    for request in list_open_in(actor, event.network_id, lock=True):
        operations.cancel_request(request, actor=actor, now=now)


@subscribe(ConsentWithdrawn)
def end_pending(event: ConsentWithdrawn, *, actor: PersonActor, now: dt.datetime) -> None:
    """End what is pending in a network that the person no longer wants to be listed in."""
    if event.purpose != Purpose.LISTING or event.network_id is None:
        return
    found = list_own_requests(actor, status=PENDING, network_id=event.network_id)
    _end_own([one for one in found if one.kind is ShareKind.HOURS], EndReason.CONSENT, actor, now)


@subscribe(TownLeft)
def end_with_the_register(event: TownLeft, *, actor: PersonActor, now: dt.datetime) -> None:
    """End what is asked of a town whose register the person leaves."""
    found = list_own_requests(actor, status=PENDING)
    theirs = [one for one in found if one.home_tenant_id == event.tenant_id]
    _end_own(
        [one for one in theirs if one.kind is ShareKind.HOURS],
        EndReason.LEFT_REGISTER,
        actor,
        now,
    )


@subscribe(ErasureCarriedOut)
def end_everything(_event: ErasureCarriedOut, *, actor: PersonActor, now: dt.datetime) -> None:
    """End all that is asked of somebody who is erased: nobody can answer any more."""
    found = list_own_requests(actor, status=PENDING)
    _end_own(found, EndReason.LEFT_REGISTER, actor, now)


def _end_own(
    found: Sequence[ShareRequest], reason: EndReason, actor: PersonActor, now: dt.datetime
) -> None:
    for one in found:
        request = get_own_request(actor, one.id, lock=True)
        if request.status in PENDING:
            operations.end_by_person(request, reason, actor=actor, now=now)


@subscribe(TalentLeft)
def end_taken_out(event: TalentLeft, *, actor: Actor, now: dt.datetime) -> None:
    """End what others ask of somebody whom the town took out of its register."""
    system = Actor.system(actor.tenant_id, "人材シェアの進行（自動）")
    for request in queries.list_pending_of(system, event.person_id):
        operations.cancel_request(request, reason=EndReason.LEFT_REGISTER, actor=system, now=now)


@subscribe(HoursSaved)
def push_months(event: HoursSaved, *, actor: PersonActor, now: dt.datetime) -> None:
    """Let both towns see the sums of the months that a saved log touches."""
    touched = months_touched(event.days)
    for request in queries.list_own_shares(actor, list(touched)):
        months = {
            month: queries.own_minutes(actor, request, month)
            for month in sorted(touched[request.id])
        }
        operations.push_hours(request, months, actor=actor, now=now)


@nightly_in_each_town("shares.follow", "人材シェアの進行（自動）")
def follow_up(actor: Actor) -> None:
    """Ask again, let lapse, and end what is over."""
    follow_town(actor, clock.now())


def follow_town(actor: Actor, now: dt.datetime) -> None:
    """Do for one town what every night asks for."""
    for request in list_unanswered(actor, now):
        if has_lapsed(request, now):
            operations.lapse_request(request, actor=actor, now=now)
        elif is_to_remind(request, now):
            operations.remind_request(request, actor=actor, now=now)
    for request in queries.list_over(actor, today()):
        reason = request.end_reason or EndReason.OVER.label
        operations.close_share(request, reason, actor=actor, now=now)
