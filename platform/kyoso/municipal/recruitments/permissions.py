"""Who may do what with recruitments. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class RecruitmentPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "recruitments:read", _l("複業人材募集を見る（下書きを含む）")
    WRITE = "recruitments:write", _l("複業人材を募集し、募集を終える（職員は自分の課のもの）")


grant(
    {
        RecruitmentPermission.READ: MEMBER_ROLES,
        RecruitmentPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
    }
)
