"""Every read of profiles: a person's own, and the files that they share with a town."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from kyoso.core.access import Actor, PersonActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.identity.accounts.queries import get_person
from kyoso.identity.profiles.models import Profile, ProfileFile
from kyoso.identity.profiles.rules import ShownProfile, parts_for_towns, shown


def own_profile(actor: PersonActor, *, lock: bool = False) -> Profile:
    """Return the person's profile; before it was first saved, an empty one that is not kept.

    `lock` holds the row until the transaction ends; take it before changing the profile.
    """
    query = sa.select(Profile).where(Profile.person_id == actor.person_id)
    profile = db.session.scalar(query.with_for_update() if lock else query)
    return profile or _empty(actor)


def _empty(actor: PersonActor) -> Profile:
    person = get_person(actor)
    return Profile(
        **dict.fromkeys(("affiliation", "bio", "can_do", "wants", "places", "conditions"), ""),
        **{column: [] for column in ("skills", "free_skills", "fields", "languages", "links")},
        person_id=actor.person_id,
        name=person.name,
        kana=person.name_kana,
        hidden_from_towns=[],
        revision=0,
    )


def own_photo(actor: PersonActor) -> bytes:
    """Return the person's photo, or NotFound."""
    photo = db.session.scalar(sa.select(Profile.photo).where(Profile.person_id == actor.person_id))
    if photo is None:
        raise NotFound
    return photo


def shown_to_towns(actor: PersonActor) -> ShownProfile:
    """Return what the towns that the person works with may see of the profile.

    Of somebody who has not written one, the name.
    """
    profile = db.session.scalar(
        sa.select(Profile)
        .where(Profile.person_id == actor.person_id)
        .options(undefer(Profile.photo))
    )
    profile = profile or _empty(actor)
    return shown(profile, parts_for_towns(profile.hidden_from_towns))


def list_files(actor: PersonActor) -> Sequence[ProfileFile]:
    """Return the person's files, oldest first."""
    return db.session.scalars(
        sa.select(ProfileFile)
        .where(ProfileFile.person_id == actor.person_id, ProfileFile.removed_at.is_(None))
        .order_by(ProfileFile.id)
    ).all()


def get_file(actor: PersonActor, profile_file_id: uuid.UUID, *, lock: bool = False) -> ProfileFile:
    """Return one of the person's files, or NotFound."""
    query = sa.select(ProfileFile).where(
        ProfileFile.person_id == actor.person_id,
        ProfileFile.id == profile_file_id,
        ProfileFile.removed_at.is_(None),
    )
    row = db.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound
    return row


def list_shared_files(actor: Actor, person_id: uuid.UUID) -> Sequence[ProfileFile]:
    """Return the files that a person lets the actor's town open, oldest first."""
    return db.session.scalars(
        sa.select(ProfileFile)
        .where(
            ProfileFile.shared_with.contains([actor.tenant_id]),
            ProfileFile.person_id == person_id,
            ProfileFile.removed_at.is_(None),
        )
        .order_by(ProfileFile.id)
    ).all()


def get_shared_file(actor: Actor, person_id: uuid.UUID, profile_file_id: uuid.UUID) -> ProfileFile:
    """Return a file that a person lets the actor's town open, or NotFound."""
    for row in list_shared_files(actor, person_id):
        if row.id == profile_file_id:
            return row
    raise NotFound
