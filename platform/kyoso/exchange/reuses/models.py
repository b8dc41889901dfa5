"""What the database keeps of reuses. Policies say who reads it: see migration 0031."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model, TenantOwned, own_fk
from kyoso.exchange.reuses.rules import Outcome


class Reuse(TenantOwned, Model):
    """Our town uses another's know-how (活用記録)."""

    __tablename__ = "reuses"
    __table_args__ = (
        own_fk("know_how_id", "exchange.know_how"),
        sa.UniqueConstraint("tenant_id", "know_how_id"),
        sa.Index(None, "tenant_id", "origin_id"),
        sa.CheckConstraint("(reported_at IS NULL) = (outcome IS NULL)", name="outcome_if_reported"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    #: Our copy.
    know_how_id: Mapped[uuid.UUID]
    origin_id: Mapped[uuid.UUID]
    origin_title: Mapped[str]
    #: The town's name; empty where it did not give it.
    origin_town: Mapped[str] = mapped_column(server_default="")
    #: The version that we know, and its text: what a newer one is compared with.
    origin_version: Mapped[int]
    origin_body: Mapped[str] = mapped_column(server_default="")
    #: The newest version that we were told of.
    told_version: Mapped[int]
    #: Through which network; None for what everybody may read.
    network_id: Mapped[uuid.UUID | None]
    borrowed_by: Mapped[str]
    person_id: Mapped[uuid.UUID | None]
    borrowed_at: Mapped[dt.datetime]
    #: From this day on we are asked what came of it.
    ask_on: Mapped[dt.date]
    asked_at: Mapped[dt.datetime | None]
    outcome: Mapped[Outcome | None]
    changes: Mapped[str] = mapped_column(server_default="", default="")
    result: Mapped[str] = mapped_column(server_default="", default="")
    thanks: Mapped[str] = mapped_column(server_default="", default="")
    reported_at: Mapped[dt.datetime | None]
    reported_by: Mapped[str] = mapped_column(server_default="", default="")
    #: When we left the network.
    ended_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Reuse {self.id}>"


class ReceivedReuse(TenantOwned, Model):
    """Another town uses our know-how; written by functions of the database only."""

    __tablename__ = "received_reuses"
    __table_args__ = (
        own_fk("know_how_id", "exchange.know_how"),
        sa.Index(None, "tenant_id", "know_how_id"),
        sa.Index(None, "by_tenant_id"),
        sa.CheckConstraint("(ended_at IS NULL) = (by_tenant_id IS NOT NULL)", name="name_if_ended"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    know_how_id: Mapped[uuid.UUID]
    network_id: Mapped[uuid.UUID | None]
    #: None when one of the two left: then only the name stays.
    by_tenant_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    town_name: Mapped[str]
    version: Mapped[int]
    borrowed_at: Mapped[dt.datetime]
    outcome: Mapped[Outcome | None]
    changes: Mapped[str] = mapped_column(server_default="")
    result: Mapped[str] = mapped_column(server_default="")
    thanks: Mapped[str] = mapped_column(server_default="")
    reported_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
