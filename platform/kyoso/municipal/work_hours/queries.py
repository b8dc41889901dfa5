"""Every read of worked hours. A town reads its own; a person reads their own in every town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor, PersonActor
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.identity.accounts.queries import get_person
from kyoso.municipal.engagements.queries import Engagement
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.talents.rules import WorkMode
from kyoso.municipal.work_hours import rules
from kyoso.municipal.work_hours.models import HoursCorrection, WorkHours
from kyoso.municipal.work_hours.rules import Cell, Said
from kyoso.tenancy.models import Tenant

#: Agreed on: they run, or they ran.
AGREED = (EngagementStatus.ACTIVE, EngagementStatus.ENDED)


# A person's own, over all towns


@dataclass(frozen=True, slots=True)
class OwnSpan:
    """One of a person's engagements, as the pages for hours need it."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    town: str
    slug: str
    department: str
    role: str
    title: str
    status: EngagementStatus
    starts_on: dt.date
    ends_on: dt.date
    hours_a_month: int
    in_town_days: int | None
    mode: WorkMode

    @property
    def what(self) -> str:
        """What the person is there."""
        return self.title or self.role

    @property
    def words(self) -> str:
        """The town and the role."""
        return f"{self.town}（{self.what}）"

    @property
    def runs(self) -> bool:
        """Whether it was agreed on: it runs now, or it ran."""
        return self.status in AGREED

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether hours of a day can be logged for it."""
        return self.runs and self.starts_on <= day <= self.ends_on

    def planned(self, month: dt.date) -> int:
        """Return the hours agreed on for a month, by its first day."""
        hours = self.hours_a_month if self.runs else 0
        return rules.planned_hours(self.starts_on, self.ends_on, hours, month)


#: By the names of OwnSpan, the first five aside.
_SPAN: tuple[Any, ...] = (
    *(Engagement.id, Engagement.tenant_id, Tenant.name, Tenant.slug, Engagement.department_name),
    *(getattr(Engagement, name) for name in OwnSpan.__slots__[5:]),
)


def list_own_spans(me: PersonActor) -> list[OwnSpan]:
    """Return all engagements of the person, also those that were never agreed on, town by town."""
    rows = db.session.execute(
        sa.select(*_SPAN)
        .join(Tenant, Tenant.id == Engagement.tenant_id)
        .where(Engagement.person_id == me.person_id)
        .order_by(Tenant.code, Engagement.starts_on, Engagement.id)
    )
    return [OwnSpan(*row) for row in rows]


def list_own_hours(me: PersonActor, first: dt.date, last: dt.date) -> dict[Cell, Said]:
    """Return what the person logged on some days, over all towns."""
    rows = db.session.execute(
        sa.select(
            WorkHours.engagement_id,
            WorkHours.worked_on,
            WorkHours.minutes,
            WorkHours.in_town,
            WorkHours.note,
        ).where(
            WorkHours.person_id == me.person_id,
            WorkHours.worked_on.between(first, last),
            WorkHours.minutes > 0,
        )
    )
    return {Cell(row[0], row[1]): Said(*row[2:]) for row in rows}


@dataclass(frozen=True, slots=True)
class OwnLog:
    """Everything a person logged on some days, held for writing."""

    person_id: uuid.UUID
    spans: dict[uuid.UUID, OwnSpan]
    entries: dict[Cell, WorkHours]

    @property
    def said(self) -> dict[Cell, Said]:
        """What the entries say."""
        return {cell: entry.said for cell, entry in self.entries.items()}


def hold_own_log(me: PersonActor, days: Sequence[dt.date]) -> OwnLog:
    """Return what the person logged on some days, over all towns, to be changed.

    It holds the person's account first: of two screens that save at the same moment, the second
    counts what the first wrote, also where there was no row yet.
    """
    get_person(me, lock=True)
    entries = db.session.scalars(
        sa.select(WorkHours)
        .where(WorkHours.person_id == me.person_id, WorkHours.worked_on.in_(days))
        .execution_options(populate_existing=True)
    )
    return OwnLog(
        me.person_id,
        {span.id: span for span in list_own_spans(me)},
        {Cell(entry.engagement_id, entry.worked_on): entry for entry in entries},
    )


@dataclass(frozen=True, slots=True)
class OwnTotal:
    """What a person logged for one engagement in a month, and in a week."""

    month_minutes: int
    week_minutes: int
    days_in_town: int


def month_totals(
    me: PersonActor, month: dt.date, week: dt.date | None = None
) -> dict[uuid.UUID, OwnTotal]:
    """Return what the person logged for each engagement in a month and in a week, in one statement.

    `month` and `week` are any day of theirs. What was planned: the engagement's `hours_a_month`.
    """
    first, last = rules.month_of(month), rules.month_end(month)
    monday = rules.monday_of(week or month)
    sunday = monday + dt.timedelta(days=6)
    in_month = WorkHours.worked_on.between(first, last)
    in_week = WorkHours.worked_on.between(monday, sunday)
    minutes = sa.func.sum(WorkHours.minutes)
    rows = db.session.execute(
        sa.select(
            WorkHours.engagement_id,
            sa.func.coalesce(minutes.filter(in_month), 0),
            sa.func.coalesce(minutes.filter(in_week), 0),
            sa.func.count().filter(in_month, WorkHours.in_town),
        )
        .where(
            WorkHours.person_id == me.person_id,
            WorkHours.worked_on.between(min(first, monday), max(last, sunday)),
        )
        .group_by(WorkHours.engagement_id)
    )
    return {row[0]: OwnTotal(int(row[1]), int(row[2]), row[3]) for row in rows}


def list_own_corrections(me: PersonActor, first: dt.date, last: dt.date) -> list[Correction]:
    """Return what the person changed later of some days, the latest change first."""
    mine = WorkHours.person_id == me.person_id
    return _corrections(mine, WorkHours.worked_on.between(first, last))


@dataclass(frozen=True, slots=True)
class Correction:
    """One day that was changed after its month had ended: what it said before and after."""

    engagement_id: uuid.UUID
    worked_on: dt.date
    before: Said
    after: Said
    at: dt.datetime


def _corrections(*conditions: sa.ColumnElement[bool]) -> list[Correction]:
    same_town = WorkHours.tenant_id == HoursCorrection.tenant_id
    own = sa.and_(same_town, WorkHours.id == HoursCorrection.work_hours_id)
    rows = db.session.execute(
        sa.select(HoursCorrection, WorkHours.engagement_id, WorkHours.worked_on)
        .join(WorkHours, own)
        .where(*conditions)
        .order_by(HoursCorrection.at.desc(), HoursCorrection.id.desc())
    )
    return [
        Correction(
            engagement_id,
            day,
            Said(row.minutes_before, row.in_town_before, row.note_before),
            Said(row.minutes_after, row.in_town_after, row.note_after),
            row.at,
        )
        for row, engagement_id, day in rows
    ]


# A town's own


@dataclass(frozen=True, slots=True)
class MonthSum:
    """What was logged for one engagement in one month."""

    minutes: int = 0
    days: int = 0
    days_in_town: int = 0


@dataclass(frozen=True, slots=True)
class EngagementHours:
    """One of the town's engagements, with what was logged for it by month."""

    id: uuid.UUID
    talent_id: uuid.UUID
    person_name: str
    role: str
    title: str
    department_id: uuid.UUID
    programme: str | None
    starts_on: dt.date
    ends_on: dt.date
    hours_a_month: int
    in_town_days: int | None
    status: EngagementStatus
    by_month: dict[dt.date, MonthSum]

    @property
    def what(self) -> str:
        """What the person is in the town."""
        return self.title or self.role

    def planned(self, month: dt.date) -> int:
        """Return the hours agreed on for a month, by its first day."""
        return rules.planned_hours(self.starts_on, self.ends_on, self.hours_a_month, month)

    def logged(self, month: dt.date) -> MonthSum:
        """Return what was logged in a month, by its first day."""
        return self.by_month.get(month, MonthSum())

    def in_town(self, month: dt.date, today: dt.date) -> rules.InTown | None:
        """Return how a month's days in town stand; None where nobody asks for any."""
        wanted = self.in_town_days if self.planned(month) else None
        return rules.in_town(wanted, self.logged(month).days_in_town, month, self.ends_on, today)


_HOURS_OF: tuple[Any, ...] = tuple(
    getattr(Engagement, name) for name in EngagementHours.__slots__[:-1]
)


def list_hours(
    actor: Actor,
    first: dt.date,
    last: dt.date,
    *,
    department_id: uuid.UUID | None = None,
    talent_id: uuid.UUID | None = None,
    engagement_id: uuid.UUID | None = None,
) -> list[EngagementHours]:
    """Return the engagements that touch some months, each with its sums by month, by name."""
    conditions = [
        Engagement.tenant_id == actor.tenant_id,
        Engagement.status.in_(AGREED),
        Engagement.starts_on <= last,
        Engagement.ends_on >= first,
    ]
    narrowed = [
        column == value
        for column, value in (
            (Engagement.department_id, department_id),
            (Engagement.talent_id, talent_id),
            (Engagement.id, engagement_id),
        )
        if value is not None
    ]
    found = db.session.execute(
        sa.select(*_HOURS_OF)
        .where(*conditions, *narrowed)
        .order_by(Engagement.person_name, Engagement.starts_on, Engagement.id)
    ).all()
    month = sa.cast(sa.func.date_trunc("month", WorkHours.worked_on), sa.Date)
    hours = [
        WorkHours.tenant_id == actor.tenant_id,
        WorkHours.worked_on.between(first, last),
        WorkHours.minutes > 0,
    ]
    if narrowed:
        hours.append(WorkHours.engagement_id.in_([row.id for row in found]))
    sums: dict[uuid.UUID, dict[dt.date, MonthSum]] = defaultdict(dict)
    for row in db.session.execute(
        sa.select(
            WorkHours.engagement_id,
            month,
            sa.func.sum(WorkHours.minutes),
            sa.func.count(),
            sa.func.count().filter(WorkHours.in_town),
        )
        .where(*hours)
        .group_by(WorkHours.engagement_id, month)
    ):
        sums[row[0]][row[1]] = MonthSum(int(row[2]), *row[3:])
    return [EngagementHours(*(*row, sums.get(row.id, {}))) for row in found]


@dataclass(frozen=True, slots=True)
class HoursRow:
    """One day of one engagement in a list."""

    person_name: str
    role: str
    title: str
    department_id: uuid.UUID
    engagement_id: uuid.UUID
    worked_on: dt.date
    minutes: int
    in_town: bool
    note: str
    created_at: dt.datetime
    changed_at: dt.datetime

    @property
    def what(self) -> str:
        """What the person is in the town."""
        return self.title or self.role

    @property
    def late(self) -> bool:
        """Whether it was first logged when the month was over already."""
        return rules.month_is_over(self.worked_on, self.created_at.astimezone(JST).date())


#: By the names of HoursRow: the first four of the engagement, the rest of the hours.
_ROW: tuple[Any, ...] = (
    *(getattr(Engagement, name) for name in HoursRow.__slots__[:4]),
    *(getattr(WorkHours, name) for name in HoursRow.__slots__[4:]),
)


def list_entries(
    actor: Actor,
    first: dt.date,
    last: dt.date,
    *,
    department_id: uuid.UUID | None = None,
    engagement_id: uuid.UUID | None = None,
    limit: int | None = None,
) -> list[HoursRow]:
    """Return what was logged on some days, day by day."""
    query = (
        sa.select(*_ROW)
        .join(
            Engagement,
            sa.and_(
                Engagement.tenant_id == WorkHours.tenant_id,
                Engagement.id == WorkHours.engagement_id,
            ),
        )
        .where(
            WorkHours.tenant_id == actor.tenant_id,
            WorkHours.worked_on.between(first, last),
            WorkHours.minutes > 0,
        )
        .order_by(WorkHours.worked_on, Engagement.person_name, WorkHours.id)
        .limit(limit)
    )
    if department_id is not None:
        query = query.where(Engagement.department_id == department_id)
    if engagement_id is not None:
        query = query.where(WorkHours.engagement_id == engagement_id)
    return [HoursRow(*row) for row in db.session.execute(query)]


def list_corrections(actor: Actor, engagement_id: uuid.UUID) -> list[Correction]:
    """Return what was changed of an engagement's hours after a month's end, the latest first."""
    ours = HoursCorrection.tenant_id == actor.tenant_id
    return _corrections(ours, WorkHours.engagement_id == engagement_id)
