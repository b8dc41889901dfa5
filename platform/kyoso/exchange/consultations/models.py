"""What the database keeps of consultations. Policies say who reads it: see migration 0032."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model, TenantOwned
from kyoso.exchange.consultations.rules import ConsultationStatus


def _in_network(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column, "network_id"],
        ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
    )


def _of_consultation(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["network_id", column], ["exchange.consultations.network_id", "exchange.consultations.id"]
    )


class Consultation(Model):
    """A question put to a network (相談), as its members read it."""

    __tablename__ = "consultations"
    __table_args__ = (
        _in_network("owner_id"),
        sa.Index(None, "network_id", "status"),
        sa.CheckConstraint("town_id = owner_id", name="named_as_its_own"),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_unless_open"),
        {"schema": "exchange"},
    )

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    #: The id of the form that made it.
    id: Mapped[Id]
    #: Whose it is. Written and never read: the application has no right to.
    owner_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("tenancy.tenants.id"), deferred=True, deferred_raiseload=True
    )
    #: Whose it is, where that is said.
    town_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    title: Mapped[str]
    body: Mapped[str]
    tags: Mapped[list[str]]
    status: Mapped[ConsultationStatus]
    asked_at: Mapped[dt.datetime]
    edited_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]
    #: The answer that solved it; it may be gone since, with its town.
    accepted_id: Mapped[uuid.UUID | None]
    #: What came of it, in the words of whoever asked.
    closing_note: Mapped[str] = mapped_column(server_default="")
    #: When the coordinators were asked because nobody answered.
    escalated_at: Mapped[dt.datetime | None]
    #: Networks in which it is hidden; written by moderation only.
    hidden_in: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(sa.Uuid), server_default="{}")

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Consultation {self.id} {self.status}>"


class ConsultationCase(TenantOwned, Model):
    """A consultation as its own town knows it: that it is theirs. The coordinators read it too."""

    __tablename__ = "consultation_cases"
    __table_args__ = (_in_network("tenant_id"), _of_consultation("id"), {"schema": "exchange"})

    #: The consultation's.
    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    #: The person, as they were called then.
    asked_by: Mapped[str]
    #: The draft that was made of it.
    know_how_id: Mapped[uuid.UUID | None]


class ConsultationAnswer(Model):
    """One answer, by a member town, a coordinator, or more from whoever asked (補足)."""

    __tablename__ = "consultation_answers"
    __table_args__ = (
        _in_network("owner_id"),
        _of_consultation("consultation_id"),
        sa.ForeignKeyConstraint(
            ["owner_id", "asker_of"],
            ["exchange.consultation_cases.tenant_id", "exchange.consultation_cases.id"],
        ),
        sa.Index(None, "network_id", "consultation_id"),
        sa.CheckConstraint("asker_of = consultation_id", name="asker_of_this_one"),
        sa.CheckConstraint("town_id = owner_id", name="named_as_its_own"),
        sa.CheckConstraint(
            "owner_id IS NULL OR town_id IS NOT NULL OR asker_of IS NOT NULL AND author_name = ''",
            name="named_unless_asker",
        ),
        sa.CheckConstraint(
            "owner_id IS NOT NULL OR town_id IS NULL AND asker_of IS NULL",
            name="coordinators_are_in_no_town",
        ),
        sa.CheckConstraint("withdrawn_at IS NULL OR body = ''", name="withdrawn_is_erased"),
        {"schema": "exchange"},
    )

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    #: The id of the form that made it.
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID]
    #: Whose it is; None for a coordinator's. Written and never read, as above.
    owner_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("tenancy.tenants.id"), deferred=True, deferred_raiseload=True
    )
    #: Whose it is; None for a coordinator's, and for that of a town which asked without its name.
    town_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    #: The consultation again, where whoever asked writes; a key lets nobody else.
    asker_of: Mapped[uuid.UUID | None]
    author_name: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str]
    at: Mapped[dt.datetime]
    edited_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]
    #: When its town left the network.
    taken_down_at: Mapped[dt.datetime | None]
    hidden_in: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(sa.Uuid), server_default="{}")

    @property
    def by_asker(self) -> bool:
        """Tell whether it is more from whoever asked."""
        return self.asker_of is not None

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<ConsultationAnswer {self.id}>"


class ConsultationFollow(TenantOwned, Model):
    """Somebody of a town hears of answers to a consultation; which ones they heard of."""

    __tablename__ = "consultation_follows"
    __table_args__ = (
        _of_consultation("consultation_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["identity.memberships.tenant_id", "identity.memberships.id"],
        ),
        sa.UniqueConstraint("tenant_id", "consultation_id", "membership_id"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    consultation_id: Mapped[uuid.UUID]
    membership_id: Mapped[uuid.UUID]
    told: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(sa.Uuid), server_default="{}")
    ended_at: Mapped[dt.datetime | None]
