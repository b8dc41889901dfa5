"""Who may do what with indicators. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class IndicatorPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "indicators:read", _l("成果指標を見る")
    WRITE = "indicators:write", _l("成果指標を決め、測定値を入れる（職員は自分の課のもの）")


grant(
    {
        IndicatorPermission.READ: MEMBER_ROLES,
        IndicatorPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
    }
)
