"""What the database keeps of moderation. Policies say who reads it: see migration 0036."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model, TenantOwned
from kyoso.exchange.moderation.rules import Ground, ReportStatus


class ItemReport(TenantOwned, Model):
    """Somebody of a member town says that something should not be there (通報).

    Read by that town and by the coordinators of the network, not by whom it is about.
    """

    __tablename__ = "item_reports"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "network_id"],
            ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
        ),
        sa.Index(None, "network_id", "status"),
        sa.CheckConstraint(
            "(status = 'open') = (answered_at IS NULL)", name="answered_if_not_open"
        ),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    #: A `finding.Kind`.
    kind: Mapped[int] = mapped_column(sa.SmallInteger)
    item_id: Mapped[uuid.UUID]
    #: What the reporter saw: the coordinator sees nothing else of it.
    title: Mapped[str]
    excerpt: Mapped[str]
    ground: Mapped[Ground]
    words: Mapped[str]
    reported_by: Mapped[str]
    reported_at: Mapped[dt.datetime]
    status: Mapped[ReportStatus]
    #: What the coordinator said to it.
    answer: Mapped[str] = mapped_column(server_default="")
    answered_by: Mapped[str] = mapped_column(server_default="")
    answered_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<ItemReport {self.id} {self.status}>"


class Hiding(Model):
    """Something is hidden in a network, by its coordinator or its own town; for a reason.

    Written by functions of the database only. The coordinator does not learn whose it is: the
    application may not read `owner_id`, so it is never loaded.
    """

    __tablename__ = "hidings"
    __table_args__ = (
        sa.Index(None, "owner_id", "kind", "item_id"),
        sa.Index(None, "network_id"),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by = '')", name="lifted_by_somebody"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    owner_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("tenancy.tenants.id"), deferred=True, deferred_raiseload=True
    )
    network_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("exchange.networks.id"))
    kind: Mapped[int] = mapped_column(sa.SmallInteger)
    item_id: Mapped[uuid.UUID]
    title: Mapped[str]
    reason: Mapped[str]
    by_coordinator: Mapped[bool]
    hidden_by: Mapped[str]
    hidden_at: Mapped[dt.datetime]
    lifted_at: Mapped[dt.datetime | None]
    lifted_by: Mapped[str] = mapped_column(server_default="")
