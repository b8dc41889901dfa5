"""Who may do what with the register of talents. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class TalentPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "talents:read", _l("人材台帳を見る")
    NOTE = "talents:note", _l("人材台帳のメモを読み、書く")
    JOIN = "talents:join", _l("人材台帳に登録する")
    REMOVE = "talents:remove", _l("人材台帳から外す")


grant(
    {
        TalentPermission.READ: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR},
        TalentPermission.NOTE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        # Whoever took an invitation up, and the rule that lets a shared person in.
        TalentPermission.JOIN: {Role.ADMIN, Role.SECRETARIAT, Role.LINK_HOLDER, Role.SYSTEM},
        TalentPermission.REMOVE: {Role.ADMIN, Role.SECRETARIAT},
    }
)
