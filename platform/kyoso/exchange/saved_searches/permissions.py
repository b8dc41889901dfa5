"""Who may do what with saved searches. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class SavedSearchPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    KEEP = "saved-searches:keep", _l("人材の検索を保存する")
    SEND = "saved-searches:send", _l("保存した検索の新しい掲載を知らせる")


M = SavedSearchPermission

grant({M.KEEP: MEMBER_ROLES, M.SEND: {Role.SYSTEM}})
