"""What the database keeps of coordinators. Policies say who reads it: see migration 0029."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model


class Coordinator(Model):
    """A person who coordinates a network (広域事務局); an account, in no town."""

    __tablename__ = "coordinators"
    __table_args__ = (
        sa.Index(
            "uq_coordinators_current",
            "network_id",
            "person_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index(None, "person_id"),
        {"schema": "exchange"},
    )

    network_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange.networks.id"), primary_key=True
    )
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    #: As they were called when they were named.
    name: Mapped[str]
    email: Mapped[str]
    named_by: Mapped[str]
    named_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str] = mapped_column(server_default="")
