"""What a person says of themselves, their files, and the hours they are booked for."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.config import settings
from kyoso.core.db import Id, Model
from kyoso.identity.profiles.rules import WorkMode


class Profile(Model):
    """What one person can do and wants (人材プロフィール). No town reads it: it is pushed."""

    __tablename__ = "profiles"
    __table_args__ = (
        sa.CheckConstraint("hours_offered BETWEEN 0 AND 744", name="hours_fit_in_a_month"),
        {"schema": "identity"},
    )

    person_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("identity.people.id"), primary_key=True
    )
    name: Mapped[str]
    kana: Mapped[str]
    affiliation: Mapped[str]
    bio: Mapped[str]
    #: Ids of the vocabulary (rules.SKILL_GROUPS).
    skills: Mapped[list[str]]
    #: What the vocabulary lacks, in the person's words.
    free_skills: Mapped[list[str]]
    #: Lines of work, in the person's words.
    fields: Mapped[list[str]]
    can_do: Mapped[str]
    wants: Mapped[str]
    languages: Mapped[list[str]]
    #: Hours a month, over all towns; None until the person has said so.
    hours_offered: Mapped[int | None]
    mode: Mapped[WorkMode | None]
    places: Mapped[str]
    conditions: Mapped[str]
    #: Each a ``label`` and a ``url``.
    links: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    #: A small WebP; not loaded with its row.
    photo: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    #: Names of the fields (rules.HIDEABLE) that only the person sees.
    hidden_from_towns: Mapped[list[str]]
    #: Counts the changes, so that of two tabs the older one is noticed.
    revision: Mapped[int]
    updated_at: Mapped[dt.datetime]


class ProfileFile(Model):
    """A file of a person, such as a portfolio. Its bytes lie in ``var/files/person/<person>``."""

    __tablename__ = "profile_files"
    __table_args__ = (sa.Index(None, "person_id", "id"), {"schema": "identity"})

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    #: In bytes, after images were encoded anew.
    size: Mapped[int]
    #: The towns that may open it.
    shared_with: Mapped[list[uuid.UUID]] = mapped_column(sa.ARRAY(sa.Uuid))
    created_at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]

    @property
    def path(self) -> Path:
        """Where the bytes lie."""
        return settings().var_dir / "files" / "person" / str(self.person_id) / str(self.id)


class BookedHours(Model):
    """Hours a month that one town has booked of a person. Written by kyoso.identity.hours_budget."""

    __tablename__ = "booked_hours"
    __table_args__ = (
        sa.Index(None, "person_id"),
        sa.CheckConstraint("hours >= 0", name="hours_are_counted"),
        sa.CheckConstraint(
            "from_month = date_trunc('month', from_month)"
            " AND until_month = date_trunc('month', until_month)",
            name="whole_months",
        ),
        sa.CheckConstraint("until_month >= from_month", name="ends_after_it_began"),
        {"schema": "identity"},
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("tenancy.tenants.id"), primary_key=True
    )
    #: What the hours are for: the engagement.
    source_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    hours: Mapped[int]
    from_month: Mapped[dt.date]
    #: The last month; None without an end.
    until_month: Mapped[dt.date | None]
