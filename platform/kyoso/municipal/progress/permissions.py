"""Who may see the progress of the strategy. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ProgressPermission(Permission):
    """There is nothing to change here: it is computed."""

    READ = "progress:read", _l("将来像・戦略・戦術の進み具合を見る")


grant({ProgressPermission.READ: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR}})
