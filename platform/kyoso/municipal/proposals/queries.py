"""Every read of proposals. A caller passes the actor; a query never guesses the tenant."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from kyoso.core.access import Actor
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.files import StoredFile
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.journal import JournalEntry
from kyoso.core.mail import Mail
from kyoso.core.search import like_pattern
from kyoso.core.search import wanted as searched
from kyoso.core.tokens import token_hash
from kyoso.municipal.proposals.models import MessageKind as MessageKind
from kyoso.municipal.proposals.models import Proposal as Proposal
from kyoso.municipal.proposals.models import ProposalLink, ProposalRevision
from kyoso.municipal.proposals.models import ProposalMessage as ProposalMessage
from kyoso.municipal.proposals.rules import (
    WAITING,
    ProposalStatus,
    ProposerKind,
)


def get_proposal(actor: Actor, proposal_id: uuid.UUID, *, lock: bool = False) -> Proposal:
    """Return the proposal, or NotFound: another municipality's looks just like a missing one.

    `lock` holds the row until the transaction ends; take it before changing the status.
    """
    query = sa.select(Proposal).where(
        Proposal.tenant_id == actor.tenant_id, Proposal.id == proposal_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    proposal = db.session.scalar(query)
    if proposal is None:
        raise NotFound
    return proposal


def proposal_titles() -> sa.Subquery:
    """Return what other features join to name a proposal: key, number, title, status, arrival.

    PostgreSQL folds it into the query around it, so it costs nothing.
    """
    return sa.select(
        Proposal.tenant_id,
        Proposal.id,
        Proposal.number,
        Proposal.title,
        Proposal.status,
        Proposal.submitted_at,
    ).subquery("titled")


def get_received(actor: Actor, proposal_id: uuid.UUID, *, lock: bool = False) -> Proposal:
    """Return a proposal that staff may see, or NotFound: not what somebody still writes at home.

    What staff wrote down themselves is theirs to see before it is confirmed.
    """
    proposal = get_proposal(actor, proposal_id, lock=lock)
    if proposal.submitted_at is None and not proposal.entered_by:
        raise NotFound
    return proposal


def find_sent(actor: Actor, form_id: uuid.UUID) -> Proposal | None:
    """Return the proposal that a form made already; a twin that is being saved is waited for."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(str(form_id)))))
    return db.session.scalar(
        sa.select(Proposal).where(Proposal.tenant_id == actor.tenant_id, Proposal.id == form_id)
    )


def get_link(tenant_id: uuid.UUID, token: str) -> ProposalLink:
    """Return the private link of a secret, expired or not; NotFound for any other secret."""
    link = db.session.scalar(
        sa.select(ProposalLink).where(
            ProposalLink.tenant_id == tenant_id, ProposalLink.token_hash == token_hash(token)
        )
    )
    if link is None:
        raise NotFound
    return link


def find_by_receipt(actor: Actor, year: int, number: int) -> Proposal | None:
    """Return the proposal of a receipt."""
    first = dt.datetime(year, 1, 1, tzinfo=JST)
    return db.session.scalar(
        sa.select(Proposal).where(
            Proposal.tenant_id == actor.tenant_id,
            Proposal.number == number,
            Proposal.submitted_at >= first,
            Proposal.submitted_at < first.replace(year=year + 1),
        )
    )


def next_number(actor: Actor) -> int:
    """Return the number that the next proposal of this municipality gets."""
    # Two arrivals at once would read the same maximum; the lock lasts until commit.
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"proposals:{actor.tenant_id}")))
    )
    query = sa.select(sa.func.coalesce(sa.func.max(Proposal.number), 0) + 1).where(
        Proposal.tenant_id == actor.tenant_id
    )
    return db.session.scalars(query).one() or 1


def list_messages(actor: Actor, proposal_id: uuid.UUID) -> Sequence[ProposalMessage]:
    """Return what town and proposer wrote to each other, oldest first."""
    return db.session.scalars(
        sa.select(ProposalMessage)
        .where(
            ProposalMessage.tenant_id == actor.tenant_id,
            ProposalMessage.proposal_id == proposal_id,
        )
        .order_by(ProposalMessage.id)
    ).all()


def list_open_questions(actor: Actor, proposal_id: uuid.UUID) -> Sequence[ProposalMessage]:
    """Return the questions that the proposer has not answered."""
    return db.session.scalars(
        sa.select(ProposalMessage).where(
            ProposalMessage.tenant_id == actor.tenant_id,
            ProposalMessage.proposal_id == proposal_id,
            ProposalMessage.kind == MessageKind.QUESTION,
            ProposalMessage.answered_at.is_(None),
        )
    ).all()


def list_revisions(actor: Actor, proposal_id: uuid.UUID) -> Sequence[ProposalRevision]:
    """Return the content of each submission, latest first."""
    return db.session.scalars(
        sa.select(ProposalRevision)
        .where(
            ProposalRevision.tenant_id == actor.tenant_id,
            ProposalRevision.proposal_id == proposal_id,
        )
        .order_by(ProposalRevision.number.desc())
    ).all()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a proposal has gathered: what it is, when, and what belongs to it."""

    id: uuid.UUID
    at: dt.datetime
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that a proposal has gathered, each list oldest first."""

    #: kind, body, author_name, answered_at.
    messages: tuple[Entry, ...]
    #: number, content.
    revisions: tuple[Entry, ...]
    #: name, size, given_by.
    files: tuple[Entry, ...]
    #: to, subject, sent_at, error.
    mails: tuple[Entry, ...]
    #: kind, actor_name, facts.
    journal: tuple[Entry, ...]


def get_dossier(actor: Actor, proposal_id: uuid.UUID) -> Dossier:
    """Return everything that a proposal has gathered, in one statement."""
    parts: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
        (ProposalMessage, "at", ("kind", "body", "author_name", "answered_at")),
        (ProposalRevision, "submitted_at", ("number", "content")),
        (StoredFile, "created_at", ("name", "size", "given_by")),
        (Mail, "created_at", ("to", "subject", "sent_at", "error")),
        (JournalEntry, "at", ("kind", "actor_name", "facts")),
    )
    selects = []
    for model, moment, names in parts:
        whose = "proposal_id" if model in {ProposalMessage, ProposalRevision} else "subject_id"
        pairs = [part for name in names for part in (sa.literal(name), getattr(model, name))]
        query = sa.select(
            sa.literal(model.__tablename__).label("part"),
            model.id.label("id"),
            getattr(model, moment).label("at"),
            sa.func.jsonb_build_object(*pairs, type_=JSONB).label("facts"),
        ).where(model.tenant_id == actor.tenant_id, getattr(model, whose) == proposal_id)
        if model is StoredFile:
            query = query.where(StoredFile.removed_at.is_(None))
        selects.append(query)
    found: dict[str, list[Entry]] = {model.__tablename__: [] for model, _moment, _names in parts}
    for part, *entry in db.session.execute(sa.union_all(*selects).order_by("at", "id")):
        found[part].append(Entry(*entry))
    return Dossier(*(tuple(found[model.__tablename__]) for model, _moment, _names in parts))


class InboxSort(enum.StrEnum):
    """The orders that the inbox offers."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"
    TITLE = "title"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_SORTS[self])


_SORTS = {
    InboxSort.NEWEST: _l("新しい順"),
    InboxSort.OLDEST: _l("古い順"),
    InboxSort.DUE: _l("回答期限が近い順"),
    InboxSort.TITLE: _l("件名順"),
}
#: The table itself: rows of it skip what entities cost, and the inbox is opened all day.
_T = Proposal.__table__.c
_ORDERS: dict[InboxSort, tuple[Any, ...]] = {
    InboxSort.NEWEST: (_T.submitted_at.desc(), _T.id.desc()),
    InboxSort.OLDEST: (_T.submitted_at.asc(), _T.id.asc()),
    InboxSort.DUE: (_T.answer_by.asc().nulls_last(), _T.id.asc()),
    InboxSort.TITLE: (_T.title.asc(), _T.id.asc()),
}


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What the reader of the inbox asked for."""

    words: str = ""
    status: ProposalStatus | None = None
    kind: ProposerKind | None = None
    need_id: uuid.UUID | None = None
    #: Only what waits for the town, and is past the promised day.
    overdue_on: dt.date | None = None
    sort: InboxSort = InboxSort.NEWEST

    @property
    def narrowed(self) -> bool:
        """Tell whether anything but the status narrows the list."""
        return bool(self.words.strip() or self.kind or self.need_id or self.overdue_on)


INBOX_COLUMNS = (
    _T.id,
    _T.number,
    _T.title,
    _T.status,
    _T.proposer_kind,
    _T.proposer_name,
    _T.source,
    _T.submitted_at,
    _T.answer_by,
)


#: Which filters are set, and how many words are searched for.
Shape = tuple[bool, bool, bool, bool, int]


def _shape_of(wanted: InboxFilter, words: Sequence[str]) -> Shape:
    return (
        wanted.status is not None,
        wanted.kind is not None,
        wanted.need_id is not None,
        wanted.overdue_on is not None,
        len(words),
    )


def _matching(shape: Shape) -> list[sa.ColumnElement[bool]]:
    by_status, by_kind, by_need, only_overdue, words = shape
    found = [_T.tenant_id == sa.bindparam("town"), _T.submitted_at.is_not(None)]
    if by_status:
        found.append(_T.status == sa.bindparam("wanted_status"))
    if by_kind:
        found.append(_T.proposer_kind == sa.bindparam("wanted_kind"))
    if by_need:
        found.append(_T.need_id == sa.bindparam("wanted_need"))
    if only_overdue:
        found += [_T.status.in_(WAITING), _T.answer_by < sa.bindparam("today")]
    found += [_T.search_key.like(sa.bindparam(f"word_{n}")) for n in range(words)]
    return found


# Building a statement costs more than running it, so each shape is built once.
@cache
def _list_statement(shape: Shape, sort: InboxSort) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*INBOX_COLUMNS)
        .where(*_matching(shape))
        .order_by(*_ORDERS[sort])
        .limit(sa.bindparam("rows"))
        .offset(sa.bindparam("skipped"))
    )


@cache
def _count_statement(shape: Shape) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(_T.status, sa.func.count()).where(*_matching(shape)).group_by(_T.status)


def _asked(actor: Actor, wanted: InboxFilter) -> tuple[Shape, dict[str, Any]]:
    """Return the shape of a wish, and its values."""
    words = searched(wanted.words).words
    values: dict[str, Any] = {"town": actor.tenant_id}
    named = {
        "wanted_status": wanted.status,
        "wanted_kind": wanted.kind,
        "wanted_need": wanted.need_id,
        "today": wanted.overdue_on,
    }
    values |= {name: value for name, value in named.items() if value is not None}
    values |= {f"word_{n}": like_pattern(word) for n, word in enumerate(words)}
    return _shape_of(wanted, words), values


def list_inbox(
    actor: Actor, wanted: InboxFilter, *, limit: int = 20, offset: int = 0
) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return submitted proposals as rows of INBOX_COLUMNS; rows, not entities, for speed."""
    shape, values = _asked(actor, wanted)
    values |= {"rows": limit, "skipped": offset}
    return db.session.execute(_list_statement(shape, wanted.sort), values).all()


def count_inbox(actor: Actor, wanted: InboxFilter) -> dict[ProposalStatus, int]:
    """Return how many submitted proposals there are in each status, whatever status is chosen."""
    shape, values = _asked(actor, replace(wanted, status=None))
    return dict(db.session.execute(_count_statement(shape), values).all())


def list_received(actor: Actor, first: dt.date, last: dt.date) -> Sequence[Any]:
    """Return what was submitted on some days in Japan, oldest first, as rows of INBOX_COLUMNS."""
    return db.session.execute(
        sa.select(*INBOX_COLUMNS)
        .where(*_received(actor, first, last))
        .order_by(Proposal.submitted_at, Proposal.id)
    ).all()


def count_received(actor: Actor, first: dt.date, last: dt.date) -> int:
    """Return how many `list_received` lists."""
    query = sa.select(sa.func.count()).select_from(Proposal)
    return db.session.scalars(query.where(*_received(actor, first, last))).one()


def _received(actor: Actor, first: dt.date, last: dt.date) -> tuple[sa.ColumnElement[bool], ...]:
    midnight = dt.time(tzinfo=JST)
    return (
        Proposal.tenant_id == actor.tenant_id,
        Proposal.submitted_at >= dt.datetime.combine(first, midnight),
        Proposal.submitted_at < dt.datetime.combine(last + dt.timedelta(days=1), midnight),
    )


def list_for_export(
    actor: Actor, wanted: InboxFilter, *, limit: int = 20_000
) -> Sequence[Proposal]:
    """Return whole proposals for a spreadsheet, as filtered and sorted."""
    shape, values = _asked(actor, wanted)
    query = sa.select(Proposal).where(*_matching(shape)).order_by(*_ORDERS[wanted.sort])
    return db.session.scalars(query.limit(limit), values).all()
