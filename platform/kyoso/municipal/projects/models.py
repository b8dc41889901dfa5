"""What the database keeps of a project, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.projects.rules import ProjectStage


class Project(TenantOwned, Model):
    """An adopted proposal, a department's own initiative, or one from before, with its number."""

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
        sa.CheckConstraint(
            "(pilot_starts_on IS NULL) = (pilot_ends_on IS NULL)", name="pilot_has_both_ends"
        ),
        sa.CheckConstraint("pilot_ends_on >= pilot_starts_on", name="pilot_ends_after_it_starts"),
        sa.CheckConstraint(
            "NOT own_initiative OR proposal_id IS NULL", name="initiative_has_no_proposal"
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
    #: A department began it by itself (自課の取組).
    own_initiative: Mapped[bool] = mapped_column(server_default=sa.false())
    #: Who in the town is in charge.
    department_id: Mapped[uuid.UUID | None]
    decided_on: Mapped[dt.date | None]
    adopted_with_conditions: Mapped[bool] = mapped_column(server_default=sa.false())
    #: The days of the pilot (実証の期間): both or none.
    pilot_starts_on: Mapped[dt.date | None]
    pilot_ends_on: Mapped[dt.date | None]
    #: Where it is tried out (フィールド).
    pilot_field: Mapped[str] = mapped_column(server_default="")
    #: When the pilot ends, and what then decides how it goes on (終了条件).
    exit_conditions: Mapped[str] = mapped_column(server_default="")
    #: When it was first shown to the public.
    published_at: Mapped[dt.datetime | None]
    unpublished_at: Mapped[dt.datetime | None]
    unpublished_reason: Mapped[str | None]
    #: When the desk first changed it; from then on the declared text no longer counts.
    edited_at: Mapped[dt.datetime | None]
    #: When anything that the public sees last changed: what feeds go by.
    changed_at: Mapped[CreatedAt]
    created_at: Mapped[CreatedAt]
    #: What searches compare: see core.search.search_key.
    search_key: Mapped[str] = mapped_column(server_default="")

    @property
    def is_public(self) -> bool:
        """Tell whether the public sees it."""
        return self.published_at is not None and self.unpublished_at is None

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Project {self.id} No.{self.number} {self.stage}>"


class ProjectTactic(TenantOwned, Model):
    """A tactic (戦術) that a project serves now; the journal keeps the past."""

    __tablename__ = "project_tactics"
    __table_args__ = (
        own_fk("project_id", "municipal.projects"),
        own_fk("tactic_id", "municipal.tactics"),
        sa.UniqueConstraint("tenant_id", "project_id", "tactic_id"),
        sa.Index(None, "tenant_id", "tactic_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    tactic_id: Mapped[uuid.UUID]
