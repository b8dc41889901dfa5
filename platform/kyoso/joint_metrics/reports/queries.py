"""Every read of reports, and of what towns published over a period.

The policies let in the network's members and coordinators: a query never asks what a town keeps
to itself.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from kyoso.core import clock
from kyoso.core.access import NetworkActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import locale
from kyoso.core.metrics import METRICS, Metric, Month
from kyoso.exchange.networks.queries import Network, list_towns
from kyoso.exchange.networks.rules import MemberStatus
from kyoso.joint_metrics.annotations.queries import list_notes, list_targets
from kyoso.joint_metrics.interchange import entry_of, from_json
from kyoso.joint_metrics.periods import Period
from kyoso.joint_metrics.published import Publication, Published, Town
from kyoso.joint_metrics.reports.models import NetworkReport, NetworkReportFile
from kyoso.joint_metrics.reports.rules import FileKind, ReportStatus
from kyoso.joint_metrics.snapshots.queries import (
    list_all_versions,
    list_network_months,
    list_town_months,
)
from kyoso.joint_metrics.totals import from_entry, over
from kyoso.tenancy.models import Tenant

_NEVER_JOINED = frozenset({MemberStatus.INVITED, MemberStatus.DECLINED, MemberStatus.REVOKED})


def compile_published(network: Network, period: Period) -> Published:
    """Return what the network's towns published over a period, as of this moment.

    In the words of the language in force.
    """
    metrics = tuple(
        replace(metric, label=str(metric.label), formula=str(metric.formula))
        for metric in METRICS.values()
    )
    figures = {
        (row.tenant_id, row.month, row.version): row.figures
        for row in list_town_months(network.id, period.first, period.last, METRICS)
    }
    newest = {(town_id, month): version for town_id, month, version in figures}
    publications = tuple(
        Publication(
            row.tenant_id,
            month,
            row.version,
            row.published_at,
            figures.get((row.tenant_id, month, row.version), {}),
            row.comment,
            row.reason,
            newest.get((row.tenant_id, month)) == row.version,
        )
        for row in list_all_versions(network.id, period.first, period.last)
        for month in [period.first.of(row.month)]
    )
    targets, notes = _said_by_coordinators(network.id, period)
    return Published(
        network.name,
        network.slug,
        period,
        clock.now(),
        locale(),
        _towns_of(network.id, publications),
        metrics,
        publications,
        _year_before(network.id, period, metrics),
        targets,
        notes,
    )


def _towns_of(network_id: uuid.UUID, publications: Sequence[Publication]) -> tuple[Town, ...]:
    """Return the towns that are or were members, or published anything, by their code."""
    published = {one.town_id for one in publications}
    # Who left and is invited again has no membership; what it published is in the totals.
    known = {
        town.tenant_id: town
        for town in list_towns(network_id)
        if town.tenant_id in published
        or (town.status not in _NEVER_JOINED and town.joined_on is not None)
    }
    codes: dict[uuid.UUID, str] = {
        row.id: row.code
        for row in db.session.execute(
            sa.select(Tenant.id, Tenant.code).where(Tenant.id.in_(list(known)))
        )
    }
    return tuple(
        Town(town.tenant_id, codes[town.tenant_id], town.name, town.joined_on, town.left_on)
        for town in known.values()
    )


def _year_before(
    network_id: uuid.UUID, period: Period, metrics: Sequence[Metric]
) -> dict[str, Any]:
    """Return the same months of the year before, of all towns: entries by the metric's id."""
    months = list_network_months(network_id, period.before.first, period.before.last)
    totals = {
        metric.id: over([from_entry(metric, month.figures.get(metric.id)) for month in months])
        for metric in metrics
    }
    return {metric_id: entry_of(total) for metric_id, total in totals.items() if total}


def _said_by_coordinators(
    network_id: uuid.UUID, period: Period
) -> tuple[dict[str, float], tuple[tuple[Month, str], ...]]:
    """Return the targets of the fiscal year in which it ends, and what is noted of its months."""
    reader = NetworkActor.system(network_id, "reports")
    targets = {
        one.metric_id: float(one.value)
        for one in list_targets(reader, period.last.fiscal_year)
        if one.value is not None
    }
    notes = [(Month.of(note.month), note.text) for note in list_notes(reader)]
    months = period.months
    return targets, tuple(sorted(note for note in notes if note[0] in months))


def known_metrics() -> list[tuple[str, str]]:
    """Return every metric there is, to be chosen from: id and label."""
    return [(metric.id, str(metric.label)) for metric in METRICS.values()]


def list_reports(network_id: uuid.UUID, *, limit: int = 50) -> Sequence[NetworkReport]:
    """Return a network's reports, newest first; the policies show members the finished ones."""
    return db.session.scalars(
        sa.select(NetworkReport)
        .where(NetworkReport.network_id == network_id)
        .order_by(NetworkReport.requested_at.desc(), NetworkReport.id.desc())
        .limit(limit)
    ).all()


def get_report(network_id: uuid.UUID, report_id: uuid.UUID, *, lock: bool = False) -> NetworkReport:
    """Return a report with all that it says, or NotFound; `lock` holds its row."""
    query = (
        sa.select(NetworkReport)
        .where(NetworkReport.network_id == network_id, NetworkReport.id == report_id)
        .options(undefer(NetworkReport.content))
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    report = db.session.scalar(query)
    if report is None:
        raise NotFound
    return report


def find_sent(network_id: uuid.UUID, form_id: uuid.UUID) -> NetworkReport | None:
    """Return the report that a form asked for already; whoever asks next waits for this one."""
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"reports:{network_id}")))
    )
    return db.session.scalar(
        sa.select(NetworkReport).where(
            NetworkReport.network_id == network_id, NetworkReport.id == form_id
        )
    )


def count_waiting(network_id: uuid.UUID, since: dt.datetime) -> int:
    """Return how many reports are in the making; those that a worker left long ago do not count."""
    count = db.session.scalar(
        sa.select(sa.func.count()).where(
            NetworkReport.network_id == network_id,
            NetworkReport.status == ReportStatus.QUEUED,
            NetworkReport.requested_at > since,
        )
    )
    return count or 0


def content_of(report: NetworkReport) -> Published:
    """Return what a report says, as of the day it was made; NotFound until it is collected."""
    if report.content is None:
        raise NotFound
    return from_json(report.content)


def get_document(network_id: uuid.UUID, report_id: uuid.UUID, kind: FileKind) -> bytes:
    """Return one of a report's documents, or NotFound."""
    found = db.session.scalar(
        sa.select(NetworkReportFile.content).where(
            NetworkReportFile.network_id == network_id,
            NetworkReportFile.report_id == report_id,
            NetworkReportFile.kind == kind,
        )
    )
    if found is None:
        raise NotFound
    return found


def has_document(report: NetworkReport, kind: FileKind) -> bool:
    """Tell whether a document of a report is made."""
    found = db.session.scalar(
        sa.select(sa.literal(1)).where(
            NetworkReportFile.network_id == report.network_id,
            NetworkReportFile.report_id == report.id,
            NetworkReportFile.kind == kind,
        )
    )
    return found is not None


def later_versions(report: NetworkReport) -> list[tuple[str, str, int]]:
    """Return what was published or corrected of its months since a report was made.

    The town's name, the month in words, the version.
    """
    if report.content is None:
        return []
    said = {
        (row["town"], row["month"]): row["version"]
        for row in report.content["publications"]
        if row["newest"]
    }
    names = {row["id"]: row["name"] for row in report.content["towns"]}
    now = {
        (str(row.tenant_id), report.period.first.of(row.month)): row.version
        for row in list_all_versions(report.network_id, report.period.first, report.period.last)
    }
    return [
        (names.get(town, ""), month.label, version)
        for (town, month), version in now.items()
        if said.get((town, str(month))) != version
    ]
