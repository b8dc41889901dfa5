"""What two towns keep of a running share; policies as for requests: migration 0034."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import Id, Model, TenantOwned
from kyoso.exchange.share_requests.queries import of_request
from kyoso.exchange.share_requests.rules import Side


class ShareHours(TenantOwned, Model):
    """What the person worked in a month, as a sum: all that the home town sees of it."""

    __tablename__ = "share_hours"
    __table_args__ = (
        *of_request(),
        sa.UniqueConstraint("tenant_id", "request_id", "month"),
        sa.CheckConstraint("month = date_trunc('month', month)", name="whole_month"),
        sa.CheckConstraint("minutes >= 0", name="minutes_are_counted"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    request_id: Mapped[uuid.UUID]
    home_tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    person_id: Mapped[uuid.UUID | None]
    month: Mapped[dt.date]
    minutes: Mapped[int]
    pushed_at: Mapped[dt.datetime]


class ShareReview(TenantOwned, Model):
    """A short look back (ふりかえり) by one of the three; both towns and the person read it."""

    __tablename__ = "share_reviews"
    __table_args__ = (
        *of_request(),
        sa.UniqueConstraint("tenant_id", "request_id", "side"),
        sa.CheckConstraint("side <> 'platform'", name="by_somebody"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    request_id: Mapped[uuid.UUID]
    home_tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    person_id: Mapped[uuid.UUID | None]
    side: Mapped[Side]
    #: Whether they would do it again.
    again: Mapped[bool]
    text: Mapped[str]
    author_name: Mapped[str]
    at: Mapped[dt.datetime]
