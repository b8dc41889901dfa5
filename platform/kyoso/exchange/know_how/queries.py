"""Every read of know-how: our own rows, and of others' what is published to us.

Policies decide what is published to whom; a query for others' adds no condition of its own.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.differences import Piece, compare
from kyoso.core.errors import NotFound
from kyoso.core.files import StoredFile, list_files
from kyoso.core.i18n import gettext as _
from kyoso.core.scope import current_scope
from kyoso.core.search import Wanted
from kyoso.exchange.finding import Found, Kind, Place, search
from kyoso.exchange.know_how import rules
from kyoso.exchange.know_how.models import (
    KnowHow as KnowHow,
)
from kyoso.exchange.know_how.models import (
    KnowHowFile,
    KnowHowVersion,
)
from kyoso.exchange.know_how.models import (
    KnowHowListing as KnowHowListing,
)
from kyoso.exchange.know_how.rules import Field, Genre, Licence, Snippet, Status
from kyoso.exchange.moderation.rules import Finding, look_through
from kyoso.tenancy.models import Tenant
from kyoso.tenancy.queries import get_tenant

#: What of a text is looked through for a passage to show.
_FOR_SNIPPETS = 20_000
PUBLIC_PAGE = 20


def get_know_how(actor: Actor, know_how_id: uuid.UUID, *, lock: bool = False) -> KnowHow:
    """Return a piece of our own, or NotFound; `lock` before changing it."""
    query = sa.select(KnowHow).where(
        KnowHow.tenant_id == actor.tenant_id, KnowHow.id == know_how_id
    )
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def find_know_how(actor: Actor, know_how_id: uuid.UUID) -> KnowHow | None:
    """Return a piece of our own, if it is one: also what a form made already."""
    return db.session.scalar(
        sa.select(KnowHow).where(KnowHow.tenant_id == actor.tenant_id, KnowHow.id == know_how_id)
    )


def list_own(actor: Actor) -> Sequence[Any]:
    """Return our own as rows: id, genre, title, status, version, is_public, nameless, networks,
    saved_at, written_by; those saved last first."""
    return db.session.execute(
        sa.select(
            KnowHow.id,
            KnowHow.genre,
            KnowHow.title,
            KnowHow.status,
            KnowHow.version,
            KnowHow.is_public,
            KnowHow.nameless,
            KnowHow.network_ids,
            KnowHow.saved_at,
            KnowHow.written_by,
        )
        .where(KnowHow.tenant_id == actor.tenant_id)
        .order_by(KnowHow.saved_at.desc(), KnowHow.id.desc())
        .limit(500)
    ).all()


def find_of_project(actor: Actor, project_id: uuid.UUID) -> uuid.UUID | None:
    """Return the draft that a project's lessons became, if they did."""
    return db.session.scalar(
        sa.select(KnowHow.id)
        .where(KnowHow.tenant_id == actor.tenant_id, KnowHow.project_id == project_id)
        .limit(1)
    )


def list_published_in(actor: Actor, network_id: uuid.UUID) -> Sequence[KnowHow]:
    """Return what we show in a network, the rows held."""
    return db.session.scalars(
        sa.select(KnowHow)
        .where(
            KnowHow.tenant_id == actor.tenant_id,
            KnowHow.status == Status.PUBLISHED,
            sa.literal(network_id) == sa.any_(KnowHow.network_ids),
        )
        .order_by(KnowHow.id)
        .with_for_update()
    ).all()


def count_published_in(actor: Actor, network_id: uuid.UUID) -> int:
    """Return how much we show in a network."""
    return db.session.scalars(
        sa.select(sa.func.count()).where(
            KnowHow.tenant_id == actor.tenant_id,
            KnowHow.status == Status.PUBLISHED,
            sa.literal(network_id) == sa.any_(KnowHow.network_ids),
        )
    ).one()


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One published version, and what it changed."""

    version: int
    note: str
    published_by: str
    published_at: dt.datetime
    files: list[dict[str, Any]]
    pieces: tuple[Piece, ...]


def list_versions(actor: Actor, know_how_id: uuid.UUID) -> list[VersionInfo]:
    """Return the versions of a piece of our own, newest first, each with what it changed."""
    rows = db.session.scalars(
        sa.select(KnowHowVersion)
        .where(
            KnowHowVersion.tenant_id == actor.tenant_id,
            KnowHowVersion.know_how_id == know_how_id,
        )
        .order_by(KnowHowVersion.version.desc())
    ).all()
    texts = [whole_text(row.title, row.summary, row.body) for row in rows]
    before = [*texts[1:], ""]
    return [
        VersionInfo(
            row.version,
            row.note,
            row.published_by,
            row.published_at,
            row.files,
            compare(old, text) if row.version > 1 else (),
        )
        for row, text, old in zip(rows, texts, before, strict=False)
    ]


def whole_text(title: str, summary: str, body: str) -> str:
    """Return what is compared between two versions."""
    return f"{title}\n\n{summary}\n\n{body}\n"


def last_version(actor: Actor, know_how: KnowHow) -> KnowHowVersion | None:
    """Return what was published last."""
    return db.session.scalar(
        sa.select(KnowHowVersion).where(
            KnowHowVersion.tenant_id == actor.tenant_id,
            KnowHowVersion.know_how_id == know_how.id,
            KnowHowVersion.version == know_how.version,
        )
    )


def file_words(actor: Actor, know_how_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """Return the words in each file that was attached, by the file's id."""
    rows = db.session.execute(
        sa.select(KnowHowFile.id, KnowHowFile.words).where(
            KnowHowFile.tenant_id == actor.tenant_id, KnowHowFile.know_how_id == know_how_id
        )
    )
    return {row.id: row.words for row in rows}


def list_findings(
    actor: Actor, know_how: KnowHow, *, nameless: bool, note: str = ""
) -> list[Finding]:
    """Return what should be looked at before it is published: text, note, and words in the files."""
    parts = {
        _("題名"): know_how.title,
        _("要約"): know_how.summary,
        _("本文"): know_how.body,
        _("前の版から変えたところ"): note,
    }
    names: list[str] = []
    if nameless:
        town = get_tenant(actor.tenant_id)
        names = [
            name
            for name in (town.name, town.name[:-1], town.name_kana, town.name_en)
            if name and len(name) > 1
        ]
    else:
        words = file_words(actor, know_how.id)
        parts |= {
            file.name: f"{file.name}\n{words.get(file.id, '')}"
            for file in list_files(actor, know_how.id)
        }
        parts[_("使うときの条件")] = know_how.terms
    return look_through(parts, names=names)


def as_published(file: StoredFile) -> dict[str, Any]:
    """Return a file as what is published says it."""
    return {
        "id": str(file.id),
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """A published piece, and the town that it names, if it does."""

    listing: KnowHowListing
    town_name: str
    town_slug: str

    @property
    def shared_networks(self) -> tuple[uuid.UUID, ...]:
        """Those networks of the scope in which it can be seen."""
        ours = set(current_scope().network_ids)
        return tuple(
            one
            for one in self.listing.network_ids
            if one in ours and one not in self.listing.hidden_in
        )


def get_shown(item_id: uuid.UUID) -> Shown:
    """Return a published piece that the scope may see, or NotFound."""
    row = db.session.execute(
        sa.select(KnowHowListing, Tenant.name, Tenant.slug)
        .outerjoin(Tenant, Tenant.id == KnowHowListing.author_id)
        .where(
            KnowHowListing.id == item_id,
            # Our own is seen also while nobody else sees it; that is its desk's page.
            KnowHowListing.is_public | (sa.func.cardinality(KnowHowListing.network_ids) > 0),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return Shown(row[0], row[1] or "", row[2] or "")


def find_listing(know_how_id: uuid.UUID) -> KnowHowListing | None:
    """Return what is published of a piece of our own, or was once."""
    return db.session.scalar(sa.select(KnowHowListing).where(KnowHowListing.id == know_how_id))


@dataclass(frozen=True, slots=True)
class Hit:
    """One piece that was found, as the list shows it."""

    id: uuid.UUID
    genre: Genre
    field: Field
    title: str
    summary: str
    town: str
    version: int
    uses: int
    published_at: dt.datetime
    is_public: bool
    snippet: Snippet | None


def search_know_how(
    wanted: Wanted, facets: Sequence[str], after: Place | None, *, public: bool
) -> tuple[Found, list[Hit]]:
    """Return a page of what is published to our networks, best first, with counts.

    `public` looks also in what all towns of the platform show to everybody.
    """
    found = search(Kind.KNOW_HOW, wanted, facets=facets, after=after, public=public)
    return found, list_hits(found.ids, wanted.words)


def list_hits(ids: Sequence[uuid.UUID], words: Sequence[str] = ()) -> list[Hit]:
    """Return published pieces by their ids, in that order; what may not be seen is left out."""
    rows = db.session.execute(
        sa.select(
            KnowHowListing.id,
            KnowHowListing.genre,
            KnowHowListing.field,
            KnowHowListing.title,
            KnowHowListing.summary,
            sa.func.coalesce(Tenant.name, "").label("town"),
            KnowHowListing.version,
            KnowHowListing.uses,
            KnowHowListing.published_at,
            KnowHowListing.is_public,
            sa.func.left(KnowHowListing.body, _FOR_SNIPPETS if words else 0).label("body"),
        )
        .outerjoin(Tenant, Tenant.id == KnowHowListing.author_id)
        .where(KnowHowListing.id.in_(ids))
    )
    found: dict[uuid.UUID, Hit] = {}
    for row in rows:
        said: tuple[Any, ...] = tuple(row)
        passage = rules.snippet((row.summary, row.body), words)
        found[row.id] = Hit(*(*said[:-1], passage))
    return [found[one] for one in ids if one in found]


def list_newest(limit: int = 5) -> list[Hit]:
    """Return what the networks of the scope got last, of the pieces that were begun last."""
    found = search(Kind.KNOW_HOW, Wanted(), counts=False)
    hits = list_hits(found.ids) if found.ids else []
    return sorted(hits, key=lambda hit: hit.published_at, reverse=True)[:limit]


def town_names(slugs: Sequence[str]) -> dict[str, str]:
    """Return what towns are called, by their place in addresses."""
    rows = db.session.execute(sa.select(Tenant.slug, Tenant.name).where(Tenant.slug.in_(slugs)))
    return {row.slug: row.name for row in rows}


# The portal's: what one town shows to everybody


def list_public(actor: Actor, page: int = 1) -> tuple[list[Hit], int]:
    """Return a page of what a town shows to everybody, and how many there are."""
    mine = (KnowHowListing.author_id == actor.tenant_id, KnowHowListing.is_public)
    total = db.session.scalars(sa.select(sa.func.count()).where(*mine)).one()
    ids = db.session.scalars(
        sa.select(KnowHowListing.id)
        .where(*mine)
        .order_by(KnowHowListing.published_at.desc(), KnowHowListing.id.desc())
        .limit(PUBLIC_PAGE)
        .offset((page - 1) * PUBLIC_PAGE)
    ).all()
    return list_hits(ids), total


def get_public(actor: Actor, item_id: uuid.UUID) -> KnowHowListing:
    """Return a piece that this town shows to everybody, or NotFound."""
    found = db.session.scalar(
        sa.select(KnowHowListing).where(
            KnowHowListing.id == item_id,
            KnowHowListing.author_id == actor.tenant_id,
            KnowHowListing.is_public,
        )
    )
    if found is None:
        raise NotFound
    return found


def published_file(listing: KnowHowListing, file_id: uuid.UUID) -> StoredFile:
    """Return a file of a published piece, as its listing has it, or NotFound."""
    for said in listing.files:
        if said["id"] == str(file_id) and listing.author_id is not None:
            # Not a row of the database: that is its town's. Its bytes lie under the town's name,
            # which is said.
            file = StoredFile(
                tenant_id=listing.author_id,
                id=file_id,
                name=said["name"],
                media_type=said["media_type"],
                size=said["size"],
            )
            if file.path.exists():
                return file
    raise NotFound


LICENCE_URLS = {
    Licence.CC_BY: "https://creativecommons.org/licenses/by/4.0/deed.ja",
    Licence.CC0: "https://creativecommons.org/publicdomain/zero/1.0/deed.ja",
}
