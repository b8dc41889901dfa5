"""What the database keeps of check-ins. Its policies (migration 0026) keep either side's answer
from the other until both are there; only the function `municipal.reveal_check_in` opens them.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model, TenantOwned, own_fk
from kyoso.municipal.check_ins.rules import ActionKind, Origin, Side


def _of_person(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return the key to a row of the same town that is about the same person."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", column, "person_id"],
        [f"{table}.tenant_id", f"{table}.id", f"{table}.person_id"],
    )


class CheckIn(TenantOwned, Model):
    """One time that both sides of an engagement are asked (すり合わせ)."""

    __tablename__ = "check_ins"
    __table_args__ = (
        _of_person("engagement_id", "municipal.engagements"),
        sa.UniqueConstraint("tenant_id", "id", "person_id"),
        sa.CheckConstraint(
            "(revealed_at IS NULL) = (largest_gap IS NULL)", name="compared_if_revealed"
        ),
        sa.CheckConstraint(
            "revealed_at IS NULL OR"
            " (town_answered_at IS NOT NULL AND person_answered_at IS NOT NULL)",
            name="revealed_if_both_answered",
        ),
        sa.CheckConstraint("revealed_at IS NULL OR cancelled_at IS NULL", name="one_end"),
        sa.CheckConstraint("largest_gap BETWEEN 0 AND 4", name="gap_fits_the_scale"),
        sa.Index(None, "person_id"),
        sa.Index(None, "tenant_id", "engagement_id", "revealed_at"),
        # Two that are opened at the same moment are one.
        sa.Index(
            "uq_check_ins_open",
            "tenant_id",
            "engagement_id",
            unique=True,
            postgresql_where=sa.text("revealed_at IS NULL AND cancelled_at IS NULL"),
        ),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    engagement_id: Mapped[uuid.UUID]
    #: Repeated from the engagement, so that the person's policy needs no look into it.
    person_id: Mapped[uuid.UUID]
    origin: Mapped[Origin]
    #: Name of whoever opened it; "" when the rhythm did.
    opened_by: Mapped[str] = mapped_column(server_default="")
    opened_at: Mapped[dt.datetime]
    reminded_at: Mapped[dt.datetime | None]
    #: Written by the function alone, as the next three are.
    town_answered_at: Mapped[dt.datetime | None]
    person_answered_at: Mapped[dt.datetime | None]
    revealed_at: Mapped[dt.datetime | None]
    #: The largest distance between the two sides in one question.
    largest_gap: Mapped[int | None]
    #: When the engagement ended before both had answered.
    cancelled_at: Mapped[dt.datetime | None]

    @property
    def is_open(self) -> bool:
        """Whether an answer is still awaited."""
        return self.revealed_at is None and self.cancelled_at is None


class CheckInAnswer(TenantOwned, Model):
    """What one side answered. The other side cannot read the row before it is revealed."""

    __tablename__ = "check_in_answers"
    __table_args__ = (
        _of_person("check_in_id", "municipal.check_ins"),
        sa.UniqueConstraint("tenant_id", "check_in_id", "side"),
        sa.CheckConstraint("side IN ('town', 'person')", name="side_is_known"),
        sa.CheckConstraint(
            "purpose BETWEEN 1 AND 5 AND expectation BETWEEN 1 AND 5"
            " AND communication BETWEEN 1 AND 5",
            name="on_the_scale",
        ),
        sa.Index(None, "person_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    check_in_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    side: Mapped[Side]
    purpose: Mapped[int]
    expectation: Mapped[int]
    communication: Mapped[int]
    comment: Mapped[str] = mapped_column(server_default="")
    answered_by: Mapped[str]
    answered_at: Mapped[dt.datetime]
    revealed_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<CheckInAnswer {self.id}>"


class CheckInNote(TenantOwned, Model):
    """What one side noted, for both or for itself alone."""

    __tablename__ = "check_in_notes"
    __table_args__ = (
        _of_person("check_in_id", "municipal.check_ins"),
        sa.CheckConstraint("side IN ('town', 'person')", name="side_is_known"),
        sa.Index(None, "tenant_id", "check_in_id"),
        sa.Index(None, "person_id"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one note.
    id: Mapped[Id]
    check_in_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    side: Mapped[Side]
    #: Otherwise only its own side reads it.
    shared: Mapped[bool]
    text: Mapped[str]
    written_by: Mapped[str]
    written_at: Mapped[dt.datetime]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<CheckInNote {self.id}>"


class CheckInTopic(TenantOwned, Model):
    """What the two want to talk about, and what they decided. It belongs to the engagement:
    what is not decided comes up at the next check-in by itself.
    """

    __tablename__ = "check_in_topics"
    __table_args__ = (
        _of_person("engagement_id", "municipal.engagements"),
        _of_person("check_in_id", "municipal.check_ins"),
        sa.CheckConstraint("side IN ('town', 'person')", name="side_is_known"),
        sa.CheckConstraint("decided_side IN ('town', 'person')", name="decided_side_is_known"),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decision = '') AND (decided_at IS NULL) = (decided_by = '')"
            " AND (decided_at IS NULL) = (decided_side IS NULL)",
            name="decision_has_name_and_date",
        ),
        sa.Index(None, "tenant_id", "engagement_id"),
        sa.Index(None, "person_id"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one topic.
    id: Mapped[Id]
    engagement_id: Mapped[uuid.UUID]
    #: The check-in at which it came up.
    check_in_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    side: Mapped[Side]
    text: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[dt.datetime]
    decision: Mapped[str] = mapped_column(server_default="")
    decided_by: Mapped[str] = mapped_column(server_default="")
    decided_side: Mapped[Side | None]
    decided_at: Mapped[dt.datetime | None]


class CheckInAction(TenantOwned, Model):
    """Something the responsible member has to see to (対応事項), until it is closed. The town's."""

    __tablename__ = "check_in_actions"
    __table_args__ = (
        own_fk("engagement_id", "municipal.engagements"),
        own_fk("check_in_id", "municipal.check_ins"),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (done = '') AND (closed_at IS NULL) = (closed_by = '')",
            name="closed_with_what_was_done",
        ),
        sa.CheckConstraint("(kind = 'gap') = (check_in_id IS NOT NULL)", name="gap_of_a_check_in"),
        sa.Index(None, "tenant_id", "engagement_id"),
        # Jobs may run twice.
        sa.Index("uq_check_in_actions_gap", "tenant_id", "check_in_id", unique=True),
        sa.Index(
            "uq_check_in_actions_overdue",
            "tenant_id",
            "engagement_id",
            unique=True,
            postgresql_where=sa.text("kind = 'overdue' AND closed_at IS NULL"),
        ),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    engagement_id: Mapped[uuid.UUID]
    kind: Mapped[ActionKind]
    #: The check-in whose answers are apart.
    check_in_id: Mapped[uuid.UUID | None]
    raised_at: Mapped[dt.datetime]
    done: Mapped[str] = mapped_column(server_default="")
    closed_by: Mapped[str] = mapped_column(server_default="")
    closed_at: Mapped[dt.datetime | None]
