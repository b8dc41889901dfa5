"""Who may do what with running shares. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class RunningPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    END = "shares:end", _l("人材シェアを予定より早く終える")
    REVIEW = "shares:review", _l("終わった人材シェアのふりかえりを書く")
    RETRY = "shares:retry", _l("承諾された人材シェアの関与を、もう一度作る")
    CANCEL = "shares:cancel", _l("ネットワークを離れるとき、答えの出ていない依頼を取りやめる")
    FOLLOW = "shares:follow", _l("返事のない依頼を終える、承諾された依頼を関与にする")


grant(
    {
        RunningPermission.END: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.SYSTEM},
        RunningPermission.REVIEW: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        RunningPermission.RETRY: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        RunningPermission.CANCEL: {Role.ADMIN, Role.SYSTEM},
        RunningPermission.FOLLOW: {Role.SYSTEM},
    }
)
