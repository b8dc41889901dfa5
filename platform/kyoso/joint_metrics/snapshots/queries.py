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
from kyoso.core.metrics import Figure, Month, count_in_network, count_town
from kyoso.exchange.networks.queries import Membership, list_memberships
from kyoso.joint_metrics.snapshots.models import (
    Measurement,
    NetworkMonth,
    PublishingChoice,
    Snapshot,
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
    return [PooledMonth(Month.of(month), *rest) for month, *rest in rows]


def list_town_months(
    network_id: uuid.UUID, first: Month, last: Month, metric_ids: Iterable[str]
) -> list[TownMonth]:
    """Return each town's newest version of each month, with the figures of some metrics."""
    newest = (
        sa.select(
            Snapshot.tenant_id,
            Snapshot.month,
            Snapshot.version,
            Snapshot.published_at,
            Snapshot.figures,
            Snapshot.comment,
            Snapshot.reason,
        )
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
    rows = db.session.execute(
        sa.select(
            newest.c.tenant_id,
            newest.c.month,
            newest.c.version,
            newest.c.published_at,
            figures,
            newest.c.comment,
            newest.c.reason,
        ).order_by(newest.c.month, newest.c.tenant_id)
    )
    return [TownMonth(tenant, Month.of(month), *rest) for tenant, month, *rest in rows]


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


def publishes_by_itself(actor: Actor, network_id: uuid.UUID) -> bool:
    """Tell whether the town chose that its months are published to a network by themselves."""
    found = db.session.scalar(
        sa.select(PublishingChoice.automatic).where(
            PublishingChoice.tenant_id == actor.tenant_id,
            PublishingChoice.network_id == network_id,
        )
    )
    return bool(found)
