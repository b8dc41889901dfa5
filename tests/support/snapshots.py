"""Towns' months for tests, really committed: counted, published, corrected."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from kyoso.core.clock import now, today
from kyoso.core.db import db
from kyoso.core.metrics import Figure, Month
from kyoso.core.scope import member_scope
from kyoso.exchange.networks.queries import get_membership
from kyoso.joint_metrics.snapshots import operations, queries, rules
from kyoso.joint_metrics.snapshots.operations import Publication, Remarks
from support.networks import admin_of
from support.people import Town


def be_member_since(town: Town, network_id: uuid.UUID, day: dt.date) -> None:
    """Let a town have joined earlier than the tests run, so that it has older months."""
    with member_scope(town.id):
        membership = get_membership(admin_of(town), network_id, lock=True)
        membership.member.joined_on = day
        db.session.commit()


def measure_month(
    town: Town, network_id: uuid.UUID, month: Month, figures: Mapping[str, Figure] | None = None
) -> None:
    """Keep figures as what a town counted; without any, count its rows."""
    actor = admin_of(town)
    with member_scope(town.id):
        counted = (
            queries.count_month(actor, month, [network_id])
            if figures is None
            else {network_id: figures}
        )
        operations.measure_month(month, counted, actor=actor, now=now())
        db.session.commit()


def publish_month(
    town: Town,
    network_id: uuid.UUID,
    month: Month,
    figures: Mapping[str, Figure] | None = None,
    *,
    comment: str = "",
    withheld: Sequence[str] = (),
    reason: str = "訂正のため",
) -> int:
    """Let a town publish figures (those of its rows, without any) as its month.

    Published before, it is corrected with the reason. Returns the version. A month from before
    the town joined is possible: it has joined in that month then.
    """
    actor = admin_of(town)
    with member_scope(town.id):
        membership = get_membership(actor, network_id, lock=True)
        if membership.member.joined_on and membership.member.joined_on > month.first:
            membership.member.joined_on = month.first
            db.session.commit()
    measure_month(town, network_id, month, figures)
    with member_scope(town.id):
        measurement = queries.get_measurement(actor, network_id, month, lock=True)
        operations.save_remarks(measurement, Remarks(comment, withheld), actor=actor, now=now())
        newest = queries.newest_snapshot(actor, network_id, month)
        shown = rules.published_part(measurement.figures, measurement.withheld)
        agreed = Publication(newest.version if newest else 0, rules.seal_of(shown, comment), reason)
        snapshot = operations.publish_month(measurement, agreed, actor=actor, now=now())
        db.session.commit()
        return snapshot.version


def make_sample_months(town: Town, network_id: uuid.UUID) -> None:
    """Let a town have months of every state: counted, published, corrected, and so far."""
    this = Month.of(today())
    be_member_since(town, network_id, (this + -14).first)
    publish_month(town, network_id, this + -13)
    publish_month(town, network_id, this + -2, comment="雪のため、受付を一週間休みました。")
    publish_month(town, network_id, this + -1)
    publish_month(town, network_id, this + -1, comment="数え直しました。", reason="紙の提案を入力")
    measure_month(town, network_id, this + -3)
    measure_month(town, network_id, this)
