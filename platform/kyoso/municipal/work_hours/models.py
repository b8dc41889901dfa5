"""What the database keeps of worked hours, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned
from kyoso.municipal.work_hours.rules import Said


def _whole_steps(column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        f"{column} BETWEEN 0 AND 1440 AND {column} % 15 = 0", name=f"{column}_in_steps_of_a_day"
    )


class WorkHours(TenantOwned, Model):
    """The hours (働いた時間) of one person for one engagement on one day.

    The row belongs to the town, which reads it; only the person writes it. Hours that were
    taken back are a row of 0 minutes: nothing is deleted.
    """

    __tablename__ = "work_hours"
    __table_args__ = (
        # An engagement of this town and of this person: a key past the policies, see 0005.
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id", "person_id"],
            [
                "municipal.engagements.tenant_id",
                "municipal.engagements.id",
                "municipal.engagements.person_id",
            ],
        ),
        sa.UniqueConstraint("tenant_id", "engagement_id", "worked_on"),
        # What a correction points at.
        sa.UniqueConstraint("tenant_id", "id", "person_id"),
        _whole_steps("minutes"),
        sa.CheckConstraint(
            "minutes > 0 OR (NOT in_town AND note = '')", name="mark_and_note_with_hours"
        ),
        sa.Index(None, "tenant_id", "worked_on"),
        sa.Index(None, "person_id", "worked_on"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    engagement_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    worked_on: Mapped[dt.date]
    minutes: Mapped[int]
    #: Whether the person was in the town on that day.
    in_town: Mapped[bool]
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[dt.datetime]

    @property
    def said(self) -> Said:
        """What the row says, as the rules compare it."""
        return Said(self.minutes, self.in_town, self.note)

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<WorkHours {self.id} {self.worked_on}>"


class HoursCorrection(TenantOwned, Model):
    """What a day said before it was changed after its month had ended (訂正). It can only grow."""

    __tablename__ = "work_hours_corrections"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "work_hours_id", "person_id"],
            [
                "municipal.work_hours.tenant_id",
                "municipal.work_hours.id",
                "municipal.work_hours.person_id",
            ],
        ),
        _whole_steps("minutes_before"),
        _whole_steps("minutes_after"),
        sa.Index(None, "tenant_id", "work_hours_id"),
        sa.Index(None, "person_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    work_hours_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    minutes_before: Mapped[int]
    in_town_before: Mapped[bool]
    note_before: Mapped[str] = mapped_column(server_default="")
    minutes_after: Mapped[int]
    in_town_after: Mapped[bool]
    note_after: Mapped[str] = mapped_column(server_default="")
    at: Mapped[dt.datetime]
