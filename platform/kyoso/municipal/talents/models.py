"""Who is in the town's register, and what the town noted about them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column

from kyoso.core.db import Id, Model, TenantOwned, own_fk
from kyoso.identity.profiles.rules import shown as parts_of
from kyoso.identity.profiles.rules import skill_label
from kyoso.municipal.talents.rules import (
    ShownProfile,
    TalentSource,
    WorkMode,
    place_in_list,
    words_to_find,
)

#: Taken over as they are; of the mode see `Talent.show`.
_SHOWN = tuple(field.name for field in dataclasses.fields(ShownProfile) if field.name != "mode")
NONE = sa.text("'{}'")


class Talent(TenantOwned, Model):
    """A person whom the town may engage (複業人材), as they let towns see them.

    The row is the town's; the person reads it, and what they say of themselves is written anew
    whenever they save their profile.
    """

    __tablename__ = "talents"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "person_id"),
        sa.UniqueConstraint("tenant_id", "id", "person_id"),
        sa.Index(None, "person_id"),
        sa.Index(None, "tenant_id", "place", "id"),
        sa.CheckConstraint("hours_offered >= 0", name="hours_are_not_negative"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    #: Where the town writes to them.
    email: Mapped[str]
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(server_default="")
    affiliation: Mapped[str] = mapped_column(server_default="")
    bio: Mapped[str] = mapped_column(server_default="")
    #: Ids of the vocabulary, see identity/profiles; what it lacks is in `free_skills`.
    skills: Mapped[list[str]] = mapped_column(server_default=NONE)
    free_skills: Mapped[list[str]] = mapped_column(server_default=NONE)
    fields: Mapped[list[str]] = mapped_column(server_default=NONE)
    can_do: Mapped[str] = mapped_column(server_default="")
    wants: Mapped[str] = mapped_column(server_default="")
    languages: Mapped[list[str]] = mapped_column(server_default=NONE)
    #: A month, over all towns; None where they have not said.
    hours_offered: Mapped[int | None]
    mode: Mapped[WorkMode | None]
    places: Mapped[str] = mapped_column(server_default="")
    conditions: Mapped[str] = mapped_column(server_default="")
    links: Mapped[list[Any]] = mapped_column(JSONB, server_default=sa.text("'[]'"))
    photo: Mapped[bytes | None] = deferred(mapped_column(sa.LargeBinary))
    source: Mapped[TalentSource]
    #: Of somebody who came by a share: the parts that they agreed to show this town. Else None.
    only_parts: Mapped[list[str] | None]
    joined_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]
    #: What searches compare, and what lists sort by: see the rules.
    search_key: Mapped[str] = mapped_column(server_default="")
    place: Mapped[str] = mapped_column(server_default="")

    def show(self, shown: ShownProfile) -> None:
        """Take over what the person lets towns see; what they hide now is gone from here."""
        if self.only_parts is not None:
            shown = parts_of(shown, ("name", *self.only_parts))
        for name in _SHOWN:
            value = getattr(shown, name)
            setattr(self, name, list(value) if isinstance(value, tuple) else value)
        self.mode = WorkMode(shown.mode) if shown.mode else None
        self.search_key = words_to_find(shown)
        self.place = place_in_list(shown.name, shown.kana)

    @property
    def skill_labels(self) -> list[str]:
        """The words for what they are good at."""
        return [*map(skill_label, self.skills), *self.free_skills]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Talent {self.id}>"


class TalentNote(TenantOwned, Model):
    """What staff noted about a talent. The town's alone: the person's policy is not on it."""

    __tablename__ = "talent_notes"
    __table_args__ = (
        own_fk("talent_id", "municipal.talents"),
        sa.Index(None, "tenant_id", "talent_id", "id"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one note.
    id: Mapped[Id]
    talent_id: Mapped[uuid.UUID]
    text: Mapped[str]
    written_by: Mapped[str]
    written_at: Mapped[dt.datetime]
