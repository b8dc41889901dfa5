"""What the database keeps of documents and their wording, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Json, Model, TenantOwned, own_fk
from kyoso.municipal.documents.rules import DocumentKind


class Document(TenantOwned, Model):
    """One document that a town issued (文書), with its PDF as it was sent."""

    __tablename__ = "documents"
    __table_args__ = (
        own_fk("file_id", "core.files"),
        sa.UniqueConstraint("tenant_id", "fiscal_year", "number"),
        sa.CheckConstraint("number > 0", name="number_positive"),
        sa.CheckConstraint("(voided_at IS NULL) = (voided_reason IS NULL)", name="reason_if_void"),
        sa.Index(None, "tenant_id", "subject_id", "id"),
        sa.Index(None, "tenant_id", "issued_at"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    #: What it is about: a proposal, a project, an agreement.
    subject_id: Mapped[uuid.UUID]
    kind: Mapped[DocumentKind]
    #: The language it is written in.
    locale: Mapped[str] = mapped_column(server_default="ja")
    fiscal_year: Mapped[int]
    #: Counted within the town and the fiscal year, without gaps.
    number: Mapped[int]
    #: The number as printed (文書番号): 8磐政第12号.
    reference: Mapped[str]
    title: Mapped[str]
    recipient: Mapped[str] = mapped_column(server_default="")
    #: The version of the town's wording; 0 is the platform's own.
    template_version: Mapped[int]
    #: What was filled in, as words.
    values: Mapped[Json]
    file_id: Mapped[uuid.UUID]
    issued_by: Mapped[str]
    issued_at: Mapped[dt.datetime]
    #: When it lost its force, such as by an undone decision; the document itself stays.
    voided_at: Mapped[dt.datetime | None]
    voided_reason: Mapped[str | None]

    @property
    def file_name(self) -> str:
        """What its PDF is called when somebody saves it."""
        return f"{self.reference}_{self.kind.plain_name}.pdf"

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Document {self.id} {self.kind} {self.reference}>"


class DocumentTemplate(TenantOwned, Model):
    """One version of a town's wording (ひな型) of one kind of document. Only ever added."""

    __tablename__ = "document_templates"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "kind", "locale", "version"),
        sa.CheckConstraint("version > 0", name="version_positive"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    kind: Mapped[DocumentKind]
    locale: Mapped[str]
    version: Mapped[int]
    #: The document's heading.
    subject: Mapped[str]
    body: Mapped[str]
    #: True when the town went back to the platform's own words.
    is_reset: Mapped[bool] = mapped_column(server_default=sa.false())
    edited_by: Mapped[str]
    edited_at: Mapped[dt.datetime]
