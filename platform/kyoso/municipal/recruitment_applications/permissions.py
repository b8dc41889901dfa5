"""Who may do what with applications. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ApplicationPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    SELECT = (
        "recruitment-applications:select",
        _l("複業人材募集への応募を読み、やり取りし、選ぶ（職員は自分の課と担当のもの）"),
    )
    APPLY = "recruitment-applications:apply", _l("複業人材募集に応募する")
    FOLLOW = (
        "recruitment-applications:follow",
        _l("自分の応募を見て、返信・ファイルの追加・取下げをする"),
    )
    ERASE = "recruitment-applications:erase", _l("保存期間を過ぎた応募の個人情報を消去する")


grant(
    {
        # Not the auditor: applications hold what strangers told of themselves.
        ApplicationPermission.SELECT: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        ApplicationPermission.APPLY: {Role.GUEST},
        ApplicationPermission.FOLLOW: {Role.LINK_HOLDER},
        ApplicationPermission.ERASE: {Role.SYSTEM},
    }
)
