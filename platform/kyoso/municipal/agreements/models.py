"""What the database keeps of an agreement, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.agreements import rules
from kyoso.municipal.agreements.rules import (
    AgreementKind,
    AgreementStatus,
    Clause,
    ClauseState,
    Renewal,
)


class Agreement(TenantOwned, Model):
    """An agreement (協定) of the town, from its draft to its end."""

    __tablename__ = "agreements"
    __table_args__ = (
        own_fk("department_id", "tenancy.departments"),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.UniqueConstraint("tenant_id", "declared_key"),
        sa.CheckConstraint("number > 0", name="number_counts_from_one"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint(
            "(renewal = 'automatic') = (renewal_months IS NOT NULL)", name="months_if_renewed"
        ),
        sa.CheckConstraint(
            "renewal_months > 0 AND ends_on IS NOT NULL OR renewal_months IS NULL",
            name="renews_a_term",
        ),
        sa.CheckConstraint("notice_months >= 0", name="no_negative_notice"),
        sa.CheckConstraint("status <> 'draft' OR signed_on IS NULL", name="draft_is_not_signed"),
        sa.CheckConstraint(
            "(status IN ('ended', 'terminated')) = (ended_on IS NOT NULL)", name="ended_on_if_ended"
        ),
        sa.CheckConstraint(
            "status <> 'terminated' OR end_reason <> ''", name="reason_if_terminated"
        ),
        sa.Index(None, "tenant_id", "status"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one agreement.
    id: Mapped[Id]
    #: Number shown to people, counted within the town.
    number: Mapped[int]
    kind: Mapped[AgreementKind]
    title: Mapped[str]
    #: Each: name, role, contact. The town itself is a party where the text names it.
    parties: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    #: 分野: what it is about, in a word each.
    fields: Mapped[list[str]]
    status: Mapped[AgreementStatus]
    #: None also where it is signed and the day is not documented.
    signed_on: Mapped[dt.date | None]
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    renewal: Mapped[Renewal]
    renewal_months: Mapped[int | None]
    #: How many months before the end one must say that it shall not go on.
    notice_months: Mapped[int | None]
    #: Who answers for it in the town.
    department_id: Mapped[uuid.UUID | None]
    contact: Mapped[str]
    ended_on: Mapped[dt.date | None]
    end_reason: Mapped[str] = mapped_column(server_default="")
    #: Which entry of agreements.toml it came from.
    declared_key: Mapped[str | None]
    #: When the desk first changed it; from then on the declared words no longer count.
    edited_at: Mapped[dt.datetime | None]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str]
    #: All that can be searched, folded as `core.search.search_key` folds it.
    search_key: Mapped[str]

    #: Loaded where a query says so, never by accident.
    clauses: Mapped[list[AgreementClause]] = relationship(
        back_populates="agreement", lazy="raise", order_by="AgreementClause.position"
    )

    @property
    def missing_clauses(self) -> tuple[Clause, ...]:
        """The clauses without which it may not be relied on."""
        return rules.missing_clauses(self.kind, {row.clause: row.state for row in self.clauses})

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Agreement {self.id} {self.kind} {self.status}>"


class AgreementClause(TenantOwned, Model):
    """One clause that this kind of agreement is asked about, and its text."""

    __tablename__ = "agreement_clauses"
    __table_args__ = (
        own_fk("agreement_id", "municipal.agreements"),
        sa.UniqueConstraint("tenant_id", "agreement_id", "clause"),
        sa.CheckConstraint("state <> 'not_needed' OR reason <> ''", name="reason_if_not_needed"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    agreement_id: Mapped[uuid.UUID]
    clause: Mapped[Clause]
    position: Mapped[int]
    state: Mapped[ClauseState]
    text: Mapped[str] = mapped_column(server_default="")
    reason: Mapped[str] = mapped_column(server_default="")

    agreement: Mapped[Agreement] = relationship(back_populates="clauses", lazy="raise")


class AgreementDraft(TenantOwned, Model):
    """One version of the text; none is ever changed."""

    __tablename__ = "agreement_drafts"
    __table_args__ = (
        own_fk("agreement_id", "municipal.agreements"),
        sa.UniqueConstraint("tenant_id", "agreement_id", "version"),
        sa.CheckConstraint("version > 0", name="version_counts_from_one"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    agreement_id: Mapped[uuid.UUID]
    version: Mapped[int]
    #: Markdown.
    content: Mapped[str]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str]


class AgreementProject(TenantOwned, Model):
    """An agreement concerns a project; the project is above us and known by its key only."""

    __tablename__ = "agreement_projects"
    __table_args__ = (
        own_fk("agreement_id", "municipal.agreements"),
        own_fk("project_id", "municipal.projects"),
        sa.Index(None, "tenant_id", "project_id"),
        {"schema": "municipal"},
    )

    agreement_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class AgreementReminder(TenantOwned, Model):
    """Somebody was told once that the end of a term is near."""

    __tablename__ = "agreement_reminders"
    __table_args__ = (
        own_fk("agreement_id", "municipal.agreements"),
        sa.UniqueConstraint("tenant_id", "agreement_id", "ends_on", "threshold"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    agreement_id: Mapped[uuid.UUID]
    #: The end of the term then: after a renewal it counts anew.
    ends_on: Mapped[dt.date]
    #: Days before the end.
    threshold: Mapped[int]
    created_at: Mapped[CreatedAt]
