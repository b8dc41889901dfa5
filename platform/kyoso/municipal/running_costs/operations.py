"""Every change to running-cost plans: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.journal import record
from kyoso.municipal.projects import rules as projects
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.running_costs import mails, queries, rules
from kyoso.municipal.running_costs.events import BudgetReminded, CostPlanSaved
from kyoso.municipal.running_costs.models import CostItemRow, CostPlan
from kyoso.municipal.running_costs.permissions import CostPermission
from kyoso.municipal.running_costs.queries import ToRequest
from kyoso.municipal.running_costs.rules import CostSheet, PlanState


def save_plan(
    project: Project,
    sheet: CostSheet,
    *,
    complete: bool,
    seen_version: int = 0,
    actor: Actor,
    now: dt.datetime,
) -> CostPlan:
    """Write what a project's operation costs, as a draft or as complete.

    `seen_version` is that of the plan which the writer saw, 0 for none: two who write at once
    must not undo each other. The caller holds the project's row.
    """
    authorise(actor, CostPermission.WRITE, project)
    projects.check_may_edit(actor, project.department_id, project.department_id)
    if complete:
        rules.check_complete(sheet)
    plan = queries.load_plan(actor, project.id)
    if plan is not None:
        rules.check_version(plan.version, seen_version, plan.changed_by)

    if plan is None:
        plan = CostPlan(id=new_id(), tenant_id=actor.tenant_id, project_id=project.id, version=0)
        db.session.add(plan)
    if plan.starts_on != sheet.starts_on:
        # Another beginning, another budget: it is reminded of anew.
        plan.reminded_days = None
    _fill(plan, sheet, complete=complete, actor=actor, now=now)
    db.session.flush()
    _put_items(plan, sheet, actor=actor, now=now)

    record(
        CostPlanSaved(
            plan.id,
            project.id,
            plan.version,
            plan.state,
            sheet.five_year_total,
            sheet.pilot_total,
        ),
        actor=actor,
        now=now,
    )
    return plan


def _fill(
    plan: CostPlan, sheet: CostSheet, *, complete: bool, actor: Actor, now: dt.datetime
) -> None:
    plan.state = PlanState.COMPLETE if complete else PlanState.DRAFT
    plan.version += 1
    plan.starts_on, plan.requested_on = sheet.starts_on, sheet.requested_on
    plan.staff_hours = list(sheet.staff_hours)
    plan.exit_yen, plan.exit_note = sheet.exit_yen, sheet.exit_note
    plan.budget_source, plan.assumptions = sheet.budget_source, sheet.assumptions
    plan.changed_at, plan.changed_by = now, actor.name


def _put_items(plan: CostPlan, sheet: CostSheet, *, actor: Actor, now: dt.datetime) -> None:
    """Keep the lines in their order; those that are no more are struck out."""
    rows = list(queries.load_items(actor, plan.id))
    for position, item in enumerate(sheet.items, 1):
        row = rows[position - 1] if position <= len(rows) else None
        if row is None:
            row = CostItemRow(id=new_id(), tenant_id=actor.tenant_id, plan_id=plan.id)
            db.session.add(row)
        row.position, row.name, row.category = position, item.name, item.category
        row.source, row.pilot_yen = item.source, item.pilot_yen
        row.yearly_yen = list(item.yearly_yen)
    for row in rows[len(sheet.items) :]:
        row.removed_at = now


def remind_budget(due: ToRequest, plan: CostPlan, *, actor: Actor, now: dt.datetime) -> None:
    """Write to those in charge that the budget request is near; each reminder goes out once."""
    authorise(actor, CostPermission.REMIND, plan)
    days = rules.due_reminder(due.days_left, plan.reminded_days)
    if days is None or plan.requested_on is not None:
        return

    plan.reminded_days = days
    mails.tell_those_in_charge(replace(due, reminded_days=days), actor=actor)

    record(BudgetReminded(plan.id, due.project_id, due.days_left), actor=actor, now=now)
