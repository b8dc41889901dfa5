"""The desk's page of who may do what (権限の一覧), from the table that decides."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from kyoso.core.web import FeatureBlueprint, show
from kyoso.identity import permission_table
from kyoso.identity.members.permissions import IdentityPermission

bp = FeatureBlueprint(
    "permissions", __name__, url_prefix="/<town>/desk/permissions", template_folder="templates"
)


@bp.page("/", permission=IdentityPermission.READ_PERMISSIONS)
def index() -> ResponseReturnValue:
    """Show which role may do what."""
    return show(
        "members/permissions.html", roles=permission_table.ROLES, rows=permission_table.rows()
    )
