"""The page that everybody sees of a network's numbers, and where coordinators choose them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, g, request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import PUBLIC, FeatureBlueprint, coordinator, go, show
from kyoso.exchange.networks.queries import get_network, network_by_slug
from kyoso.joint_metrics.drawings import draw_series
from kyoso.joint_metrics.public_figures import operations, queries
from kyoso.joint_metrics.public_figures.permissions import PublicFiguresPermission as May
from kyoso.joint_metrics.public_figures.rules import MOST
from kyoso.joint_metrics.public_figures.schemas import LABELS, PublicChoiceSchema

bp = FeatureBlueprint(
    "public_figures", __name__, url_prefix="/networks/<network>", template_folder="templates"
)


@bp.page("/figures", permission=PUBLIC)
def figures() -> ResponseReturnValue:
    """Show the chosen numbers to everybody; a network that shows none has no such page."""
    public = queries.get_public_page(g.network_id)
    lines = queries.list_lines(public)
    return show(
        "public_figures/figures.html",
        network=network_by_slug(g.network_slug),
        public=public,
        lines=lines,
        pictures=[
            draw_series(line.metric, line.months, line.totals, key=line.metric.id) for line in lines
        ],
    )


@bp.page("/figures/settings", permission=May.CHOOSE)
def settings() -> ResponseReturnValue:
    """Show what is public, to be changed."""
    page = queries.find_page(coordinator())
    values: Mapping[str, Any] = {}
    if page is not None:
        values = {key: getattr(page, key) for key in ("is_public", "metric_ids", "introduction")}
    return _settings(values, {})


@bp.page("/figures/settings", permission=May.CHOOSE, methods=("POST",))
def choose() -> ResponseReturnValue:
    """Choose what is public; it is so, or is so no more, at once."""
    try:
        choice = load_form(PublicChoiceSchema, request.form)
        page = operations.choose_public_figures(choice, actor=coordinator(), now=now())
    except InvalidInput as error:
        return _settings(request.form, error.errors), 422
    flash(
        _("公開しました。")
        if page.is_public
        else _("保存しました。いまは、だれにも公開していません。")
    )
    return go(".settings")


def _settings(values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    return show(
        "public_figures/settings.html",
        network=get_network(coordinator()),
        public=queries.is_public(coordinator().network_id),
        known=queries.known_metrics(),
        values=values,
        errors=errors,
        labels=LABELS,
        most=MOST,
    )
