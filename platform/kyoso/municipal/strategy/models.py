"""What the database keeps of a town's strategy; what ended stays, with its period.

A period has its first and its last day, both included. No first day: since before our records.
No last day: still so.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from kyoso.core.db import Id, Model, TenantOwned, own_fk
from kyoso.municipal.strategy.rules import TacticKind


class Vision(TenantOwned, Model):
    """A picture of the future (将来像) in the town's comprehensive plan."""

    __tablename__ = "visions"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "number", "starts_on", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    number: Mapped[int]
    title: Mapped[str]
    reasons: Mapped[list[str]]
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]


class Strategy(TenantOwned, Model):
    """A way (戦略) towards a vision."""

    __tablename__ = "strategies"
    __table_args__ = (
        own_fk("vision_id", "municipal.visions"),
        sa.UniqueConstraint(
            "tenant_id",
            "vision_id",
            "number",
            "starts_on",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    vision_id: Mapped[uuid.UUID]
    number: Mapped[int]
    title: Mapped[str]
    #: Whom the strategy looks for: クリエイティブ人材, デジタルノマド …
    target_talent: Mapped[list[str]]
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]


class Tactic(TenantOwned, Model):
    """One thing to do (戦術) for a strategy; needs and projects point at it."""

    __tablename__ = "tactics"
    __table_args__ = (
        own_fk("strategy_id", "municipal.strategies"),
        sa.UniqueConstraint("tenant_id", "code", "starts_on", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint(
            "(target_value IS NULL) = (target_unit IS NULL)", name="target_has_value_and_unit"
        ),
        sa.Index(None, "tenant_id", "strategy_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    strategy_id: Mapped[uuid.UUID]
    #: Its number in the town's plan: 15-01.
    code: Mapped[str]
    title: Mapped[str]
    #: None where the plan does not say.
    kind: Mapped[TacticKind | None]
    target_value: Mapped[Decimal | None]
    target_unit: Mapped[str | None]
    #: Its place in the plan.
    position: Mapped[int]
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]


class TacticDepartment(TenantOwned, Model):
    """A unit that a tactic belongs to, and when."""

    __tablename__ = "tactic_departments"
    __table_args__ = (
        own_fk("tactic_id", "municipal.tactics"),
        own_fk("department_id", "tenancy.departments"),
        sa.UniqueConstraint(
            "tenant_id",
            "tactic_id",
            "department_id",
            "starts_on",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    tactic_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
