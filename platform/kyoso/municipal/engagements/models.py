"""What the database keeps of an engagement, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Json, Model, TenantOwned, own_fk
from kyoso.municipal.engagements.rules import (
    AgreedBy,
    ContractKind,
    EngagementStatus,
)
from kyoso.municipal.talent_programmes.rules import PayUnit, Terms
from kyoso.municipal.talents.rules import WorkMode


class Engagement(TenantOwned, Model):
    """A person's role in a department for a period (関与), from the offer to its end.

    The row belongs to the town; the person reads their own in every town, and answers them.
    What the person must read and may not look up (the department, who is responsible, the
    project) is repeated by its name.
    """

    __tablename__ = "engagements"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "talent_id", "person_id"],
            [
                "municipal.talents.tenant_id",
                "municipal.talents.id",
                "municipal.talents.person_id",
            ],
        ),
        own_fk("department_id", "tenancy.departments"),
        own_fk("project_id", "municipal.projects"),
        own_fk("agreement_id", "municipal.agreements"),
        own_fk("responsible_membership_id", "identity.memberships"),
        own_fk("renews_id", "municipal.engagements"),
        # What is tied to an engagement and is about its person points at both.
        sa.UniqueConstraint("tenant_id", "id", "person_id"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint("hours_a_month BETWEEN 1 AND 744", name="hours_fit_a_month"),
        sa.CheckConstraint("days_a_month BETWEEN 1 AND 31", name="days_fit_a_month"),
        sa.CheckConstraint("in_town_days BETWEEN 0 AND 31", name="days_in_town_fit_a_month"),
        sa.CheckConstraint("pay_yen >= 0 AND travel_yen_a_year >= 0", name="no_negative_yen"),
        sa.CheckConstraint("(pay_unit = 'none') = (pay_yen = 0)", name="pay_if_paid"),
        sa.CheckConstraint(
            "contract_kind <> 'pro_bono' OR pay_unit = 'none'", name="pro_bono_is_unpaid"
        ),
        sa.CheckConstraint("check_in_days BETWEEN 7 AND 365", name="check_ins_have_a_rhythm"),
        sa.CheckConstraint(
            "agreed_by <> 'paper' OR agreement_id IS NOT NULL OR paper_note <> ''",
            name="paper_is_named",
        ),
        sa.CheckConstraint(
            "CASE status WHEN 'offered' THEN answered_at IS NULL"
            " WHEN 'withdrawn' THEN true ELSE answered_at IS NOT NULL END",
            name="answered_at_if_answered",
        ),
        sa.CheckConstraint(
            "(status IN ('ended', 'withdrawn')) = (ended_at IS NOT NULL)", name="ended_at_if_ended"
        ),
        sa.Index(None, "tenant_id", "status", "ends_on"),
        sa.Index(None, "tenant_id", "talent_id"),
        sa.Index(None, "person_id"),
        sa.Index(
            "uq_engagements_renewal",
            "tenant_id",
            "renews_id",
            unique=True,
            postgresql_where=sa.text("status IN ('offered', 'active', 'ended')"),
        ),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one engagement.
    id: Mapped[Id]
    talent_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    #: As the town called the person when it offered.
    person_name: Mapped[str]
    #: One of the town's roles: 地域活性化起業人, アドバイザー …
    role: Mapped[str]
    #: What the person is called beside it, if anything.
    title: Mapped[str] = mapped_column(server_default="")
    department_id: Mapped[uuid.UUID]
    department_name: Mapped[str]
    project_id: Mapped[uuid.UUID | None]
    project_title: Mapped[str] = mapped_column(server_default="")
    contract_kind: Mapped[ContractKind]
    #: Key of the programme of the state (制度) it is held under; see rules.TalentProgramme.
    programme: Mapped[str | None]
    #: The firm that sends the person; "" for nobody's employee.
    employer: Mapped[str] = mapped_column(server_default="")
    starts_on: Mapped[dt.date]
    #: The last day; an early end brings it forward.
    ends_on: Mapped[dt.date]
    #: The last day as it was agreed, where it ended early.
    agreed_ends_on: Mapped[dt.date | None]
    hours_a_month: Mapped[int]
    days_a_month: Mapped[int | None]
    in_town_days: Mapped[int | None]
    mode: Mapped[WorkMode]
    place: Mapped[str] = mapped_column(server_default="")
    #: What it is for: what both sides will mean.
    purpose: Mapped[str]
    pay_unit: Mapped[PayUnit]
    pay_yen: Mapped[int] = mapped_column(server_default="0")
    travel_yen_a_year: Mapped[int] = mapped_column(server_default="0")
    responsible_membership_id: Mapped[uuid.UUID]
    responsible_name: Mapped[str]
    agreement_id: Mapped[uuid.UUID | None]
    agreement_title: Mapped[str] = mapped_column(server_default="")
    #: After how many days without a check-in (すり合わせ) somebody has to act.
    check_in_days: Mapped[int] = mapped_column(server_default="30")
    public_servant: Mapped[bool] = mapped_column(server_default="false")
    #: Who permitted a public servant to do it, and when.
    permit_by: Mapped[str] = mapped_column(server_default="")
    permit_on: Mapped[dt.date | None]
    #: Rules of the programme that it misses: key → sentence, reason, by, on (a day in ISO 8601).
    overrides: Mapped[Json]
    status: Mapped[EngagementStatus]
    offered_at: Mapped[dt.datetime]
    agreed_by: Mapped[AgreedBy]
    #: Which signed paper says so, where there is no agreement in the register.
    paper_note: Mapped[str] = mapped_column(server_default="")
    answered_at: Mapped[dt.datetime | None]
    #: What the person said when declining.
    answer_note: Mapped[str] = mapped_column(server_default="")
    ended_at: Mapped[dt.datetime | None]
    #: Why it was withdrawn or ended.
    end_reason: Mapped[str] = mapped_column(server_default="")
    renews_id: Mapped[uuid.UUID | None]
    #: Counts the changes: nobody accepts other words than they read.
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
    #: Name of whoever offered, as they were called then.
    created_by: Mapped[str]

    @property
    def terms(self) -> Terms:
        """What both sides agree on, as rules ask about it."""
        return Terms(**{name: getattr(self, name) for name in Terms.__slots__})

    @property
    def exceptions(self) -> list[dict[str, Any]]:
        """Every rule that it misses: sentence, reason, by, on."""
        return [
            {**said, "on": dt.date.fromisoformat(said["on"])} for said in self.overrides.values()
        ]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Engagement {self.id} {self.status}>"
