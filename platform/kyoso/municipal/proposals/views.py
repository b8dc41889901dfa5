"""What staff do to one proposal, and how they write down one that came on paper."""

from __future__ import annotations

from kyoso.core.web import FeatureBlueprint

bp = FeatureBlueprint(
    "proposals", __name__, url_prefix="/<town>/desk/proposals", template_folder="templates"
)
