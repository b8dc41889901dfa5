"""What the database keeps of a workshop, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.workshops.rules import Fate, IdeaSource, WorkshopStatus


class Workshop(TenantOwned, Model):
    """A meeting at which residents thought about the town's plan (ワークショップ)."""

    __tablename__ = "workshops"
    __table_args__ = (
        own_fk("department_id", "tenancy.departments"),
        sa.CheckConstraint(
            "(status = 'draft') = (published_at IS NULL)", name="published_at_unless_draft"
        ),
        sa.CheckConstraint(
            "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at_if_withdrawn"
        ),
        sa.CheckConstraint("participants >= 0", name="participants_are_counted"),
        sa.Index(None, "tenant_id", "held_on"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one workshop.
    id: Mapped[Id]
    title: Mapped[str]
    held_on: Mapped[dt.date]
    place: Mapped[str] = mapped_column(server_default="")
    #: Who held it.
    department_id: Mapped[uuid.UUID]
    #: How many took part; their names are never kept.
    participants: Mapped[int]
    #: What was asked of them.
    theme: Mapped[str]
    #: What the public reads; Markdown.
    summary: Mapped[str] = mapped_column(server_default="")
    status: Mapped[WorkshopStatus]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str]
    #: The last time it was published.
    published_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Workshop {self.id} {self.status}>"


class WorkshopIdea(TenantOwned, Model):
    """One idea from a workshop, and what became of it."""

    __tablename__ = "workshop_ideas"
    __table_args__ = (
        own_fk("workshop_id", "municipal.workshops"),
        own_fk("tactic_id", "municipal.tactics"),
        own_fk("need_id", "municipal.needs"),
        own_fk("project_id", "municipal.projects"),
        sa.UniqueConstraint("tenant_id", "workshop_id", "number"),
        sa.CheckConstraint(
            "(fate = 'tactic') = (tactic_id IS NOT NULL)"
            " AND (fate = 'need') = (need_id IS NOT NULL)"
            " AND (fate = 'project') = (project_id IS NOT NULL)",
            name="points_at_its_fate",
        ),
        sa.CheckConstraint("fate <> 'answered' OR answer <> ''", name="answer_if_answered"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    workshop_id: Mapped[uuid.UUID]
    #: Counted within the workshop.
    number: Mapped[int]
    text: Mapped[str]
    group_name: Mapped[str] = mapped_column(server_default="")
    source: Mapped[IdeaSource]
    fate: Mapped[Fate]
    tactic_id: Mapped[uuid.UUID | None]
    need_id: Mapped[uuid.UUID | None]
    project_id: Mapped[uuid.UUID | None]
    #: What the town says to it; public with the summary.
    answer: Mapped[str] = mapped_column(server_default="")
    settled_by: Mapped[str] = mapped_column(server_default="")
    settled_at: Mapped[dt.datetime | None]
