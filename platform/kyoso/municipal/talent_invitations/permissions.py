"""Who may invite talents, and who may take an invitation up. Data only."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class TalentInvitationPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "talent-invitations:read", _l("複業人材の招待の一覧を見る")
    SEND = "talent-invitations:send", _l("複業人材を招待し、招待を送り直し、取り消す")
    FORGET = "talent-invitations:forget", _l("招待した方の個人情報を消去する")
    ACCEPT = "talent-invitations:accept", _l("届いた複業人材の招待を受ける")


grant(
    {
        TalentInvitationPermission.READ: {
            Role.ADMIN,
            Role.SECRETARIAT,
            Role.STAFF,
            Role.AUDITOR,
        },
        # A department that chose an applicant invites them.
        TalentInvitationPermission.SEND: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.SYSTEM},
        # What was promised is carried out by a rule.
        TalentInvitationPermission.FORGET: {Role.SYSTEM},
        TalentInvitationPermission.ACCEPT: {Role.LINK_HOLDER},
    }
)
