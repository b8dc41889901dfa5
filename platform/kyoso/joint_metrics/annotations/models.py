"""What the database keeps of targets and notes. Policies say who reads it: see migration 0038."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model
from kyoso.joint_metrics.annotations.rules import NoteKind


class NetworkTarget(Model):
    """What a network wants a metric to be at the end of a fiscal year; one row for each."""

    __tablename__ = "network_targets"
    __table_args__ = (
        sa.UniqueConstraint("network_id", "metric_id", "fiscal_year"),
        sa.CheckConstraint("fiscal_year BETWEEN 2000 AND 2200", name="year_is_sensible"),
        {"schema": "joint_metrics"},
    )

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    id: Mapped[Id]
    metric_id: Mapped[str]
    fiscal_year: Mapped[int]
    #: None once it was taken back; the journal keeps what it was.
    value: Mapped[Decimal | None] = mapped_column(sa.Numeric(15, 2))
    reason: Mapped[str] = mapped_column(server_default="")
    set_by: Mapped[str]
    set_at: Mapped[dt.datetime]

    def __repr__(self) -> str:
        """Name the row."""
        return f"<NetworkTarget {self.metric_id} {self.fiscal_year}>"


class NetworkNote(Model):
    """Something that happened and explains the numbers; shown on the time line."""

    __tablename__ = "network_notes"
    __table_args__ = (
        sa.Index(None, "network_id", "month"),
        sa.CheckConstraint("kind IN ('note', 'merger', 'other')", name="kind"),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name="month_is_its_first_day"),
        {"schema": "joint_metrics"},
    )

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    id: Mapped[Id]
    kind: Mapped[NoteKind]
    #: The month's first day.
    month: Mapped[dt.date]
    text: Mapped[str]
    #: The town that it concerns, if it concerns one.
    town_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    written_by: Mapped[str]
    written_at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row."""
        return f"<NetworkNote {self.id}>"
