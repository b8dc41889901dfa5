"""Every change to towns' months: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kyoso.core.access import Actor, Role, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import JST
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.core.metrics import METRICS, Figure, Month
from kyoso.exchange.networks.queries import get_joined
from kyoso.joint_metrics.snapshots import events, queries, rules
from kyoso.joint_metrics.snapshots.models import Measurement, PublishingChoice, Snapshot
from kyoso.joint_metrics.snapshots.permissions import SnapshotPermission as May
from kyoso.joint_metrics.totals import to_entry

_ROLL_UP = sa.text("SELECT joint_metrics.roll_up(:network_id, :month)")


@dataclass(frozen=True, slots=True)
class Remarks:
    """What a town says about its month, and which metrics it keeps to itself."""

    comment: str = ""
    withheld: Sequence[str] = ()
    #: `rules.mark_of` what the page showed; empty where none was shown.
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """Consent to what was shown: on which version it is based, and the seal of the preview."""

    based_on: int
    seal: str
    reason: str = ""


def measure_month(
    month: Month,
    counted: Mapping[uuid.UUID, Mapping[str, Figure]],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Keep what was counted of a month, for each network; counted again, the new numbers count.

    What the town keeps to itself in a month that is new here, is what it kept to itself last.
    """
    authorise(actor, May.PUBLISH)
    joined = {one.network.id: one.member.joined_on for one in queries.list_own_networks(actor)}
    for network_id in counted:
        rules.check_countable(month, joined.get(network_id), now.astimezone(JST).date())

    ids = sorted(counted)
    if ids:
        upsert = insert(Measurement).values(
            [
                {
                    "tenant_id": actor.tenant_id,
                    "id": new_id(),
                    "network_id": network_id,
                    "month": month.first,
                    "figures": _entries(counted[network_id]),
                    "measured_at": now,
                    "withheld": _withheld_last(actor, network_id),
                }
                for network_id in ids
            ]
        )
        new = upsert.excluded
        db.session.execute(
            upsert.on_conflict_do_update(
                index_elements=["tenant_id", "network_id", "month"],
                set_={"figures": new.figures, "measured_at": new.measured_at},
            )
        )

    record(events.MonthMeasured(actor.tenant_id, str(month), tuple(ids)), actor=actor, now=now)


def _entries(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {
        key: to_entry(METRICS[key], figure) for key, figure in figures.items() if key in METRICS
    }


def _withheld_last(actor: Actor, network_id: uuid.UUID) -> Any:
    last = (
        sa.select(Measurement.withheld)
        .where(Measurement.tenant_id == actor.tenant_id, Measurement.network_id == network_id)
        .order_by(Measurement.month.desc())
        .limit(1)
        .scalar_subquery()
    )
    return sa.func.coalesce(last, sa.literal_column("'{}'::text[]"))


def ask_measuring(months: Sequence[Month], *, actor: Actor, now: dt.datetime) -> None:
    """Let jobs count some months now, one after the other."""
    authorise(actor, May.PUBLISH)

    said = tuple(str(month) for month in months)

    record(events.MeasuringAsked(actor.tenant_id, said), actor=actor, now=now)


def save_remarks(
    measurement: Measurement, remarks: Remarks, *, actor: Actor, now: dt.datetime
) -> None:
    """Say something about a month's numbers, and which of them are not published.

    What is kept back is so too in later months that were counted already but not published.
    """
    authorise(actor, May.PUBLISH, measurement)
    rules.check_unchanged(remarks.seen, rules.mark_of(measurement.comment, measurement.withheld))

    before = set(measurement.withheld)
    # What was not counted in this month stays as it was: there is no box for it.
    after = set(remarks.withheld) & set(measurement.figures) | before - set(measurement.figures)
    old_comment = measurement.comment
    measurement.comment = remarks.comment
    measurement.withheld = sorted(after)
    if after - before:
        _withhold_later(measurement, after - before)

    withheld, released = tuple(sorted(after - before)), tuple(sorted(before - after))
    saved = events.RemarksSaved(measurement.id, withheld, released, old_comment)
    record(saved, actor=actor, now=now)


def _withhold_later(measurement: Measurement, metric_ids: set[str]) -> None:
    published = sa.exists().where(
        Snapshot.tenant_id == Measurement.tenant_id,
        Snapshot.network_id == Measurement.network_id,
        Snapshot.month == Measurement.month,
    )
    later = (
        sa.select(Measurement)
        .where(
            Measurement.tenant_id == measurement.tenant_id,
            Measurement.network_id == measurement.network_id,
            Measurement.month > measurement.month,
            ~published,
        )
        .order_by(Measurement.month)
        .with_for_update()
    )
    for one in db.session.scalars(later):
        one.withheld = sorted(metric_ids.union(one.withheld))


def publish_month(
    measurement: Measurement, publication: Publication, *, actor: Actor, now: dt.datetime
) -> Snapshot:
    """Publish a month to its network as a new version; its caller holds the measurement's row.

    The platform itself publishes first versions only, where the town chose that.
    """
    authorise(actor, May.PUBLISH, measurement)
    month, network_id = Month.of(measurement.month), measurement.network_id
    get_joined(actor, network_id)
    rules.check_complete(month, measurement.measured_at)
    newest = queries.newest_snapshot(actor, network_id, month)
    version = newest.version if newest else 0
    figures = rules.published_part(measurement.figures, measurement.withheld)
    sealed = rules.seal_of(figures, measurement.comment)
    rules.check_same(publication.based_on, version, publication.seal, sealed)
    if newest is not None:
        rules.check_news(rules.seal_of(newest.figures, newest.comment), sealed)
    rules.check_reason(version + 1, publication.reason)
    if Role.SYSTEM in actor.roles:
        _check_automatic(actor, network_id, version)

    snapshot = Snapshot(
        id=new_id(),
        tenant_id=actor.tenant_id,
        network_id=network_id,
        month=measurement.month,
        version=version + 1,
        figures=figures,
        comment=measurement.comment,
        reason=publication.reason if version else "",
        published_by=actor.name,
        published_at=now,
    )
    db.session.add(snapshot)
    db.session.flush()
    db.session.execute(_ROLL_UP, {"network_id": network_id, "month": measurement.month})

    published = events.MonthPublished(
        measurement.id, network_id, str(month), snapshot.version, snapshot.reason
    )
    record(published, actor=actor, now=now)
    return snapshot


def _check_automatic(actor: Actor, network_id: uuid.UUID, version: int) -> None:
    if version or network_id not in queries.list_automatic(actor):
        raise RuleViolation(_("自動での公開は、町が選んだネットワークへの第1版だけです。"))


def choose_publishing(
    network_id: uuid.UUID, automatic: bool, *, actor: Actor, now: dt.datetime
) -> None:
    """Choose whether the town's months are published to a network by themselves."""
    authorise(actor, May.PUBLISH)
    get_joined(actor, network_id)

    upsert = insert(PublishingChoice).values(
        tenant_id=actor.tenant_id,
        id=new_id(),
        network_id=network_id,
        automatic=automatic,
        chosen_by=actor.name,
        chosen_at=now,
    )
    new = upsert.excluded
    db.session.execute(
        upsert.on_conflict_do_update(
            index_elements=["tenant_id", "network_id"],
            set_={
                "automatic": new.automatic,
                "chosen_by": new.chosen_by,
                "chosen_at": new.chosen_at,
            },
        )
    )

    record(events.PublishingChosen(network_id, automatic), actor=actor, now=now)
