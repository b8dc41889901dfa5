"""Reports and files of a network's numbers: for its coordinators, and for its member towns.

Both see the same pages; only coordinators ask for a report.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.documents import render_png
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import LOCALES, locale
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form, shown_again
from kyoso.core.scope import current_scope
from kyoso.core.sheets import KINDS
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, coordinator, go, show
from kyoso.exchange.networks.queries import Network, get_joined, get_network
from kyoso.joint_metrics.interchange import as_json
from kyoso.joint_metrics.periods import Period, offered
from kyoso.joint_metrics.pictures import funnel_picture, months_picture
from kyoso.joint_metrics.published import Published
from kyoso.joint_metrics.reports import operations, queries
from kyoso.joint_metrics.reports.permissions import NetworkReportPermission as May
from kyoso.joint_metrics.reports.rules import (
    MOST_KEY,
    MOST_NOTES,
    NOTE_LENGTH,
    STEPS,
    FileKind,
    ReportStatus,
    usual_metrics,
)
from kyoso.joint_metrics.reports.schemas import LABELS, ReportSchema, order_of, period_of
from kyoso.joint_metrics.tables import as_csv, as_xlsx, months_table, state_words, summary_table

#: As a coordinator.
bp = FeatureBlueprint(
    "network_reports",
    __name__,
    url_prefix="/networks/<network>/metrics/reports",
    template_folder="templates",
)
#: As a member town.
town_bp = FeatureBlueprint(
    "town_network_reports",
    __name__,
    url_prefix="/<town>/exchange/metrics/networks/<uuid:network_id>/reports",
    template_folder="templates",
)

View = Callable[..., ResponseReturnValue]
_EXPORTS = "export/<any(csv, json, months, png, svg, xlsx):kind>"


def shared(rule: str) -> Callable[[View], View]:
    """Show a page both to coordinators and to member towns; these name the network by its id."""

    def register(view: View) -> View:
        for blueprint in (bp, town_bp):
            blueprint.page(rule, permission=May.READ)(view)
        return view

    return register


def _network(network_id: uuid.UUID | None) -> Network:
    return get_network(coordinator()) if network_id is None else get_joined(actor(), network_id)


@shared("/")
def index(network_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """List the reports, and offer the files of a period."""
    network = _network(network_id)
    reports = queries.list_reports(network.id)
    return _page(
        "index",
        network,
        network_id,
        fragment="reports/_reports.html",
        reports=reports,
        working=any(report.status is ReportStatus.QUEUED for report in reports),
        steps=STEPS,
        periods=offered(today()),
        left=now() - operations.LEFT_AFTER,
    )


@bp.page("/new", permission=May.REQUEST)
def new() -> ResponseReturnValue:
    """Show a period's numbers as they would be reported, and the form that asks for the report."""
    values = MultiDict({"form_id": str(new_id()), "language": locale()})
    try:
        period = period_of(request.args, today())
    except InvalidInput as error:
        values.update(request.args.to_dict())
        return _form(period_of({}, today()), values, error.errors), 422
    return _form(period, values, {})


@bp.page("/new", permission=May.REQUEST, methods=("POST",))
def ask() -> ResponseReturnValue:
    """Ask for a report; the same form sent twice asks once."""
    network = get_network(coordinator())
    period = period_of({}, today())
    try:
        period = period_of(request.form, today())
        sent = load_form(ReportSchema, request.form)
        report = queries.find_sent(network.id, sent["form_id"])
        if report is None:
            report = operations.request_report(
                order_of(sent, period), report_id=sent["form_id"], actor=coordinator(), now=now()
            )
            flash(_("作り始めました。できあがるまで、このまま他の作業を続けられます。"))
    except InvalidInput as error:
        return _form(period, shown_again(request.form, error.errors), error.errors), 422
    except RuleViolation as refusal:
        return _form(period, request.form, {}, refusal.message), 409
    return go(".detail", network_report_id=report.id)


@bp.page("/<uuid:network_report_id>/retry", permission=May.REQUEST, methods=("POST",))
def retry(network_report_id: uuid.UUID) -> ResponseReturnValue:
    """Go on with a report that failed, or that a worker left."""
    report = queries.get_report(coordinator().network_id, network_report_id, lock=True)
    operations.retry_report(report, actor=coordinator(), now=now())
    flash(_("続きから作っています。"))
    return go(".detail", network_report_id=report.id)


@shared("/<uuid:network_report_id>")
def detail(
    network_report_id: uuid.UUID, network_id: uuid.UUID | None = None
) -> ResponseReturnValue:
    """Show a report: its documents, and every number with the way to where it comes from."""
    network = _network(network_id)
    report = queries.get_report(network.id, network_report_id)
    published = queries.content_of(report) if report.content else None
    pictures = []
    if published:
        found = [metric for m in report.metric_ids if (metric := published.metric(m))]
        pictures = [months_picture(published, metric, metric.id) for metric in found]
    return _page(
        "detail",
        network,
        network_id,
        fragment="reports/_progress.html",
        report=report,
        published=published,
        pictures=pictures,
        funnel=funnel_picture(published) if published else None,
        kinds=list(FileKind),
        steps=STEPS,
        later=queries.later_versions(report),
        left=now() - operations.LEFT_AFTER,
    )


@shared("/<uuid:network_report_id>/<any(full, mayors):kind>")
def document(
    network_report_id: uuid.UUID, kind: str, network_id: uuid.UUID | None = None
) -> ResponseReturnValue:
    """Hand out one of a report's two documents."""
    network = _network(network_id)
    report = queries.get_report(network.id, network_report_id)
    content = queries.get_document(network.id, report.id, FileKind(kind))
    return _file(content, f"{report.title}_{FileKind(kind).label}.pdf", "application/pdf")


@shared("/<uuid:network_report_id>/numbers")
def numbers_of_report(
    network_report_id: uuid.UUID, network_id: uuid.UUID | None = None
) -> ResponseReturnValue:
    """Show where a number of a report comes from: its definition, towns, months, versions."""
    network = _network(network_id)
    report = queries.get_report(network.id, network_report_id)
    return _numbers(network, network_id, queries.content_of(report), report)


@shared("/numbers")
def numbers(network_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """Show where a number of a period comes from, as it is published now."""
    network = _network(network_id)
    return _numbers(network, network_id, queries.compile_published(network, _asked()))


@shared(f"/{_EXPORTS}")
def export(kind: str, network_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """Hand out a period's numbers, as they are published now."""
    return _export(queries.compile_published(_network(network_id), _asked()), kind)


@shared(f"/<uuid:network_report_id>/{_EXPORTS}")
def export_of_report(
    network_report_id: uuid.UUID, kind: str, network_id: uuid.UUID | None = None
) -> ResponseReturnValue:
    """Hand out a report's numbers, as they were when it was made."""
    report = queries.get_report(_network(network_id).id, network_report_id)
    return _export(queries.content_of(report), kind)


def _asked() -> Period:
    """Return the period of the address; the usual one where it names none that there is."""
    try:
        return period_of(request.args, today())
    except InvalidInput:
        return period_of({}, today())


def _page(
    page: str,
    network: Network,
    network_id: uuid.UUID | None,
    fragment: str | None = None,
    **context: Any,
) -> str:
    return show(
        f"reports/{page}.html",
        fragment=fragment,
        network=network,
        # Which menu stands around the page, and what its addresses need beside.
        layout="desk.html" if network_id is None else "exchange.html",
        at={} if network_id is None else {"network_id": network_id},
        **context,
    )


def _form(
    period: Period, values: Mapping[str, Any], errors: dict[str, list[str]], refusal: str = ""
) -> str:
    network = get_network(coordinator())
    published = queries.compile_published(network, period)
    known = queries.known_metrics()
    if not values.get("title"):
        usual = usual_metrics([metric_id for metric_id, _label in known])
        filled = MultiDict(values)
        filled.setdefault("title", _("%(period)sの報告", period=period.name or period.span))
        if "metric_ids" not in filled and not errors:
            filled.setlist("metric_ids", usual)
            filled["picture_id"] = usual[0] if usual else ""
        values = filled
    return _page(
        "new",
        network,
        None,
        published=published,
        period=period,
        periods=offered(today()),
        known=known,
        languages=list(LOCALES.items()),
        values=values,
        errors=errors,
        labels=LABELS,
        refusal=refusal,
        most=MOST_KEY,
        note_names=[f"note_{n}" for n in range(1, MOST_NOTES + 1)],
        note_length=NOTE_LENGTH,
    )


def _numbers(
    network: Network, network_id: uuid.UUID | None, published: Published, report: Any = None
) -> str:
    metric = published.metric(request.args.get("metric", ""))
    if metric is None:
        if not published.metrics:
            raise NotFound
        metric = published.metrics[0]
    return _page(
        "numbers",
        network,
        network_id,
        published=published,
        report=report,
        metric=metric,
        line=published.line(metric),
        picture=months_picture(published, metric),
        state_words=state_words,
        url_of_town=lambda town_id, month: (
            url_for("dashboards.versions", town_id=town_id, month=str(month))
            if network_id is None
            else url_for(
                "network_metrics.town_versions",
                network_id=network_id,
                town_id=town_id,
                month=str(month),
            )
        ),
    )


def _export(published: Published, kind: str) -> Response:
    name = f"{published.network}_{published.period.first}_{published.period.last}"
    if kind == "xlsx":
        return _file(as_xlsx(published), f"{name}.xlsx", KINDS["xlsx"])
    if kind == "json":
        said = json.dumps(as_json(published), ensure_ascii=False, indent=1)
        return _file(said.encode(), f"{name}.json", "application/json; charset=utf-8")
    if kind in {"csv", "months"}:
        table = summary_table(published) if kind == "csv" else months_table(published)
        return _file(as_csv(table), f"{name}_{table[0]}.csv", KINDS["csv"])
    metric = published.metric(request.args.get("metric", ""))
    picture = months_picture(published, metric) if metric else funnel_picture(published)
    if picture is None:
        raise NotFound
    svg, title = str(picture.picture), f"{name}_{picture.title}"
    if kind == "png":
        return _file(render_png(svg), f"{title}.png", "image/png")
    return _file(svg.encode(), f"{title}.svg", "image/svg+xml; charset=utf-8")


def _file(content: bytes, name: str, content_type: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


@fills("networks.detail")
def on_the_networks_page(network: Network) -> dict[str, Markup]:
    """Lead a member from its network's page to the reports."""
    if network.id not in current_scope().network_ids:
        return {}
    page = render_template("reports/_on_network.html", network=network)
    return {"top": Markup(page)}  # noqa: S704 (a template made it)
