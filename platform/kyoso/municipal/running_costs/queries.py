"""Every read of running-cost plans. A caller passes the actor; a query never guesses the tenant."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.journal import JournalEntry
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.projects.rules import ENDED, ProjectStage, may_edit
from kyoso.municipal.running_costs import rules
from kyoso.municipal.running_costs.events import CostPlanSaved
from kyoso.municipal.running_costs.models import CostItemRow, CostPlan
from kyoso.municipal.running_costs.rules import BudgetCalendar, CostItem, CostSheet, PlanState


@dataclass(frozen=True, slots=True)
class Plan:
    """A project's plan as it is now."""

    id: uuid.UUID
    project_id: uuid.UUID
    state: PlanState
    version: int
    sheet: CostSheet
    changed_at: dt.datetime
    changed_by: str

    @property
    def drafted(self) -> bool:
        """Whether somebody has thought about what operation costs."""
        return rules.is_drafted(self.sheet)

    @property
    def missing(self) -> list[str]:
        """What a complete plan would still have to say."""
        return rules.missing(self.sheet)

    @property
    def complete(self) -> bool:
        """Whether it was called complete and nothing is open."""
        return self.state is PlanState.COMPLETE and not self.missing

    @property
    def budget_source(self) -> str:
        """Which budget pays; empty if nobody said."""
        return self.sheet.budget_source

    def says(self, sheet: CostSheet, *, complete: bool, after: int) -> bool:
        """Tell whether this is what a writer who saw the version before wanted to save."""
        state = PlanState.COMPLETE if complete else PlanState.DRAFT
        return (self.version, self.state, self.sheet) == (after + 1, state, sheet)


def plan_of(actor: Actor, project_id: uuid.UUID) -> Plan | None:
    """Return what a project's operation is planned to cost, or None if nobody wrote anything."""
    items = sa.and_(
        CostItemRow.tenant_id == CostPlan.tenant_id,
        CostItemRow.plan_id == CostPlan.id,
        CostItemRow.removed_at.is_(None),
    )
    rows = db.session.execute(
        sa.select(CostPlan, CostItemRow)
        .outerjoin(CostItemRow, items)
        .where(CostPlan.tenant_id == actor.tenant_id, CostPlan.project_id == project_id)
        .order_by(CostItemRow.position)
    ).all()
    if not rows:
        return None
    row = rows[0][0]
    return Plan(
        row.id,
        row.project_id,
        row.state,
        row.version,
        _sheet(row, [item for _plan, item in rows if item is not None]),
        row.changed_at,
        row.changed_by,
    )


def _sheet(row: CostPlan, items: Sequence[CostItemRow]) -> CostSheet:
    return CostSheet(
        row.starts_on,
        tuple(
            CostItem(i.name, i.category, i.source, i.pilot_yen, tuple(i.yearly_yen)) for i in items
        ),
        tuple(row.staff_hours),
        row.exit_yen,
        row.exit_note,
        row.budget_source,
        row.assumptions,
        row.requested_on,
    )


@dataclass(frozen=True, slots=True)
class ToRequest:
    """A plan whose money is still to be asked for."""

    plan_id: uuid.UUID
    project_id: uuid.UUID
    number: int
    title: str
    department_id: uuid.UUID | None
    starts_on: dt.date
    reminded_days: int | None
    request_by: dt.date
    days_left: int


#: From here on the desk sees a budget request coming.
SOON = dt.timedelta(days=rules.REMIND_BEFORE[0])


def list_to_request(actor: Actor, calendar: BudgetCalendar, today: dt.date) -> list[ToRequest]:
    """Return the plans whose money must be asked for within two months or was not, first due first.

    A project that has ended, rests or is in operation asks for nothing here.
    """
    rows: Iterable[Any] = db.session.execute(
        sa.select(
            CostPlan.id,
            CostPlan.project_id,
            Project.number,
            Project.title,
            Project.department_id,
            CostPlan.starts_on,
            CostPlan.reminded_days,
        )
        .join(
            Project,
            sa.and_(Project.tenant_id == CostPlan.tenant_id, Project.id == CostPlan.project_id),
        )
        .where(
            CostPlan.tenant_id == actor.tenant_id,
            CostPlan.starts_on.is_not(None),
            CostPlan.requested_on.is_(None),
            Project.stage.not_in([*ENDED, ProjectStage.ON_HOLD, ProjectStage.OPERATION]),
        )
    )
    found = []
    for row in rows:
        by = rules.request_by(row.starts_on, calendar)
        if by - today <= SOON:
            values: list[Any] = [*row, by, (by - today).days]
            found.append(ToRequest(*values))
    return sorted(found, key=lambda one: (one.request_by, one.number))


def list_mine(actor: Actor, declaration: Mapping[str, Any], today: dt.date) -> list[ToRequest]:
    """Return what list_to_request does, of the projects that the reader looks after."""
    found = list_to_request(actor, BudgetCalendar.of(declaration), today)
    return [one for one in found if may_edit(actor, one.department_id)]


@dataclass(frozen=True, slots=True)
class PlanThen:
    """What a project's plan came to at a moment."""

    complete: bool
    five_year_yen: int


def list_plans_at(actor: Actor, moment: dt.datetime) -> dict[uuid.UUID, PlanThen]:
    """Return each project's plan as it was last saved before a moment."""
    query = (
        sa.select(JournalEntry.facts)
        .ext(distinct_on(JournalEntry.subject_id))
        .where(
            JournalEntry.tenant_id == actor.tenant_id,
            JournalEntry.subject_id.in_(
                sa.select(CostPlan.id).where(CostPlan.tenant_id == actor.tenant_id)
            ),
            JournalEntry.kind == CostPlanSaved.__name__,
            JournalEntry.at < moment,
        )
        .order_by(JournalEntry.subject_id, JournalEntry.at.desc(), JournalEntry.id.desc())
    )
    return {
        uuid.UUID(facts["project_id"]): PlanThen(
            facts["state"] == PlanState.COMPLETE, facts["five_year_yen"]
        )
        for facts in db.session.scalars(query)
    }


# What operations change


def load_plan(actor: Actor, project_id: uuid.UUID) -> CostPlan | None:
    """Return a project's plan to change."""
    return db.session.scalar(
        sa.select(CostPlan).where(
            CostPlan.tenant_id == actor.tenant_id, CostPlan.project_id == project_id
        )
    )


def get_plan(actor: Actor, plan_id: uuid.UUID) -> CostPlan:
    """Return a plan and hold its row, or NotFound."""
    plan = db.session.scalar(
        sa.select(CostPlan)
        .where(CostPlan.tenant_id == actor.tenant_id, CostPlan.id == plan_id)
        .with_for_update()
    )
    if plan is None:
        raise NotFound
    return plan


def load_items(actor: Actor, plan_id: uuid.UUID) -> Sequence[CostItemRow]:
    """Return the lines of a plan to change, without those struck out."""
    return db.session.scalars(
        sa.select(CostItemRow)
        .where(
            CostItemRow.tenant_id == actor.tenant_id,
            CostItemRow.plan_id == plan_id,
            CostItemRow.removed_at.is_(None),
        )
        .order_by(CostItemRow.position)
    ).all()
