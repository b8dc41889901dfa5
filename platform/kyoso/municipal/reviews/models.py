"""What the database keeps of a review, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kyoso.core.db import Id, Json, Model, TenantOwned, own_fk
from kyoso.municipal.reviews import rules
from kyoso.municipal.reviews.rules import Recommendation, ReviewState


class ReviewAssignment(TenantOwned, Model):
    """One member of staff asked to review one proposal."""

    __tablename__ = "review_assignments"
    __table_args__ = (
        own_fk("proposal_id", "municipal.proposals"),
        own_fk("membership_id", "identity.memberships"),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_if_withdrawn"
        ),
        sa.Index(
            "uq_review_assignments_open",
            "tenant_id",
            "proposal_id",
            "membership_id",
            unique=True,
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
        sa.Index(None, "tenant_id", "membership_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    proposal_id: Mapped[uuid.UUID]
    membership_id: Mapped[uuid.UUID]
    #: As the reviewer was called when asked.
    reviewer_name: Mapped[str]
    assigned_at: Mapped[dt.datetime]
    assigned_by: Mapped[str]
    #: Until when an answer is hoped for.
    due_on: Mapped[dt.date | None]
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_by: Mapped[str | None]

    review: Mapped[Review] = relationship(back_populates="assignment")


class Review(TenantOwned, Model):
    """What one reviewer thinks; made empty with the assignment."""

    __tablename__ = "reviews"
    __table_args__ = (
        own_fk("assignment_id", "municipal.review_assignments"),
        sa.UniqueConstraint("tenant_id", "assignment_id"),
        sa.CheckConstraint(
            "declared_interest = (declared_at IS NOT NULL)", name="declared_at_if_declared"
        ),
        sa.CheckConstraint(
            "NOT (declared_interest AND submitted_at IS NOT NULL)",
            name="interested_hand_in_nothing",
        ),
        sa.CheckConstraint(
            "NOT declared_interest OR interest_reason <> ''", name="interest_has_reason"
        ),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    assignment_id: Mapped[uuid.UUID]
    #: A whole number for each criterion's key.
    scores: Mapped[Json]
    #: For the town's eyes only.
    note: Mapped[str] = mapped_column(server_default="")
    recommendation: Mapped[Recommendation]
    #: When a draft was last kept.
    saved_at: Mapped[dt.datetime | None]
    #: None while in progress.
    submitted_at: Mapped[dt.datetime | None]
    declared_interest: Mapped[bool] = mapped_column(server_default=sa.false())
    interest_reason: Mapped[str] = mapped_column(server_default="")
    declared_at: Mapped[dt.datetime | None]

    assignment: Mapped[ReviewAssignment] = relationship(back_populates="review")

    @property
    def state(self) -> ReviewState:
        """How far the reviewer is."""
        return rules.state_of(
            submitted=self.submitted_at is not None,
            declared_interest=self.declared_interest,
            begun=self.saved_at is not None,
        )

    @property
    def written(self) -> dict[str, Any]:
        """What the review's form is filled with."""
        scores = {f"score-{key}": score for key, score in self.scores.items()}
        return scores | {"note": self.note, "recommendation": self.recommendation}

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Review {self.id}>"
