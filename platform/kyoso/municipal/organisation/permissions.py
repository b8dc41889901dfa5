"""Who may see the organisation. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, grant
from kyoso.core.i18n import lazy_gettext as _l


class OrganisationPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "organisation:read", _l("体制図を見る")


grant({OrganisationPermission.READ: MEMBER_ROLES})
