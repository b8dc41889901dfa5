"""Who may do what with municipalities. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class TenancyPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    SYNC = "tenants:sync", _l("自治体の宣言（tenants/）を反映する")


grant({TenancyPermission.SYNC: {Role.SYSTEM}})
