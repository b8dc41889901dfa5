"""The page that a person without a desk sees first."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from kyoso.core.web import SIGNED_IN, FeatureBlueprint, show

bp = FeatureBlueprint("me_home", __name__, url_prefix="/me", template_folder="templates")


@bp.page("/", permission=SIGNED_IN)
def index() -> ResponseReturnValue:
    """Show what waits for the person."""
    return show("me_home/index.html")
