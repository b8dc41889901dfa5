"""What a project costs and asks of a department, for tests that go through all pages."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core.access import Actor
from kyoso.core.db import db, new_id
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.running_costs.operations import save_plan
from kyoso.municipal.running_costs.rules import (
    CostCategory,
    CostItem,
    CostSheet,
    FundingSource,
    fiscal_year,
)
from kyoso.municipal.workloads import operations as workloads
from kyoso.municipal.workloads.operations import Term, WorkloadDraft
from kyoso.municipal.workloads.rules import months_from


def make_costs_and_load(
    project: Project, department_id: uuid.UUID, *, admin: Actor, at: dt.datetime
) -> None:
    """Plan five years, name a promoter, and bring a department more than it said it can carry."""
    first = dt.date(fiscal_year(at.date()) + 1, 4, 1)
    items = (
        CostItem("保守", CostCategory.MAINTENANCE, FundingSource.GENERAL, 50_000, (90_000,) * 5),
        CostItem("通信", CostCategory.LICENCE, FundingSource.DONATION, 0, (12_000,) * 4 + (None,)),
    )
    sheet = CostSheet(first, items, (24,) * 5, 20_000, "機器の撤去", "一般会計", "見積りによる")
    save_plan(project, sheet, complete=False, actor=admin, now=at)
    workloads.set_capacity(department_id, at.date(), 10, capacity_id=new_id(), actor=admin, now=at)
    months = months_from(at.date(), 12)
    loads = []
    for place, (begin, end) in enumerate(((months[0], months[4]), (months[5], months[11]))):
        draft = WorkloadDraft(department_id, begin, end, 12 + place, 2, "受付が増え、電話が減る")
        loads.append(
            workloads.enter_workload(project, draft, workload_id=new_id(), actor=admin, now=at)
        )
        db.session.flush()
    workloads.hesitate_about_workload(loads[1], "人が足りないため", actor=admin, now=at)
    assert admin.membership_id is not None
    term = Term(admin.membership_id, at.date())
    workloads.name_promoter(department_id, term, promoter_id=new_id(), actor=admin, now=at)
