"""What the database keeps of the work on a project, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Json, Model, TenantOwned, own_fk
from kyoso.municipal.activities.rules import ReportStatus, Side, StepKind


class TeamMember(TenantOwned, Model):
    """Somebody who works on a project, inside the town hall or outside."""

    __tablename__ = "team_members"
    __table_args__ = (
        own_fk("project_id", "municipal.projects"),
        own_fk("membership_id", "identity.memberships"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint("membership_id IS NULL OR side = 'inside'", name="members_are_inside"),
        sa.Index(None, "tenant_id", "project_id"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it, as in every table here: sending it twice makes one.
    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    name: Mapped[str]
    #: What they do here: 進行役, 現地の窓口 …
    role: Mapped[str]
    organisation: Mapped[str] = mapped_column(server_default="")
    side: Mapped[Side]
    #: Their membership, if they work with this product.
    membership_id: Mapped[uuid.UUID | None]
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    #: Entered by mistake: shown nowhere.
    removed_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<TeamMember {self.id}>"


class Step(TenantOwned, Model):
    """A milestone (節目) or a task (やること): one line, a day, a tick."""

    __tablename__ = "project_steps"
    __table_args__ = (
        own_fk("project_id", "municipal.projects"),
        sa.Index(None, "tenant_id", "project_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    kind: Mapped[StepKind]
    title: Mapped[str]
    #: Who does it, by name; also somebody outside.
    assignee: Mapped[str] = mapped_column(server_default="")
    due_on: Mapped[dt.date | None]
    done_on: Mapped[dt.date | None]
    removed_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Step {self.id} {self.kind}>"


class ProjectDecision(TenantOwned, Model):
    """Something that was decided on the way (決定の記録). It stays as it was noted."""

    __tablename__ = "project_decisions"
    __table_args__ = (
        own_fk("project_id", "municipal.projects"),
        sa.Index(None, "tenant_id", "project_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    decided_on: Mapped[dt.date]
    decision: Mapped[str]
    #: Who decided: a person, a meeting.
    decided_by: Mapped[str]
    reason: Mapped[str]
    noted_by: Mapped[str]
    created_at: Mapped[CreatedAt]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<ProjectDecision {self.id}>"


class Report(TenantOwned, Model):
    """What a project did (活動レポート), told to everybody."""

    __tablename__ = "activity_reports"
    __table_args__ = (
        own_fk("project_id", "municipal.projects"),
        sa.CheckConstraint(
            "(status = 'draft') = (published_at IS NULL)", name="published_at_unless_draft"
        ),
        sa.CheckConstraint(
            "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at_if_withdrawn"
        ),
        sa.Index(None, "tenant_id", "project_id"),
        sa.Index(None, "tenant_id", "status", "published_at"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    title: Mapped[str]
    #: Markdown.
    body: Mapped[str]
    status: Mapped[ReportStatus]
    #: What each photo shows, by the id of its file; ids sort by the time they were made.
    photos: Mapped[Json]
    created_by: Mapped[str]
    created_at: Mapped[CreatedAt]
    #: The last time it went public.
    published_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Report {self.id} {self.status}>"
