"""Who may do what with worked hours. Data only; `core.access` decides.

Logging needs no permission here: a person writes their own, see operations.
"""

from kyoso.core.access import MEMBER_ROLES, Permission, grant
from kyoso.core.i18n import lazy_gettext as _l


class WorkHoursPermission(Permission):
    """One permission for each kind of thing a member can do here."""

    READ = ("work-hours:read", _l("働いた時間（計画と実績）を見る"))


grant({WorkHoursPermission.READ: MEMBER_ROLES})
