"""Who may do what with needs. Data only; `core.access` decides, `rules` add the department."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class NeedPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "needs:read", _l("求めていることを見る")
    WRITE = "needs:write", _l("求めていることを書く（職員は自分の課のもの）")
    PUBLISH = "needs:publish", _l("求めていることを公開・終了する（職員は自分の課のもの）")


grant(
    {
        NeedPermission.READ: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR},
        NeedPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        NeedPermission.PUBLISH: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
    }
)
