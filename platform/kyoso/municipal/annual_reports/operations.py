"""Every change to annual reports: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from kyoso.core.access import Actor, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.files import CheckedFile, keep_files
from kyoso.core.journal import record
from kyoso.municipal.annual_reports import events, queries, rules
from kyoso.municipal.annual_reports.models import AnnualReport
from kyoso.municipal.annual_reports.permissions import AnnualReportPermission as May
from kyoso.municipal.annual_reports.rules import ReportStatus


def request_report(
    year: int, *, report_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> AnnualReport:
    """Ask the worker for a year's report; it is written after this transaction."""
    authorise(actor, May.REQUEST)
    rules.check_year(year, now.astimezone(JST).date())
    rules.check_none_running(
        [r.status for r in queries.list_reports(actor) if now - r.requested_at < rules.GIVEN_UP]
    )

    report = AnnualReport(
        id=report_id,
        tenant_id=actor.tenant_id,
        fiscal_year=year,
        status=ReportStatus.QUEUED,
        progress=0,
        requested_by=actor.name,
        requested_at=now,
    )
    db.session.add(report)

    record(events.AnnualReportRequested(report.id, year), actor=actor, now=now)
    return report


def finish_report(
    report: AnnualReport, files: Sequence[CheckedFile], *, actor: Actor, now: dt.datetime
) -> None:
    """Keep the two files, PDF and xlsx, of a report that is being written."""
    authorise(actor, May.MAKE, report)

    pdf, xlsx = keep_files(files, subject_id=report.id, actor=actor)
    # No relationship tells the session that the rows of the files come first.
    db.session.flush()
    report.pdf_id, report.xlsx_id = pdf.id, xlsx.id
    report.status, report.finished_at = ReportStatus.DONE, now
    report.progress = len(rules.STEPS)

    record(events.AnnualReportFinished(report.id, report.fiscal_year), actor=actor, now=now)


def fail_report(report: AnnualReport, *, actor: Actor, now: dt.datetime) -> None:
    """Say that a report could not be written, so that another can be asked for."""
    authorise(actor, May.MAKE, report)

    report.status, report.finished_at = ReportStatus.FAILED, now

    record(events.AnnualReportFailed(report.id, report.fiscal_year), actor=actor, now=now)
