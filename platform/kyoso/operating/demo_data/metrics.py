"""The demo's towns count and publish their own months: every number is one of their own rows."""

from __future__ import annotations

import datetime as dt

from kyoso.core.clock import JST
from kyoso.core.metrics import Month
from kyoso.core.scope import Scope, in_networks
from kyoso.joint_metrics.snapshots import operations, queries, rules
from kyoso.joint_metrics.snapshots.operations import Publication
from kyoso.operating.demo_data.days import then
from kyoso.operating.demo_data.people import actors_of
from kyoso.tenancy.queries import TenantInfo

#: How many months back the story is counted.
MONTHS = 7
#: Has yet to publish its last month, so that 「未提出」 is seen.
LATE = "ama"


def publish_months(towns: list[TenantInfo], *, now: dt.datetime) -> None:
    """Let each town count its last months and publish them; each month once, one transaction."""
    this = Month.of(now.astimezone(JST).date())
    for town in towns:
        for ago in range(MONTHS, 0, -1):
            month = this + -ago
            # A town looks at its numbers on the fourth; in the demo's first days a little earlier.
            at = min(month.ends + dt.timedelta(days=3, hours=10), now)
            with then(in_networks(Scope(town.id)), at):
                _publish(town, month, at, late=town.slug == LATE and ago == 1)


def _publish(town: TenantInfo, month: Month, at: dt.datetime, *, late: bool) -> None:
    actor = actors_of(town)["desk"]
    wanted = [
        one.network.id
        for one in queries.list_own_networks(actor)
        if one.member.joined_on is not None
        and one.member.joined_on <= month.last
        and queries.find_measurement(actor, one.network.id, month) is None
    ]
    if not wanted:
        return
    counted = queries.count_month(actor, month, wanted)
    operations.measure_month(month, counted, actor=actor, now=at)
    for network_id in [] if late else wanted:
        measurement = queries.get_measurement(actor, network_id, month, lock=True)
        shown = rules.published_part(measurement.figures, measurement.withheld)
        agreed = Publication(0, rules.seal_of(shown, measurement.comment))
        operations.publish_month(measurement, agreed, actor=actor, now=at)
