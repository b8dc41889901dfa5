"""What the database keeps of the monthly letter. Policies say who reads it: see migration 0039."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model, TenantOwned


class LetterSetting(Model):
    """Whether a network has a monthly letter, and the metrics in it; its coordinators choose."""

    __tablename__ = "letter_settings"
    __table_args__ = ({"schema": "joint_metrics"},)

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    is_on: Mapped[bool]
    metric_ids: Mapped[list[str]] = mapped_column(server_default=sa.text("'{}'"))
    changed_at: Mapped[dt.datetime]

    def __repr__(self) -> str:
        """Name the row."""
        return f"<LetterSetting {self.network_id}>"


class LetterAddress(TenantOwned, Model):
    """Where a town wants a network's letter to go: its mayor's office. Nobody else reads it."""

    __tablename__ = "letter_addresses"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "network_id"],
            ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
        ),
        sa.Index(
            "uq_letter_addresses_current",
            "tenant_id",
            "network_id",
            "email",
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
        sa.CheckConstraint("(removed_at IS NULL) = (email <> '')", name="no_address_if_removed"),
        {"schema": "joint_metrics"},
    )

    #: The id of the form that registered it: sending the form twice makes one.
    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    #: The office: 町長室.
    label: Mapped[str]
    #: Empty once it is removed.
    email: Mapped[str]
    language: Mapped[str]
    registered_by: Mapped[str]
    registered_at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<LetterAddress {self.id}>"


class Letter(Model):
    """That a month's letter was written to an address or a coordinator: once over all towns."""

    __tablename__ = "letters"
    __table_args__ = ({"schema": "joint_metrics"},)

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    #: The id of a town's address, or of a coordinator.
    recipient_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    #: The town whose mail it is.
    by_tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    written_at: Mapped[dt.datetime]

    def __repr__(self) -> str:
        """Name the row."""
        return f"<Letter {self.network_id} {self.month}>"
