"""What the database keeps of a notice, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned
from kyoso.municipal.notices.rules import NoticeStatus


class Notice(TenantOwned, Model):
    """Something that a town tells everybody (お知らせ)."""

    __tablename__ = "notices"
    __table_args__ = (
        sa.CheckConstraint(
            "(status = 'draft') = (published_at IS NULL)", name="published_at_unless_draft"
        ),
        sa.CheckConstraint(
            "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at_if_withdrawn"
        ),
        sa.Index(None, "tenant_id", "status", "published_at"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one notice.
    id: Mapped[Id]
    title: Mapped[str]
    #: Markdown.
    body: Mapped[str]
    status: Mapped[NoticeStatus]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str]
    #: The last time it went public.
    published_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Notice {self.id} {self.status}>"
