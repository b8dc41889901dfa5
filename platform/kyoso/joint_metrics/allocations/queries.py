"""Every read of plans, and of what a plan is made of; the policies say who may."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.scope import Scope
from kyoso.core.search import search_key
from kyoso.exchange.listed_needs.queries import ListedNeed
from kyoso.exchange.share_requests.queries import ShareRequest
from kyoso.exchange.talent_pool.queries import Listing
from kyoso.exchange.talent_pool.rules import ListingStatus
from kyoso.identity.profiles.rules import SKILLS, WorkMode
from kyoso.joint_metrics.allocations.models import AllocationLine as AllocationLine
from kyoso.joint_metrics.allocations.models import AllocationPlan as AllocationPlan
from kyoso.joint_metrics.allocations.rules import (
    WORKING,
    Candidate,
    LineStatus,
    OpenNeed,
    PlanStatus,
)

_ABSENT = sa.text("SELECT joint_metrics.absent_from(:network, :today)")


def scope_for(network_id: uuid.UUID) -> Scope | None:
    """Return the scope in which a network's plan is calculated, or None if it is closed.

    It belongs to no town: it reads what is published in the network, and writes its plans. Asked
    on a connection of its own, before the transaction that it is for.
    """
    with db.engine.connect() as raw:
        connection = raw.execution_options(isolation_level="AUTOCOMMIT")
        absent = connection.execute(
            _ABSENT, {"network": network_id, "today": clock.today()}
        ).scalar()
    if absent is None:
        return None
    pairs = tuple((network_id, town) for town in absent)
    return Scope(network_ids=(network_id,), coordinated_network_id=network_id, absent_members=pairs)


def list_plans(network_id: uuid.UUID, *, limit: int = 50) -> Sequence[AllocationPlan]:
    """Return the plans of a network that the scope may see, newest first."""
    return db.session.scalars(
        sa.select(AllocationPlan)
        .where(AllocationPlan.network_id == network_id)
        .order_by(AllocationPlan.id.desc())
        .limit(limit)
    ).all()


def list_offered(network_ids: Sequence[uuid.UUID]) -> Sequence[AllocationPlan]:
    """Return the plans that coordinators show to the towns of these networks, newest first."""
    return db.session.scalars(
        sa.select(AllocationPlan)
        .where(AllocationPlan.network_id.in_(network_ids), AllocationPlan.offered_at.is_not(None))
        .order_by(AllocationPlan.offered_at.desc())
        .limit(50)
    ).all()


def get_plan(
    plan_id: uuid.UUID, network_id: uuid.UUID | None = None, *, lock: bool = False
) -> AllocationPlan:
    """Return a plan that the scope may see, or NotFound."""
    query = sa.select(AllocationPlan).where(AllocationPlan.id == plan_id)
    if network_id is not None:
        query = query.where(AllocationPlan.network_id == network_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    plan = db.session.scalar(query)
    if plan is None:
        raise NotFound
    return plan


def find_plan(network_id: uuid.UUID, plan_id: uuid.UUID) -> AllocationPlan | None:
    """Return the plan that a form made already, if it did."""
    return db.session.get(AllocationPlan, (network_id, plan_id))


def plan_in_force(network_id: uuid.UUID, *, lock: bool = False) -> AllocationPlan | None:
    """Return the plan that the towns may accept lines of."""
    query = sa.select(AllocationPlan).where(
        AllocationPlan.network_id == network_id, AllocationPlan.status == PlanStatus.OFFERED
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def count_working(network_id: uuid.UUID, since: dt.datetime) -> int:
    """Return how many plans of a network are being calculated."""
    return db.session.scalars(
        sa.select(sa.func.count()).where(
            AllocationPlan.network_id == network_id,
            AllocationPlan.status.in_(WORKING),
            AllocationPlan.heard_at > since,
        )
    ).one()


def list_lines(plan: AllocationPlan, *, lock: bool = False) -> Sequence[AllocationLine]:
    """Return the lines of a plan, by the need's town and the need."""
    query = (
        sa.select(AllocationLine)
        .where(AllocationLine.network_id == plan.network_id, AllocationLine.plan_id == plan.id)
        .order_by(
            AllocationLine.tenant_id,
            AllocationLine.listed_need_id,
            AllocationLine.hours.desc(),
            AllocationLine.id,
        )
    )
    return db.session.scalars(query.with_for_update() if lock else query).all()


def get_line(actor: Actor, line_id: uuid.UUID, *, lock: bool = False) -> AllocationLine:
    """Return a line for a need of the actor's town, or NotFound."""
    query = sa.select(AllocationLine).where(
        AllocationLine.tenant_id == actor.tenant_id, AllocationLine.id == line_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    line = db.session.scalar(query)
    if line is None:
        raise NotFound
    return line


def lines_in_force(network_id: uuid.UUID) -> frozenset[tuple[uuid.UUID, uuid.UUID]]:
    """Return (need, listing) of the open lines of the plan that towns see."""
    rows = db.session.execute(
        sa.select(AllocationLine.listed_need_id, AllocationLine.listing_id).where(
            AllocationLine.network_id == network_id,
            AllocationLine.offered,
            AllocationLine.status == LineStatus.PROPOSED,
        )
    )
    return frozenset((row.listed_need_id, row.listing_id) for row in rows)


def request_of(actor: Actor, line: AllocationLine) -> ShareRequest | None:
    """Return the share request that came of a line."""
    return db.session.scalar(
        sa.select(ShareRequest).where(
            ShareRequest.tenant_id == actor.tenant_id, ShareRequest.id == line.id
        )
    )


def requests_of(actor: Actor, lines: Sequence[AllocationLine]) -> set[uuid.UUID]:
    """Return the ids of those lines of which there is a share request."""
    ids = [line.id for line in lines if line.status is LineStatus.ACCEPTED]
    if not ids:
        return set()
    return set(
        db.session.scalars(
            sa.select(ShareRequest.id).where(
                ShareRequest.tenant_id == actor.tenant_id, ShareRequest.id.in_(ids)
            )
        )
    )


_SHOWN = sa.text("SELECT * FROM joint_metrics.needs_shown(:today)")


def list_shown_needs() -> Sequence[Any]:
    """Return the needs that towns show to the network that a coordinator works for."""
    return db.session.execute(_SHOWN, {"today": clock.today()}).all()


def need_titles(need_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the titles of needs that the networks of a town's scope still show, or are its own."""
    rows = db.session.execute(
        sa.select(ListedNeed.id, ListedNeed.title).where(ListedNeed.id.in_(need_ids))
    )
    return {row.id: row.title for row in rows}


def listed_names(network_id: uuid.UUID, listing_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names of people whom the network still shows to the town in scope.

    Empty where somebody does not show their name; left out where the listing is over.
    """
    rows = db.session.execute(
        sa.select(Listing.id, Listing.name).where(
            Listing.network_id == network_id, Listing.id.in_(listing_ids), *_published()
        )
    )
    return {row.id: row.name for row in rows}


def find_listing(line: AllocationLine) -> Listing | None:
    """Return the listing of a line as the network still shows it."""
    return db.session.scalar(
        sa.select(Listing).where(
            Listing.tenant_id == line.home_tenant_id,
            Listing.id == line.listing_id,
            Listing.network_id == line.network_id,
            *_published(),
        )
    )


def forget_changes() -> None:
    """Drop what a refused step had changed, so that a page shows what is kept."""
    db.session.rollback()


def _published() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Listing.status == ListingStatus.PUBLISHED,
        Listing.until >= clock.today(),
        sa.not_(Listing.network_id == sa.any_(Listing.hidden_in)),
    )


_UNDER_WAY = sa.text("SELECT * FROM joint_metrics.lines_under_way(:network, :today)")


def list_open_needs(network_id: uuid.UUID) -> list[OpenNeed]:
    """Return the needs of a network, less what accepted lines give them; in its plan's scope."""
    given: dict[uuid.UUID, int] = defaultdict(int)
    for row in _under_way(network_id):
        given[row.listed_need_id] += row.hours
    return [
        OpenNeed(
            row.id,
            row.tenant_id,
            tuple(row.skills),
            row.hours_a_month,
            WorkMode(row.mode) if row.mode else None,
            row.opens_on,
            given[row.id],
        )
        for row in list_shown_needs()
    ]


def _under_way(network_id: uuid.UUID) -> Sequence[Any]:
    values = {"network": network_id, "today": clock.today()}
    return db.session.execute(_UNDER_WAY, values).all()


_HOURS = sa.text(
    "SELECT tenant_id, listing_id, hours_left"
    " FROM joint_metrics.hours_of_listed(:network, :first, :months)"
)
_PERSON = (
    *(Listing.tenant_id, Listing.id, Listing.person_id, Listing.skills, Listing.free_skills),
    *(Listing.can_do, Listing.bio, Listing.wants, Listing.fields, Listing.parts),
    sa.cast(Listing.mode, sa.Text).label("mode"),
)


def list_candidates(
    network_id: uuid.UUID, first: dt.date, months: int
) -> tuple[list[Candidate], int]:
    """Return the people whom a network shows with their hours, and how many do not show these.

    Somebody whom two towns list is one person, as the listing that shows most of them says.
    """
    rows = db.session.execute(
        sa.select(*_PERSON)
        .where(Listing.network_id == network_id, *_published())
        .order_by(Listing.person_id, sa.func.cardinality(Listing.parts).desc(), Listing.tenant_id)
    ).all()
    asked = {"network": network_id, "first": first, "months": months}
    left = {row.listing_id: row.hours_left for row in db.session.execute(_HOURS, asked)}
    drafted: dict[uuid.UUID, int] = defaultdict(int)
    for row in _under_way(network_id):
        if not row.held:
            drafted[row.listing_id] += row.hours
    people: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in rows:
        people[row.person_id].append(row)
    found, without = [], 0
    for listings in people.values():
        shown = next((row for row in listings if row.id in left), None)
        if shown is None:
            without += 1
            continue
        taken = sum(drafted[row.id] for row in listings)
        found.append(_candidate(shown, listings, left[shown.id], taken))
    # Not by who they are: the order decides between equals.
    return sorted(found, key=lambda one: (one.tenant_id.int, one.listing_id.int)), without


def _candidate(row: Any, listings: Sequence[Any], left: Sequence[int], taken: int) -> Candidate:
    keys = {search_key(SKILLS.get(skill, skill)) for skill in (*row.skills, *row.free_skills)}
    return Candidate(
        row.id,
        row.tenant_id,
        frozenset(one.tenant_id for one in listings),
        frozenset(keys),
        search_key("\n".join([row.can_do, row.bio, row.wants, *row.fields])),
        WorkMode(row.mode) if row.mode else None,
        tuple(max(0, hours - taken) for hours in left),
    )
