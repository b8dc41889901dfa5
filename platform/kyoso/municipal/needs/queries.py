"""Every read of needs. A caller passes the actor; a query never guesses the town."""

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
from kyoso.core.journal import JournalEntry
from kyoso.core.search import like_pattern
from kyoso.core.search import wanted as searched
from kyoso.municipal.needs.events import NeedClosed, NeedReopened
from kyoso.municipal.needs.models import Need
from kyoso.municipal.needs.rules import NeedStatus

PER_PAGE = 20

#: The orders that a list can be asked for; the key is the word in the address.
ORDERS: Mapping[str, Any] = {
    "number": Need.number,
    "title": Need.title,
    "closes": Need.closes_on,
    "published": Need.published_at,
}
NEWEST_FIRST = "-number"
_STATUSES = frozenset(NeedStatus)


@dataclass(frozen=True, slots=True)
class NeedFilter:
    """What somebody asked a list for."""

    words: str = ""
    status: NeedStatus | None = None
    department_id: uuid.UUID | None = None
    #: A key of ORDERS, with ``-`` before it for the reverse.
    sort: str = NEWEST_FIRST
    page: int = 1

    @classmethod
    def of(cls, address: Mapping[str, str]) -> NeedFilter:
        """Return what an address asks for; what it says wrongly counts as not said."""
        status, sort, page = (address.get(key, "") for key in ("status", "sort", "page"))
        return cls(
            words=address.get("q", "")[:100].replace("\0", "").strip(),
            status=NeedStatus(status) if status in _STATUSES else None,
            department_id=_uuid(address.get("department", "")),
            sort=sort if sort.removeprefix("-") in ORDERS else NEWEST_FIRST,
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def address(self, **changes: Any) -> dict[str, Any]:
        """Return what to write into an address for this list, or for a changed one."""
        asked = replace(self, **{"page": 1, **changes})
        said = {
            "q": asked.words,
            "status": asked.status or "",
            "department": asked.department_id or "",
            "sort": asked.sort if asked.sort != NEWEST_FIRST else "",
            "page": asked.page if asked.page > 1 else "",
        }
        return {key: str(value) for key, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out of the list."""
        return bool(self.words or self.status or self.department_id)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A need in a list."""

    id: uuid.UUID
    number: int
    title: str
    status: NeedStatus
    department_id: uuid.UUID
    tactic_id: uuid.UUID | None
    purpose: str
    outcome: str
    skills: list[str]
    hours_a_month: int | None
    budget_yen: int | None
    opens_on: dt.date | None
    closes_on: dt.date | None
    published_at: dt.datetime | None
    field_offered: str


_ROW = tuple(getattr(Need, name) for name in NeedRow.__slots__)


def get_need(actor: Actor, need_id: uuid.UUID, *, lock: bool = False) -> Need:
    """Return the need, or NotFound: another town's looks just like a missing one.

    `lock` holds the row until the transaction ends; take it before changing the status.
    """
    query = sa.select(Need).where(Need.tenant_id == actor.tenant_id, Need.id == need_id)
    need = db.session.scalar(query.with_for_update() if lock else query)
    if need is None:
        raise NotFound
    return need


def find_sent(actor: Actor, form_id: uuid.UUID) -> Need | None:
    """Return the need that a form made already; a twin that is being saved is waited for."""
    _hold_numbers(actor)
    return db.session.scalar(
        sa.select(Need).where(Need.tenant_id == actor.tenant_id, Need.id == form_id)
    )


def list_needs(
    actor: Actor, wanted: NeedFilter, *, limit: int | None = None, offset: int = 0
) -> list[NeedRow]:
    """Return one page of the town's needs, or all of them."""
    column = ORDERS[wanted.sort.removeprefix("-")]
    order = column.desc() if wanted.sort.startswith("-") else column.asc()
    query = _matching(actor, wanted, *_ROW).order_by(order.nulls_last(), Need.number.desc())
    if wanted.status is not None:
        query = query.where(Need.status == wanted.status)
    rows = db.session.execute(query.limit(limit).offset(offset))
    return [NeedRow(*row) for row in rows]


def count_needs(actor: Actor, wanted: NeedFilter) -> dict[NeedStatus, int]:
    """Return how many there are in each status, of those that match otherwise."""
    query = _matching(actor, wanted, Need.status, sa.func.count()).group_by(Need.status)
    found = {row[0]: row[1] for row in db.session.execute(query)}
    return {status: found.get(status, 0) for status in NeedStatus}


def _matching(actor: Actor, wanted: NeedFilter, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(*columns).where(Need.tenant_id == actor.tenant_id)
    if wanted.department_id is not None:
        query = query.where(Need.department_id == wanted.department_id)
    for word in searched(wanted.words).words:
        query = query.where(Need.search_key.like(like_pattern(word)))
    return query


def list_published(actor: Actor, today: dt.date) -> Sequence[Need]:
    """Return the needs that proposals may answer on a day, those that close first in front."""
    return db.session.scalars(
        sa.select(Need)
        .where(
            Need.tenant_id == actor.tenant_id,
            Need.status == NeedStatus.PUBLISHED,
            sa.or_(Need.opens_on.is_(None), Need.opens_on <= today),
            sa.or_(Need.closes_on.is_(None), Need.closes_on >= today),
        )
        .order_by(Need.closes_on.asc().nulls_last(), Need.number.desc())
    ).all()


def get_published(actor: Actor, need_id: uuid.UUID) -> Need:
    """Return a need that is public, or NotFound; `rules.is_open` tells whether it takes proposals."""
    need = get_need(actor, need_id)
    if need.status is not NeedStatus.PUBLISHED:
        raise NotFound
    return need


_T = Need.__table__.c
#: Built once: every filter of the inbox asks it.
_TITLES = (
    sa.select(_T.id, _T.title)
    .where(_T.tenant_id == sa.bindparam("town"))
    .order_by(_T.number.desc())
)


def list_titles(actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """Return the id and title of every need, the newest first: for choosing one."""
    rows = db.session.execute(_TITLES, {"town": actor.tenant_id})
    return [(need_id, title) for need_id, title in rows]


def need_titles(actor: Actor, need_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return what these needs are called: for lists of what answers them."""
    query = sa.select(Need.id, Need.title).where(
        Need.tenant_id == actor.tenant_id, Need.id.in_(need_ids)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def list_by_tactic(actor: Actor) -> Sequence[Any]:
    """Return (tactic_id, id, title, status) of every need that serves a tactic, by number."""
    return db.session.execute(
        sa.select(Need.tactic_id, Need.id, Need.title, Need.status)
        .where(Need.tenant_id == actor.tenant_id, Need.tactic_id.is_not(None))
        .order_by(Need.number)
    ).all()


def count_public(actor: Actor, begins: dt.datetime, ends: dt.datetime) -> tuple[int, int]:
    """Return how many needs were first published within a time, and how many were public at its end.

    A need that was reopened has no day of closing any more; the journal keeps it.
    """
    last = (
        sa.select(JournalEntry.kind)
        .where(
            JournalEntry.tenant_id == Need.tenant_id,
            JournalEntry.subject_id == Need.id,
            JournalEntry.kind.in_([NeedClosed.__name__, NeedReopened.__name__]),
            JournalEntry.at < ends,
        )
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = sa.select(
        sa.func.count().filter(Need.published_at >= begins),
        sa.func.count().filter(last.is_distinct_from(NeedClosed.__name__)),
    ).where(Need.tenant_id == actor.tenant_id, Need.published_at < ends)
    published, public = db.session.execute(query).one()
    return published, public


def next_number(actor: Actor) -> int:
    """Return the number that the next need of this town gets."""
    _hold_numbers(actor)
    query = sa.select(sa.func.coalesce(sa.func.max(Need.number), 0) + 1).where(
        Need.tenant_id == actor.tenant_id
    )
    return db.session.scalars(query).one()


def _hold_numbers(actor: Actor) -> None:
    # Two at once would read the same maximum; the lock lasts until the transaction ends.
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"needs:{actor.tenant_id}")))
    )
