"""Who may do what with running-cost plans. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class CostPermission(Permission):
    """One permission for each kind of thing a person can do here."""

    READ = ("running-costs:read", _l("ランニングコスト計画を見る"))
    WRITE = (
        "running-costs:write",
        _l("ランニングコスト計画を書く（職員は自分の課のプロジェクトのもの）"),
    )
    REMIND = ("running-costs:remind", _l("予算要求の期限を知らせる"))


grant(
    {
        CostPermission.READ: MEMBER_ROLES,
        CostPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        CostPermission.REMIND: {Role.SYSTEM},
    }
)
