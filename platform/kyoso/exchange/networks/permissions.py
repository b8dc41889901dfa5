"""Who may do what in networks. Data only; `core.access` decides.

What a town's people hold, they hold for their own town; a coordinator for their network.
"""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class NetworkPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "networks:read", _l("交流のページとネットワークを見る")
    FOUND = "networks:found", _l("協定からネットワークを作る")
    INVITE = "networks:invite", _l("自治体をネットワークに招待する")
    ANSWER = "networks:answer", _l("ネットワークへの招待に答える")
    LEAVE = "networks:leave", _l("ネットワークの脱退・休止・再開をする")
    END = "networks:end", _l("脱退の日に、脱退を実行する")
    WRITE = "networks:write", _l("ネットワークの説明と決まりを書く")
    SYNC = "networks:sync", _l("資料にあるネットワークを反映する")


M = NetworkPermission

grant(
    {
        M.READ: MEMBER_ROLES,
        M.FOUND: {Role.ADMIN},
        M.INVITE: {Role.ADMIN, Role.COORDINATOR},
        M.ANSWER: {Role.ADMIN},
        M.LEAVE: {Role.ADMIN},
        M.END: {Role.SYSTEM},
        M.WRITE: {Role.ADMIN, Role.COORDINATOR},
        M.SYNC: {Role.SYSTEM},
    }
)
