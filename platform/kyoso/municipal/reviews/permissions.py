"""Who may do what with reviews. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ReviewPermission(Permission):
    """One permission for each kind of thing a person can do here."""

    READ = ("reviews:read", _l("審査の進み具合を見る（点数は決定の後）"))
    WRITE = ("reviews:write", _l("担当になった審査を書く"))
    ASSIGN = ("reviews:assign", _l("審査の担当者を決める"))


grant(
    {
        ReviewPermission.READ: MEMBER_ROLES,
        ReviewPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        ReviewPermission.ASSIGN: {Role.ADMIN, Role.SECRETARIAT},
    }
)
