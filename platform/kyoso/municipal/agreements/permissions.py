"""Who may do what with agreements. Data only; `core.access` decides, `rules` add the department."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class AgreementPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "agreements:read", _l("協定を見る")
    WRITE = "agreements:write", _l("協定を書き、締結と終了を記録する（職員は自分の課のもの）")
    REMIND = "agreements:remind", _l("協定の期限が近いことを知らせる")
    SYNC = "agreements:sync", _l("資料にある協定を反映する")


grant(
    {
        AgreementPermission.READ: MEMBER_ROLES,
        AgreementPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        AgreementPermission.REMIND: {Role.SYSTEM},
        AgreementPermission.SYNC: {Role.SYSTEM},
    }
)
