"""What counts months: every night at first in a month, when a town joins, and when somebody asks.

Each town is counted in a transaction of its own, in its own scope. A night's work that was cut
off is taken up where it was: whoever was counted today is not counted again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.events import subscribe
from kyoso.core.jobs import enqueue, job
from kyoso.core.metrics import Month
from kyoso.exchange.networks.events import NetworkFounded, NetworksSynced, TownJoinedNetwork
from kyoso.joint_metrics.snapshots import operations, queries, rules
from kyoso.joint_metrics.snapshots.events import MeasuringAsked
from kyoso.joint_metrics.snapshots.operations import Publication
from kyoso.tenancy.nights import in_each_town, nightly_in_each_town
from kyoso.tenancy.queries import TenantInfo

MEASURE = "snapshots.measure"
RULE = "毎月の集計と公開（自動）"


@nightly_in_each_town(MEASURE, RULE)
def measure_everybody(actor: Actor) -> None:
    """Count the month before, of every town."""
    work_on(actor)


def measure_towns(towns: Sequence[TenantInfo]) -> None:
    """Count the month before, of some towns; publish it where a town chose that."""
    in_each_town(MEASURE, RULE, towns, work_on)


def work_on(actor: Actor) -> None:
    """Do a night's work for one town, in its scope."""
    now, today = clock.now(), clock.today()
    if today.day > rules.AUTOMATIC_UNTIL:
        return
    month = Month.of(today) + -1
    open_ = {
        one.network.id
        for one in queries.list_own_networks(actor)
        if one.member.joined_on and one.member.joined_on <= month.last
    }
    if not open_:
        return
    own = queries.list_own_months(actor, month)
    known = {key: months[month] for key, months in own.items()}
    open_ -= {key for key, one in known.items() if one.version}
    due = {
        key
        for key in open_
        if rules.counts_tonight(month, known[key].measured_at if key in known else None, today)
    }
    if due:
        counted = queries.count_month(actor, month, due)
        operations.measure_month(month, counted, actor=actor, now=now)
    if today.day >= rules.AUTOMATIC_FROM and open_:
        for network_id in sorted(open_ & queries.list_automatic(actor)):
            publish_as_it_is(actor, network_id, month, now)


def publish_as_it_is(actor: Actor, network_id: uuid.UUID, month: Month, now: dt.datetime) -> None:
    """Publish what was counted last, where the town chose that."""
    measurement = queries.get_measurement(actor, network_id, month, lock=True)
    if queries.newest_snapshot(actor, network_id, month) is not None:
        return
    figures = rules.published_part(measurement.figures, measurement.withheld)
    agreed = Publication(0, rules.seal_of(figures, measurement.comment))
    operations.publish_month(measurement, agreed, actor=actor, now=now)


@subscribe(NetworkFounded)
@subscribe(TownJoinedNetwork)
@subscribe(NetworksSynced)
def look_back(
    event: NetworkFounded | TownJoinedNetwork | NetworksSynced,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Let a job count the months since a town joined, where that was before this month."""
    this = Month.of(clock.today()).first
    since = [one.member.joined_on for one in queries.list_own_networks(actor)]
    if any(day and day < this for day in since):
        enqueue(measure_back, tenant_id=str(actor.tenant_id))


@job("snapshots.back")
def measure_back(tenant_id: uuid.UUID) -> None:
    """Count the months of a town that were never counted, each in its own transaction."""
    actor = Actor.system(tenant_id, "加盟したときの集計（自動）")
    for month, network_ids in queries.list_uncounted(actor, clock.today()).items():
        counted = queries.count_month(actor, month, network_ids)
        operations.measure_month(month, counted, actor=actor, now=clock.now())
        db.session.commit()


@subscribe(MeasuringAsked)
def put_to_work(event: MeasuringAsked, *, actor: Actor, now: dt.datetime) -> None:
    """Put one job for each month into the transaction that asked for them."""
    for text in event.months:
        enqueue(measure_asked, tenant_id=str(actor.tenant_id), month=text)


@job("snapshots.asked")
def measure_asked(tenant_id: uuid.UUID, month: str) -> None:
    """Count one month of a town, for every network that it was in."""
    actor = Actor.system(tenant_id, "頼まれた集計（自動）")
    asked = rules.month_of(month)
    network_ids = [
        one.network.id
        for one in queries.list_own_networks(actor)
        if one.member.joined_on and one.member.joined_on <= asked.last
    ]
    counted = queries.count_month(actor, asked, network_ids)
    operations.measure_month(asked, counted, actor=actor, now=clock.now())
