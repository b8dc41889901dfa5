"""Every read of engagements. A town reads its own; a person reads their own in every town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor, PersonActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.text import like_pattern
from kyoso.municipal.engagements.models import Engagement as Engagement
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.tenancy.models import Tenant

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class EngagementFilter:
    """What a list of engagements is narrowed to."""

    search: str = ""
    department_id: uuid.UUID | None = None
    role: str = ""
    programme: str = ""
    status: EngagementStatus | None = None
    talent_id: uuid.UUID | None = None
    #: Those under way that end from `today` to this day.
    ending: tuple[dt.date, dt.date] | None = None
    sort: str = "ends_on"


_SORTS: dict[str, tuple[Any, ...]] = {
    "ends_on": (Engagement.ends_on, Engagement.id),
    "starts_on": (Engagement.starts_on.desc(), Engagement.id.desc()),
    "person_name": (Engagement.person_name, Engagement.id),
    "department_name": (Engagement.department_name, Engagement.ends_on, Engagement.id),
    "hours_a_month": (Engagement.hours_a_month.desc(), Engagement.id),
}


def get_engagement(actor: Actor, engagement_id: uuid.UUID, *, lock: bool = False) -> Engagement:
    """Return the engagement, or NotFound: another town's looks just like a missing one.

    `lock` holds the row until the transaction ends; take it before changing the status.
    """
    query = sa.select(Engagement).where(
        Engagement.tenant_id == actor.tenant_id, Engagement.id == engagement_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    engagement = db.session.scalar(query)
    if engagement is None:
        raise NotFound
    return engagement


def get_own_engagement(
    me: PersonActor, engagement_id: uuid.UUID, *, lock: bool = False
) -> Engagement:
    """Return an engagement of the person's own in any town, or NotFound."""
    query = sa.select(Engagement).where(
        Engagement.person_id == me.person_id, Engagement.id == engagement_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    engagement = db.session.scalar(query)
    if engagement is None:
        raise NotFound
    return engagement


def list_engagements_of_person(
    me: PersonActor, *, status: Sequence[EngagementStatus] = ()
) -> Sequence[Any]:
    """Return (engagement, town's name, town's slug) of the person in every town, latest end first.

    `status` leaves the others out.
    """
    query = (
        sa.select(Engagement, Tenant.name.label("town"), Tenant.slug.label("slug"))
        .join(Tenant, Tenant.id == Engagement.tenant_id)
        .where(Engagement.person_id == me.person_id)
        .order_by(Engagement.ends_on.desc(), Engagement.id)
    )
    if status:
        query = query.where(Engagement.status.in_(status))
    return db.session.execute(query).all()


def _narrowed(actor: Actor, wanted: EngagementFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [Engagement.tenant_id == actor.tenant_id]
    if wanted.search:
        pattern = like_pattern(wanted.search)
        conditions.append(
            Engagement.person_name.ilike(pattern)
            | Engagement.title.ilike(pattern)
            | Engagement.purpose.ilike(pattern)
        )
    for column, value in (
        (Engagement.department_id, wanted.department_id),
        (Engagement.talent_id, wanted.talent_id),
        (Engagement.role, wanted.role or None),
        (Engagement.programme, wanted.programme or None),
        (Engagement.status, wanted.status),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.ending:
        conditions += [
            Engagement.status == EngagementStatus.ACTIVE,
            Engagement.ends_on.between(*wanted.ending),
        ]
    return conditions


def list_engagements(
    actor: Actor, wanted: EngagementFilter | None = None, *, page: int | None = None
) -> Sequence[Engagement]:
    """Return the town's engagements, narrowed and sorted; one page of them, or all."""
    wanted = wanted or EngagementFilter()
    query = (
        sa.select(Engagement)
        .where(*_narrowed(actor, wanted))
        .order_by(*_SORTS.get(wanted.sort, _SORTS["ends_on"]))
    )
    if page is not None:
        query = query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return db.session.scalars(query).all()


def count_engagements(actor: Actor, wanted: EngagementFilter | None = None) -> int:
    """Return how many engagements the filter leaves."""
    return db.session.scalars(
        sa.select(sa.func.count()).where(*_narrowed(actor, wanted or EngagementFilter()))
    ).one()
