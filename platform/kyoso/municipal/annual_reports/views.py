"""The staff's pages for annual reports. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid

from flask import flash, request, send_file
from flask.typing import ResponseReturnValue

from kyoso.core.clock import fiscal_year, now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.files import get_file
from kyoso.core.i18n import fiscal_label
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.municipal.annual_reports import operations, queries
from kyoso.municipal.annual_reports.permissions import AnnualReportPermission as May
from kyoso.municipal.annual_reports.rules import STEPS, ReportStatus
from kyoso.municipal.annual_reports.schemas import RequestSchema

bp = FeatureBlueprint(
    "annual_reports",
    __name__,
    url_prefix="/<town>/desk/annual-reports",
    template_folder="templates",
)


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List the reports, how far the one being written is, and offer to ask for one."""
    return _page()


@bp.page("/request", permission=May.REQUEST, methods=("POST",))
def ask() -> ResponseReturnValue:
    """Ask for a year's report; the same form sent twice asks once."""
    try:
        sent = load_form(RequestSchema, request.form)
        if queries.find_sent(actor(), sent["form_id"]) is None:
            operations.request_report(
                sent["year"], report_id=sent["form_id"], actor=actor(), now=now()
            )
            flash(_("作り始めました。できあがるまで、このまま他の作業を続けられます。"))
    except InvalidInput as error:
        return _page(errors=error.errors), 422
    except RuleViolation as refusal:
        return _page(refusal=refusal.message), 409
    return go(".index")


@bp.page("/<uuid:report_id>/<any(pdf, xlsx):kind>", permission=May.READ)
def download(report_id: uuid.UUID, kind: str) -> ResponseReturnValue:
    """Hand out one of a report's two files."""
    report = queries.get_report(actor(), report_id)
    wanted = report.pdf_id if kind == "pdf" else report.xlsx_id
    if wanted is None:
        raise NotFound
    file = get_file(actor(), report.id, wanted)
    return send_file(
        file.path, mimetype=file.media_type, as_attachment=True, download_name=file.name
    )


def _page(errors: dict[str, list[str]] | None = None, refusal: str = "") -> str:
    reports = queries.list_reports(actor())
    this_year = fiscal_year(today())
    return show(
        "annual_reports/index.html",
        fragment="annual_reports/_reports.html",
        reports=reports,
        working=any(r.status in {ReportStatus.QUEUED, ReportStatus.RUNNING} for r in reports),
        steps=STEPS,
        years=[(year, fiscal_label(year)) for year in range(this_year, 2018, -1)],
        values={"form_id": new_id(), "year": this_year},
        errors=errors or {},
        refusal=refusal,
        labels={report.fiscal_year: fiscal_label(report.fiscal_year) for report in reports},
    )
