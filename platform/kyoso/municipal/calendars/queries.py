"""Every read of the calendar. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.tokens import token_hash
from kyoso.identity.members.queries import get_member
from kyoso.municipal.activities import queries as activities
from kyoso.municipal.calendars.models import CalendarLink
from kyoso.municipal.calendars.rules import DateEntry, DateKind
from kyoso.municipal.projects import queries as projects


def list_dates(actor: Actor, first: dt.date, last: dt.date) -> list[DateEntry]:
    """Return what happens on some days, by its first day."""
    pilots = [
        DateEntry(
            DateKind.PILOT,
            row.id,
            row.pilot_starts_on,
            row.pilot_ends_on,
            row.title,
            row.id,
            row.number,
        )
        for row in projects.list_pilots(actor, first, last)
    ]
    steps = [
        DateEntry(
            DateKind(row.kind.value),
            row.id,
            row.due_on,
            row.due_on,
            row.title,
            row.project_id,
            row.number,
            row.assignee,
            row.done_on is not None,
        )
        for row in activities.list_dates(actor, first, last)
    ]
    since, until = (
        dt.datetime.combine(day, dt.time(), JST) for day in (first, last + dt.timedelta(days=1))
    )
    reports = []
    for row in activities.list_published_on(actor, since, until):
        day = row.published_at.astimezone(JST).date()
        reports.append(
            DateEntry(DateKind.REPORT, row.id, day, day, row.title, row.project_id, row.number)
        )
    return sorted([*pilots, *steps, *reports], key=lambda e: (e.first, e.kind, e.number, e.id))


def load_links(actor: Actor, membership_id: uuid.UUID) -> Sequence[CalendarLink]:
    """Return the addresses of a member that are in use, to change; normally one or none."""
    return db.session.scalars(
        sa.select(CalendarLink)
        .where(
            CalendarLink.tenant_id == actor.tenant_id,
            CalendarLink.membership_id == membership_id,
            CalendarLink.revoked_at.is_(None),
        )
        .with_for_update()
    ).all()


def find_link_date(actor: Actor) -> dt.datetime | None:
    """Return since when the actor has an address, or None."""
    return db.session.scalar(
        sa.select(sa.func.max(CalendarLink.created_at)).where(
            CalendarLink.tenant_id == actor.tenant_id,
            CalendarLink.membership_id == actor.membership_id,
            CalendarLink.revoked_at.is_(None),
        )
    )


def get_holder(tenant_id: uuid.UUID, token: str) -> Actor:
    """Return the member whose address this is, as they are now.

    NotFound for a wrong, ended or foreign one, and for somebody who is shut out.
    """
    system = Actor.system(tenant_id, rule="予定表")
    membership_id = db.session.scalar(
        sa.select(CalendarLink.membership_id).where(
            CalendarLink.tenant_id == tenant_id,
            CalendarLink.token_hash == token_hash(token),
            CalendarLink.revoked_at.is_(None),
        )
    )
    if membership_id is None:
        raise NotFound
    member = get_member(system, membership_id)
    if member.deactivated_at is not None:
        raise NotFound
    return Actor(
        tenant_id,
        frozenset(Role(role) for role in member.roles),
        person_id=member.person_id,
        name=member.name,
        membership_id=member.id,
        department_ids=frozenset(member.department_ids),
    )
