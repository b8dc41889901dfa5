"""Every read of engagements. A town reads its own; a person reads their own in every town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from kyoso.core.access import Actor, PersonActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.metrics import Month
from kyoso.core.search import like_pattern
from kyoso.municipal.engagements.models import Engagement as Engagement
from kyoso.municipal.engagements.rules import ENDING_SOON, HOLDING, OPEN, EngagementStatus
from kyoso.municipal.talent_programmes.rules import (
    Cost,
    Surroundings,
    Terms,
    cost_in,
    fiscal_years,
)
from kyoso.tenancy.models import Tenant

PER_PAGE = 50


#: The orders that a list can be asked for; the key is the word in the address.
ORDERS: Mapping[str, Any] = {
    "ends_on": Engagement.ends_on,
    "starts_on": Engagement.starts_on,
    "person_name": Engagement.person_name,
    "department_name": Engagement.department_name,
    "hours_a_month": Engagement.hours_a_month,
}
_STATUSES = frozenset(EngagementStatus)


@dataclass(frozen=True, slots=True)
class EngagementFilter:
    """What a list of engagements is narrowed to."""

    search: str = ""
    department_id: uuid.UUID | None = None
    role: str = ""
    programme: str = ""
    status: EngagementStatus | None = None
    talent_id: uuid.UUID | None = None
    #: Only those under way that end from one day to another.
    ending: tuple[dt.date, dt.date] | None = None
    #: A key of ORDERS, with ``-`` before it for the reverse.
    sort: str = "ends_on"
    page: int = 1

    @classmethod
    def of(cls, address: Mapping[str, str], today: dt.date) -> EngagementFilter:
        """Return what an address asks for; what it says wrongly counts as not said."""
        status, sort, page = (address.get(key, "") for key in ("status", "sort", "page"))
        words = {
            name: address.get(key, "")[:100].replace("\0", "").strip()
            for name, key in (("search", "q"), ("role", "role"), ("programme", "programme"))
        }
        return cls(
            **words,
            department_id=_id(address.get("department", "")),
            status=EngagementStatus(status) if status in _STATUSES else None,
            talent_id=_id(address.get("talent", "")),
            ending=(today, today + ENDING_SOON) if address.get("soon") == "yes" else None,
            sort=sort if sort.removeprefix("-") in ORDERS else "ends_on",
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def address(self, **changes: Any) -> dict[str, str]:
        """Return what to write into an address for this list, or for a changed one."""
        asked = replace(self, **{"page": 1, **changes})
        said = {
            "q": asked.search,
            "department": asked.department_id or "",
            "role": asked.role,
            "programme": asked.programme,
            "status": asked.status or "",
            "talent": asked.talent_id or "",
            "soon": "yes" if asked.ending else "",
            "sort": asked.sort if asked.sort != "ends_on" else "",
            "page": asked.page if asked.page > 1 else "",
        }
        return {key: str(value) for key, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out of the list."""
        return bool(self.address(sort="ends_on"))


def _id(said: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(said)
    except ValueError:
        return None


def get_engagement(actor: Actor, engagement_id: uuid.UUID, *, lock: bool = False) -> Engagement:
    """Return the engagement, or NotFound: another town's looks just like a missing one.

    `lock` holds the row until the transaction ends; take it before changing the status.
    """
    query = sa.select(Engagement).where(
        Engagement.tenant_id == actor.tenant_id, Engagement.id == engagement_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    engagement = db.session.scalar(query)
    if engagement is None:
        raise NotFound
    return engagement


def get_own_engagement(
    me: PersonActor, engagement_id: uuid.UUID, *, lock: bool = False
) -> Engagement:
    """Return an engagement of the person's own in any town, or NotFound."""
    query = sa.select(Engagement).where(
        Engagement.person_id == me.person_id, Engagement.id == engagement_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    engagement = db.session.scalar(query)
    if engagement is None:
        raise NotFound
    return engagement


def list_engagements_of_person(
    me: PersonActor, *, status: Sequence[EngagementStatus] = ()
) -> Sequence[Any]:
    """Return (engagement, town's name, town's slug) of the person in every town, latest end first.

    `status` leaves the others out.
    """
    query = (
        sa.select(Engagement, Tenant.name.label("town"), Tenant.slug.label("slug"))
        .join(Tenant, Tenant.id == Engagement.tenant_id)
        .where(Engagement.person_id == me.person_id)
        .order_by(Engagement.ends_on.desc(), Engagement.id)
    )
    if status:
        query = query.where(Engagement.status.in_(status))
    return db.session.execute(query).all()


def _narrowed(actor: Actor, wanted: EngagementFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [Engagement.tenant_id == actor.tenant_id]
    if wanted.search:
        pattern = like_pattern(wanted.search)
        conditions.append(
            Engagement.person_name.ilike(pattern)
            | Engagement.title.ilike(pattern)
            | Engagement.purpose.ilike(pattern)
        )
    for column, value in (
        (Engagement.department_id, wanted.department_id),
        (Engagement.talent_id, wanted.talent_id),
        (Engagement.role, wanted.role or None),
        (Engagement.programme, wanted.programme or None),
        (Engagement.status, wanted.status),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.ending:
        conditions += [
            Engagement.status == EngagementStatus.ACTIVE,
            Engagement.ends_on.between(*wanted.ending),
        ]
    return conditions


def list_engagements(
    actor: Actor, wanted: EngagementFilter | None = None, *, page: int | None = None
) -> Sequence[Engagement]:
    """Return the town's engagements, narrowed and sorted; one page of them, or all."""
    wanted = wanted or EngagementFilter()
    column = ORDERS[wanted.sort.removeprefix("-")]
    query = (
        sa.select(Engagement)
        .where(*_narrowed(actor, wanted))
        .order_by(column.desc() if wanted.sort.startswith("-") else column, Engagement.id)
    )
    if page is not None:
        query = query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return db.session.scalars(query).all()


def count_engagements(
    actor: Actor, wanted: EngagementFilter | None = None
) -> dict[EngagementStatus, int]:
    """Return how many there are in each status, of those that match otherwise."""
    wanted = replace(wanted or EngagementFilter(), status=None)
    query = sa.select(Engagement.status, sa.func.count()).where(*_narrowed(actor, wanted))
    found = {row[0]: row[1] for row in db.session.execute(query.group_by(Engagement.status))}
    return {status: found.get(status, 0) for status in EngagementStatus}


def find_sent(actor: Actor, form_id: uuid.UUID) -> Engagement | None:
    """Return the engagement that a form made already; a twin that is being saved is waited for."""
    hold_offers(actor)
    return db.session.scalar(
        sa.select(Engagement).where(
            Engagement.tenant_id == actor.tenant_id, Engagement.id == form_id
        )
    )


def hold_offers(actor: Actor) -> None:
    """Let one offer of the town at a time look around: the lock lasts until the transaction ends.

    Two at once would not see each other: twice the same role, or two of whom there may be one.
    """
    name = f"engagements:{actor.tenant_id}"
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(name))))


def _holding(actor: Actor, terms: Terms, except_id: uuid.UUID) -> list[sa.ColumnElement[bool]]:
    return [
        Engagement.tenant_id == actor.tenant_id,
        Engagement.id != except_id,
        Engagement.status.in_(HOLDING),
        Engagement.starts_on <= terms.ends_on,
        Engagement.ends_on >= terms.starts_on,
    ]


def find_double(
    actor: Actor,
    terms: Terms,
    talent_id: uuid.UUID,
    department_id: uuid.UUID,
    *,
    except_id: uuid.UUID,
) -> Engagement | None:
    """Return an engagement of the same person, role and department that shares a day."""
    return db.session.scalars(
        sa.select(Engagement)
        .where(
            *_holding(actor, terms, except_id),
            Engagement.talent_id == talent_id,
            Engagement.department_id == department_id,
            Engagement.role == terms.role,
        )
        .order_by(Engagement.starts_on)
        .limit(1)
    ).first()


def surroundings_of(
    actor: Actor,
    terms: Terms,
    talent_id: uuid.UUID,
    *,
    except_id: uuid.UUID,
    renews: Engagement | None,
) -> Surroundings:
    """Return what there is beside the terms that the rules of their programme ask about."""
    if not terms.programme:
        return Surroundings()
    same = Engagement.programme == terms.programme
    others = db.session.scalars(
        sa.select(Engagement)
        .where(*_holding(actor, terms, except_id), same)
        .order_by(Engagement.starts_on)
    ).all()
    own = db.session.scalars(
        sa.select(Engagement).where(
            Engagement.tenant_id == actor.tenant_id,
            Engagement.id != except_id,
            Engagement.status.in_(HOLDING),
            Engagement.talent_id == talent_id,
            same,
        )
    ).all()
    spent = {
        year: sum((cost_in(one.terms, year) for one in own), Cost()) for year in fiscal_years(terms)
    }
    chain = list_earlier(actor, renews)
    return Surroundings(chain[-1].starts_on if chain else None, spent, others)


def list_earlier(actor: Actor, engagement: Engagement | None) -> list[Engagement]:
    """Return an engagement and those that it renews, the latest first."""
    chain: list[Engagement] = []
    while engagement is not None:
        chain.append(engagement)
        before = engagement.renews_id
        engagement = get_engagement(actor, before) if before else None
    return chain


def renewal_of(actor: Actor, engagement_id: uuid.UUID) -> Engagement | None:
    """Return the engagement that renews one, if it was offered and not declined."""
    return db.session.scalar(
        sa.select(Engagement).where(
            Engagement.tenant_id == actor.tenant_id,
            Engagement.renews_id == engagement_id,
            Engagement.status.in_(HOLDING),
        )
    )


def list_ending(actor: Actor, today: dt.date, *, limit: int = 20) -> Sequence[Any]:
    """Return (engagement, status of its renewal or None) of those that end soon, the next first.

    What a renewal follows that both sides agreed on is left out: nothing waits there.
    """
    renewal = aliased(Engagement)
    return db.session.execute(
        sa.select(Engagement, renewal.status.label("renewal"))
        .outerjoin(
            renewal,
            sa.and_(
                renewal.tenant_id == Engagement.tenant_id,
                renewal.renews_id == Engagement.id,
                renewal.status.in_(OPEN),
            ),
        )
        .where(
            Engagement.tenant_id == actor.tenant_id,
            Engagement.status == EngagementStatus.ACTIVE,
            Engagement.ends_on.between(today, today + ENDING_SOON),
            renewal.status.is_distinct_from(EngagementStatus.ACTIVE),
        )
        .order_by(Engagement.ends_on, Engagement.id)
        .limit(limit)
    ).all()


def list_over(actor: Actor, today: dt.date) -> Sequence[Engagement]:
    """Return those under way whose last day is over, held until the transaction ends."""
    return db.session.scalars(
        sa.select(Engagement)
        .where(
            Engagement.tenant_id == actor.tenant_id,
            Engagement.status == EngagementStatus.ACTIVE,
            Engagement.ends_on < today,
        )
        .order_by(Engagement.id)
        .with_for_update()
    ).all()


def list_costed(actor: Actor, first: dt.date, last: dt.date) -> Sequence[Engagement]:
    """Return the engagements that cost something in a time, offered ones too, by person."""
    return db.session.scalars(
        sa.select(Engagement)
        .where(
            Engagement.tenant_id == actor.tenant_id,
            Engagement.status.in_(HOLDING),
            Engagement.starts_on <= last,
            Engagement.ends_on >= first,
        )
        .order_by(Engagement.person_name, Engagement.starts_on)
    ).all()


def agreed_in(month: Month) -> sa.ColumnElement[bool]:
    """Return the condition that a month has to do with an engagement that was agreed on by its end."""
    return sa.and_(
        Engagement.status.in_((EngagementStatus.ACTIVE, EngagementStatus.ENDED)),
        Engagement.answered_at < month.ends,
        Engagement.starts_on <= month.last,
        Engagement.ends_on >= month.first,
    )


def count_agreed(actor: Actor, month: Month) -> tuple[int, int]:
    """Return how many were in force on a month's last day, and the hours agreed on for the month."""
    row = db.session.execute(
        sa.select(
            sa.func.count().filter(Engagement.ends_on >= month.last),
            sa.func.coalesce(sa.func.sum(Engagement.hours_a_month), 0),
        ).where(Engagement.tenant_id == actor.tenant_id, agreed_in(month))
    ).one()
    return row[0], row[1]
