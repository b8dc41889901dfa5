"""Who may do what when a project looks for people. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class RecruitingPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "recruiting:read", _l("参加者の募集と応募を見る")
    WRITE = "recruiting:write", _l("参加者を募集し、応募に対応する（職員は自分の課のもの）")
    ANSWER = "recruiting:answer", _l("参加者の募集に応募する")


grant(
    {
        RecruitingPermission.READ: MEMBER_ROLES,
        RecruitingPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        RecruitingPermission.ANSWER: {Role.GUEST},
    }
)
