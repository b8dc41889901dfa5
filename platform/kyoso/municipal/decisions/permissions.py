"""Who may do what with decisions. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class DecisionPermission(Permission):
    """One permission for each kind of thing a person can do here."""

    READ = ("decisions:read", _l("決定とその理由を読む"))
    DECIDE = ("decisions:decide", _l("採択・見送りを決め、通知書を書く"))
    ANNOUNCE = ("decisions:announce", _l("決定を送付して公開する"))
    UNDO = ("decisions:undo", _l("決定を理由を添えて取り消す"))
    REFER = ("decisions:refer", _l("見送った提案を、紹介した・紹介が終わったとする"))


grant(
    {
        DecisionPermission.READ: MEMBER_ROLES,
        DecisionPermission.DECIDE: {Role.ADMIN, Role.SECRETARIAT},
        DecisionPermission.ANNOUNCE: {Role.ADMIN, Role.SECRETARIAT},
        DecisionPermission.UNDO: {Role.ADMIN, Role.SECRETARIAT},
        DecisionPermission.REFER: {Role.SYSTEM},
    }
)
