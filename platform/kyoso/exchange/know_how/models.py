"""What the database keeps of know-how. Policies say who reads it: see migration 0031."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.exchange.know_how.rules import Audience, Field, Genre, Licence, Status

_FILES = sa.text("'[]'")
_NONE = sa.text("'{}'")


def _networks() -> Any:
    return mapped_column(sa.ARRAY(sa.Uuid), server_default=_NONE, default=list)


class KnowHow(TenantOwned, Model):
    """A piece of know-how as its town writes it; nobody else reads this row."""

    __tablename__ = "know_how"
    __table_args__ = (
        own_fk("tactic_id", "municipal.tactics"),
        own_fk("project_id", "municipal.projects"),
        sa.Index(None, "tenant_id", "project_id"),
        sa.CheckConstraint("NOT (nameless AND is_public)", name="public_has_a_name"),
        sa.CheckConstraint(
            "(status = 'published') = (is_public OR cardinality(network_ids) > 0)",
            name="published_somewhere",
        ),
        sa.CheckConstraint(
            "(version > 0) = (published_at IS NOT NULL)", name="counts_what_was_published"
        ),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    genre: Mapped[Genre]
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(server_default="", default="")
    #: Markdown.
    body: Mapped[str] = mapped_column(server_default="", default="")
    field: Mapped[Field]
    tactic_id: Mapped[uuid.UUID | None]
    licence: Mapped[Licence]
    #: The town's own terms, where the licence is 町の定め.
    terms: Mapped[str] = mapped_column(server_default="", default="")
    status: Mapped[Status]
    #: How often it was saved: whoever saves says which one they began from.
    saves: Mapped[int] = mapped_column(server_default="0", default=0)
    #: The last version that was published; 0: none.
    version: Mapped[int] = mapped_column(server_default="0", default=0)
    network_ids: Mapped[list[uuid.UUID]] = _networks()
    is_public: Mapped[bool] = mapped_column(server_default=sa.false(), default=False)
    #: Whether the others are not to know whose it is.
    nameless: Mapped[bool] = mapped_column(server_default=sa.false(), default=False)
    #: The project whose lessons it tells.
    project_id: Mapped[uuid.UUID | None]
    #: What it was copied from, and its title and town as they were then.
    origin_id: Mapped[uuid.UUID | None]
    origin_words: Mapped[str] = mapped_column(server_default="", default="")
    written_by: Mapped[str]
    created_at: Mapped[CreatedAt]
    saved_at: Mapped[dt.datetime]
    published_at: Mapped[dt.datetime | None]

    @property
    def audience(self) -> Audience:
        """To whom it is shown, or was last."""
        return Audience(tuple(self.network_ids), self.is_public, self.nameless)

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<KnowHow {self.id} {self.status}>"


class KnowHowVersion(TenantOwned, Model):
    """What one published version said."""

    __tablename__ = "know_how_versions"
    __table_args__ = (
        own_fk("know_how_id", "exchange.know_how"),
        sa.UniqueConstraint("tenant_id", "know_how_id", "version"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    know_how_id: Mapped[uuid.UUID]
    version: Mapped[int]
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str] = mapped_column(server_default="")
    #: Each: id, name, media_type, size.
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=_FILES)
    #: What changed, and why.
    note: Mapped[str] = mapped_column(server_default="")
    published_by: Mapped[str]
    published_at: Mapped[dt.datetime]


class KnowHowFile(TenantOwned, Model):
    """The words in an attached file (its id is the file's), so that it is found by them."""

    __tablename__ = "know_how_files"
    __table_args__ = (
        own_fk("know_how_id", "exchange.know_how"),
        own_fk("id", "core.files"),
        sa.Index(None, "tenant_id", "know_how_id"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    know_how_id: Mapped[uuid.UUID]
    words: Mapped[str] = mapped_column(server_default="")


class KnowHowListing(Model):
    """What is published of a piece of know-how, with its id: all that others see.

    The application may not read `owner_id`, so it is never loaded.
    """

    __tablename__ = "know_how_listings"
    __table_args__ = (
        sa.Index(None, "author_id"),
        sa.CheckConstraint("author_id = owner_id", name="author_is_owner"),
        sa.CheckConstraint(
            "author_id IS NOT NULL OR (NOT is_public AND files = '[]' AND tactic = ''"
            " AND terms = '' AND origin_id IS NULL AND origin_words = '')",
            name="nameless_says_nothing",
        ),
        sa.CheckConstraint(
            "author_id IS NOT NULL OR cardinality(network_ids) <= 1", name="nameless_in_one_network"
        ),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    owner_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("tenancy.tenants.id"), deferred=True, deferred_raiseload=True
    )
    #: The town whose it is; None where it does not say so.
    author_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    network_ids: Mapped[list[uuid.UUID]] = _networks()
    #: Written by moderation only: see exchange.hide_item().
    hidden_in: Mapped[list[uuid.UUID]] = mapped_column(sa.ARRAY(sa.Uuid), server_default=_NONE)
    is_public: Mapped[bool]
    version: Mapped[int]
    genre: Mapped[Genre]
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str] = mapped_column(server_default="")
    field: Mapped[Field]
    tactic: Mapped[str] = mapped_column(server_default="")
    licence: Mapped[Licence]
    terms: Mapped[str] = mapped_column(server_default="")
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=_FILES)
    note: Mapped[str] = mapped_column(server_default="")
    origin_id: Mapped[uuid.UUID | None]
    origin_words: Mapped[str] = mapped_column(server_default="")
    #: How many towns use it; written by exchange.tell_author() only.
    uses: Mapped[int] = mapped_column(server_default="0")
    published_at: Mapped[dt.datetime]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<KnowHowListing {self.id}>"
