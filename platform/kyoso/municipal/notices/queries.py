"""Every read of notices. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.search import like_pattern
from kyoso.municipal.notices.models import Notice
from kyoso.municipal.notices.rules import NoticeStatus

PER_PAGE = 20

_STATUSES = frozenset(NoticeStatus)


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """What somebody asked a list for."""

    words: str = ""
    status: NoticeStatus | None = None
    page: int = 1

    @classmethod
    def of(cls, address: Mapping[str, str]) -> NoticeFilter:
        """Return what an address asks for; what it says wrongly counts as not said."""
        status, page = address.get("status", ""), address.get("page", "")
        return cls(
            words=address.get("q", "")[:100].replace("\0", "").strip(),
            status=NoticeStatus(status) if status in _STATUSES else None,
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def address(self, **changes: Any) -> dict[str, Any]:
        """Return what to write into an address for this list, or for a changed one."""
        asked = replace(self, **{"page": 1, **changes})
        said = {
            "q": asked.words,
            "status": asked.status or "",
            "page": asked.page if asked.page > 1 else "",
        }
        return {key: str(value) for key, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out of the list."""
        return bool(self.words or self.status)


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice in a list."""

    id: uuid.UUID
    title: str
    status: NoticeStatus
    created_by: str
    created_at: dt.datetime
    published_at: dt.datetime | None


_ROW = tuple(getattr(Notice, name) for name in NoticeRow.__slots__)


def get_notice(actor: Actor, notice_id: uuid.UUID, *, lock: bool = False) -> Notice:
    """Return the notice, or NotFound: another town's looks just like a missing one.

    `lock` holds the row until the transaction ends; take it before changing the status.
    """
    query = sa.select(Notice).where(Notice.tenant_id == actor.tenant_id, Notice.id == notice_id)
    notice = db.session.scalar(query.with_for_update() if lock else query)
    if notice is None:
        raise NotFound
    return notice


def find_sent(actor: Actor, form_id: uuid.UUID) -> Notice | None:
    """Return the notice that a form made already; a twin that is being saved is waited for."""
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"notices:{actor.tenant_id}")))
    )
    return db.session.scalar(
        sa.select(Notice).where(Notice.tenant_id == actor.tenant_id, Notice.id == form_id)
    )


def list_notices(
    actor: Actor, wanted: NoticeFilter, *, limit: int | None = None, offset: int = 0
) -> list[NoticeRow]:
    """Return one page of the town's notices, newest first."""
    query = _matching(actor, wanted, *_ROW).order_by(
        sa.func.coalesce(Notice.published_at, Notice.created_at).desc(), Notice.id.desc()
    )
    if wanted.status is not None:
        query = query.where(Notice.status == wanted.status)
    return [NoticeRow(*row) for row in db.session.execute(query.limit(limit).offset(offset))]


def count_notices(actor: Actor, wanted: NoticeFilter) -> dict[NoticeStatus, int]:
    """Return how many there are in each status, of those that match otherwise."""
    query = _matching(actor, wanted, Notice.status, sa.func.count()).group_by(Notice.status)
    found = {row[0]: row[1] for row in db.session.execute(query)}
    return {status: found.get(status, 0) for status in NoticeStatus}


def _matching(actor: Actor, wanted: NoticeFilter, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(*columns).where(Notice.tenant_id == actor.tenant_id)
    for word in wanted.words.split():
        pattern = like_pattern(word)
        query = query.where(sa.or_(Notice.title.ilike(pattern), Notice.body.ilike(pattern)))
    return query


def list_published(actor: Actor, *, limit: int = 20, offset: int = 0) -> Sequence[Notice]:
    """Return the notices on the portal, newest first."""
    return db.session.scalars(
        sa.select(Notice)
        .where(Notice.tenant_id == actor.tenant_id, Notice.status == NoticeStatus.PUBLISHED)
        .order_by(Notice.published_at.desc(), Notice.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def count_published(actor: Actor) -> int:
    """Return how many notices are on the portal."""
    query = sa.select(sa.func.count()).where(
        Notice.tenant_id == actor.tenant_id, Notice.status == NoticeStatus.PUBLISHED
    )
    return db.session.scalars(query).one()


def get_published(actor: Actor, notice_id: uuid.UUID) -> Notice:
    """Return a notice that is public, or NotFound."""
    notice = get_notice(actor, notice_id)
    if notice.status is not NoticeStatus.PUBLISHED:
        raise NotFound
    return notice
