"""Who may do what with plans. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class AllocationPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "allocations:read", _l("ネットワークの割り当て案を見る")
    ACCEPT = "allocations:accept", _l("割り当て案の行を受けて、人材シェアの依頼にする")
    WORK = "allocations:work", _l("割り当て案を計算し、町に見せる")
    MAKE = "allocations:make", _l("割り当て案の計算を進める")


A = AllocationPermission

grant(
    {
        A.READ: MEMBER_ROLES,
        A.ACCEPT: {Role.ADMIN, Role.SECRETARIAT},
        A.WORK: {Role.COORDINATOR},
        A.MAKE: {Role.SYSTEM},
    }
)
