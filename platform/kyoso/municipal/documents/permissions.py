"""Who may do what with documents. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class DocumentPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "documents:read", _l("発行した文書とひな型を見る")
    ISSUE = "documents:issue", _l("文書に番号を付けて発行する")
    WRITE = "documents:write", _l("文書のひな型を書き直す")


grant(
    {
        DocumentPermission.READ: MEMBER_ROLES,
        # Staff issue what belongs to their own work; the operation that asks for it decides.
        DocumentPermission.ISSUE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.SYSTEM},
        DocumentPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT},
    }
)
