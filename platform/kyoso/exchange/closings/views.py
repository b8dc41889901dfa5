"""Where the founding town closes a network, and what its pages say of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import Actor, NetworkActor, may
from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.schema import load_form
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.exchange.closings import operations, queries
from kyoso.exchange.closings.permissions import ClosingPermission as May
from kyoso.exchange.closings.schemas import LABELS, ClosingSchema
from kyoso.exchange.leaving import effects_of_leaving, seal_of
from kyoso.exchange.networks.operations import end_membership
from kyoso.exchange.networks.queries import Membership, Network, get_membership, get_network
from kyoso.exchange.networks.rules import check_not_closing, is_closed

bp = FeatureBlueprint(
    "closings",
    __name__,
    url_prefix="/<town>/exchange/networks/<uuid:network_id>",
    template_folder="templates",
)


@bp.page("/close", permission=May.CLOSE, methods=("GET", "POST"))
def close(network_id: uuid.UUID) -> ResponseReturnValue:
    """Show what closing would do, with counts, and set the day."""
    membership = queries.get_founded(actor(), network_id, lock=request.method == "POST")
    if request.method == "GET":
        check_not_closing(membership.network.closed_on)
        return _preview(membership, {"closing_on": membership.first_possible_day.isoformat()})
    try:
        closing = load_form(ClosingSchema, request.form)
        operations.close_network(membership, closing, actor=actor(), now=now())
    except InvalidInput as error:
        return _preview(membership, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _preview(membership, request.form, refusal=refusal.message), 409
    name = membership.network.name
    if membership.is_closed:
        # The others are out by the date; the night tidies up for each of them.
        system = Actor.system(actor().tenant_id, "ネットワークの閉鎖（自動）")
        end_membership(get_membership(system, network_id, lock=True), actor=system, now=now())
        flash(_("「%(name)s」を閉じました。", name=name))
    else:
        day = jp_date(closing.closing_on)
        flash(
            _("「%(name)s」を%(day)sに閉じます。すべての町にお知らせします。", name=name, day=day)
        )
    return go("networks.detail", network_id=network_id)


@bp.page("/keep-open", permission=May.CLOSE, methods=("POST",))
def keep_open(network_id: uuid.UUID) -> ResponseReturnValue:
    """Take the day back."""
    membership = queries.get_founded(actor(), network_id, lock=True)
    operations.keep_network_open(membership, actor=actor(), now=now())
    flash(_("ネットワークを閉じる予定を取り消しました。"))
    return go("networks.detail", network_id=network_id)


def _preview(
    membership: Membership,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]] | None = None,
    refusal: str = "",
) -> str:
    effects = effects_of_leaving(actor(), membership.network.id)
    towns = queries.list_concerned(membership.network.id)
    return show(
        "closings/close.html",
        membership=membership,
        network=membership.network,
        effects=effects,
        others=[town.name for town in towns if town.tenant_id != actor().tenant_id],
        seal=seal_of(effects),
        values=values,
        errors=errors or {},
        labels=LABELS,
        refusal=refusal,
    )


@fills("networks.detail")
def on_the_networks_page(network: Network) -> dict[str, Markup]:
    """Say that a network is closed or will be; lead its founder to closing it."""
    who = actor()
    may_close = queries.is_founder(who, network) and may(who, May.CLOSE)
    if network.closed_on is None:
        page = render_template("closings/_lead.html", network=network) if may_close else ""
        return {"closing": Markup(page)} if page else {}  # noqa: S704 (a template made it)
    return {"top": _standing(network, may_keep=may_close)}


@fills("coordination.members")
def on_the_coordinators_page(who: NetworkActor) -> dict[str, Markup]:
    """Say the same to coordinators, who go on reading what was published month by month."""
    network = get_network(who)
    return {} if network.closed_on is None else {"top": _standing(network, coordinates=True)}


def _standing(network: Network, *, may_keep: bool = False, coordinates: bool = False) -> Markup:
    page = render_template(
        "closings/_standing.html",
        network=network,
        closed=is_closed(network.closed_on, today()),
        may_keep=may_keep,
        coordinates=coordinates,
    )
    return Markup(page)  # noqa: S704 (a template made it)
