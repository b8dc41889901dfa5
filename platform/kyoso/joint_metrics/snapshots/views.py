"""A town's own months: count them, look at them, publish them; and what each metric means."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import Actor, may
from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.metrics import METRICS, Month
from kyoso.core.schema import load_form
from kyoso.core.slots import fills
from kyoso.core.web import PUBLIC, FeatureBlueprint, actor, go, show
from kyoso.exchange.networks.queries import get_membership, list_memberships, town_names
from kyoso.joint_metrics import month_lines
from kyoso.joint_metrics.snapshots import operations, queries, rules
from kyoso.joint_metrics.snapshots.models import Measurement
from kyoso.joint_metrics.snapshots.permissions import SnapshotPermission as May
from kyoso.joint_metrics.snapshots.schemas import (
    LABELS,
    AutomaticSchema,
    PublicationSchema,
    RemarksSchema,
)

bp = FeatureBlueprint(
    "snapshots", __name__, url_prefix="/<town>/exchange/metrics", template_folder="templates"
)
catalogue_bp = FeatureBlueprint("metrics", __name__, url_prefix="/metrics")


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List the town's months for each network, and how far they are; htmx asks while it counts."""
    own = queries.list_own_months(actor())
    shown = [
        (one, queries.list_shown_months(one, own.get(one.network.id, {}), today()))
        for one in list_memberships(actor())
        if one.in_force or one.network.id in own
    ]
    return show(
        "snapshots/index.html",
        fragment="snapshots/_networks.html",
        networks=shown,
        automatic=queries.list_automatic(actor()),
        progress=queries.find_progress(actor(), now()),
        rules=rules,
    )


@bp.page("/measure", permission=May.PUBLISH, methods=("POST",))
def measure() -> ResponseReturnValue:
    """Count now what was not published yet, the month that runs included."""
    months = queries.list_countable(actor(), today())
    if months:
        operations.ask_measuring(months, actor=actor(), now=now())
        flash(_("%(n)sか月分の集計を始めました。", n=len(months)))
    else:
        flash(_("集計する月がありません。"))
    return go(".index")


@bp.page("/definitions", permission=May.READ)
def definitions() -> ResponseReturnValue:
    """Show what each metric means, among the pages of the exchange."""
    return show("snapshots/definitions.html", topics=month_lines.catalogue())


@bp.page("/<uuid:network_id>/automatic", permission=May.PUBLISH, methods=("POST",))
def choose(network_id: uuid.UUID) -> ResponseReturnValue:
    """Choose whether months are published to a network by themselves."""
    chosen = load_form(AutomaticSchema, request.form)["automatic"]
    operations.choose_publishing(network_id, chosen, actor=actor(), now=now())
    flash(
        _("自動で公開するようにしました。") if chosen else _("自動では公開しないようにしました。")
    )
    return go(".index")


@bp.page("/<uuid:network_id>/<string:month>", permission=May.READ)
def month(network_id: uuid.UUID, month: str) -> ResponseReturnValue:
    """Show a month's numbers, what is said about them, and what was published."""
    return _month(network_id, rules.month_of(month))


@bp.page("/<uuid:network_id>/<string:month>/measure", permission=May.PUBLISH, methods=("POST",))
def recount(network_id: uuid.UUID, month: str) -> ResponseReturnValue:
    """Count one month again, at once."""
    asked = rules.month_of(month)
    if not queries.is_countable(get_membership(actor(), network_id), asked, today()):
        raise NotFound
    counted = queries.count_month(actor(), asked, [network_id])
    operations.measure_month(asked, counted, actor=actor(), now=now())
    flash(_("%(month)sを集計しました。", month=asked.label))
    return go(".month", network_id=network_id, month=month)


@bp.page("/<uuid:network_id>/<string:month>/remarks", permission=May.PUBLISH, methods=("POST",))
def remark(network_id: uuid.UUID, month: str) -> ResponseReturnValue:
    """Say something about the numbers, and which are not published."""
    asked = rules.month_of(month)
    measurement = queries.get_measurement(actor(), network_id, asked, lock=True)
    try:
        remarks = load_form(RemarksSchema, request.form)
        operations.save_remarks(measurement, remarks, actor=actor(), now=now())
    except InvalidInput as error:
        return _month(network_id, asked, request.form, error.errors), 422
    flash(_("保存しました。ネットワークには、公開するまで見えません。"))
    return go(".month", network_id=network_id, month=month)


@bp.page(
    "/<uuid:network_id>/<string:month>/publish", permission=May.PUBLISH, methods=("GET", "POST")
)
def publish(network_id: uuid.UUID, month: str) -> ResponseReturnValue:
    """Show what the network will see, and publish it; later versions give a reason."""
    posted = request.method == "POST"
    asked = rules.month_of(month)
    membership = get_membership(actor(), network_id)
    measurement = queries.get_measurement(actor(), network_id, asked, lock=posted)
    if not membership.in_force:
        raise NotFound
    if not posted:
        return _preview(measurement)
    try:
        agreed = load_form(PublicationSchema, request.form)
        snapshot = operations.publish_month(measurement, agreed, actor=actor(), now=now())
    except InvalidInput as error:
        return _preview(measurement, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _preview(measurement, request.form, refusal=refusal.message), 409
    flash(_("%(month)sを公開しました（第%(n)s版）。", month=asked.label, n=snapshot.version))
    return go(".month", network_id=network_id, month=month)


def _month(
    network_id: uuid.UUID,
    asked: Month,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> str:
    membership = get_membership(actor(), network_id)
    measurement = queries.find_measurement(actor(), network_id, asked)
    state = queries.list_own_months(actor(), asked).get(network_id, {}).get(asked)
    if measurement is None and not queries.is_countable(membership, asked, today()):
        raise NotFound
    return show(
        "snapshots/month.html",
        membership=membership,
        month=asked,
        measurement=measurement,
        own=state or queries.OwnMonth(asked),
        topics=_lines(measurement) if measurement else [],
        seen=measurement and rules.mark_of(measurement.comment, measurement.withheld),
        versions=month_lines.with_changes(
            queries.list_versions(network_id, actor().tenant_id, asked)
        ),
        entries=list_history(actor(), [measurement.id]) if measurement else [],
        over=rules.is_over(asked, now()),
        values=values if values is not None else {"comment": measurement and measurement.comment},
        errors=errors or {},
        labels=LABELS,
        limit=rules.COMMENT_LENGTH,
    )


def _lines(measurement: Measurement) -> list[tuple[str, list[month_lines.Line]]]:
    return month_lines.own_lines(
        Month.of(measurement.month),
        measurement.figures,
        queries.list_near(actor(), measurement),
        measurement.withheld,
    )


def _preview(
    measurement: Measurement,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    refusal: str = "",
) -> str:
    asked, network_id = Month.of(measurement.month), measurement.network_id
    newest = queries.newest_snapshot(actor(), network_id, asked)
    figures = rules.published_part(measurement.figures, measurement.withheld)
    seal = rules.seal_of(figures, measurement.comment)
    return show(
        "snapshots/publish.html",
        membership=get_membership(actor(), network_id),
        month=asked,
        measurement=measurement,
        topics=month_lines.published_lines(figures, town_names([network_id])),
        withheld=[METRICS[key].label for key in METRICS if key in measurement.withheld],
        newest=newest,
        changes=month_lines.changes(newest.figures, figures) if newest else [],
        same=newest is not None and rules.seal_of(newest.figures, newest.comment) == seal,
        complete=rules.is_over(asked, measurement.measured_at),
        based_on=newest.version if newest else 0,
        seal=seal,
        values=values or {},
        errors=errors or {},
        labels=LABELS,
        limit=rules.REASON_LENGTH,
        refusal=refusal,
    )


@catalogue_bp.page("/", permission=PUBLIC)
def catalogue() -> ResponseReturnValue:
    """Show what each metric means, to anybody."""
    return show("snapshots/catalogue.html", topics=month_lines.catalogue())


@fills("desk.today")
def remind(who: Actor) -> dict[str, Markup]:
    """Remind, some days into a month, of networks that wait for the month before."""
    if today().day <= rules.REMIND_AFTER or not may(who, May.PUBLISH):
        return {}
    last = Month.of(today()) + -1
    waiting = queries.list_unpublished(who, last, today())
    if not waiting:
        return {}
    page = render_template("snapshots/_today.html", rows=waiting, month=last)
    return {"main": Markup(page)}  # noqa: S704 (a template made it)


@fills("exchange.home")
def card(who: Actor) -> dict[str, Markup]:
    """Lead from the exchange's home to the town's months."""
    if not may(who, May.READ):
        return {}
    return {"cards": Markup(render_template("snapshots/_card.html"))}  # noqa: S704
