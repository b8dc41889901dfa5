"""The public page of the town's strategy."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from kyoso.core.clock import today
from kyoso.core.errors import NotFound
from kyoso.core.web import PUBLIC, FeatureBlueprint, actor, show, tenant
from kyoso.municipal.needs.queries import list_published
from kyoso.municipal.progress import queries, rules
from kyoso.portal.site.navigation import closed_for_now

bp = FeatureBlueprint(
    "direction", __name__, url_prefix="/<town>/strategy", template_folder="templates"
)
bp.before_request(closed_for_now)


@bp.page("", permission=PUBLIC)
def strategy() -> ResponseReturnValue:
    """Show the strategy and what happens for it; only in a town that declares it public."""
    if not tenant().declaration.get("strategy_public"):
        raise NotFound
    visions = queries.get_progress(actor(), today())
    rules.only_public(visions, {n.id: n.title for n in list_published(actor(), today())})
    return show("direction/strategy.html", visions=visions)
