"""Who may do what with listed needs. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ListedNeedPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "listed-needs:read", _l("ネットワークの「求めていること」を見る")
    LIST = "listed-needs:list", _l("町の「求めていること」をネットワークに掲載し、取り下げる")
    FOLLOW = "listed-needs:follow", _l("掲載を、もとの「求めていること」に合わせる")


M = ListedNeedPermission

grant(
    {
        M.READ: MEMBER_ROLES,
        M.LIST: {Role.ADMIN, Role.SECRETARIAT},
        # Whoever changes or closes a need, or takes the town out of a network.
        M.FOLLOW: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.SYSTEM},
    }
)
