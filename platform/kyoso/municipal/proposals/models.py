"""What the database keeps of a proposal, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Json, Model, TenantOwned, own_fk
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.proposals import rules
from kyoso.municipal.proposals.rules import ProposalStatus, ProposerKind, Source


class Proposal(TenantOwned, Model):
    """An offer (提案) to the municipality, from its first draft to decision and after."""

    __tablename__ = "proposals"
    __table_args__ = (
        own_fk("need_id", "municipal.needs"),
        own_fk("policy_id", "municipal.intake_policies"),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.CheckConstraint(
            "(number IS NOT NULL) = (submitted_at IS NOT NULL)", name="number_if_submitted"
        ),
        sa.CheckConstraint(
            "number IS NOT NULL OR status IN ('draft', 'withdrawn')", name="number_after_draft"
        ),
        sa.Index(None, "tenant_id", "status", "submitted_at"),
        sa.Index(None, "tenant_id", "submitted_at"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    #: Counted within the municipality, given at submission.
    number: Mapped[int | None]
    status: Mapped[ProposalStatus]
    source: Mapped[Source]
    #: The published need that it answers, if any.
    need_id: Mapped[uuid.UUID | None]
    #: The intake policy (and so the criteria) that it is judged by.
    policy_id: Mapped[uuid.UUID | None]

    proposer_kind: Mapped[ProposerKind]
    #: The person, or the company's or group's name.
    proposer_name: Mapped[str]
    #: Who speaks for a company or group.
    contact_name: Mapped[str] = mapped_column(server_default="")
    email: Mapped[str]
    phone: Mapped[str] = mapped_column(server_default="")
    area: Mapped[str] = mapped_column(server_default="")
    #: Under which name the proposal may be published; empty: 匿名.
    public_name: Mapped[str] = mapped_column(server_default="")
    #: The language the proposer reads.
    locale: Mapped[str] = mapped_column(server_default="ja")

    title: Mapped[str] = mapped_column(server_default="")
    wish: Mapped[str] = mapped_column(server_default="")
    ability: Mapped[str] = mapped_column(server_default="")
    expectation: Mapped[str] = mapped_column(server_default="")
    merit_proposer: Mapped[str] = mapped_column(server_default="")
    merit_residents: Mapped[str] = mapped_column(server_default="")
    merit_town: Mapped[str] = mapped_column(server_default="")
    #: What searches compare: see core.search.search_key.
    search_key: Mapped[str] = mapped_column(server_default="")

    #: Counts submissions: 1, then one more with each resubmission.
    revision: Mapped[int] = mapped_column(server_default="0")
    #: The member of staff who wrote down a paper or spoken proposal.
    entered_by: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    submitted_at: Mapped[dt.datetime | None]
    #: The day until which the town promised an answer.
    answer_by: Mapped[dt.date | None]
    #: When the status last changed.
    moved_at: Mapped[dt.datetime]

    @property
    def content(self) -> dict[str, str]:
        """What the proposer wrote, part by part."""
        return {part: getattr(self, part) for part in rules.CONTENT}

    @property
    def parts(self) -> list[tuple[str, str]]:
        """What the proposer wrote, each part with its label; without the title."""
        return [
            (str(label), getattr(self, part))
            for part, (label, _maximum) in rules.CONTENT.items()
            if part != "title"
        ]

    @property
    def known_as(self) -> str:
        """Who the town's journal says wrote: nobody, while somebody still writes at home."""
        return self.proposer_name if self.submitted_at or self.entered_by else ""

    @property
    def receipt(self) -> str:
        """The number on the receipt."""
        return rules.receipt_number(self.number, self.submitted_at)

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Proposal {self.id} {self.status}>"


class ProposalRevision(TenantOwned, Model):
    """The content as it was submitted; a later revision never overwrites an earlier one."""

    __tablename__ = "proposal_revisions"
    __table_args__ = (
        own_fk("proposal_id", "municipal.proposals"),
        sa.UniqueConstraint("tenant_id", "proposal_id", "number"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    proposal_id: Mapped[uuid.UUID]
    number: Mapped[int]
    content: Mapped[Json]
    submitted_at: Mapped[dt.datetime]


class ProposalLink(TenantOwned, Model):
    """A private link (専用リンク) to one proposal. Only the hash of its secret is kept."""

    __tablename__ = "proposal_links"
    __table_args__ = (
        own_fk("proposal_id", "municipal.proposals"),
        sa.UniqueConstraint("tenant_id", "token_hash"),
        sa.Index(None, "tenant_id", "proposal_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    proposal_id: Mapped[uuid.UUID]
    token_hash: Mapped[bytes]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]


class MessageKind(enum.StrEnum):
    """What a message between town and proposer is."""

    QUESTION = "question"
    REVISION = "revision"
    REPLY = "reply"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_MESSAGES[self])


_MESSAGES = {
    MessageKind.QUESTION: _l("質問"),
    MessageKind.REVISION: _l("修正のお願い"),
    MessageKind.REPLY: _l("返信"),
}


class ProposalMessage(TenantOwned, Model):
    """One message between the town and the proposer; both see all of them."""

    __tablename__ = "proposal_messages"
    __table_args__ = (
        own_fk("proposal_id", "municipal.proposals"),
        sa.Index(None, "tenant_id", "proposal_id", "id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    proposal_id: Mapped[uuid.UUID]
    kind: Mapped[MessageKind]
    body: Mapped[str]
    author_name: Mapped[str]
    at: Mapped[dt.datetime]
    #: When the proposer answered a question; None for replies too.
    answered_at: Mapped[dt.datetime | None]
