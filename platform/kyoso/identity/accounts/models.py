"""A person's own rows: visible and writable only where the scope says that person."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model


class Person(Model):
    """One human being, one account; what they are in a town is a membership."""

    __tablename__ = "people"
    __table_args__ = (
        sa.UniqueConstraint("email"),
        sa.CheckConstraint("email = lower(email)", name="email_is_folded"),
        {"schema": "identity"},
    )

    id: Mapped[Id]
    email: Mapped[str]
    name: Mapped[str]
    name_kana: Mapped[str] = mapped_column(default="")
    #: None until the person has chosen a password.
    password_hash: Mapped[str | None]
    #: The language of the mail we send them.
    locale: Mapped[str] = mapped_column(default="ja")
    created_at: Mapped[CreatedAt]
    deactivated_at: Mapped[dt.datetime | None]


class Session(Model):
    """One browser that a person signed in with."""

    __tablename__ = "sessions"
    __table_args__ = (sa.Index(None, "person_id", "id"), {"schema": "identity"})

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    secret_hash: Mapped[bytes]
    created_at: Mapped[CreatedAt]
    last_seen_at: Mapped[dt.datetime]
    user_agent: Mapped[str]
    address: Mapped[str]
    ended_at: Mapped[dt.datetime | None]


class PasswordResetLink(Model):
    """A link to choose a new password, sent to the person's address."""

    __tablename__ = "password_resets"
    __table_args__ = (sa.Index(None, "person_id", "id"), {"schema": "identity"})

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    token_hash: Mapped[bytes]
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
