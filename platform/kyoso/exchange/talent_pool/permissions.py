"""Who may do what with listings. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class TalentPoolPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "talent-pool:read", _l("ネットワークの人材を探す")
    OFFER = "talent-pool:offer", _l("町の人材をネットワークに掲載し、取り下げる")
    END = "talent-pool:end", _l("期限や脱退により、掲載を終える")


M = TalentPoolPermission

grant(
    {
        M.READ: MEMBER_ROLES,
        M.OFFER: {Role.ADMIN, Role.SECRETARIAT},
        # A rule, and whoever takes somebody out of the register or the town out of a network.
        M.END: {Role.ADMIN, Role.SECRETARIAT, Role.SYSTEM},
    }
)
