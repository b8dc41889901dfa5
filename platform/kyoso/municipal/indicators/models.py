"""What the database keeps of indicators, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.indicators.rules import Direction

#: As exact as people write it; see rules.DIGITS and rules.PLACES.
EXACT = sa.Numeric(16, 4)


class Indicator(TenantOwned, Model):
    """One number by which a project shows what became better (成果, not what was done)."""

    __tablename__ = "indicators"
    __table_args__ = (
        own_fk("project_id", "municipal.projects"),
        sa.CheckConstraint(
            "(baseline_value IS NULL) = (baseline_on IS NULL)", name="baseline_has_its_day"
        ),
        sa.CheckConstraint(
            "(target_value IS NULL) = (target_by IS NULL)", name="target_has_its_day"
        ),
        sa.CheckConstraint("target_by > baseline_on", name="target_after_baseline"),
        sa.CheckConstraint(
            "(retired_at IS NULL) = (retired_reason IS NULL)", name="reason_if_retired"
        ),
        sa.Index(None, "tenant_id", "project_id"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one indicator.
    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    name: Mapped[str]
    #: Which change for people it shows.
    shows: Mapped[str]
    unit: Mapped[str]
    direction: Mapped[Direction]
    #: None: a draft, which the gate into the pilot names.
    baseline_value: Mapped[Decimal | None] = mapped_column(EXACT)
    baseline_on: Mapped[dt.date | None]
    target_value: Mapped[Decimal | None] = mapped_column(EXACT)
    target_by: Mapped[dt.date | None]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str]
    retired_at: Mapped[dt.datetime | None]
    retired_reason: Mapped[str | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Indicator {self.id}>"


class Measurement(TenantOwned, Model):
    """One value that was measured; a wrong one is withdrawn and stays."""

    __tablename__ = "measurements"
    __table_args__ = (
        own_fk("indicator_id", "municipal.indicators"),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="reason_if_withdrawn"
        ),
        sa.Index(None, "tenant_id", "indicator_id", "measured_on"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one measurement.
    id: Mapped[Id]
    indicator_id: Mapped[uuid.UUID]
    value: Mapped[Decimal] = mapped_column(EXACT)
    measured_on: Mapped[dt.date]
    note: Mapped[str]
    measured_by: Mapped[str]
    created_at: Mapped[CreatedAt]
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_reason: Mapped[str | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Measurement {self.id}>"
