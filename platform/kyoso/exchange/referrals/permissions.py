"""Who may do what with referrals. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ReferralPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "referrals:read", _l("届いた紹介と、こちらからの紹介を見る")
    REFER = "referrals:refer", _l("見送った提案の紹介を、提案者に確認する")
    ANSWER = "referrals:answer", _l("届いた紹介を受け取る・見送る")
    CONSENT = "referrals:consent", _l("自分の提案の紹介に同意し、同意を取り消す")
    AUTOMATE = "referrals:automate", _l("同意された紹介を渡し、結果を知らせ、期限で終える")


M = ReferralPermission

grant(
    {
        M.READ: MEMBER_ROLES,
        M.REFER: {Role.ADMIN, Role.SECRETARIAT},
        M.ANSWER: {Role.ADMIN, Role.SECRETARIAT},
        M.CONSENT: {Role.LINK_HOLDER},
        M.AUTOMATE: {Role.SYSTEM},
    }
)
