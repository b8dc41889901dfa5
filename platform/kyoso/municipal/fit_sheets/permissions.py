"""Who may do what with fit sheets. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Actor, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class FitSheetPermission(Permission):
    """One permission for each kind of thing a person can do here."""

    READ = ("fit-sheets:read", _l("すり合わせシートを見る"))
    WRITE = ("fit-sheets:write", _l("すり合わせシートに町の側を書く（職員は自分の課のもの）"))
    WRITE_OWN = ("fit-sheets:write-own", _l("自分の提案のすり合わせシートに提案者の側を書く"))


grant(
    {
        FitSheetPermission.READ: MEMBER_ROLES,
        FitSheetPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        FitSheetPermission.WRITE_OWN: {Role.LINK_HOLDER},
    }
)


def right_of(actor: Actor) -> FitSheetPermission:
    """Return what somebody needs to write: the proposer theirs, everybody else the town's."""
    if actor.roles == {Role.LINK_HOLDER}:
        return FitSheetPermission.WRITE_OWN
    return FitSheetPermission.WRITE
