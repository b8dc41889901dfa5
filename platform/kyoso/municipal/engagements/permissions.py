"""Who may do what with engagements. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class EngagementPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "engagements:read", _l("外部人材との関与（委嘱・契約）と費用を見る")
    WRITE = "engagements:write", _l("関与を申し出る・変更する・取り下げる・終える")
    ANSWER = "engagements:answer", _l("自分への関与の申し出に返事をする")
    CLOSE = "engagements:close", _l("期間の終わった関与を終了にする")


grant(
    {
        EngagementPermission.READ: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR},
        # The platform: what a share that all three agreed to becomes.
        EngagementPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.SYSTEM},
        # The person answers on their own pages; what they said is taken over in their name.
        EngagementPermission.ANSWER: {Role.TALENT},
        EngagementPermission.CLOSE: {Role.SYSTEM},
    }
)
