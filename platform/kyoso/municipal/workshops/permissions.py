"""Who may do what with workshops. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class WorkshopPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "workshops:read", _l("ワークショップを見る（下書きを含む）")
    WRITE = "workshops:write", _l("ワークショップとアイデアを書き、扱いを決め、公開・取下げする")


grant(
    {
        WorkshopPermission.READ: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR},
        WorkshopPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
    }
)
