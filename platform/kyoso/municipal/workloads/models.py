"""What the database keeps of workloads, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.workloads.rules import Consent


class Workload(TenantOwned, Model):
    """Hours a month that a project adds to and takes off a department, for some months."""

    __tablename__ = "workloads"
    __table_args__ = (
        own_fk("project_id", "municipal.projects"),
        own_fk("department_id", "tenancy.departments"),
        sa.CheckConstraint("hours_added >= 0 AND hours_removed >= 0", name="hours_not_negative"),
        sa.CheckConstraint("hours_added + hours_removed > 0", name="some_hours"),
        sa.CheckConstraint(
            "EXTRACT(DAY FROM from_month) = 1 AND EXTRACT(DAY FROM until_month) = 1",
            name="whole_months",
        ),
        sa.CheckConstraint("until_month >= from_month", name="ends_after_it_starts"),
        sa.CheckConstraint(
            "(consent = 'none') = (answered_at IS NULL) AND (consent = 'none') = (answered_by = '')",
            name="answer_has_name_and_date",
        ),
        sa.CheckConstraint(
            "(consent = 'hesitating') = (hesitation <> '')", name="hesitation_has_reason"
        ),
        sa.Index(None, "tenant_id", "project_id"),
        sa.Index(None, "tenant_id", "department_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    #: The first day of the first month.
    from_month: Mapped[dt.date]
    #: The first day of the last month.
    until_month: Mapped[dt.date]
    hours_added: Mapped[int]
    hours_removed: Mapped[int]
    reason: Mapped[str]
    consent: Mapped[Consent]
    #: Who answered for the department, and when.
    answered_by: Mapped[str] = mapped_column(server_default="")
    answered_at: Mapped[dt.datetime | None]
    #: Why the department hesitates.
    hesitation: Mapped[str] = mapped_column(server_default="")
    created_by: Mapped[str]
    created_at: Mapped[CreatedAt]
    #: When it was taken back; it counts no more.
    withdrawn_at: Mapped[dt.datetime | None]


class Capacity(TenantOwned, Model):
    """The hours a month that a department said it can carry, from a month on until the next."""

    __tablename__ = "workload_capacities"
    __table_args__ = (
        own_fk("department_id", "tenancy.departments"),
        sa.CheckConstraint("hours_a_month >= 0", name="hours_not_negative"),
        sa.CheckConstraint("EXTRACT(DAY FROM from_month) = 1", name="whole_months"),
        sa.Index(None, "tenant_id", "department_id", "from_month"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    department_id: Mapped[uuid.UUID]
    from_month: Mapped[dt.date]
    hours_a_month: Mapped[int]
    said_by: Mapped[str]
    said_at: Mapped[dt.datetime]


class Promoter(TenantOwned, Model):
    """A member who is the digital promoter (デジタル活用推進委員) of a department for a time."""

    __tablename__ = "digital_promoters"
    __table_args__ = (
        own_fk("department_id", "tenancy.departments"),
        own_fk("membership_id", "identity.memberships"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.Index(None, "tenant_id", "department_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    department_id: Mapped[uuid.UUID]
    membership_id: Mapped[uuid.UUID]
    starts_on: Mapped[dt.date]
    #: None: until somebody says otherwise.
    ends_on: Mapped[dt.date | None]
