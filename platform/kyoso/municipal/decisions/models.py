"""What the database keeps of a decision, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model, TenantOwned, own_fk
from kyoso.municipal.decisions import rules
from kyoso.municipal.decisions.rules import Outcome


class Decision(TenantOwned, Model):
    """One decision on a proposal. It is never overwritten: an undone one stays, with why."""

    __tablename__ = "decisions"
    __table_args__ = (
        own_fk("proposal_id", "municipal.proposals"),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_reason IS NULL)"
            " AND (undone_at IS NULL) = (undone_by IS NULL)",
            name="reason_if_undone",
        ),
        sa.CheckConstraint(
            "(announced_at IS NULL) = (announced_by IS NULL)", name="announced_by_if_announced"
        ),
        sa.CheckConstraint(
            "outcome <> 'adopted_with_conditions' OR conditions <> ''", name="conditions_if_any"
        ),
        sa.CheckConstraint("outcome <> 'declined' OR ground_key <> ''", name="ground_if_declined"),
        sa.Index(
            "uq_decisions_in_force",
            "tenant_id",
            "proposal_id",
            unique=True,
            postgresql_where=sa.text("undone_at IS NULL"),
        ),
        sa.Index(None, "tenant_id", "proposal_id", "id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    proposal_id: Mapped[uuid.UUID]
    outcome: Mapped[Outcome]
    #: Why, as the letter says it.
    grounds: Mapped[str]
    conditions: Mapped[str] = mapped_column(server_default="")
    #: One of the policy's decline_grounds; empty unless declined.
    ground_key: Mapped[str] = mapped_column(server_default="")
    #: The letter as previewed and sent.
    letter_subject: Mapped[str]
    letter_body: Mapped[str]
    #: What the public reads; empty when nothing becomes public.
    public_summary: Mapped[str] = mapped_column(server_default="")
    #: Why it was decided before all reviews were in; empty if they were.
    incomplete_reason: Mapped[str] = mapped_column(server_default="")
    #: The decider as they were called then, and their account.
    decided_by: Mapped[str]
    decided_by_person_id: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime]
    announced_at: Mapped[dt.datetime | None]
    announced_by: Mapped[str | None]
    undone_at: Mapped[dt.datetime | None]
    undone_by: Mapped[str | None]
    undone_reason: Mapped[str | None]

    @property
    def seal(self) -> str:
        """What the preview's button sends back, so that nothing else is sent than was seen."""
        return rules.seal(self.letter_subject, self.letter_body, self.public_summary)

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Decision {self.id} {self.outcome}>"
