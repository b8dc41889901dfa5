"""What the database keeps of networks. Policies say who reads it: see migration 0029."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.exchange.networks.rules import MemberStatus


class Network(Model):
    """Towns under one agreement (広域・共創ネットワーク). That it exists is public."""

    __tablename__ = "networks"
    __table_args__ = (
        sa.UniqueConstraint("slug"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("id", "founded_by"),
        sa.CheckConstraint("number < 262144", name="number_is_small"),
        sa.CheckConstraint("slug ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'", name="slug_fits_an_address"),
        sa.CheckConstraint("notice_months BETWEEN 0 AND 60", name="notice_is_sensible"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    #: A small number that stands for the network in the tokens of its search.
    number: Mapped[int] = mapped_column(sa.Identity(always=True))
    slug: Mapped[str]
    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="")
    agreement_title: Mapped[str]
    agreement_signed_on: Mapped[dt.date | None]
    #: The names of those who signed, also of those that are not on this platform.
    parties: Mapped[list[str]]
    #: How many months before it leaves a town must say so.
    notice_months: Mapped[int]
    founded_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    created_at: Mapped[CreatedAt]
    #: The first day on which nobody is a member any more.
    closed_on: Mapped[dt.date | None]
    #: Why it is closed, as all its members were told.
    closing_reason: Mapped[str] = mapped_column(server_default="")

    def __repr__(self) -> str:
        """Name the row."""
        return f"<Network {self.slug}>"


class NetworkMember(TenantOwned, Model):
    """What one town is in one network: invited, a member, suspended, gone. One row for ever."""

    __tablename__ = "network_members"
    __table_args__ = (
        own_fk("agreement_id", "municipal.agreements"),
        sa.ForeignKeyConstraint(
            ["founder_of", "tenant_id"], ["exchange.networks.id", "exchange.networks.founded_by"]
        ),
        sa.UniqueConstraint("tenant_id", "network_id"),
        sa.Index(None, "network_id"),
        sa.CheckConstraint("founder_of = network_id", name="founder_of_this_one"),
        sa.CheckConstraint(
            "status NOT IN ('active', 'suspended', 'left') OR joined_on IS NOT NULL",
            name="joined_if_member",
        ),
        sa.CheckConstraint("(notice_on IS NULL) = (left_on IS NULL)", name="leaves_with_notice"),
        sa.CheckConstraint("left_on >= notice_on", name="leaves_after_notice"),
        sa.CheckConstraint("status <> 'left' OR left_on IS NOT NULL", name="day_if_left"),
        sa.CheckConstraint(
            "(status = 'suspended') = (suspended_on IS NOT NULL)", name="day_if_suspended"
        ),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    network_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("exchange.networks.id"))
    #: Repeats the network where this town founded it: only then no invitation is needed.
    founder_of: Mapped[uuid.UUID | None]
    status: Mapped[MemberStatus]
    invited_at: Mapped[dt.datetime | None]
    #: Who invited, and for which town, in words.
    invited_by: Mapped[str] = mapped_column(server_default="")
    message: Mapped[str] = mapped_column(server_default="")
    #: The rules of the network as they were when the town was invited: what it agrees to.
    rules_version: Mapped[int | None]
    rules_text: Mapped[str] = mapped_column(server_default="")
    answered_at: Mapped[dt.datetime | None]
    answered_by: Mapped[str] = mapped_column(server_default="")
    joined_on: Mapped[dt.date | None]
    #: The day on which the town gave notice.
    notice_on: Mapped[dt.date | None]
    #: The first day on which the town is no member any more; perhaps still to come.
    left_on: Mapped[dt.date | None]
    leave_reason: Mapped[str] = mapped_column(server_default="")
    suspended_on: Mapped[dt.date | None]
    suspension_reason: Mapped[str] = mapped_column(server_default="")
    #: The town's own record of the agreement.
    agreement_id: Mapped[uuid.UUID | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<NetworkMember {self.id} {self.status}>"


class NetworkRules(Model):
    """One version of what the members agreed on for their exchange (ネットワークの決まり)."""

    __tablename__ = "network_rules"
    __table_args__ = (
        sa.UniqueConstraint("network_id", "version"),
        sa.CheckConstraint("version > 0", name="counts_from_one"),
        {"schema": "exchange"},
    )

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    id: Mapped[Id]
    version: Mapped[int]
    #: Markdown.
    content: Mapped[str]
    #: What changed, and why.
    note: Mapped[str] = mapped_column(server_default="")
    written_by: Mapped[str]
    written_at: Mapped[dt.datetime]
