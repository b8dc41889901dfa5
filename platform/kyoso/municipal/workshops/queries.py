"""Every read of workshops. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.municipal.workshops.models import Workshop, WorkshopIdea
from kyoso.municipal.workshops.rules import Fate, WorkshopStatus

PER_PAGE = 20


def get_workshop(actor: Actor, workshop_id: uuid.UUID, *, lock: bool = False) -> Workshop:
    """Return the workshop, or NotFound: another town's looks just like a missing one.

    `lock` holds the row until the transaction ends; take it before changing the status.
    """
    query = sa.select(Workshop).where(
        Workshop.tenant_id == actor.tenant_id, Workshop.id == workshop_id
    )
    workshop = db.session.scalar(query.with_for_update() if lock else query)
    if workshop is None:
        raise NotFound
    return workshop


def find_sent(actor: Actor, form_id: uuid.UUID) -> Workshop | None:
    """Return the workshop that a form made already; a twin that is being saved is waited for."""
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"workshops:{actor.tenant_id}")))
    )
    return db.session.scalar(
        sa.select(Workshop).where(Workshop.tenant_id == actor.tenant_id, Workshop.id == form_id)
    )


def _counts() -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    total = sa.func.count(WorkshopIdea.id)
    return total, total.filter(WorkshopIdea.fate != Fate.OPEN)


def list_workshops(actor: Actor, *, page: int = 1, published: bool = False) -> Sequence[Any]:
    """Return one page of (workshop, number of ideas, number settled), latest held first."""
    query = (
        sa.select(Workshop, *_counts())
        .outerjoin(
            WorkshopIdea,
            sa.and_(
                WorkshopIdea.tenant_id == Workshop.tenant_id,
                WorkshopIdea.workshop_id == Workshop.id,
            ),
        )
        .where(Workshop.tenant_id == actor.tenant_id)
        .group_by(Workshop.tenant_id, Workshop.id)
        .order_by(Workshop.held_on.desc(), Workshop.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    if published:
        query = query.where(Workshop.status == WorkshopStatus.PUBLISHED)
    return db.session.execute(query).all()


def list_held(actor: Actor, first: dt.date, last: dt.date) -> Sequence[Any]:
    """Return (workshop, number of ideas, number settled) of those held in some days."""
    return db.session.execute(
        sa.select(Workshop, *_counts())
        .outerjoin(
            WorkshopIdea,
            sa.and_(
                WorkshopIdea.tenant_id == Workshop.tenant_id,
                WorkshopIdea.workshop_id == Workshop.id,
            ),
        )
        .where(Workshop.tenant_id == actor.tenant_id, Workshop.held_on.between(first, last))
        .group_by(Workshop.tenant_id, Workshop.id)
        .order_by(Workshop.held_on, Workshop.id)
    ).all()


def count_workshops(actor: Actor, *, published: bool = False) -> int:
    """Return how many workshops the town has."""
    query = sa.select(sa.func.count()).where(Workshop.tenant_id == actor.tenant_id)
    if published:
        query = query.where(Workshop.status == WorkshopStatus.PUBLISHED)
    return db.session.scalars(query).one()


def get_published(actor: Actor, workshop_id: uuid.UUID) -> Workshop:
    """Return a workshop that the public may read, or NotFound."""
    workshop = get_workshop(actor, workshop_id)
    if workshop.status is not WorkshopStatus.PUBLISHED:
        raise NotFound
    return workshop


def list_ideas(actor: Actor, workshop_id: uuid.UUID) -> Sequence[WorkshopIdea]:
    """Return a workshop's ideas, group by group."""
    return db.session.scalars(
        sa.select(WorkshopIdea)
        .where(WorkshopIdea.tenant_id == actor.tenant_id, WorkshopIdea.workshop_id == workshop_id)
        .order_by(WorkshopIdea.group_name == "", WorkshopIdea.group_name, WorkshopIdea.number)
    ).all()


def get_idea(actor: Actor, workshop_id: uuid.UUID, idea_id: uuid.UUID) -> WorkshopIdea:
    """Return one idea of a workshop, held until the transaction ends, or NotFound."""
    idea = db.session.scalar(
        sa.select(WorkshopIdea)
        .where(
            WorkshopIdea.tenant_id == actor.tenant_id,
            WorkshopIdea.workshop_id == workshop_id,
            WorkshopIdea.id == idea_id,
        )
        .with_for_update()
    )
    if idea is None:
        raise NotFound
    return idea


def next_idea_number(actor: Actor, workshop_id: uuid.UUID) -> int:
    """Return the number of a workshop's next idea; its caller holds the workshop's row."""
    return db.session.scalars(
        sa.select(sa.func.coalesce(sa.func.max(WorkshopIdea.number), 0) + 1).where(
            WorkshopIdea.tenant_id == actor.tenant_id, WorkshopIdea.workshop_id == workshop_id
        )
    ).one()


def count_fates(ideas: Sequence[WorkshopIdea]) -> dict[Fate, int]:
    """Return how many ideas had each fate, in the order of the enum."""
    return {fate: sum(idea.fate is fate for idea in ideas) for fate in Fate}


def page_asked(asked: str, total: int) -> tuple[int, int]:
    """Return the page to show and how many there are; what was asked wrongly counts as the first."""
    pages = max(1, -(-total // PER_PAGE))
    wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    return min(max(1, wanted), pages), pages
