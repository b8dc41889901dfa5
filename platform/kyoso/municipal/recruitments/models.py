"""What the database keeps of a recruitment, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.identity.profiles.rules import WorkMode
from kyoso.municipal.recruitments.rules import RecruitmentStatus
from kyoso.municipal.talent_programmes.rules import PayUnit


class Recruitment(TenantOwned, Model):
    """Work for side-job people that a department publishes (複業人材募集)."""

    __tablename__ = "recruitments"
    __table_args__ = (
        own_fk("department_id", "tenancy.departments"),
        own_fk("project_id", "municipal.projects"),
        own_fk("need_id", "municipal.needs"),
        sa.CheckConstraint(
            "(status = 'draft') = (published_at IS NULL)", name="published_at_unless_draft"
        ),
        sa.CheckConstraint(
            "(status IN ('closed', 'filled')) = (closed_at IS NOT NULL)", name="closed_at_if_over"
        ),
        sa.CheckConstraint("hours_a_month > 0", name="some_hours"),
        sa.CheckConstraint("wanted > 0", name="somebody_is_wanted"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint("(pay_unit = 'none') = (pay_yen IS NULL)", name="pay_has_its_amount"),
        sa.Index(None, "tenant_id", "status"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one.
    id: Mapped[Id]
    department_id: Mapped[uuid.UUID]
    project_id: Mapped[uuid.UUID | None]
    need_id: Mapped[uuid.UUID | None]
    title: Mapped[str]
    #: What it is for (何のため).
    purpose: Mapped[str]
    tasks: Mapped[str]
    #: Ids of the vocabulary in identity/profiles.
    skills: Mapped[list[str]]
    hours_a_month: Mapped[int]
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    pay_unit: Mapped[PayUnit]
    pay_yen: Mapped[int | None]
    pay_note: Mapped[str] = mapped_column(server_default="")
    mode: Mapped[WorkMode]
    place: Mapped[str] = mapped_column(server_default="")
    #: How many people.
    wanted: Mapped[int]
    #: The last day to apply; None: until it is closed.
    closes_on: Mapped[dt.date | None]
    status: Mapped[RecruitmentStatus]
    #: What searches compare: see core.search.search_key.
    search_key: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str]
    published_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Recruitment {self.id} {self.status}>"
