"""What follows when a report was asked for: the worker writes it, step by step."""

from __future__ import annotations

import datetime as dt
import logging
import uuid

from kyoso.core import clock
from kyoso.core.access import NetworkActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.events import subscribe
from kyoso.core.i18n import force_locale
from kyoso.core.jobs import enqueue, platform_job
from kyoso.core.scope import Scope, scope
from kyoso.exchange.networks.queries import get_network
from kyoso.joint_metrics.documents import as_one_page, as_report
from kyoso.joint_metrics.interchange import as_json
from kyoso.joint_metrics.reports import operations, queries
from kyoso.joint_metrics.reports.events import ReportRequested, ReportRetried
from kyoso.joint_metrics.reports.models import NetworkReport, NetworkReportFile
from kyoso.joint_metrics.reports.rules import STEPS, FileKind, ReportStatus

log = logging.getLogger(__name__)


@subscribe(ReportRequested)
@subscribe(ReportRetried)
def put_to_work(
    event: ReportRequested | ReportRetried, *, actor: NetworkActor, now: dt.datetime
) -> None:
    """Put the writing into the transaction that asked for it."""
    enqueue(write_report, network_id=str(event.network_id), report_id=str(event.subject_id))


@platform_job("reports.write")
def write_report(network_id: str, report_id: str) -> None:
    """Write one report as its network sees it, in no town.

    Each step is kept when it is done and left out when it is there: a job that was killed goes on
    where it stood, and two at once do each step once.
    """
    actor = NetworkActor.system(uuid.UUID(network_id), "広域の報告の作成")
    with scope(Scope(coordinated_network_id=actor.network_id)):
        try:
            for step in range(len(STEPS)):
                if not _do(step, uuid.UUID(report_id), actor):
                    return
        except NotFound:
            raise
        except Exception:
            log.exception("a report of a network was not written")
            db.session.rollback()
            report = queries.get_report(actor.network_id, uuid.UUID(report_id), lock=True)
            if report.status is ReportStatus.QUEUED:
                operations.fail_report(report, actor=actor, now=clock.now())
            db.session.commit()


def _do(step: int, report_id: uuid.UUID, actor: NetworkActor) -> bool:
    """Do a step unless it is done, and keep it; tell whether to go on."""
    report = queries.get_report(actor.network_id, report_id, lock=True)
    if report.status is not ReportStatus.QUEUED:
        return False
    if step == 0:
        _collect(report, actor)
    else:
        _set(report, (FileKind.FULL, FileKind.ONE_PAGE)[step - 1])
    report.progress = max(report.progress, step + 1)
    if step + 1 == len(STEPS):
        operations.finish_report(report, actor=actor, now=clock.now())
    db.session.commit()
    return True


def _collect(report: NetworkReport, actor: NetworkActor) -> None:
    if report.content is not None:
        return
    with force_locale(report.language):
        published = queries.compile_published(get_network(actor), report.period)
        report.content = as_json(published)


def _set(report: NetworkReport, kind: FileKind) -> None:
    if queries.has_document(report, kind):
        return
    db.session.add(
        NetworkReportFile(
            network_id=report.network_id,
            report_id=report.id,
            kind=kind.value,
            content=set_document(report, kind),
        )
    )


def set_document(report: NetworkReport, kind: FileKind) -> bytes:
    """Return a document of a report, made from what the report keeps."""
    published, key, notes = queries.content_of(report), report.metric_ids, report.notes
    if kind is FileKind.FULL:
        return as_report(published, report.title, key, notes)
    return as_one_page(published, report.title, key, report.picture_id, notes)
