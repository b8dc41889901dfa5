"""Who may do what with members, and who reads rights and journal. Data only."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class IdentityPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "members:read", _l("担当者の一覧を見る")
    INVITE = "members:invite", _l("担当者を招待し、招待を取り消す")
    UPDATE = "members:update", _l("担当者の役割と所属を変える")
    DEACTIVATE = "members:deactivate", _l("担当者を停止し、停止を解く")
    ACCEPT = "invitations:accept", _l("届いた招待を受ける")
    READ_PERMISSIONS = "permissions:read", _l("権限の一覧を見る")
    READ_JOURNAL = "journal:read", _l("操作の記録を見る")


grant(
    {
        IdentityPermission.READ: {Role.ADMIN, Role.AUDITOR},
        # The command line invites the first administrator of a town.
        IdentityPermission.INVITE: {Role.ADMIN, Role.SYSTEM},
        IdentityPermission.UPDATE: {Role.ADMIN},
        IdentityPermission.DEACTIVATE: {Role.ADMIN, Role.SYSTEM},
        IdentityPermission.ACCEPT: {Role.LINK_HOLDER},
        IdentityPermission.READ_PERMISSIONS: {Role.ADMIN, Role.AUDITOR},
        IdentityPermission.READ_JOURNAL: {Role.ADMIN, Role.AUDITOR},
    }
)
