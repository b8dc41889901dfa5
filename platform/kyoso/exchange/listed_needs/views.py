"""What member towns look for, as one town sees it; and showing one's own needs to a network."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import Actor
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form, shown_again
from kyoso.core.slots import fills, parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.exchange.finding import Kind
from kyoso.exchange.listed_needs import operations, queries
from kyoso.exchange.listed_needs.permissions import ListedNeedPermission as May
from kyoso.exchange.listed_needs.schemas import LABELS, ListingNeedSchema
from kyoso.exchange.moderation.queries import list_own_hidings
from kyoso.exchange.moderation.rules import look_through, seal_of
from kyoso.exchange.networks.queries import get_joined, list_networks_in_force, network_names
from kyoso.identity.profiles.rules import WorkMode
from kyoso.municipal.needs.queries import get_published, list_published
from kyoso.municipal.needs.rules import budget_words, days_words, hours_words, skill_label
from kyoso.tenancy.queries import department_names, get_tenant

bp = FeatureBlueprint(
    "listed_needs", __name__, url_prefix="/<town>/exchange/needs", template_folder="templates"
)


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """Show what the towns of our networks look for, newest first; and what we show."""
    try:
        after = uuid.UUID(request.args.get("after", ""))
    except ValueError:
        after = None
    rows = queries.list_listed(after)
    own = queries.list_own(actor())
    page = rows[: queries.PER_PAGE]
    return show(
        "listed_needs/index.html",
        rows=page,
        after=after,
        next_after=page[-1][0].id if len(rows) > len(page) else None,
        own=own,
        network_names=network_names({row.network_id for row in own}),
        skill_label=skill_label,
        hours_words=hours_words,
        days_words=days_words,
    )


@bp.page("/<uuid:listed_need_id>", permission=May.READ)
def detail(listed_need_id: uuid.UUID) -> ResponseReturnValue:
    """Show what one town looks for."""
    need = queries.get_listed_need(listed_need_id)
    ours = need.tenant_id == actor().tenant_id
    return show(
        "listed_needs/detail.html",
        need=need,
        town=get_tenant(need.tenant_id).name,
        ours=ours,
        hidings=list_own_hidings(Kind.NEED, [need.id]) if ours else [],
        network_names=network_names([need.network_id]),
        facts=[
            (_("目的"), need.purpose),
            (_("目指す成果"), need.outcome),
            (_("求めるスキル"), "、".join(skill_label(skill) for skill in need.skills)),
            (_("時間"), hours_words(need.hours_a_month)),
            (_("働き方"), need.mode.label if need.mode else _("指定なし")),
            (_("予算"), budget_words(need.budget_yen)),
            (_("フィールド提供"), need.field_offered),
            (_("期間"), days_words(need.opens_on, need.closes_on)),
        ],
        parts=parts_of("listed_need", need),
    )


@bp.page("/new", permission=May.LIST, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Show one of our open needs to a network; the same form sent twice does it once."""
    if request.method == "GET":
        return _form({"form_id": new_id(), "need_id": request.args.get("need", "")}, {})
    try:
        sent = load_form(ListingNeedSchema, request.form)
        need = get_published(actor(), sent["need_id"])
        network = get_joined(actor(), sent["network_id"])
        found = look_through(
            {_("目的"): need.purpose, _("目指す成果"): need.outcome, _("件名"): need.title}
        )
        if sent["looked_at"] != seal_of(found):
            said = _("公開する前に確かめることがあります。下の確認に印をつけてください。")
            return _form(request.form, {"looked_at": [said]}, found), 422
        operations.show_need(
            need,
            network,
            department_names(actor()).get(need.department_id, ""),
            sent["mode"],
            listed_need_id=sent["form_id"],
            actor=actor(),
            now=now(),
        )
    except InvalidInput as error:
        return _form(shown_again(request.form, error.errors), error.errors), 422
    except RuleViolation as refusal:
        return _form(request.form, {"": [refusal.message]}), 409
    flash(
        _("「%(title)s」を「%(network)s」に掲載しました。", title=need.title, network=network.name)
    )
    return go(".index")


def _form(
    values: Mapping[str, Any], errors: Mapping[str, list[str]], findings: Sequence[Any] = ()
) -> str:
    return show(
        "listed_needs/new.html",
        values=values,
        errors=errors,
        labels=LABELS,
        needs=[(need.id, need.title) for need in list_published(actor(), today())],
        networks=[(network.id, network.name) for network in list_networks_in_force(actor())],
        modes=[(mode.value, mode.label) for mode in WorkMode],
        findings=findings,
        seal=seal_of(findings),
    )


@bp.page("/<uuid:listed_need_id>/withdraw", permission=May.LIST, methods=("POST",))
def withdraw(listed_need_id: uuid.UUID) -> ResponseReturnValue:
    """Show a need of ours to a network no more."""
    listed = queries.own_listed_need(actor(), listed_need_id, lock=True)
    operations.withdraw_listed_need(listed, actor=actor(), now=now())
    flash(_("「%(title)s」の掲載を取り下げました。", title=listed.title))
    return go(".index")


@fills("exchange.home")
def on_the_exchanges_home(_who: Actor) -> dict[str, Markup]:
    """Lead from the exchange's home to what the towns look for."""
    page = render_template("listed_needs/_card.html")
    return {"people": Markup(page)}  # noqa: S704 (a template made it)
