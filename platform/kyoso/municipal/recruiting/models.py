"""What the database keeps of openings and answers, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.recruiting.rules import AnswerState


class Opening(TenantOwned, Model):
    """A role that a project looks for (募集する役割)."""

    __tablename__ = "openings"
    __table_args__ = (
        own_fk("project_id", "municipal.projects"),
        sa.Index(None, "tenant_id", "project_id"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one.
    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    role: Mapped[str]
    text: Mapped[str] = mapped_column(server_default="")
    #: The last day on which somebody can answer; None: until it is closed.
    until: Mapped[dt.date | None]
    created_at: Mapped[CreatedAt]
    closed_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Opening {self.id}>"


class JoinAnswer(TenantOwned, Model):
    """Somebody who wants to join a project (応募). For the town only."""

    __tablename__ = "join_answers"
    __table_args__ = (
        own_fk("project_id", "municipal.projects"),
        own_fk("opening_id", "municipal.openings"),
        sa.Index(None, "tenant_id", "project_id"),
        sa.Index(None, "tenant_id", "state"),
        {"schema": "municipal"},
    )

    #: The id of the form that was sent.
    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    #: The role they answer; None: whatever is needed.
    opening_id: Mapped[uuid.UUID | None]
    name: Mapped[str]
    email: Mapped[str]
    message: Mapped[str]
    #: The language in which they read.
    locale: Mapped[str] = mapped_column(server_default="ja")
    state: Mapped[AnswerState]
    created_at: Mapped[CreatedAt]
    moved_at: Mapped[dt.datetime]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<JoinAnswer {self.id} {self.state}>"
