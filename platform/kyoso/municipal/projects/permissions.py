"""Who may do what with projects. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ProjectPermission(Permission):
    """One permission for each kind of thing a person can do here."""

    READ = ("projects:read", _l("プロジェクトを見る"))
    WRITE = ("projects:write", _l("プロジェクトの内容を編集する（職員は自分の課のもの）"))
    MOVE = ("projects:move", _l("プロジェクトの段階を変える"))
    PUBLISH = ("projects:publish", _l("プロジェクトを公開・非公開にする"))
    CREATE = ("projects:create", _l("採択された提案をプロジェクトにする"))
    START = ("projects:start", _l("自課の取組を始める・進め方を写す（職員は自分の課のもの）"))
    SYNC = ("projects:sync", _l("資料にあるプロジェクトを反映する"))


grant(
    {
        ProjectPermission.READ: MEMBER_ROLES,
        ProjectPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        ProjectPermission.MOVE: {Role.ADMIN, Role.SECRETARIAT},
        ProjectPermission.PUBLISH: {Role.ADMIN, Role.SECRETARIAT, Role.SYSTEM},
        ProjectPermission.CREATE: {Role.ADMIN, Role.SECRETARIAT, Role.SYSTEM},
        ProjectPermission.START: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        ProjectPermission.SYNC: {Role.SYSTEM},
    }
)
