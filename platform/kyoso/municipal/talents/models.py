"""Who is in the town's register, what the town noted, and who is invited."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.talents.rules import TalentSource

NONE = sa.text("'{}'")


class Talent(TenantOwned, Model):
    """A person whom the town may engage (複業人材), as they let towns see them.

    The row is the town's; the person reads it, and what they say of themselves is written anew
    whenever they save their profile.
    """

    __tablename__ = "talents"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "person_id"),
        sa.UniqueConstraint("tenant_id", "id", "person_id"),
        sa.Index(None, "person_id"),
        sa.Index(None, "tenant_id", "kana", "id"),
        sa.CheckConstraint("mode IN ('', 'online', 'on_site', 'both')", name="mode_is_known"),
        sa.CheckConstraint("hours_offered >= 0", name="hours_are_not_negative"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    #: Where the town writes to them.
    email: Mapped[str]
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(server_default="")
    affiliation: Mapped[str] = mapped_column(server_default="")
    bio: Mapped[str] = mapped_column(server_default="")
    #: Ids of the vocabulary, see identity/profiles; what it lacks is in `free_skills`.
    skills: Mapped[list[str]] = mapped_column(server_default=NONE)
    free_skills: Mapped[list[str]] = mapped_column(server_default=NONE)
    fields: Mapped[list[str]] = mapped_column(server_default=NONE)
    can_do: Mapped[str] = mapped_column(server_default="")
    wants: Mapped[str] = mapped_column(server_default="")
    languages: Mapped[list[str]] = mapped_column(server_default=NONE)
    #: A month, over all towns; None where they have not said.
    hours_offered: Mapped[int | None]
    #: A `WorkMode`, or '' where they have not said.
    mode: Mapped[str] = mapped_column(server_default="")
    places: Mapped[str] = mapped_column(server_default="")
    conditions: Mapped[str] = mapped_column(server_default="")
    links: Mapped[list[Any]] = mapped_column(JSONB, server_default=sa.text("'[]'"))
    photo: Mapped[bytes | None] = deferred(mapped_column(sa.LargeBinary))
    source: Mapped[TalentSource]
    joined_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]
    #: What searches compare: see core.text.search_key.
    search_key: Mapped[str] = mapped_column(server_default="")

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Talent {self.id}>"


class TalentNote(TenantOwned, Model):
    """What staff noted about a talent. The town's alone: the person's policy is not on it."""

    __tablename__ = "talent_notes"
    __table_args__ = (
        own_fk("talent_id", "municipal.talents"),
        sa.Index(None, "tenant_id", "talent_id", "id"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one note.
    id: Mapped[Id]
    talent_id: Mapped[uuid.UUID]
    text: Mapped[str]
    written_by: Mapped[str]
    written_at: Mapped[dt.datetime]


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
