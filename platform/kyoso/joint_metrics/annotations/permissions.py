"""Who may do what with a network's numbers. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class JointMetricsPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "joint-metrics:read", _l("ネットワークの指標を見る")
    WORK = "joint-metrics:work", _l("ネットワークの指標の目標と注記を書く")


grant(
    {
        JointMetricsPermission.READ: {*MEMBER_ROLES, Role.COORDINATOR},
        JointMetricsPermission.WORK: {Role.COORDINATOR},
    }
)
