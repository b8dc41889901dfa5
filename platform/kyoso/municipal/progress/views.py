"""The staff's page for the progress of the strategy."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import today
from kyoso.core.web import FeatureBlueprint, actor, show
from kyoso.municipal.progress import queries, rules
from kyoso.municipal.progress.permissions import ProgressPermission

bp = FeatureBlueprint(
    "progress", __name__, url_prefix="/<town>/desk/strategy", template_folder="templates"
)


@bp.page("/", permission=ProgressPermission.READ)
def index() -> ResponseReturnValue:
    """Show the strategy with what happens for each tactic, of the town or of one department."""
    visions = queries.get_progress(actor(), today())
    departments = sorted(
        {
            name
            for vision in visions
            for strategy in vision.strategies
            for tactic in strategy.tactics
            for name in tactic.departments
        }
    )
    chosen = request.args.get("department", "")
    if chosen in departments:
        visions = rules.of_department(visions, chosen)
    return show("progress/index.html", visions=visions, departments=departments, chosen=chosen)
