"""Who may do what with posts. Data only; `core.access` decides. Charts show them: `organisation`."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class PostPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    WRITE = "posts:write", _l("体制図の役職を登録する・直す・終える・取り消す")


grant({PostPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT}})
