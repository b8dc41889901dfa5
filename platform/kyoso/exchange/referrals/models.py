"""What the database keeps of referrals. Policies say who reads it: see migration 0035."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Json, Model, TenantOwned, own_fk
from kyoso.exchange.referrals.rules import OfferStatus, ReferralStatus


def _in_network(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column, "network_id"],
        ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
    )


class ReferralOffer(TenantOwned, Model):
    """The first town's question to the proposer, for one other town, and the answer."""

    __tablename__ = "referral_offers"
    __table_args__ = (
        own_fk("proposal_id", "municipal.proposals"),
        _in_network("tenant_id"),
        _in_network("other_tenant_id"),
        sa.CheckConstraint("tenant_id <> other_tenant_id", name="to_another_town"),
        sa.CheckConstraint("(status = 'asked') = (answered_at IS NULL)", name="answered_at_if_so"),
        sa.CheckConstraint(
            "status <> 'consented' OR cardinality(parts) > 0 AND wording IS NOT NULL",
            name="consent_says_to_what",
        ),
        sa.Index(
            "uq_referral_offers_live",
            "tenant_id",
            "proposal_id",
            "other_tenant_id",
            unique=True,
            postgresql_where=sa.text("status = 'asked'"),
        ),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    proposal_id: Mapped[uuid.UUID]
    network_id: Mapped[uuid.UUID]
    other_tenant_id: Mapped[uuid.UUID]
    #: Why the first town thinks of that town, in words to the proposer.
    words: Mapped[str] = mapped_column(server_default="")
    status: Mapped[OfferStatus]
    asked_by: Mapped[str]
    asked_at: Mapped[dt.datetime]
    #: To what the proposer consented, and in the words of which version.
    parts: Mapped[list[str]] = mapped_column(server_default="{}")
    wording: Mapped[str | None]
    answered_at: Mapped[dt.datetime | None]
    #: The status of the referral that was last acted upon here: each once, also if a job runs twice.
    settled: Mapped[ReferralStatus | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<ReferralOffer {self.id} {self.status}>"


class Referral(TenantOwned, Model):
    """What two towns see of a referral (紹介): where it stands. It has the id of its offer."""

    __tablename__ = "referrals"
    __table_args__ = (
        own_fk("id", "exchange.referral_offers"),
        _in_network("tenant_id"),
        _in_network("other_tenant_id"),
        sa.CheckConstraint("tenant_id <> other_tenant_id", name="to_another_town"),
        sa.CheckConstraint(
            "(status = 'offered') = (answered_at IS NULL)", name="answered_at_if_so"
        ),
        sa.Index(None, "other_tenant_id", "status"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    other_tenant_id: Mapped[uuid.UUID]
    status: Mapped[ReferralStatus]
    parts: Mapped[list[str]]
    offered_at: Mapped[dt.datetime]
    lapses_on: Mapped[dt.date]
    answered_at: Mapped[dt.datetime | None]
    #: The other town's words to the proposer where it declined.
    answer: Mapped[str] = mapped_column(server_default="")

    def __repr__(self) -> str:
        """Name the row."""
        return f"<Referral {self.id} {self.status}>"


class ReferralContent(TenantOwned, Model):
    """What was consented, lent to the other town until it answers."""

    __tablename__ = "referral_contents"
    __table_args__ = (own_fk("id", "exchange.referrals"), {"schema": "exchange"})

    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    other_tenant_id: Mapped[uuid.UUID]
    #: Parts of the proposal by name, and the proposer's kind, name, address and language.
    content: Mapped[Json]
    erased_at: Mapped[dt.datetime | None]


class ReferralFile(TenantOwned, Model):
    """One file that was consented to, lent as above."""

    __tablename__ = "referral_files"
    __table_args__ = (
        own_fk("referral_id", "exchange.referrals"),
        sa.Index(None, "tenant_id", "referral_id"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    other_tenant_id: Mapped[uuid.UUID]
    referral_id: Mapped[uuid.UUID]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    bytes: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    erased_at: Mapped[dt.datetime | None]


class ReferralIntake(TenantOwned, Model):
    """What the other town keeps of a referral, for itself; it has the referral's id."""

    __tablename__ = "referral_intakes"
    __table_args__ = (
        own_fk("proposal_id", "municipal.proposals"),
        sa.UniqueConstraint("tenant_id", "proposal_id"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    from_tenant_id: Mapped[uuid.UUID]
    #: Its own proposal that came of it.
    proposal_id: Mapped[uuid.UUID | None]
    handled_by: Mapped[str] = mapped_column(server_default="")
    #: The status of which its people were told last.
    told: Mapped[ReferralStatus]
