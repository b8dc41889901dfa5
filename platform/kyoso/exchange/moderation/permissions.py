"""Who may do what in moderation. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ModerationPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "moderation:read", _l("町がした通報と、町の掲載の非表示を見る")
    REPORT = "moderation:report", _l("ネットワークの掲載を通報する")
    HIDE_OWN = "moderation:hide-own", _l("町の掲載を非表示にし、元に戻す")
    WORK = "moderation:work", _l("通報に答え、掲載を非表示にする")
    LEARN = "moderation:learn", _l("町の掲載が非表示になったことを町に知らせる")


M = ModerationPermission

grant(
    {
        M.READ: MEMBER_ROLES,
        M.REPORT: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        M.HIDE_OWN: {Role.ADMIN, Role.SECRETARIAT},
        M.WORK: {Role.COORDINATOR},
        M.LEARN: {Role.SYSTEM},
    }
)
