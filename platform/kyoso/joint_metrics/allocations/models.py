"""What the database keeps of plans: ids, hours and reasons, never a name. See migration 0040."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Json, Model, TenantOwned, own_fk
from kyoso.joint_metrics.allocations.rules import LineStatus, PlanStatus, Terms

EMPTY = sa.text("'{}'")
_PLAN = [
    "joint_metrics.allocation_plans.network_id",
    "joint_metrics.allocation_plans.id",
]


class AllocationPlan(Model):
    """What a coordinator asked for, and what came of it; towns see it once it is offered."""

    __tablename__ = "allocation_plans"
    __table_args__ = (
        sa.ForeignKeyConstraint(["network_id", "base_id"], _PLAN),
        sa.Index(
            "uq_allocation_plans_offered",
            "network_id",
            unique=True,
            postgresql_where=sa.text("status = 'offered'"),
        ),
        sa.CheckConstraint(
            "(status IN ('offered', 'replaced')) = (offered_at IS NOT NULL)",
            name="offered_at_if_offered",
        ),
        sa.CheckConstraint(
            "(status IN ('queued', 'running')) = (finished_at IS NULL)",
            name="finished_if_not_at_work",
        ),
        {"schema": "joint_metrics"},
    )

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    #: The id of the form that asked for it: sending the form twice makes one plan.
    id: Mapped[Id]
    title: Mapped[str] = mapped_column(server_default="")
    terms: Mapped[Json]
    #: The plan that this one varies.
    base_id: Mapped[uuid.UUID | None]
    status: Mapped[PlanStatus]
    #: How many of rules.STAGES are done, and when the worker last said so.
    stage: Mapped[int] = mapped_column(server_default="0")
    asked_by: Mapped[str]
    asked_at: Mapped[dt.datetime]
    heard_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    #: As rules.result_of() made it.
    result: Mapped[Json] = mapped_column(server_default=EMPTY)
    offered_by: Mapped[str] = mapped_column(server_default="")
    offered_at: Mapped[dt.datetime | None]

    @property
    def wanted(self) -> Terms:
        """What was asked for."""
        return Terms.of(self.terms)


class AllocationLine(TenantOwned, Model):
    """Hours of one listed person for one need; it belongs to the need's town."""

    __tablename__ = "allocation_lines"
    __table_args__ = (
        sa.ForeignKeyConstraint(["network_id", "plan_id"], _PLAN),
        own_fk("listed_need_id", "exchange.listed_needs"),
        sa.ForeignKeyConstraint(
            ["home_tenant_id", "listing_id", "network_id"],
            [
                "exchange.listings.tenant_id",
                "exchange.listings.id",
                "exchange.listings.network_id",
            ],
        ),
        sa.UniqueConstraint("tenant_id", "plan_id", "listed_need_id", "listing_id"),
        sa.Index(None, "network_id", "plan_id"),
        sa.CheckConstraint("tenant_id <> home_tenant_id", name="two_towns"),
        sa.CheckConstraint("hours BETWEEN 1 AND 744", name="hours_fit_in_a_month"),
        sa.CheckConstraint(
            "(status = 'accepted') = (accepted_at IS NOT NULL)", name="accepted_at_if_accepted"
        ),
        sa.CheckConstraint("status <> 'accepted' OR offered", name="accepted_if_offered"),
        {"schema": "joint_metrics"},
    )

    #: Also the id of the share request that comes of it.
    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    plan_id: Mapped[uuid.UUID]
    listed_need_id: Mapped[uuid.UUID]
    home_tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    listing_id: Mapped[uuid.UUID]
    #: One for each person within the plan: what a coordinator has in place of a name.
    number: Mapped[int]
    #: A month.
    hours: Mapped[int]
    #: How the person fits, as preparing.Fit keeps it.
    reasons: Mapped[Json]
    #: Whether the plan in force had it too.
    stays: Mapped[bool]
    status: Mapped[LineStatus]
    offered: Mapped[bool] = mapped_column(server_default="false")
    accepted_at: Mapped[dt.datetime | None]
    accepted_by: Mapped[str] = mapped_column(server_default="")

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<AllocationLine {self.id} {self.status}>"
