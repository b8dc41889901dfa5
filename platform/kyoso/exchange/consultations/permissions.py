"""Who may do what with consultations. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ConsultationPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "consultations:read", _l("ネットワークの相談を読む")
    ASK = "consultations:ask", _l("ネットワークに相談し、町の相談を書き直す・締め切る・取り下げる")
    ANSWER = "consultations:answer", _l("相談に回答する")
    FOLLOW = "consultations:follow", _l("相談の通知を受け取る")
    WORK = "consultations:work", _l("回答のない相談を見て、広域事務局として回答する")
    AUTOMATE = "consultations:automate", _l("相談の通知・引継ぎ・脱退時の取下げを自動で行う")


M = ConsultationPermission
_WRITERS = {Role.ADMIN, Role.SECRETARIAT, Role.STAFF}

grant(
    {
        M.READ: MEMBER_ROLES,
        M.ASK: _WRITERS,
        M.ANSWER: _WRITERS,
        M.FOLLOW: MEMBER_ROLES,
        M.WORK: {Role.COORDINATOR},
        M.AUTOMATE: {Role.SYSTEM},
    }
)
