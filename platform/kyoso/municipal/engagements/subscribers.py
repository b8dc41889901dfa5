"""What follows when a person answered: the town takes it over, in a transaction of its own."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core.access import Actor, PersonActor, Role
from kyoso.core.clock import now as this_moment
from kyoso.core.events import subscribe
from kyoso.core.jobs import enqueue, job
from kyoso.municipal.engagements import operations, queries
from kyoso.municipal.engagements.events import EngagementAnswered


@subscribe(EngagementAnswered)
def pass_on_answer(
    event: EngagementAnswered, *, actor: Actor | PersonActor, now: dt.datetime
) -> None:
    """Let the town know: the person's transaction cannot write into its rows."""
    enqueue(take_over_answer, tenant_id=str(event.tenant_id), engagement_id=str(event.subject_id))


@job("engagements.take_over_answer")
def take_over_answer(tenant_id: uuid.UUID, engagement_id: str) -> None:
    """Write the person's answer into the town's history and tell whoever is responsible."""
    system = Actor.system(tenant_id, rule="返事の取込み（自動）")
    engagement = queries.get_engagement(system, uuid.UUID(engagement_id), lock=True)
    person = Actor(
        tenant_id,
        frozenset({Role.TALENT}),
        person_id=engagement.person_id,
        name=engagement.person_name,
    )
    operations.note_answer(engagement, actor=person, now=engagement.answered_at or this_moment())
