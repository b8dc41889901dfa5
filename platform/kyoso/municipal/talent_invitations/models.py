"""Who is invited into the town's register, and what became of it."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.talents.rules import TalentSource


class TalentInvitation(TenantOwned, Model):
    """An offer by mail to come into the town's register (招待)."""

    __tablename__ = "talent_invitations"
    __table_args__ = (
        own_fk("talent_id", "municipal.talents"),
        sa.Index(None, "tenant_id", "token_hash"),
        sa.Index(None, "tenant_id", "batch_id"),
        sa.Index(
            "uq_talent_invitations_open",
            "tenant_id",
            "email",
            unique=True,
            postgresql_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"),
        ),
        sa.CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (talent_id IS NULL)", name="talent_if_accepted"
        ),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    #: The form that sent it, alone or with others: sending the form twice invites once.
    batch_id: Mapped[uuid.UUID]
    #: How whoever takes it up will have come into the register.
    source: Mapped[TalentSource]
    email: Mapped[str]
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(server_default="")
    #: What the town writes to the invited, besides the link.
    message: Mapped[str] = mapped_column(server_default="")
    locale: Mapped[str]
    token_hash: Mapped[bytes]
    #: Name of whoever invited, as they were called then.
    invited_by: Mapped[str]
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    accepted_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]
    #: Who they became in the register.
    talent_id: Mapped[uuid.UUID | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<TalentInvitation {self.id}>"
