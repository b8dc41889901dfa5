"""Who may do what with know-how. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class KnowHowPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "know-how:read", _l("ノウハウを探し、読む")
    WRITE = "know-how:write", _l("町のノウハウを書く")
    PUBLISH = "know-how:publish", _l("町のノウハウを掲載し、取り下げる")
    OFFER = "know-how:offer", _l("完了したプロジェクトの学びから下書きを作る")
    TAKE_DOWN = "know-how:take-down", _l("ネットワークを離れるときに、掲載を取り下げる")


K = KnowHowPermission

grant(
    {
        K.READ: MEMBER_ROLES,
        K.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        K.PUBLISH: {Role.ADMIN, Role.SECRETARIAT},
        K.OFFER: {Role.SYSTEM},
        K.TAKE_DOWN: {Role.SYSTEM},
    }
)
