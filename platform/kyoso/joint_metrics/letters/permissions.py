"""Who may do what with the monthly letter. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class LetterPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    CHOOSE = "letters:choose", _l("毎月のたよりの内容を決める")
    REGISTER = "letters:register", _l("毎月のたよりの送り先（首長・秘書など）を登録する")
    SEND = "letters:send", _l("毎月のたよりを送る")


M = LetterPermission

grant(
    {
        M.CHOOSE: {Role.COORDINATOR},
        M.REGISTER: {Role.ADMIN},
        M.SEND: {Role.SYSTEM},
    }
)
