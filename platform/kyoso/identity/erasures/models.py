"""Who asked for erasure, and what became of it: the person's own rows."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model


class ErasureRequest(Model):
    """One wish of a person to be erased (消去の申出)."""

    __tablename__ = "erasure_requests"
    __table_args__ = (
        sa.Index(
            "uq_erasure_requests_open",
            "person_id",
            unique=True,
            postgresql_where=sa.text("withdrawn_at IS NULL AND carried_out_at IS NULL"),
        ),
        sa.CheckConstraint("withdrawn_at IS NULL OR carried_out_at IS NULL", name="one_end"),
        {"schema": "identity"},
    )

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    requested_at: Mapped[dt.datetime]
    withdrawn_at: Mapped[dt.datetime | None]
    carried_out_at: Mapped[dt.datetime | None]
