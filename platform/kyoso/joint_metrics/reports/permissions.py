"""Who may do what with a network's reports. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class NetworkReportPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "network-reports:read", _l("広域の報告と、公開された数字のファイルを見る")
    REQUEST = "network-reports:request", _l("広域の報告の作成を頼む")
    MAKE = "network-reports:make", _l("広域の報告を作る")


M = NetworkReportPermission

grant(
    {
        M.READ: {*MEMBER_ROLES, Role.COORDINATOR},
        M.REQUEST: {Role.COORDINATOR},
        M.MAKE: {Role.SYSTEM},
    }
)
