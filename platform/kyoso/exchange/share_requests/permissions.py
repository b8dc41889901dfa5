"""Who may do what with share requests. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class SharePermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "shares:read", _l("人材シェアの依頼とやり取りを見る")
    ASK = "shares:ask", _l("ほかの町に人材シェアを依頼する・やり取りする")
    ANSWER = "shares:answer", _l("ほかの町からの人材シェアの依頼に答える")
    LEND = "shares:lend", _l("職員をほかの町に送る（旅する公務員）ことを認める")


grant(
    {
        SharePermission.READ: MEMBER_ROLES,
        SharePermission.ASK: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        SharePermission.ANSWER: {Role.ADMIN, Role.SECRETARIAT},
        SharePermission.LEND: {Role.ADMIN},
    }
)
