"""What the database keeps of a project, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.projects.rules import ProjectStage


class Project(TenantOwned, Model):
    """An adopted proposal, or a documented one from before, with its own number."""

    __tablename__ = "projects"
    __table_args__ = (
        own_fk("proposal_id", "municipal.proposals"),
        own_fk("department_id", "tenancy.departments"),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.UniqueConstraint("tenant_id", "proposal_id"),
        sa.CheckConstraint("number > 0", name="number_counts_from_one"),
        sa.CheckConstraint(
            "(unpublished_at IS NULL) = (unpublished_reason IS NULL)", name="reason_if_unpublished"
        ),
        sa.CheckConstraint(
            "unpublished_at IS NULL OR published_at IS NOT NULL", name="published_before_taken_off"
        ),
        sa.CheckConstraint(
            "NOT recruiting OR stage NOT IN ('concluded', 'cancelled')",
            name="ended_recruits_nobody",
        ),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    #: Number shown to people, counted within the municipality: No.7.
    number: Mapped[int]
    title: Mapped[str]
    #: One or two sentences, for lists and previews.
    summary: Mapped[str] = mapped_column(server_default="")
    #: The whole text; Markdown.
    content: Mapped[str] = mapped_column(server_default="")
    #: The proposer as published; empty: 匿名, or not documented.
    proposer_name: Mapped[str] = mapped_column(server_default="")
    #: Who works on it (チーム), one a line.
    team: Mapped[str] = mapped_column(server_default="")
    stage: Mapped[ProjectStage]
    recruiting: Mapped[bool] = mapped_column(server_default=sa.false())
    recruiting_text: Mapped[str] = mapped_column(server_default="")
    #: The proposal that was adopted; None for those from before this product.
    proposal_id: Mapped[uuid.UUID | None]
    #: Who in the town is in charge.
    department_id: Mapped[uuid.UUID | None]
    decided_on: Mapped[dt.date | None]
    adopted_with_conditions: Mapped[bool] = mapped_column(server_default=sa.false())
    #: When it was first shown to the public.
    published_at: Mapped[dt.datetime | None]
    unpublished_at: Mapped[dt.datetime | None]
    unpublished_reason: Mapped[str | None]
    #: When the desk first changed it; from then on the declared text no longer counts.
    edited_at: Mapped[dt.datetime | None]
    #: When anything that the public sees last changed: what feeds go by.
    changed_at: Mapped[CreatedAt]
    created_at: Mapped[CreatedAt]
    #: What searches compare: see core.text.search_key.
    search_key: Mapped[str] = mapped_column(server_default="")

    @property
    def is_public(self) -> bool:
        """Tell whether the public sees it."""
        return self.published_at is not None and self.unpublished_at is None

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Project {self.id} No.{self.number} {self.stage}>"
