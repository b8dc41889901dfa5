"""Who may do what with reuses. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ReusePermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "reuses:read", _l("活用記録を見る")
    WRITE = "reuses:write", _l("ほかの町のノウハウを使い、活用のようすを報告する")
    ASK = "reuses:ask", _l("活用のようすを尋ね、元の更新を知らせる")
    SEVER = "reuses:sever", _l("ネットワークを離れるときに、活用記録を町の名前だけにする")


R = ReusePermission

grant(
    {
        R.READ: MEMBER_ROLES,
        R.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        R.ASK: {Role.SYSTEM},
        R.SEVER: {Role.SYSTEM},
    }
)
