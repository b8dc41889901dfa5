"""What the database keeps of applications, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.recruitment_applications import rules
from kyoso.municipal.recruitment_applications.rules import ApplicationState, MessageKind


class RecruitmentApplication(TenantOwned, Model):
    """Somebody who applied (応募). For the town only, and erased after the time it promised."""

    __tablename__ = "recruitment_applications"
    __table_args__ = (
        own_fk("recruitment_id", "municipal.recruitments"),
        own_fk("membership_id", "identity.memberships"),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.CheckConstraint(
            "CASE WHEN told_at IS NULL THEN letter = '' ELSE state = 'not_selected' END",
            name="told_by_a_letter",
        ),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (state = 'withdrawn' OR told_at IS NOT NULL)",
            name="ended_at_if_over",
        ),
        sa.CheckConstraint(
            "erased_at IS NULL OR ended_at IS NOT NULL", name="erased_after_it_ended"
        ),
        sa.CheckConstraint(
            "erased_at IS NULL OR (name = '' AND email = '')", name="erased_is_nobodys"
        ),
        sa.Index(None, "tenant_id", "recruitment_id"),
        sa.Index(None, "tenant_id", "waiting_since"),
        {"schema": "municipal"},
    )

    #: The id of the form that was sent.
    id: Mapped[Id]
    recruitment_id: Mapped[uuid.UUID]
    #: Counted within the town; the receipt shows it.
    number: Mapped[int]
    name: Mapped[str]
    kana: Mapped[str]
    email: Mapped[str]
    affiliation: Mapped[str] = mapped_column(server_default="")
    skills: Mapped[list[str]]
    hours_a_month: Mapped[int]
    message: Mapped[str]
    links: Mapped[list[str]]
    #: The language in which they read.
    locale: Mapped[str] = mapped_column(server_default="ja")
    state: Mapped[ApplicationState]
    #: The member who looks after it, if one does.
    membership_id: Mapped[uuid.UUID | None]
    #: Since when something of theirs waits for the town: arrived, or wrote again.
    waiting_since: Mapped[dt.datetime | None]
    #: What was written to them when they were not chosen, as it was sent.
    letter: Mapped[str] = mapped_column(server_default="")
    told_at: Mapped[dt.datetime | None]
    #: When nothing more was to be expected: told, or withdrawn.
    ended_at: Mapped[dt.datetime | None]
    #: For how many days after that the town promised to keep this.
    keep_days: Mapped[int]
    created_at: Mapped[CreatedAt]
    moved_at: Mapped[dt.datetime]
    erased_at: Mapped[dt.datetime | None]

    @property
    def receipt(self) -> str:
        """The number on the receipt."""
        return rules.receipt_number(self.number, self.created_at)

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<RecruitmentApplication {self.id} {self.state}>"


class RecruitmentLink(TenantOwned, Model):
    """A private link (専用リンク) to one application. Only the hash of its secret is kept."""

    __tablename__ = "recruitment_links"
    __table_args__ = (
        own_fk("application_id", "municipal.recruitment_applications"),
        sa.UniqueConstraint("tenant_id", "token_hash"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    application_id: Mapped[uuid.UUID]
    token_hash: Mapped[bytes]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]


class RecruitmentMessage(TenantOwned, Model):
    """One message between town and applicant, or a note of the town to itself."""

    __tablename__ = "recruitment_messages"
    __table_args__ = (
        own_fk("application_id", "municipal.recruitment_applications"),
        sa.Index(None, "tenant_id", "application_id", "id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    application_id: Mapped[uuid.UUID]
    kind: Mapped[MessageKind]
    body: Mapped[str]
    #: Who wrote for the town; '' for the applicant, whose name stands in the application only.
    author_name: Mapped[str]
    at: Mapped[dt.datetime]
