"""Every change to workshops: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.journal import record
from kyoso.municipal.needs.queries import get_need
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.strategy.queries import get_tactic
from kyoso.municipal.workshops import events, queries, rules
from kyoso.municipal.workshops.models import Workshop, WorkshopIdea
from kyoso.municipal.workshops.permissions import WorkshopPermission as May
from kyoso.municipal.workshops.rules import Fate, IdeaDraft, IdeaSource, WorkshopStatus
from kyoso.tenancy.queries import get_department


@dataclass(frozen=True, slots=True)
class WorkshopDraft:
    """What is said of a workshop."""

    title: str
    held_on: dt.date
    place: str
    department_id: uuid.UUID
    participants: int
    theme: str
    summary: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an idea. Only the id that fits the fate counts."""

    fate: Fate
    tactic_id: uuid.UUID | None
    need_id: uuid.UUID | None
    project_id: uuid.UUID | None
    answer: str


def create_workshop(
    draft: WorkshopDraft, *, workshop_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> Workshop:
    """Write a workshop down, not yet public."""
    authorise(actor, May.WRITE)
    get_department(actor, draft.department_id)

    workshop = Workshop(
        id=workshop_id,
        tenant_id=actor.tenant_id,
        status=WorkshopStatus.DRAFT,
        created_by=actor.name,
        **dataclasses.asdict(draft),
    )
    db.session.add(workshop)

    record(events.WorkshopCreated(workshop.id, workshop.title), actor=actor, now=now)
    return workshop


def update_workshop(
    workshop: Workshop, draft: WorkshopDraft, *, actor: Actor, now: dt.datetime
) -> None:
    """Change what is said; a public summary changes at once, the journal keeps the old one."""
    authorise(actor, May.WRITE, workshop)
    get_department(actor, draft.department_id)
    if workshop.status is WorkshopStatus.PUBLISHED:
        rules.check_publishable(draft.summary)

    old_summary = workshop.summary
    for field in dataclasses.fields(draft):
        setattr(workshop, field.name, getattr(draft, field.name))

    record(events.WorkshopUpdated(workshop.id, old_summary), actor=actor, now=now)


def add_ideas(
    workshop: Workshop,
    ideas: Sequence[IdeaDraft],
    source: IdeaSource,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Take ideas down, all or none; the caller holds the workshop's row."""
    authorise(actor, May.WRITE, workshop)

    first = queries.next_idea_number(actor, workshop.id)
    for number, idea in enumerate(ideas, first):
        db.session.add(
            WorkshopIdea(
                id=new_id(),
                tenant_id=workshop.tenant_id,
                workshop_id=workshop.id,
                number=number,
                text=idea.text,
                group_name=idea.group,
                source=source,
                fate=Fate.OPEN,
            )
        )

    record(events.IdeasAdded(workshop.id, len(ideas), source), actor=actor, now=now)


def group_ideas(
    workshop: Workshop,
    ideas: Sequence[WorkshopIdea],
    group: str,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Put ideas into a group; an empty name takes them out of theirs."""
    authorise(actor, May.WRITE, workshop)

    for idea in ideas:
        idea.group_name = group

    record(events.IdeasGrouped(workshop.id, group, len(ideas)), actor=actor, now=now)


def settle_idea(
    workshop: Workshop,
    idea: WorkshopIdea,
    settlement: Settlement,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Say what became of an idea, or that it is open again."""
    authorise(actor, May.WRITE, workshop)
    tactic_id, need_id, project_id = _taken_up(settlement, actor)

    idea.fate = settlement.fate
    idea.tactic_id, idea.need_id, idea.project_id = tactic_id, need_id, project_id
    idea.answer = settlement.answer
    idea.settled_by = actor.name
    idea.settled_at = now

    record(events.IdeaSettled(workshop.id, idea.number, idea.fate), actor=actor, now=now)


def publish_workshop(workshop: Workshop, *, actor: Actor, now: dt.datetime) -> None:
    """Publish a workshop with what became of its ideas, also one that was withdrawn."""
    authorise(actor, May.WRITE, workshop)
    rules.check_move(workshop.status, WorkshopStatus.PUBLISHED)
    rules.check_publishable(workshop.summary)

    workshop.status = WorkshopStatus.PUBLISHED
    workshop.published_at = now
    workshop.withdrawn_at = None

    record(events.WorkshopPublished(workshop.id), actor=actor, now=now)


def withdraw_workshop(workshop: Workshop, *, actor: Actor, now: dt.datetime) -> None:
    """Take a workshop off the portal; it stays at the desk."""
    authorise(actor, May.WRITE, workshop)
    rules.check_move(workshop.status, WorkshopStatus.WITHDRAWN)

    workshop.status = WorkshopStatus.WITHDRAWN
    workshop.withdrawn_at = now

    record(events.WorkshopWithdrawn(workshop.id), actor=actor, now=now)


def _taken_up(
    settlement: Settlement, actor: Actor
) -> tuple[uuid.UUID | None, uuid.UUID | None, uuid.UUID | None]:
    """Return the one id that fits the fate; NotFound unless it is the town's own."""
    if settlement.fate is Fate.TACTIC and settlement.tactic_id:
        return get_tactic(actor, settlement.tactic_id).id, None, None
    if settlement.fate is Fate.NEED and settlement.need_id:
        return None, get_need(actor, settlement.need_id).id, None
    if settlement.fate is Fate.PROJECT and settlement.project_id:
        return None, None, get_project(actor, settlement.project_id).id
    rules.check_settled(settlement.fate, settlement.answer)
    return None, None, None
