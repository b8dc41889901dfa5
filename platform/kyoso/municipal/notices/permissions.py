"""Who may do what with notices. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class NoticePermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "notices:read", _l("お知らせを見る（下書きを含む）")
    WRITE = "notices:write", _l("お知らせを書き、公開・取下げする")


grant(
    {
        NoticePermission.READ: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR},
        NoticePermission.WRITE: {Role.ADMIN, Role.SECRETARIAT},
    }
)
