"""Every change to reports: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from kyoso.core.access import NetworkActor, authorise
from kyoso.core.db import db
from kyoso.core.journal import record
from kyoso.core.metrics import METRICS
from kyoso.joint_metrics.periods import Period
from kyoso.joint_metrics.reports import events, queries, rules
from kyoso.joint_metrics.reports.models import NetworkReport
from kyoso.joint_metrics.reports.permissions import NetworkReportPermission as May
from kyoso.joint_metrics.reports.rules import ReportStatus

#: A report that is not done by then was left by a worker that went away.
LEFT_AFTER = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """What a report is to be about."""

    title: str
    period: Period
    language: str
    metric_ids: tuple[str, ...]
    picture_id: str
    notes: tuple[str, ...] = ()


def request_report(
    order: ReportOrder, *, report_id: uuid.UUID, actor: NetworkActor, now: dt.datetime
) -> NetworkReport:
    """Ask the worker for a report; it is written after this transaction."""
    authorise(actor, May.REQUEST)
    rules.check_chosen(order.metric_ids, order.picture_id, METRICS)
    rules.check_room(queries.count_waiting(actor.network_id, now - LEFT_AFTER))

    report = NetworkReport(
        network_id=actor.network_id,
        id=report_id,
        title=order.title,
        first_month=order.period.first.first,
        last_month=order.period.last.first,
        language=order.language,
        metric_ids=list(dict.fromkeys(order.metric_ids)),
        picture_id=order.picture_id,
        notes=list(order.notes),
        status=ReportStatus.QUEUED,
        progress=0,
        requested_by=actor.name,
        requested_at=now,
    )
    db.session.add(report)
    db.session.flush()

    record(events.ReportRequested(report.id, report.network_id, report.title), actor=actor, now=now)
    return report


def retry_report(report: NetworkReport, *, actor: NetworkActor, now: dt.datetime) -> None:
    """Go on with a report that failed or was left; what is done of it stays."""
    authorise(actor, May.REQUEST, report)  # type: ignore[arg-type]
    rules.check_unfinished(report.status)

    report.status, report.finished_at, report.requested_at = ReportStatus.QUEUED, None, now

    record(events.ReportRetried(report.id, report.network_id, report.title), actor=actor, now=now)


def finish_report(report: NetworkReport, *, actor: NetworkActor, now: dt.datetime) -> None:
    """Hand a report out whose documents are all there."""
    authorise(actor, May.MAKE, report)  # type: ignore[arg-type]
    rules.check_unfinished(report.status)

    report.status, report.finished_at = ReportStatus.DONE, now

    record(events.ReportFinished(report.id, report.network_id, report.title), actor=actor, now=now)


def fail_report(report: NetworkReport, *, actor: NetworkActor, now: dt.datetime) -> None:
    """Say that a report could not be written, so that it can be tried again."""
    authorise(actor, May.MAKE, report)  # type: ignore[arg-type]
    rules.check_unfinished(report.status)

    report.status, report.finished_at = ReportStatus.FAILED, now

    record(events.ReportFailed(report.id, report.network_id, report.title), actor=actor, now=now)
