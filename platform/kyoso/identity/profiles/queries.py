"""Every read of profiles: a person's own, and the files that they share with a town."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from kyoso.core.access import Actor, PersonActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.own_data import OwnFile, own_data
from kyoso.identity.accounts.queries import get_person
from kyoso.identity.profiles.models import BookedHours, Profile, ProfileFile
from kyoso.identity.profiles.rules import (
    PART_LABELS,
    ShownProfile,
    facts,
    parts_for_towns,
    shown,
)
from kyoso.tenancy.models import Tenant


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


def profile_with_photo(actor: PersonActor) -> Profile:
    """Return the person's profile, the photo loaded; before it was first saved, an empty one."""
    profile = db.session.scalar(
        sa.select(Profile)
        .where(Profile.person_id == actor.person_id)
        .options(undefer(Profile.photo))
    )
    return profile or _empty(actor)


def shown_to_towns(actor: PersonActor) -> ShownProfile:
    """Return what the towns that the person works with may see of the profile.

    Of somebody who has not written one, the name.
    """
    profile = profile_with_photo(actor)
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
            sa.literal(actor.tenant_id) == sa.any_(ProfileFile.shared_with),
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


def find_sent_file(actor: PersonActor, profile_file_id: uuid.UUID) -> ProfileFile | None:
    """Return what a form kept already, if it was sent twice; also when it was removed since."""
    return db.session.scalar(
        sa.select(ProfileFile).where(
            ProfileFile.person_id == actor.person_id, ProfileFile.id == profile_file_id
        )
    )


@own_data(
    "profile",
    _l("プロフィール"),
    columns={
        **PART_LABELS,
        "hidden_from_towns": _l("自分だけに見せる項目"),
        "updated_at": _l("保存した日時"),
    },
    tables=("identity.profiles",),
)
def own_profile_data(actor: PersonActor) -> list[Mapping[str, Any]]:
    """Return the person's profile for their archive."""
    profile = own_profile(actor)
    if not profile.revision:
        return []
    seen = shown(profile, PART_LABELS)
    row: dict[str, Any] = dict.fromkeys(PART_LABELS, "") | {
        part: words for part, _label, words in facts(seen)
    }
    return [
        row
        | {
            "name": seen.name,
            "hours_offered": seen.hours_offered,
            "links": [f"{link['label']} {link['url']}" for link in seen.links],
            "photo": OwnFile("photo.webp", seen.photo) if seen.photo else None,
            "hidden_from_towns": [str(PART_LABELS[part]) for part in profile.hidden_from_towns],
            "updated_at": profile.updated_at,
        }
    ]


@own_data(
    "profile_files",
    _l("プロフィールのファイル"),
    columns={
        "file": _l("ファイル"),
        "media_type": _l("種類"),
        "shared_with": _l("見せている自治体"),
        "created_at": _l("加えた日時"),
    },
    tables=("identity.profile_files",),
)
def own_files_data(actor: PersonActor) -> list[Mapping[str, Any]]:
    """Return the person's files for their archive."""
    names = {row.id: row.name for row in db.session.execute(sa.select(Tenant.id, Tenant.name))}
    return [
        {
            "file": OwnFile(row.name, row.path.read_bytes()),
            "media_type": row.media_type,
            "shared_with": [names[ident] for ident in row.shared_with],
            "created_at": row.created_at,
        }
        for row in list_files(actor)
    ]


@own_data(
    "booked_hours",
    _l("自治体が押さえている時間"),
    columns={
        "town": _l("自治体"),
        "hours": _l("1か月の時間"),
        "from_month": _l("最初の月"),
        "until_month": _l("最後の月"),
    },
    tables=("identity.booked_hours",),
)
def own_bookings_data(actor: PersonActor) -> list[Mapping[str, Any]]:
    """Return the hours that towns have booked of the person, for their archive."""
    rows = db.session.execute(
        sa.select(
            Tenant.name.label("town"),
            BookedHours.hours,
            BookedHours.from_month,
            BookedHours.until_month,
        )
        .join(Tenant, Tenant.id == BookedHours.tenant_id)
        .where(BookedHours.person_id == actor.person_id)
        .order_by(BookedHours.from_month, Tenant.code)
    )
    return [dict(row._mapping) for row in rows]
