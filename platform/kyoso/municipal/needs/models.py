"""What the database keeps of a need, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.needs.rules import NeedStatus


class Need(TenantOwned, Model):
    """Something that a department looks for (求めていること)."""

    __tablename__ = "needs"
    __table_args__ = (
        own_fk("department_id", "tenancy.departments"),
        own_fk("tactic_id", "municipal.tactics"),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.CheckConstraint(
            "(status = 'draft') = (published_at IS NULL)", name="published_at_unless_draft"
        ),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL)", name="closed_at_if_closed"
        ),
        sa.CheckConstraint("closes_on >= opens_on", name="closes_after_it_opens"),
        sa.CheckConstraint("hours_a_month > 0", name="some_hours"),
        sa.CheckConstraint("budget_yen >= 0", name="no_negative_budget"),
        sa.Index(None, "tenant_id", "status"),
        sa.Index(None, "tenant_id", "department_id"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one need.
    id: Mapped[Id]
    #: Number shown to people, counted within the town.
    number: Mapped[int]
    department_id: Mapped[uuid.UUID]
    tactic_id: Mapped[uuid.UUID | None]
    title: Mapped[str]
    purpose: Mapped[str]
    #: 目指す成果: what will be different, not what will be made.
    outcome: Mapped[str]
    skills: Mapped[list[str]]
    hours_a_month: Mapped[int | None]
    #: None: not decided. 0: there is none (予算なし).
    budget_yen: Mapped[int | None] = mapped_column(sa.BigInteger)
    #: フィールド提供: places, people and data that the town lends.
    field_offered: Mapped[str]
    opens_on: Mapped[dt.date | None]
    closes_on: Mapped[dt.date | None]
    status: Mapped[NeedStatus]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str]
    published_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]
    #: What came of it, for those who looked at it.
    closing_note: Mapped[str]
    #: All that can be searched, folded as `core.search.search_key` folds it.
    search_key: Mapped[str]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Need {self.id} {self.status}>"
