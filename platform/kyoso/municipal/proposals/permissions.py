"""Who may do what with proposals. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ProposalPermission(Permission):
    """One permission for each kind of thing a person can do here."""

    START = ("proposals:start", _l("提案を書き始める"))
    FOLLOW = ("proposals:follow", _l("自分の提案を見る"))
    WRITE = ("proposals:write", _l("自分の提案を書く・提出する・取り下げる"))
    READ = ("proposals:read", _l("提案を読む"))
    ENTER = ("proposals:enter", _l("書面・口頭の提案を代わりに入力する"))
    REISSUE = ("proposals:reissue", _l("手渡し用の専用リンクを作り直す"))
    SCREEN = ("proposals:screen", _l("提案を確認し、質問・修正依頼・審査開始をする"))
    REVOKE = ("proposals:revoke", _l("採択を取り消す"))


grant(
    {
        ProposalPermission.START: {Role.GUEST},
        ProposalPermission.FOLLOW: {Role.LINK_HOLDER},
        ProposalPermission.WRITE: {Role.LINK_HOLDER},
        ProposalPermission.READ: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR},
        ProposalPermission.ENTER: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        # Not all staff: whoever holds the link can confirm in the proposer's name.
        ProposalPermission.REISSUE: {Role.ADMIN, Role.SECRETARIAT},
        ProposalPermission.SCREEN: {Role.ADMIN, Role.SECRETARIAT},
        ProposalPermission.REVOKE: {Role.ADMIN, Role.SECRETARIAT},
    }
)
