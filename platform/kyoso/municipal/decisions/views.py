"""The pages of decisions at the desk."""

from __future__ import annotations

from kyoso.core.web import FeatureBlueprint

bp = FeatureBlueprint(
    "decisions",
    __name__,
    url_prefix="/<town>/desk/proposals/<uuid:proposal_id>",
    template_folder="templates",
)
