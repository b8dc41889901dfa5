"""What the database keeps of searches that somebody wants to come back to."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from kyoso.core.db import Id, Model, TenantOwned, own_fk


class SavedSearch(TenantOwned, Model):
    """A search of the talent pool that one member of staff keeps, with a weekly mail if wanted."""

    __tablename__ = "saved_searches"
    __table_args__ = (
        own_fk("membership_id", "identity.memberships"),
        sa.Index(None, "tenant_id", "person_id"),
        {"schema": "exchange"},
    )

    #: The id of the form that made it: sending the form twice keeps one.
    id: Mapped[Id]
    membership_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    name: Mapped[str]
    #: What is looked for, as it stands in an address.
    query: Mapped[str]
    digest: Mapped[bool]
    created_at: Mapped[dt.datetime]
    #: Up to when the person was told of what is new.
    told_until: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]
