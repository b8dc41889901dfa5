"""What the database keeps of a town's intake: policies and guidelines by version, windows, pauses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned
from kyoso.municipal.intake.rules import Span, Stance, WindowKind


class IntakePolicy(TenantOwned, Model):
    """The policy (受付方針) from a day on. A later version follows it; none is ever removed."""

    __tablename__ = "intake_policies"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "effective_on"),
        sa.CheckConstraint("answer_within_days > 0", name="answer_takes_a_day"),
        sa.CheckConstraint("reviewers_needed > 0", name="somebody_reviews"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    effective_on: Mapped[dt.date]
    stance: Mapped[Stance]
    answer_within_days: Mapped[int]
    reviewers_needed: Mapped[int]
    #: Who may propose: individual, company, group.
    proposer_kinds: Mapped[list[str]]
    #: Whose merit the form asks for: proposer, residents, town.
    merit_asked_for: Mapped[list[str]]
    #: Each {key, label, label_en?, hint?, hint_en?, weight, max}.
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    #: Each {key, label, label_en?, hint?, hint_en?}.
    decline_grounds: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    window_kind: Mapped[WindowKind]
    #: Days of the month, for monthly windows; None is the first and the last.
    month_opens_day: Mapped[int | None]
    month_closes_day: Mapped[int | None]
    #: Where it was declared.
    source_note: Mapped[str]
    created_at: Mapped[CreatedAt]

    def __repr__(self) -> str:
        """Name the row."""
        return f"<IntakePolicy {self.effective_on} {self.stance}>"


class IntakeWindow(TenantOwned, Model):
    """A time (受付期間) in which the town takes proposals in."""

    __tablename__ = "intake_windows"
    __table_args__ = (
        sa.CheckConstraint("closes_on >= opens_on", name="closes_after_it_opens"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_if_ended"),
        sa.Index(None, "tenant_id", "opens_on"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    opens_on: Mapped[dt.date]
    closes_on: Mapped[dt.date | None]
    label: Mapped[str]
    #: From the town's folder; else added at the desk.
    declared: Mapped[bool]
    added_by: Mapped[str]
    created_at: Mapped[CreatedAt]
    #: Ended by hand, whatever its days say.
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None]

    @property
    def span(self) -> Span:
        """Its days."""
        return Span(self.opens_on, self.closes_on)


class IntakePause(TenantOwned, Model):
    """A time (休止) in which the town takes nothing in, and why."""

    __tablename__ = "intake_pauses"
    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_if_lifted"),
        sa.Index(None, "tenant_id", "starts_on"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date | None]
    #: Shown on the portal.
    reason: Mapped[str]
    paused_by: Mapped[str]
    created_at: Mapped[CreatedAt]
    lifted_at: Mapped[dt.datetime | None]
    lifted_by: Mapped[str | None]

    @property
    def span(self) -> Span:
        """Its days and why."""
        return Span(self.starts_on, self.ends_on, self.reason)


class Guideline(TenantOwned, Model):
    """The guideline (ガイドライン) from a day on, in Japanese and perhaps in English."""

    __tablename__ = "guidelines"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "effective_on"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    effective_on: Mapped[dt.date]
    title: Mapped[str]
    #: Markdown.
    body: Mapped[str]
    title_en: Mapped[str | None]
    body_en: Mapped[str | None]
    created_at: Mapped[CreatedAt]
