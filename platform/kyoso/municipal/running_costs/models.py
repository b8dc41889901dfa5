"""What the database keeps of a running-cost plan, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.running_costs.rules import CostCategory, FundingSource, PlanState


class CostPlan(TenantOwned, Model):
    """What a project costs in operation, over five fiscal years; one for each project."""

    __tablename__ = "cost_plans"
    __table_args__ = (
        own_fk("project_id", "municipal.projects"),
        sa.UniqueConstraint("tenant_id", "project_id"),
        sa.CheckConstraint("version > 0", name="version_counts_from_one"),
        sa.CheckConstraint("exit_yen >= 0", name="exit_costs_no_less_than_nothing"),
        sa.CheckConstraint("cardinality(staff_hours) = 5", name="five_years_of_hours"),
        sa.CheckConstraint("0 <= ALL (staff_hours)", name="hours_not_negative"),
        sa.CheckConstraint(
            "state = 'draft' OR (starts_on IS NOT NULL AND exit_yen IS NOT NULL)",
            name="complete_says_when_and_exit",
        ),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    state: Mapped[PlanState]
    #: Counts the savings: who saves names the one they saw.
    version: Mapped[int]
    starts_on: Mapped[dt.date | None]
    #: Hours of the town's own staff in each of the five years; None: not said yet.
    staff_hours: Mapped[list[int | None]] = mapped_column(sa.ARRAY(sa.Integer))
    exit_yen: Mapped[int | None] = mapped_column(sa.BigInteger)
    exit_note: Mapped[str] = mapped_column(server_default="")
    budget_source: Mapped[str] = mapped_column(server_default="")
    assumptions: Mapped[str] = mapped_column(server_default="")
    requested_on: Mapped[dt.date | None]
    #: The last reminder of the budget request: that many days before.
    reminded_days: Mapped[int | None]
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[str]
    created_at: Mapped[CreatedAt]


class CostItemRow(TenantOwned, Model):
    """One line of a plan. What was struck out stays, so that the past can be told."""

    __tablename__ = "cost_items"
    __table_args__ = (
        own_fk("plan_id", "municipal.cost_plans"),
        sa.CheckConstraint("pilot_yen >= 0", name="pilot_costs_no_less_than_nothing"),
        sa.CheckConstraint("cardinality(yearly_yen) = 5", name="five_years"),
        sa.CheckConstraint("0 <= ALL (yearly_yen)", name="yen_not_negative"),
        sa.Index(None, "tenant_id", "plan_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    plan_id: Mapped[uuid.UUID]
    position: Mapped[int]
    name: Mapped[str]
    category: Mapped[CostCategory]
    source: Mapped[FundingSource | None]
    pilot_yen: Mapped[int | None] = mapped_column(sa.BigInteger)
    yearly_yen: Mapped[list[int | None]] = mapped_column(sa.ARRAY(sa.BigInteger))
    #: When it was struck out.
    removed_at: Mapped[dt.datetime | None]
