"""Who may do what with the work on a project. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ActivityPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "activities:read", _l("チーム・節目・やること・活動レポートを見る")
    WRITE = (
        "activities:write",
        _l("チーム・節目・やること・活動レポートを書き、公開する（職員は自分の課のもの）"),
    )


grant(
    {
        ActivityPermission.READ: MEMBER_ROLES,
        ActivityPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
    }
)
