"""Who may do what with intake. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class IntakePermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "intake:read", _l("受付方針を見る")
    MANAGE = "intake:manage", _l("受付を休止・再開し、受付期間を加える")
    SYNC = "intake:sync", _l("受付方針とガイドラインの宣言（tenants/）を反映する")


grant(
    {
        IntakePermission.READ: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR},
        IntakePermission.MANAGE: {Role.ADMIN, Role.SECRETARIAT},
        IntakePermission.SYNC: {Role.SYSTEM},
    }
)
