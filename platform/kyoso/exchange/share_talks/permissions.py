"""Who may write in the thread of a request. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class TalkPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    WRITE = "share-talks:write", _l("人材シェアのやり取りに書き込む")
    TELL = "share-talks:tell", _l("人材シェアの動きをメールで知らせる")


grant(
    {
        TalkPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        TalkPermission.TELL: {Role.SYSTEM},
    }
)
