"""What the database keeps of the secret addresses of calendars."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk


class CalendarLink(TenantOwned, Model):
    """The secret address of one member's feed; only the secret's hash is kept."""

    __tablename__ = "calendar_links"
    __table_args__ = (
        own_fk("membership_id", "identity.memberships"),
        sa.UniqueConstraint("tenant_id", "token_hash"),
        sa.Index(None, "tenant_id", "membership_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    membership_id: Mapped[uuid.UUID]
    token_hash: Mapped[bytes]
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<CalendarLink {self.id}>"
