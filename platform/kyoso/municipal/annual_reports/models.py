"""What the database keeps of an annual report."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model, TenantOwned, own_fk
from kyoso.municipal.annual_reports.rules import ReportStatus


class AnnualReport(TenantOwned, Model):
    """One report on one fiscal year, as it was on the day it was made."""

    __tablename__ = "annual_reports"
    __table_args__ = (
        own_fk("pdf_id", "core.files"),
        own_fk("xlsx_id", "core.files"),
        sa.CheckConstraint(
            "(status = 'done') = (pdf_id IS NOT NULL AND xlsx_id IS NOT NULL)",
            name="files_if_done",
        ),
        sa.CheckConstraint("fiscal_year >= 2019", name="year_is_reiwa"),
        sa.Index(None, "tenant_id", "requested_at"),
        {"schema": "municipal"},
    )

    #: The id of the form that asked for it: sending the form twice makes one report.
    id: Mapped[Id]
    fiscal_year: Mapped[int]
    status: Mapped[ReportStatus]
    #: How many of rules.STEPS are done.
    progress: Mapped[int] = mapped_column(server_default="0")
    requested_by: Mapped[str]
    requested_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    pdf_id: Mapped[uuid.UUID | None]
    xlsx_id: Mapped[uuid.UUID | None]
