"""What the database keeps of listed needs. Policies say who reads it: see migration 0033."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model, TenantOwned, own_fk
from kyoso.exchange.listed_needs.rules import ListedNeedStatus
from kyoso.identity.profiles.rules import WorkMode

NONE = sa.text("'{}'")


class ListedNeed(TenantOwned, Model):
    """A need that its town shows to one network, as it stands in the town's own record."""

    __tablename__ = "listed_needs"
    __table_args__ = (
        own_fk("need_id", "municipal.needs"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "network_id"],
            ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
        ),
        sa.UniqueConstraint("tenant_id", "need_id", "network_id"),
        sa.Index(None, "network_id", "id"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    need_id: Mapped[uuid.UUID]
    status: Mapped[ListedNeedStatus]
    title: Mapped[str]
    department_name: Mapped[str]
    purpose: Mapped[str]
    outcome: Mapped[str]
    #: In Japanese words, as needs keep them.
    skills: Mapped[list[str]] = mapped_column(server_default=NONE)
    hours_a_month: Mapped[int | None]
    budget_yen: Mapped[int | None] = mapped_column(sa.BigInteger)
    field_offered: Mapped[str]
    opens_on: Mapped[dt.date | None]
    closes_on: Mapped[dt.date | None]
    #: Where the work is done; None where it does not matter.
    mode: Mapped[WorkMode | None]
    listed_by: Mapped[str]
    listed_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    end_reason: Mapped[str] = mapped_column(server_default="")
    hidden_in: Mapped[list[uuid.UUID]] = mapped_column(sa.ARRAY(sa.Uuid), server_default=NONE)

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<ListedNeed {self.id} {self.status}>"
