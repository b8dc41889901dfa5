"""What the database keeps at the gates. Rows are added and never changed: the last one counts."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.gates.rules import DecisionKind, Recommendation
from kyoso.municipal.projects.rules import ProjectStage


def _of_project(*more: Any) -> tuple[Any, ...]:
    return (
        own_fk("project_id", "municipal.projects"),
        *more,
        sa.Index(None, "tenant_id", "project_id"),
        {"schema": "municipal"},
    )


class Evaluation(TenantOwned, Model):
    """What a pilot showed (評価)."""

    __tablename__ = "evaluations"
    __table_args__ = _of_project()

    #: The id of the form that made it: sending the form twice makes one.
    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    learnt: Mapped[str]
    result: Mapped[str]
    recommendation: Mapped[Recommendation]
    reason: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[CreatedAt]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Evaluation {self.id}>"


class Closing(TenantOwned, Model):
    """What others can learn from a project that ends, and what stays of it (完了)."""

    __tablename__ = "closings"
    __table_args__ = _of_project()

    #: The id of the form that made it: sending the form twice makes one.
    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    lessons: Mapped[str]
    #: Who goes on with what: devices, data, contacts.
    handed_over: Mapped[str]
    #: Whether the lessons may be offered to other towns.
    lessons_offered: Mapped[bool]
    recorded_by: Mapped[str]
    recorded_at: Mapped[CreatedAt]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Closing {self.id}>"


class StageDecision(TenantOwned, Model):
    """What the town decided about a running project, by whom and when (決定の記録)."""

    __tablename__ = "stage_decisions"
    __table_args__ = _of_project()

    #: The id of the form that made it: sending the form twice makes one.
    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    kind: Mapped[DecisionKind]
    grounds: Mapped[str]
    #: The person or the meeting that decided.
    decided_by: Mapped[str]
    decided_on: Mapped[dt.date]
    recorded_by: Mapped[str]
    recorded_at: Mapped[CreatedAt]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<StageDecision {self.id} {self.kind}>"


class StagePassage(TenantOwned, Model):
    """One passing of a gate, with the checklist as it stood."""

    __tablename__ = "stage_passages"
    __table_args__ = _of_project(
        sa.CheckConstraint("cardinality(missing) = 0 OR reason <> ''", name="override_has_reason")
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    from_stage: Mapped[ProjectStage]
    to_stage: Mapped[ProjectStage]
    #: The keys of the conditions that were met, and of those that were not.
    done: Mapped[list[str]]
    missing: Mapped[list[str]]
    #: What exactly was missing, by key.
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Why it went on with something missing.
    reason: Mapped[str]
    passed_by: Mapped[str]
    passed_at: Mapped[CreatedAt]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<StagePassage {self.id} {self.to_stage}>"
