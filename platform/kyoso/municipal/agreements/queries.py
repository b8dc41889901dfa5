"""Every read of agreements. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.journal import JournalEntry
from kyoso.core.search import like_pattern
from kyoso.core.search import wanted as searched
from kyoso.municipal.agreements import rules
from kyoso.municipal.agreements.events import AgreementUpdated
from kyoso.municipal.agreements.models import (
    Agreement as Agreement,
)
from kyoso.municipal.agreements.models import (
    AgreementDraft,
    AgreementProject,
    AgreementReminder,
)
from kyoso.municipal.agreements.rules import AgreementKind, AgreementStatus

PER_PAGE = 20

#: The orders that a list can be asked for; the key is the word in the address.
ORDERS: Mapping[str, Any] = {
    "number": Agreement.number,
    "title": Agreement.title,
    "signed": Agreement.signed_on,
    "ends": Agreement.ends_on,
}
NEWEST_FIRST = "-number"
_KINDS, _STATUSES = frozenset(AgreementKind), frozenset(AgreementStatus)

#: Projects are above us in the layers: what a link shows of them is read by name.
_PROJECTS = sa.table(
    "projects",
    sa.column("tenant_id", sa.Uuid),
    sa.column("id", sa.Uuid),
    sa.column("number", sa.Integer),
    sa.column("title", sa.Text),
    sa.column("proposer_name", sa.Text),
    sa.column("department_id", sa.Uuid),
    sa.column("pilot_starts_on", sa.Date),
    sa.column("pilot_ends_on", sa.Date),
    schema="municipal",
)


@dataclass(frozen=True, slots=True)
class AgreementFilter:
    """What somebody asked a list for."""

    words: str = ""
    kind: AgreementKind | None = None
    status: AgreementStatus | None = None
    expiring: bool = False
    #: A key of ORDERS, with ``-`` before it for the reverse.
    sort: str = NEWEST_FIRST
    page: int = 1

    @classmethod
    def of(cls, address: Mapping[str, str]) -> AgreementFilter:
        """Return what an address asks for; what it says wrongly counts as not said."""
        said = (address.get(key, "") for key in ("kind", "status", "sort", "page"))
        kind, status, sort, page = said
        return cls(
            words=address.get("q", "")[:100].replace("\0", "").strip(),
            kind=AgreementKind(kind) if kind in _KINDS else None,
            status=AgreementStatus(status) if status in _STATUSES else None,
            expiring=address.get("expiring") == "yes",
            sort=sort if sort.removeprefix("-") in ORDERS else NEWEST_FIRST,
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def address(self, **changes: Any) -> dict[str, Any]:
        """Return what to write into an address for this list, or for a changed one."""
        asked = replace(self, **{"page": 1, **changes})
        said = {
            "q": asked.words,
            "kind": asked.kind or "",
            "status": asked.status or "",
            "expiring": "yes" if asked.expiring else "",
            "sort": asked.sort if asked.sort != NEWEST_FIRST else "",
            "page": asked.page if asked.page > 1 else "",
        }
        return {key: str(value) for key, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out of the list."""
        return bool(self.words or self.kind or self.status or self.expiring)


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement in a list."""

    tenant_id: uuid.UUID
    id: uuid.UUID
    number: int
    kind: AgreementKind
    title: str
    parties: list[dict[str, str]]
    fields: list[str]
    status: AgreementStatus
    signed_on: dt.date | None
    starts_on: dt.date | None
    ends_on: dt.date | None
    renewal_months: int | None
    notice_months: int | None
    department_id: uuid.UUID | None
    contact: str
    ended_on: dt.date | None
    end_reason: str


@dataclass(frozen=True, slots=True)
class Expiring:
    """An agreement whose running term ends soon."""

    agreement: AgreementRow
    ends_on: dt.date
    days_left: int


@dataclass(frozen=True, slots=True)
class LinkedProject:
    """What a link shows of a project."""

    id: uuid.UUID
    number: int
    title: str
    proposer_name: str
    department_id: uuid.UUID | None
    pilot_starts_on: dt.date | None
    pilot_ends_on: dt.date | None

    def is_covered_by(self, terms: rules.Terms) -> bool:
        """Tell whether an agreement holds through the pilot; one without days asks for nothing."""
        if self.pilot_starts_on is None or terms.status is not AgreementStatus.SIGNED:
            return True
        return rules.covers(terms, self.pilot_starts_on, self.pilot_ends_on)


_ROW = tuple(getattr(Agreement, name) for name in AgreementRow.__slots__)
_PROJECT = tuple(_PROJECTS.c[name] for name in LinkedProject.__slots__)


def get_agreement(actor: Actor, agreement_id: uuid.UUID, *, lock: bool = False) -> Agreement:
    """Return the agreement with its clauses, or NotFound: another town's looks like a missing one.

    `lock` holds the row until the transaction ends; take it before changing anything.
    """
    query = (
        sa.select(Agreement)
        .where(Agreement.tenant_id == actor.tenant_id, Agreement.id == agreement_id)
        .options(selectinload(Agreement.clauses))
    )
    agreement = db.session.scalar(query.with_for_update() if lock else query)
    if agreement is None:
        raise NotFound
    return agreement


def find_sent(actor: Actor, form_id: uuid.UUID) -> Agreement | None:
    """Return the agreement that a form made already; a twin that is being saved is waited for."""
    _hold_numbers(actor)
    return db.session.scalar(
        sa.select(Agreement).where(Agreement.tenant_id == actor.tenant_id, Agreement.id == form_id)
    )


def list_agreements(
    actor: Actor, wanted: AgreementFilter, on: dt.date, *, limit: int | None = None, offset: int = 0
) -> list[AgreementRow]:
    """Return one page of the town's agreements, or all of them."""
    column = ORDERS[wanted.sort.removeprefix("-")]
    order = column.desc() if wanted.sort.startswith("-") else column.asc()
    query = _matching(actor, wanted, on, *_ROW)
    if wanted.status is not None:
        query = query.where(Agreement.status == wanted.status)
    query = query.order_by(order.nulls_last(), Agreement.number.desc())
    return [AgreementRow(*row) for row in db.session.execute(query.limit(limit).offset(offset))]


def count_agreements(
    actor: Actor, wanted: AgreementFilter, on: dt.date
) -> dict[AgreementStatus, int]:
    """Return how many there are in each status, of those that match otherwise."""
    query = _matching(actor, wanted, on, Agreement.status, sa.func.count())
    found = {row[0]: row[1] for row in db.session.execute(query.group_by(Agreement.status))}
    return {status: found.get(status, 0) for status in AgreementStatus}


def _matching(
    actor: Actor, wanted: AgreementFilter, on: dt.date, *columns: Any
) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(*columns).where(Agreement.tenant_id == actor.tenant_id)
    if wanted.kind is not None:
        query = query.where(Agreement.kind == wanted.kind)
    if wanted.expiring:
        # When a term ends that renews itself is counted in months, which is a rule's business.
        ending = [found.agreement.id for found in list_expiring(actor, on, rules.SOON)]
        query = query.where(Agreement.id.in_(ending))
    for word in searched(wanted.words).words:
        query = query.where(Agreement.search_key.like(like_pattern(word)))
    return query


def list_expiring(actor: Actor, on: dt.date, days: int = rules.SOON) -> list[Expiring]:
    """Return the agreements whose running term ends within some days, the next end first."""
    query = sa.select(*_ROW).where(
        Agreement.tenant_id == actor.tenant_id,
        Agreement.status == AgreementStatus.SIGNED,
        sa.or_(
            Agreement.ends_on.between(on, on + dt.timedelta(days=days)),
            sa.and_(Agreement.renewal_months.is_not(None), Agreement.ends_on < on),
        ),
    )
    found = []
    for row in (AgreementRow(*values) for values in db.session.execute(query)):
        left, end = rules.days_left(row, on), rules.term_end(row, on)
        if left is not None and end is not None and 0 <= left <= days:
            found.append(Expiring(row, end, left))
    return sorted(found, key=lambda one: (one.ends_on, one.agreement.number))


def list_signed_at(actor: Actor, moment: dt.datetime) -> list[AgreementRow]:
    """Return what was ever signed, with the terms that its text had at a moment."""
    signed = sa.or_(Agreement.signed_on.is_not(None), Agreement.declared_key.is_not(None))
    query = sa.select(*_ROW).where(Agreement.tenant_id == actor.tenant_id, signed)
    rows = (AgreementRow(*values) for values in db.session.execute(query))
    found = {row.id: replace(row, status=AgreementStatus.SIGNED) for row in rows}
    was = JournalEntry.facts["term_was"]
    days, months = [was[n].astext.cast(sa.Date) for n in (0, 1)], was[2].astext.cast(sa.Integer)
    later = sa.select(JournalEntry.subject_id, *days, months).where(
        JournalEntry.tenant_id == actor.tenant_id,
        JournalEntry.subject_id.in_(query.with_only_columns(Agreement.id)),
        JournalEntry.kind == AgreementUpdated.__name__,
        JournalEntry.at >= moment,
    )
    # Taken back one by one, the latest first.
    last_first = later.order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
    for key, starts_on, ends_on, renewal in db.session.execute(last_first):
        found[key] = replace(
            found[key], starts_on=starts_on, ends_on=ends_on, renewal_months=renewal
        )
    return list(found.values())


def list_due_reminders(actor: Actor, on: dt.date) -> list[tuple[Expiring, int]]:
    """Return whose end is near and not yet told, with the threshold that is due."""
    told: dict[tuple[uuid.UUID, dt.date], set[int]] = defaultdict(set)
    sent = sa.select(
        AgreementReminder.agreement_id, AgreementReminder.ends_on, AgreementReminder.threshold
    ).where(AgreementReminder.tenant_id == actor.tenant_id, AgreementReminder.ends_on >= on)
    for agreement_id, ends_on, threshold in db.session.execute(sent):
        told[agreement_id, ends_on].add(threshold)
    due = []
    for one in list_expiring(actor, on):
        at = rules.due_threshold(one.days_left, told[one.agreement.id, one.ends_on])
        if at is not None:
            due.append((one, at))
    return due


def pilot_agreement_of(actor: Actor, project_id: uuid.UUID, on: dt.date) -> Agreement | None:
    """Return the signed pilot agreement of a project that is in force on a day, if there is one.

    Of several, the one that lacks the least; `missing_clauses` says what it lacks.
    """
    query = (
        _of_project(actor, project_id, Agreement)
        .where(Agreement.kind == AgreementKind.PILOT, Agreement.status != AgreementStatus.DRAFT)
        .options(joinedload(Agreement.clauses))
    )
    found = [one for one in db.session.scalars(query).unique() if rules.in_force(one, on)]
    return min(found, key=lambda one: (len(one.missing_clauses), -one.number), default=None)


def list_for_project(actor: Actor, project_id: uuid.UUID) -> list[AgreementRow]:
    """Return the agreements that concern a project, the newest first."""
    query = _of_project(actor, project_id, *_ROW).order_by(Agreement.number.desc())
    return [AgreementRow(*row) for row in db.session.execute(query)]


def _of_project(actor: Actor, project_id: uuid.UUID, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    link = sa.and_(
        AgreementProject.tenant_id == Agreement.tenant_id,
        AgreementProject.agreement_id == Agreement.id,
    )
    return (
        sa.select(*columns)
        .join(AgreementProject, link)
        .where(Agreement.tenant_id == actor.tenant_id, AgreementProject.project_id == project_id)
    )


def list_linkable(actor: Actor, project_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """Return id and name of the agreements that could be tied to a project, the newest first."""
    tied = sa.select(AgreementProject.agreement_id).where(
        AgreementProject.tenant_id == actor.tenant_id, AgreementProject.project_id == project_id
    )
    query = (
        sa.select(Agreement.id, Agreement.number, Agreement.title, Agreement.department_id)
        .where(
            Agreement.tenant_id == actor.tenant_id,
            Agreement.id.not_in(tied),
            Agreement.status.in_((AgreementStatus.DRAFT, AgreementStatus.SIGNED)),
        )
        .order_by(Agreement.number.desc())
    )
    return [
        (row.id, f"No.{row.number} {row.title}")
        for row in db.session.execute(query)
        if rules.acts_for(actor, row.department_id)
    ]


def get_project_line(actor: Actor, project_id: uuid.UUID) -> LinkedProject:
    """Return what a link shows of a project, or NotFound, as for another town's."""
    query = sa.select(*_PROJECT).where(
        _PROJECTS.c.tenant_id == actor.tenant_id, _PROJECTS.c.id == project_id
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return LinkedProject(*row)


def list_projects_of(actor: Actor, agreement_id: uuid.UUID) -> list[LinkedProject]:
    """Return the projects that an agreement concerns."""
    link = sa.and_(
        AgreementProject.tenant_id == _PROJECTS.c.tenant_id,
        AgreementProject.project_id == _PROJECTS.c.id,
    )
    query = (
        sa.select(*_PROJECT)
        .join(AgreementProject, link)
        .where(
            AgreementProject.tenant_id == actor.tenant_id,
            AgreementProject.agreement_id == agreement_id,
        )
        .order_by(_PROJECTS.c.number)
    )
    return [LinkedProject(*row) for row in db.session.execute(query)]


def find_link(
    actor: Actor, agreement_id: uuid.UUID, project_id: uuid.UUID
) -> AgreementProject | None:
    """Return the tie between an agreement and a project, if there is one."""
    return db.session.get(AgreementProject, (actor.tenant_id, agreement_id, project_id))


def list_drafts(actor: Actor, agreement_id: uuid.UUID) -> Sequence[AgreementDraft]:
    """Return every version of the text, the latest first."""
    return db.session.scalars(
        sa.select(AgreementDraft)
        .where(
            AgreementDraft.tenant_id == actor.tenant_id,
            AgreementDraft.agreement_id == agreement_id,
        )
        .order_by(AgreementDraft.version.desc())
    ).all()


def load_declared(actor: Actor) -> dict[str, Agreement]:
    """Return the agreements that came from the town's folder, to change, by their entry."""
    query = sa.select(Agreement).where(
        Agreement.tenant_id == actor.tenant_id, Agreement.declared_key.is_not(None)
    )
    return {str(one.declared_key): one for one in db.session.scalars(query)}


def next_number(actor: Actor) -> int:
    """Return the number that the next agreement of this town gets."""
    _hold_numbers(actor)
    query = sa.select(sa.func.coalesce(sa.func.max(Agreement.number), 0) + 1).where(
        Agreement.tenant_id == actor.tenant_id
    )
    return db.session.scalars(query).one()


def _hold_numbers(actor: Actor) -> None:
    # Two at once would read the same maximum; the lock lasts until the transaction ends.
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"agreements:{actor.tenant_id}")))
    )
