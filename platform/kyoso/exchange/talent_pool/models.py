"""What the database keeps of listed people. Policies say who reads it: see migration 0033."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column

from kyoso.core.db import Id, Model, TenantOwned
from kyoso.exchange.talent_pool.rules import (
    CONTENT,
    ListingStatus,
    ShownProfile,
    WorkMode,
)
from kyoso.identity.profiles.rules import skill_label

NONE = sa.text("'{}'")


class Listing(TenantOwned, Model):
    """A person whom a town offers to one network (掲載), and what they agreed to show there.

    One row for ever for each person, town and network; the rows of one person and town share
    their id, so that a search finds them once. Only the person's own scope can publish.
    """

    __tablename__ = "listings"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "talent_id", "person_id"],
            [
                "municipal.talents.tenant_id",
                "municipal.talents.id",
                "municipal.talents.person_id",
            ],
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "network_id"],
            ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "consent_id"], ["identity.consents.person_id", "identity.consents.id"]
        ),
        sa.UniqueConstraint("tenant_id", "talent_id", "network_id"),
        sa.UniqueConstraint("tenant_id", "id", "network_id", "person_id"),
        sa.Index(None, "id"),
        sa.Index(None, "person_id", "network_id"),
        sa.CheckConstraint(
            "status <> 'published' OR (consent_id IS NOT NULL AND until IS NOT NULL"
            " AND published_at IS NOT NULL)",
            name="agreed_if_published",
        ),
        sa.CheckConstraint(
            "(status = 'published') = (cardinality(parts) > 0)", name="shows_only_if_published"
        ),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    network_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID]
    talent_id: Mapped[uuid.UUID]
    status: Mapped[ListingStatus]
    #: The programme (制度) by which the town has them: said by the town, seen before agreeing.
    programme: Mapped[str] = mapped_column(server_default="")
    #: What the town says of them, likewise.
    introduction: Mapped[str] = mapped_column(server_default="")
    asked_by: Mapped[str]
    asked_at: Mapped[dt.datetime]
    published_at: Mapped[dt.datetime | None]
    consent_id: Mapped[uuid.UUID | None]
    #: The last day of the consent.
    until: Mapped[dt.date | None]
    ended_at: Mapped[dt.datetime | None]
    #: Why it ended, where it was not the person or the town itself.
    end_reason: Mapped[str] = mapped_column(server_default="")
    #: Networks whose coordinator, or the town, hides it: written by moderation's functions only.
    hidden_in: Mapped[list[uuid.UUID]] = mapped_column(sa.ARRAY(sa.Uuid), server_default=NONE)
    #: The parts of the profile that the person agreed to show; empty unless published.
    parts: Mapped[list[str]] = mapped_column(server_default=NONE)
    name: Mapped[str] = mapped_column(server_default="")
    affiliation: Mapped[str] = mapped_column(server_default="")
    bio: Mapped[str] = mapped_column(server_default="")
    skills: Mapped[list[str]] = mapped_column(server_default=NONE)
    free_skills: Mapped[list[str]] = mapped_column(server_default=NONE)
    fields: Mapped[list[str]] = mapped_column(server_default=NONE)
    can_do: Mapped[str] = mapped_column(server_default="")
    wants: Mapped[str] = mapped_column(server_default="")
    languages: Mapped[list[str]] = mapped_column(server_default=NONE)
    #: A month, over all towns; what is left of it is the ledger's to say.
    hours_offered: Mapped[int | None]
    mode: Mapped[WorkMode | None]
    places: Mapped[str] = mapped_column(server_default="")
    conditions: Mapped[str] = mapped_column(server_default="")
    links: Mapped[list[Any]] = mapped_column(JSONB, server_default=sa.text("'[]'"))
    photo: Mapped[bytes | None] = deferred(mapped_column(sa.LargeBinary))

    def show(self, shown: ShownProfile) -> None:
        """Take over what the person agreed to show; everything else is gone from here."""
        for name in CONTENT:
            value = getattr(shown, name)
            setattr(self, name, list(value) if isinstance(value, tuple) else value)
        self.mode = WorkMode(shown.mode) if shown.mode else None

    @property
    def skill_labels(self) -> list[str]:
        """The words for what they are good at."""
        return [*map(skill_label, self.skills), *self.free_skills]

    @property
    def mode_label(self) -> str:
        """The words for where they work."""
        return self.mode.label if self.mode else ""

    @property
    def hidden(self) -> bool:
        """Whether it is hidden in its network."""
        return self.network_id in self.hidden_in

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Listing {self.id} {self.status}>"
