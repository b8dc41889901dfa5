"""Who may do what with check-ins. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class CheckInPermission(Permission):
    """One permission for each kind of thing a member can do here."""

    READ = (
        "check-ins:read",
        _l("すり合わせを見る（職員は自分の課と、自分が担当する関わりのもの）"),
    )
    OPEN = ("check-ins:open", _l("すり合わせを始める（見られるもの）"))
    ANSWER = (
        "check-ins:answer",
        _l("町としてすり合わせに答える（担当の職員と、担当する課の職員）"),
    )
    NOTE = ("check-ins:note", _l("すり合わせの話題・決めたこと・メモを書く（見られるもの）"))
    CLOSE = ("check-ins:close", _l("すり合わせの対応事項を終える（見られるもの）"))
    REMIND = ("check-ins:remind", _l("すり合わせの答えをもう一度お願いし、対応事項を作る（自動）"))


#: No auditor: what two people think of working together is not for the council.
_MEMBERS = {Role.ADMIN, Role.SECRETARIAT, Role.STAFF}

grant(
    {
        CheckInPermission.READ: _MEMBERS,
        # The system opens the next one by the engagement's rhythm.
        CheckInPermission.OPEN: _MEMBERS | {Role.SYSTEM},
        CheckInPermission.ANSWER: _MEMBERS,
        CheckInPermission.NOTE: _MEMBERS,
        CheckInPermission.CLOSE: _MEMBERS | {Role.SYSTEM},
        CheckInPermission.REMIND: {Role.SYSTEM},
    }
)
