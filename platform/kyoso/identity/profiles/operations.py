"""Every change to profiles. Each acts in the person's own scope."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.core import clock
from kyoso.core.access import PersonActor, authorise_self
from kyoso.core.db import db
from kyoso.core.files import CheckedFile, write_new
from kyoso.core.journal import record
from kyoso.identity.hours_budget import most_booked
from kyoso.identity.profiles import queries, rules
from kyoso.identity.profiles.events import (
    ProfileChanged,
    ProfileFileAdded,
    ProfileFileRemoved,
    ProfileFileShared,
)
from kyoso.identity.profiles.models import Profile, ProfileFile
from kyoso.identity.profiles.rules import WorkMode


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """What a person says of themselves, as the form sent it."""

    #: The revision that the form was opened with.
    revision: int
    name: str
    kana: str
    affiliation: str
    bio: str
    skills: list[str]
    free_skills: list[str]
    fields: list[str]
    can_do: str
    wants: str
    languages: list[str]
    hours_offered: int | None
    mode: WorkMode | None
    places: str
    conditions: str
    links: list[dict[str, str]]
    hidden_from_towns: list[str]
    #: A new one; None leaves the old one.
    photo: bytes | None = None
    remove_photo: bool = False


def save_profile(
    profile: Profile, draft: ProfileDraft, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Save what a person says of themselves; the same form sent twice is saved once.

    Raises Outdated when it was saved elsewhere meanwhile, OfferTooLow when less is offered than
    towns have booked.
    """
    authorise_self(actor, profile.person_id)
    changed = rules.changes(profile, draft)
    if changed:
        rules.check_revision(draft.revision, profile.revision)
    if "hours_offered" in changed:
        month, booked = most_booked(actor.person_id, clock.today())
        rules.check_offer(draft.hours_offered, month=month, booked=booked)

    for column in rules.COLUMNS:
        setattr(profile, column, getattr(draft, column))
    if "photo" in changed:
        profile.photo = draft.photo
    if changed or not profile.revision:
        profile.revision += 1
        profile.updated_at = now
    db.session.add(profile)
    # Whoever listens reads it again.
    db.session.flush()

    record(ProfileChanged(profile.person_id, changed), actor=actor, now=now)


def add_file(
    file: CheckedFile,
    tenant_ids: Sequence[uuid.UUID],
    *,
    file_id: uuid.UUID,
    actor: PersonActor,
    now: dt.datetime,
) -> ProfileFile:
    """Keep a file of the person who acts; these towns may open it."""
    authorise_self(actor, actor.person_id)
    rules.check_room(queries.list_files(actor))

    row = ProfileFile(
        id=file_id,
        person_id=actor.person_id,
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        shared_with=list(tenant_ids),
        created_at=now,
    )
    # Before the row: a crash in between leaves bytes that the night sweeps away.
    write_new(row.path, file.content)
    db.session.add(row)

    record(ProfileFileAdded(row.id, tuple(tenant_ids)), actor=actor, now=now)
    return row


def share_file(
    file: ProfileFile, tenant_ids: Sequence[uuid.UUID], *, actor: PersonActor, now: dt.datetime
) -> None:
    """Let these towns open a file, and no others."""
    authorise_self(actor, file.person_id)

    file.shared_with = list(tenant_ids)

    record(ProfileFileShared(file.id, tuple(tenant_ids)), actor=actor, now=now)


def remove_file(file: ProfileFile, *, actor: PersonActor, now: dt.datetime) -> None:
    """Take a file away from everybody; the night removes its bytes."""
    authorise_self(actor, file.person_id)

    file.removed_at = now
    file.shared_with = []
    file.name = ""

    record(ProfileFileRemoved(file.id), actor=actor, now=now)
