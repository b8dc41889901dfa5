"""What the database keeps of a town's months. Policies say who reads it: see migration 0037."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Json, Model, TenantOwned

#: Figures are kept by the metric's id: ``{"proposals.received": {"n": 12, "f": 1}}`` with
#: n the number, d the whole of a rate or what a quotient is divided by, s the single values of a
#: median, w numbers by the other town's id, f the version of the formula.
NONE = sa.text("'{}'")


def _of_member() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "network_id"],
        ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
    )


class Measurement(TenantOwned, Model):
    """What a town counted of its month for one network: its own, until it publishes it."""

    __tablename__ = "measurements"
    __table_args__ = (
        _of_member(),
        sa.UniqueConstraint("tenant_id", "network_id", "month"),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name="month_is_its_first_day"),
        {"schema": "joint_metrics"},
    )

    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    #: The month's first day.
    month: Mapped[dt.date]
    figures: Mapped[Json]
    measured_at: Mapped[dt.datetime]
    #: What the town says about its numbers; published with them.
    comment: Mapped[str] = mapped_column(server_default="")
    #: The metrics that the town does not publish to this network, by id.
    withheld: Mapped[list[str]] = mapped_column(server_default=NONE)

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Measurement {self.id}>"


class Snapshot(TenantOwned, Model):
    """One version of a town's month as it published it to one network; never changed again."""

    __tablename__ = "snapshots"
    __table_args__ = (
        _of_member(),
        sa.UniqueConstraint("tenant_id", "network_id", "month", "version"),
        sa.Index(None, "network_id", "month"),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name="month_is_its_first_day"),
        sa.CheckConstraint("version > 0", name="counts_from_one"),
        sa.CheckConstraint("version = 1 OR reason <> ''", name="reason_if_corrected"),
        {"schema": "joint_metrics"},
    )

    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    month: Mapped[dt.date]
    version: Mapped[int]
    figures: Mapped[Json]
    comment: Mapped[str] = mapped_column(server_default="")
    #: Why it was corrected; empty for the first version.
    reason: Mapped[str] = mapped_column(server_default="")
    published_by: Mapped[str]
    published_at: Mapped[dt.datetime]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Snapshot {self.id}>"


class PublishingChoice(TenantOwned, Model):
    """Whether a town's months are published to a network by themselves; no row: they are not."""

    __tablename__ = "publishing_choices"
    __table_args__ = (
        _of_member(),
        sa.UniqueConstraint("tenant_id", "network_id"),
        {"schema": "joint_metrics"},
    )

    id: Mapped[Id]
    network_id: Mapped[uuid.UUID]
    automatic: Mapped[bool]
    chosen_by: Mapped[str]
    chosen_at: Mapped[dt.datetime]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<PublishingChoice {self.id}>"


class NetworkMonth(Model):
    """The towns' newest snapshots of a month put together: written by joint_metrics.roll_up only.

    Figures by the metric's id, as above, with t the number of towns that published it, f the
    lowest and the highest version of its formula, s the single values of all, and w from town to
    town. Towns that published nothing are not in `towns`; no number is made up for them.
    """

    __tablename__ = "network_months"
    __table_args__ = ({"schema": "joint_metrics"},)

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    #: Another one after each change: what was drawn from it may be remembered by it.
    revision: Mapped[uuid.UUID]
    towns: Mapped[list[uuid.UUID]] = mapped_column(sa.ARRAY(sa.Uuid))
    figures: Mapped[dict[str, dict[str, object]]] = mapped_column(JSONB)

    def __repr__(self) -> str:
        """Name the row."""
        return f"<NetworkMonth {self.network_id} {self.month}>"
