"""Where a town reports and sees what is hidden of its own, and where coordinators answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import NetworkActor
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form, shown_again
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, coordinator, go, show
from kyoso.exchange.moderation import operations, queries, rules
from kyoso.exchange.moderation.permissions import ModerationPermission as May
from kyoso.exchange.moderation.queries import Item
from kyoso.exchange.moderation.rules import KIND_SLUGS, Ground
from kyoso.exchange.moderation.schemas import (
    LABELS,
    DismissalSchema,
    HidingSchema,
    OwnHidingSchema,
    ReportSchema,
)
from kyoso.exchange.networks.queries import get_network, list_networks_in_force

#: As a member town.
bp = FeatureBlueprint(
    "moderation", __name__, url_prefix="/<town>/exchange/moderation", template_folder="templates"
)
#: As a coordinator.
network_bp = FeatureBlueprint(
    "reports", __name__, url_prefix="/networks/<network>/reports", template_folder="templates"
)


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """Show what the town reported and what became of it, and what of its own is hidden."""
    return show(
        "moderation/index.html",
        reports=queries.list_own_reports(actor()),
        hidings=queries.list_hidden_of_town(),
        names={network.id: network.name for network in list_networks_in_force(actor())},
        kind_label=rules.kind_label,
    )


@bp.page("/<string:item_kind>/<uuid:item_id>", permission=May.REPORT, methods=("GET", "POST"))
def report(item_kind: str, item_id: uuid.UUID) -> ResponseReturnValue:
    """Report something; the same form sent twice makes one report."""
    item = queries.get_item(actor(), KIND_SLUGS.get(item_kind), item_id)
    if request.method == "GET":
        return _report_form(item_kind, item, {"form_id": new_id()}, {})
    try:
        sent = load_form(ReportSchema, request.form)
        if queries.find_own_report(actor(), sent.form_id) is None:
            operations.report_item(
                item, sent.draft, report_id=sent.form_id, actor=actor(), now=now()
            )
    except InvalidInput as error:
        values = shown_again(request.form, error.errors)
        return _report_form(item_kind, item, values, error.errors), 422
    flash(_("広域事務局に通報しました。答えはこのページに出ます。"))
    return go(".index")


@bp.page("/<string:item_kind>/<uuid:item_id>/hide", permission=May.HIDE_OWN, methods=("POST",))
def hide(item_kind: str, item_id: uuid.UUID) -> ResponseReturnValue:
    """Hide something of our own from one network for a time."""
    item = queries.get_item(actor(), KIND_SLUGS.get(item_kind), item_id)
    if not item.ours:
        raise NotFound
    sent = load_form(OwnHidingSchema, request.form)
    operations.hide_own_item(item, **sent, actor=actor(), now=now())
    flash(_("「%(title)s」を非表示にしました。", title=item.title))
    return go(".index")


@bp.page("/hidings/<uuid:hiding_id>/lift", permission=May.HIDE_OWN, methods=("POST",))
def lift_own(hiding_id: uuid.UUID) -> ResponseReturnValue:
    """Let what we hid ourselves be seen again."""
    hiding = queries.get_hiding(hiding_id)
    operations.show_own_item(hiding, actor=actor(), now=now())
    flash(_("「%(title)s」の非表示を解きました。", title=hiding.title))
    return go(".index")


def _report_form(
    item_kind: str, item: Item, values: Mapping[str, Any], errors: Mapping[str, list[str]]
) -> str:
    joined = [n for n in list_networks_in_force(actor()) if n.id in item.network_ids]
    if item.ours or not joined:
        raise NotFound
    return show(
        "moderation/report.html",
        item=item,
        item_kind=item_kind,
        kind=rules.kind_label(item.kind),
        networks=[(network.id, network.name) for network in joined],
        grounds=[(ground.value, ground.label) for ground in Ground],
        values=values,
        errors=errors,
        labels=LABELS,
    )


@network_bp.page("/", permission=May.WORK)
def log() -> ResponseReturnValue:
    """Show the reports of the network, those that wait first, and what is hidden."""
    return show(
        "moderation/log.html",
        network=get_network(coordinator()),
        reports=queries.list_reports(coordinator()),
        hidings=queries.list_hidings(coordinator()),
        kind_label=rules.kind_label,
    )


@network_bp.page("/<uuid:item_report_id>", permission=May.WORK)
def one(item_report_id: uuid.UUID) -> ResponseReturnValue:
    """Show a report, what the reporter saw, and the two answers there are."""
    return _one(queries.get_report(coordinator(), item_report_id))


@network_bp.page("/<uuid:item_report_id>/hide", permission=May.WORK, methods=("POST",))
def hide_reported(item_report_id: uuid.UUID) -> ResponseReturnValue:
    """Hide what was reported."""
    found = queries.get_report(coordinator(), item_report_id, lock=True)
    try:
        sent = load_form(HidingSchema, request.form)
        operations.hide_reported(found, **sent, actor=coordinator(), now=now())
    except InvalidInput as error:
        return _one(found, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _one(found, request.form, refusal=refusal.message), 409
    flash(_("非表示にしました。掲載した町には、理由とともに伝わります。"))
    return go(".log")


@network_bp.page("/<uuid:item_report_id>/dismiss", permission=May.WORK, methods=("POST",))
def dismiss(item_report_id: uuid.UUID) -> ResponseReturnValue:
    """Leave what was reported as it is."""
    found = queries.get_report(coordinator(), item_report_id, lock=True)
    try:
        sent = load_form(DismissalSchema, request.form)
        operations.dismiss_report(found, **sent, actor=coordinator(), now=now())
    except InvalidInput as error:
        return _one(found, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _one(found, request.form, refusal=refusal.message), 409
    flash(_("そのまま掲載としました。通報した町に伝わります。"))
    return go(".log")


@network_bp.page("/hidings/<uuid:hiding_id>/lift", permission=May.WORK, methods=("POST",))
def lift(hiding_id: uuid.UUID) -> ResponseReturnValue:
    """Let what was hidden be seen again."""
    hiding = queries.get_hiding(hiding_id)
    operations.lift_hiding(hiding, actor=coordinator(), now=now())
    flash(_("非表示を解きました。掲載した町に伝わり、掲載は元に戻ります。"))
    return go(".log")


def _one(
    found: queries.ItemReport,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    refusal: str = "",
) -> str:
    return show(
        "moderation/one.html",
        network=get_network(coordinator()),
        report=found,
        kind=rules.kind_label(found.kind),
        values=values or {},
        errors=errors or {},
        labels=LABELS,
        refusal=refusal,
    )


@fills("coordination.members")
def waiting_reports(who: NetworkActor) -> dict[str, Markup]:
    """Tell a coordinator on their first page that reports wait."""
    count = queries.count_open_reports(who)
    if not count:
        return {}
    page = render_template("moderation/_waiting.html", count=count)
    return {"top": Markup(page)}  # noqa: S704 (a template made it)
