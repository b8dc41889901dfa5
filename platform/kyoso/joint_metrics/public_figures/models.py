"""What the database keeps of what is public. Policies say who reads it: see migration 0039."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Json, Model


class PublicPage(Model):
    """What a network's coordinators want to be public; everybody reads it while it is."""

    __tablename__ = "public_pages"
    __table_args__ = ({"schema": "joint_metrics"},)

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    is_public: Mapped[bool]
    introduction: Mapped[str] = mapped_column(server_default="")
    metric_ids: Mapped[list[str]] = mapped_column(server_default=sa.text("'{}'"))
    changed_at: Mapped[dt.datetime]

    def __repr__(self) -> str:
        """Name the row."""
        return f"<PublicPage {self.network_id}>"


class PublicFigure(Model):
    """A chosen metric's month; everybody reads it. Written by joint_metrics.show_publicly only."""

    __tablename__ = "public_figures"
    __table_args__ = ({"schema": "joint_metrics"},)

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    metric_id: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    figure: Mapped[Json]
    members: Mapped[int]

    def __repr__(self) -> str:
        """Name the row."""
        return f"<PublicFigure {self.network_id} {self.metric_id} {self.month}>"
