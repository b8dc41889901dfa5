"""Every read of towns' months. Of a network: published ones only. A town's own: all of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.journal import last_entry
from kyoso.core.metrics import Figure, Month, count_in_network, count_town
from kyoso.exchange.networks.queries import (
    Membership,
    Network,
    NetworkMember,
    list_memberships,
)
from kyoso.exchange.networks.rules import MemberStatus
from kyoso.joint_metrics.snapshots import rules
from kyoso.joint_metrics.snapshots.events import MeasuringAsked
from kyoso.joint_metrics.snapshots.models import (
    Measurement,
    NetworkMonth,
    PublishingChoice,
    Snapshot,
)
from kyoso.joint_metrics.snapshots.rules import MonthState

#: What there is to say of a published version beside its figures.
_PUBLISHED: tuple[Any, ...] = (
    Snapshot.tenant_id,
    Snapshot.month,
    Snapshot.version,
    Snapshot.published_at,
    Snapshot.comment,
    Snapshot.reason,
)
#: A function of PostgreSQL takes 100 arguments: for more metrics than this, all are read.
MANY = 50

# -- of a network: what was published ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PooledMonth:
    """The newest published versions of a month put together."""

    month: Month
    #: Another one after each change.
    revision: uuid.UUID
    #: Those that published; the others are missing, not zero.
    towns: Sequence[uuid.UUID]
    #: Entries by the metric's id: `totals.from_entry` reads them.
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TownMonth:
    """A town's newest published version of a month."""

    tenant_id: uuid.UUID
    month: Month
    version: int
    published_at: dt.datetime
    #: Entries by the metric's id, of those that were asked for.
    figures: Mapping[str, Any]
    comment: str
    #: Why it was corrected.
    reason: str


def list_network_months(network_id: uuid.UUID, first: Month, last: Month) -> list[PooledMonth]:
    """Return a network's months, in their order; those for which no town published are missing."""
    rows = db.session.execute(
        sa.select(
            NetworkMonth.month, NetworkMonth.revision, NetworkMonth.towns, NetworkMonth.figures
        )
        .where(
            NetworkMonth.network_id == network_id,
            NetworkMonth.month.between(first.first, last.first),
        )
        .order_by(NetworkMonth.month)
    )
    return [PooledMonth(Month.of(row.month), row.revision, row.towns, row.figures) for row in rows]


def list_town_months(
    network_id: uuid.UUID, first: Month, last: Month, metric_ids: Iterable[str]
) -> list[TownMonth]:
    """Return each town's newest version of each month, with the figures of some metrics."""
    newest = (
        sa.select(*_PUBLISHED, Snapshot.figures)
        .ext(distinct_on(Snapshot.month, Snapshot.tenant_id))
        .where(
            Snapshot.network_id == network_id,
            Snapshot.month.between(first.first, last.first),
        )
        .order_by(Snapshot.month, Snapshot.tenant_id, Snapshot.version.desc())
        .subquery()
    )
    wanted = list(dict.fromkeys(metric_ids))
    figures: sa.ColumnElement[Any] = newest.c.figures
    if len(wanted) <= MANY:
        pairs = [part for key in wanted for part in (sa.literal(key), newest.c.figures[key])]
        chosen = sa.func.jsonb_build_object(*pairs, type_=JSONB)
        figures = sa.func.jsonb_strip_nulls(chosen, type_=JSONB)
    said = [newest.c[column.key] for column in _PUBLISHED]
    rows = db.session.execute(
        sa.select(*said, figures.label("figures")).order_by(newest.c.month, newest.c.tenant_id)
    )
    return [TownMonth(**(row._asdict() | {"month": Month.of(row.month)})) for row in rows]


def list_versions(network_id: uuid.UUID, tenant_id: uuid.UUID, month: Month) -> Sequence[Snapshot]:
    """Return every version of a town's month, the newest first."""
    return db.session.scalars(
        sa.select(Snapshot)
        .where(
            Snapshot.tenant_id == tenant_id,
            Snapshot.network_id == network_id,
            Snapshot.month == month.first,
        )
        .order_by(Snapshot.version.desc())
    ).all()


def list_all_versions(network_id: uuid.UUID, first: Month, last: Month) -> Sequence[Any]:
    """Return every version of every town's months, without its figures, the oldest first."""
    return db.session.execute(
        sa.select(*_PUBLISHED)
        .where(
            Snapshot.network_id == network_id,
            Snapshot.month.between(first.first, last.first),
        )
        .order_by(Snapshot.month, Snapshot.tenant_id, Snapshot.version)
    ).all()


def latest_published_month(network_id: uuid.UUID) -> Month | None:
    """Return the last month for which any town published something."""
    found = db.session.scalar(
        sa.select(sa.func.max(NetworkMonth.month)).where(NetworkMonth.network_id == network_id)
    )
    return Month.of(found) if found else None


# -- of a town itself ----------------------------------------------------------------------------


def list_own_networks(actor: Actor) -> list[Membership]:
    """Return the networks that the town belongs to today, with its membership."""
    return [one for one in list_memberships(actor) if one.in_force]


def count_month(
    actor: Actor, month: Month, network_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, dict[str, Figure]]:
    """Count a town's month anew from its rows: once for the town, and for each network."""
    own = count_town(actor, month)
    return {
        network_id: own | count_in_network(actor, month, network_id) for network_id in network_ids
    }


def find_measurement(
    actor: Actor, network_id: uuid.UUID, month: Month, *, lock: bool = False
) -> Measurement | None:
    """Return what the town counted of a month for a network.

    `lock` holds the row until the transaction ends; take it before publishing.
    """
    query = sa.select(Measurement).where(
        Measurement.tenant_id == actor.tenant_id,
        Measurement.network_id == network_id,
        Measurement.month == month.first,
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def get_measurement(
    actor: Actor, network_id: uuid.UUID, month: Month, *, lock: bool = False
) -> Measurement:
    """Return what the town counted of a month for a network, or NotFound."""
    found = find_measurement(actor, network_id, month, lock=lock)
    if found is None:
        raise NotFound
    return found


def newest_snapshot(actor: Actor, network_id: uuid.UUID, month: Month) -> Snapshot | None:
    """Return the newest version that the town published of a month, if there is one."""
    return db.session.scalar(
        sa.select(Snapshot)
        .where(
            Snapshot.tenant_id == actor.tenant_id,
            Snapshot.network_id == network_id,
            Snapshot.month == month.first,
        )
        .order_by(Snapshot.version.desc())
        .limit(1)
    )


def list_automatic(actor: Actor) -> set[uuid.UUID]:
    """Return the networks to which the town's months are published by themselves."""
    return set(
        db.session.scalars(
            sa.select(PublishingChoice.network_id).where(
                PublishingChoice.tenant_id == actor.tenant_id, PublishingChoice.automatic
            )
        )
    )


@dataclass(frozen=True, slots=True)
class OwnMonth:
    """How far the town is with a month for one network."""

    month: Month
    measured_at: dt.datetime | None = None
    #: The newest published version; 0 before the first.
    version: int = 0
    published_at: dt.datetime | None = None
    #: Whether what would be published now differs from what is.
    differs: bool = False

    @property
    def state(self) -> MonthState:
        """How far."""
        if self.measured_at is None:
            return MonthState.UNCOUNTED
        if self.version:
            return MonthState.CHANGED if self.differs else MonthState.PUBLISHED
        over = rules.is_over(self.month, self.measured_at)
        return MonthState.COUNTED if over else MonthState.RUNNING


def list_own_months(
    actor: Actor, month: Month | None = None
) -> dict[uuid.UUID, dict[Month, OwnMonth]]:
    """Return the months (or one) that the town counted, by the network."""
    newest = (
        sa.select(Snapshot.version, Snapshot.published_at, Snapshot.figures, Snapshot.comment)
        .where(
            Snapshot.tenant_id == Measurement.tenant_id,
            Snapshot.network_id == Measurement.network_id,
            Snapshot.month == Measurement.month,
        )
        .order_by(Snapshot.version.desc())
        .limit(1)
        .lateral()
    )
    differs = sa.or_(
        Measurement.figures.op("-")(Measurement.withheld) != newest.c.figures,
        Measurement.comment != newest.c.comment,
    )
    query = (
        sa.select(
            Measurement.network_id,
            Measurement.month,
            Measurement.measured_at,
            newest.c.version,
            newest.c.published_at,
            differs.label("differs"),
        )
        .join(newest, sa.true(), isouter=True)
        .where(Measurement.tenant_id == actor.tenant_id)
    )
    if month is not None:
        query = query.where(Measurement.month == month.first)
    found: dict[uuid.UUID, dict[Month, OwnMonth]] = {}
    for row in db.session.execute(query):
        one = Month.of(row.month)
        own = OwnMonth(one, row.measured_at, row.version or 0, row.published_at, bool(row.differs))
        found.setdefault(row.network_id, {})[one] = own
    return found


def list_shown_months(
    membership: Membership, own: Mapping[Month, OwnMonth], today: dt.date
) -> list[OwnMonth]:
    """Return the months of a network that a town's list shows, the newest first.

    Counted ones; and of a member of today also those that can be counted.
    """
    months = set(own)
    if membership.in_force and membership.member.joined_on:
        months |= {*rules.months_back(today, membership.member.joined_on), Month.of(today)}
    return [own.get(month) or OwnMonth(month) for month in sorted(months, reverse=True)]


def is_countable(membership: Membership, month: Month, today: dt.date) -> bool:
    """Tell whether a month has begun and the town was a member in it, and is one today."""
    joined = membership.member.joined_on
    return bool(membership.in_force and joined and joined <= month.last and month.first <= today)


def list_countable(actor: Actor, today: dt.date) -> list[Month]:
    """Return the months that counting now is for: what is not published everywhere yet."""
    own = list_own_months(actor)
    months = {
        shown.month
        for one in list_own_networks(actor)
        for shown in list_shown_months(one, own.get(one.network.id, {}), today)
        if not shown.version and is_countable(one, shown.month, today)
    }
    return sorted(months)


def list_uncounted(actor: Actor, today: dt.date) -> dict[Month, list[uuid.UUID]]:
    """Return the complete months that were never counted, each with its networks."""
    own = list_own_months(actor)
    found: dict[Month, list[uuid.UUID]] = {}
    for one in list_own_networks(actor):
        if one.member.joined_on:
            for month in rules.months_back(today, one.member.joined_on):
                if month not in own.get(one.network.id, {}):
                    found.setdefault(month, []).append(one.network.id)
    return dict(sorted(found.items()))


def list_unpublished(actor: Actor, month: Month, today: dt.date) -> Sequence[Any]:
    """Return the networks (id, name) of today to which the town has not published a month."""
    published = sa.exists().where(
        Snapshot.tenant_id == NetworkMember.tenant_id,
        Snapshot.network_id == NetworkMember.network_id,
        Snapshot.month == month.first,
    )
    return db.session.execute(
        sa.select(Network.id, Network.name)
        .join(NetworkMember, NetworkMember.network_id == Network.id)
        .where(
            NetworkMember.tenant_id == actor.tenant_id,
            NetworkMember.status == MemberStatus.ACTIVE,
            NetworkMember.joined_on <= month.last,
            sa.or_(NetworkMember.left_on.is_(None), NetworkMember.left_on > today),
            sa.or_(Network.closed_on.is_(None), Network.closed_on > today),
            ~published,
        )
        .order_by(Network.name)
    ).all()


def list_near(actor: Actor, measurement: Measurement) -> dict[Month, Mapping[str, Any]]:
    """Return the figures of the month before a measurement's, and of a year before."""
    month = Month.of(measurement.month)
    rows = db.session.execute(
        sa.select(Measurement.month, Measurement.figures).where(
            Measurement.tenant_id == actor.tenant_id,
            Measurement.network_id == measurement.network_id,
            Measurement.month.in_([(month + -1).first, (month + -12).first]),
        )
    )
    return {Month.of(row.month): row.figures for row in rows}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the months are that somebody asked to count."""

    asked_at: dt.datetime
    asked_by: str
    done: int
    total: int

    @property
    def working(self) -> bool:
        """Tell whether some are still to come."""
        return self.done < self.total


def find_progress(actor: Actor, now: dt.datetime) -> Progress | None:
    """Return how far the last asked counting is; None if it was long ago."""
    entry = last_entry(actor, actor.tenant_id, MeasuringAsked)
    if entry is None or now - entry.at > rules.PROGRESS_FOR:
        return None
    asked = [rules.month_of(text).first for text in entry.facts["months"]]
    done = db.session.scalars(
        sa.select(sa.func.count(sa.distinct(Measurement.month))).where(
            Measurement.tenant_id == actor.tenant_id,
            Measurement.month.in_(asked),
            Measurement.measured_at >= entry.at,
        )
    ).one()
    return Progress(entry.at, entry.actor_name, done, len(asked))
