"""What follows when something happens to consultations: who is told, what ends, what is passed on.

An answer is told to every member town by a job of its own, whoever asked: the queue tells nothing
of whose question it is. Each job finds who of its town follows.
"""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core import clock
from kyoso.core.access import Actor, NetworkActor
from kyoso.core.errors import NotFound
from kyoso.core.events import subscribe
from kyoso.core.i18n import gettext as _
from kyoso.core.jobs import enqueue, job
from kyoso.exchange.consultations import operations, queries
from kyoso.exchange.consultations.events import ConsultationAnswered, ConsultationSupplemented
from kyoso.exchange.consultations.rules import ConsultationStatus
from kyoso.exchange.finding import Kind
from kyoso.exchange.moderation.events import OwnItemShown
from kyoso.exchange.moderation.queries import Item, describes
from kyoso.exchange.networks.events import TownLeftNetwork, TownSuspendedInNetwork
from kyoso.exchange.networks.queries import list_towns
from kyoso.tenancy.nights import nightly_in_each_town
from kyoso.tenancy.queries import get_tenant


@subscribe(ConsultationAnswered)
@subscribe(ConsultationSupplemented)
def tell_every_town(
    event: ConsultationAnswered | ConsultationSupplemented,
    *,
    actor: Actor | NetworkActor,
    now: dt.datetime,
) -> None:
    """Let a job for each member town write to those who follow."""
    for town in list_towns(event.network_id):
        if town.in_force:
            enqueue(
                tell_of_answer,
                tenant_id=str(town.tenant_id),
                consultation_id=str(event.consultation_id),
                answer_id=str(event.subject_id),
            )


@job("consultations.answer")
def tell_of_answer(tenant_id: uuid.UUID, consultation_id: str, answer_id: str) -> None:
    """Write to those of a town who follow; nobody hears of one's own town's words, or twice."""
    actor = Actor.system(tenant_id, "相談のお知らせ（自動）")
    try:
        asked = queries.get_consultation(actor, uuid.UUID(consultation_id))
        answer = queries.get_answer(asked.consultation, uuid.UUID(answer_id))
    except NotFound:
        return
    if answer.withdrawn_at is not None or queries.is_ours(actor, asked, answer):
        return
    if asked.consultation.status is ConsultationStatus.WITHDRAWN:
        return
    if not queries.list_to_tell(actor, asked.consultation.id, answer.id):
        return
    if answer.by_asker:
        by = _("相談した町")
    else:
        by = get_tenant(answer.town_id).name if answer.town_id else _("広域事務局")
    operations.tell_followers(asked, answer, by, actor=actor, now=clock.now())


@subscribe(TownLeftNetwork)
@subscribe(TownSuspendedInNetwork)
def end_what_a_town_has(
    event: TownLeftNetwork | TownSuspendedInNetwork, *, actor: Actor, now: dt.datetime
) -> None:
    """Take down what the town asked and answered."""
    system = Actor.system(actor.tenant_id, "脱退・休止（自動）")
    operations.end_consultations(event.network_id, actor=system, now=now)


@subscribe(OwnItemShown)
def put_back(event: OwnItemShown, *, actor: Actor, now: dt.datetime) -> None:
    """Put back into the search what is no longer hidden."""
    if event.kind != Kind.CONSULTATION:
        return
    system = Actor.system(actor.tenant_id, "非表示の取消し（自動）")
    asked = queries.get_consultation(system, event.item_id)
    if asked.ours and asked.consultation.status is not ConsultationStatus.WITHDRAWN:
        operations.restore_to_search(asked.consultation, actor=system, now=now)


@describes(Kind.ANSWER)
def describe_answer(actor: Actor, item_id: uuid.UUID) -> Item:
    """Say what an answer is, to whom it may concern in moderation; a coordinator's is theirs."""
    answer = queries.find_answer(item_id)
    if answer is None or not (answer.town_id or answer.by_asker):
        raise NotFound
    asked = queries.get_consultation(actor, answer.consultation_id)
    if asked.consultation.status is ConsultationStatus.WITHDRAWN:
        raise NotFound
    town = get_tenant(actor.tenant_id)
    return Item(
        Kind.ANSWER,
        answer.id,
        _("「%(title)s」への回答", title=asked.consultation.title),
        answer.body,
        (answer.network_id,),
        queries.is_ours(actor, asked, answer),
        f"/{town.slug}/exchange/consultations/{asked.consultation.id}#answer-{answer.id}",
    )


@nightly_in_each_town("consultations.unanswered", "相談のお知らせ（自動）")
def pass_on_unanswered(actor: Actor) -> int:
    """Pass on to the coordinators what nobody answered for a week."""
    overdue = queries.list_overdue(actor, clock.now())
    for found in overdue:
        asked = queries.get_own(actor, found.consultation.id)
        if asked.consultation.escalated_at is None:
            operations.escalate_consultation(asked, actor=actor, now=clock.now())
    return len(overdue)
