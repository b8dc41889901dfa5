"""Who may do what at the gates. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class GatePermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "gates:read", _l("ゲートの条件と評価を見る")
    WRITE = "gates:write", _l("評価・決定・分かったことを記録する（職員は自分の課のもの）")
    PASS = "gates:pass", _l("プロジェクトを次の段階へ進める（そろわないまま進めるのは管理者のみ）")


grant(
    {
        GatePermission.READ: MEMBER_ROLES,
        GatePermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        GatePermission.PASS: {Role.ADMIN, Role.SECRETARIAT},
    }
)
