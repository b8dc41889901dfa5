"""Who may name coordinators, and what these may open. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class CoordinationPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "coordination:read", _l("広域事務局の担当者を見る")
    NAME = "coordination:name", _l("広域事務局の担当者を指名し、外す")
    WORK = "coordination:work", _l("広域事務局のページを見る")


grant(
    {
        CoordinationPermission.READ: MEMBER_ROLES,
        CoordinationPermission.NAME: {Role.ADMIN},
        CoordinationPermission.WORK: {Role.COORDINATOR},
    }
)
