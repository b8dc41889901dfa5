"""What the database keeps of reports. Policies say who reads it: see migration 0039."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column

from kyoso.core.db import Id, Model
from kyoso.core.metrics import Month
from kyoso.joint_metrics.periods import Period
from kyoso.joint_metrics.reports.rules import ReportStatus

NONE = sa.text("'{}'")


class NetworkReport(Model):
    """One report of a network on a period, as it was known when it was made."""

    __tablename__ = "network_reports"
    __table_args__ = (
        sa.CheckConstraint("first_month <= last_month", name="ends_after_it_began"),
        sa.CheckConstraint("language IN ('ja', 'en')", name="language_is_known"),
        sa.CheckConstraint("status <> 'done' OR content IS NOT NULL", name="content_if_done"),
        {"schema": "joint_metrics"},
    )

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    #: The id of the form that asked for it: sending the form twice makes one report.
    id: Mapped[Id]
    title: Mapped[str]
    first_month: Mapped[dt.date]
    last_month: Mapped[dt.date]
    language: Mapped[str]
    #: The key metrics, by id.
    metric_ids: Mapped[list[str]] = mapped_column(server_default=NONE)
    #: The metric of the picture on the page for mayors.
    picture_id: Mapped[str]
    notes: Mapped[list[str]] = mapped_column(server_default=NONE)
    status: Mapped[ReportStatus]
    #: How many of rules.STEPS are done.
    progress: Mapped[int] = mapped_column(server_default="0")
    requested_by: Mapped[str]
    requested_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    #: All that it says, as joint_metrics.interchange writes it; it can be made anew from this.
    content: Mapped[dict[str, Any] | None] = deferred(mapped_column(JSONB(none_as_null=True)))

    @property
    def period(self) -> Period:
        """The months that it is about."""
        return Period(Month.of(self.first_month), Month.of(self.last_month))

    def __repr__(self) -> str:
        """Name the row."""
        return f"<NetworkReport {self.id} {self.status}>"


class NetworkReportFile(Model):
    """A document of a report: its bytes, once and for ever."""

    __tablename__ = "network_report_files"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["network_id", "report_id"],
            ["joint_metrics.network_reports.network_id", "joint_metrics.network_reports.id"],
        ),
        {"schema": "joint_metrics"},
    )

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    report_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    #: See rules.FileKind.
    kind: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)

    def __repr__(self) -> str:
        """Name the row without its contents."""
        return f"<NetworkReportFile {self.report_id} {self.kind}>"
