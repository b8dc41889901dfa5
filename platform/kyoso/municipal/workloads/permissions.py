"""Who may do what with workloads. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class WorkloadPermission(Permission):
    """One permission for each kind of thing a person can do here."""

    READ = ("workloads:read", _l("業務負荷と課の状況を見る"))
    WRITE = ("workloads:write", _l("業務負荷を入力する（職員は自分の課のプロジェクトのもの）"))
    ANSWER = (
        "workloads:answer",
        _l(
            "課として同意・ためらい・引き受けられる時間を入力する（自分の課だけ。管理者はすべての課）"
        ),
    )
    NAME = ("workloads:name", _l("デジタル活用推進委員を決める（職員は自分の課だけ）"))


grant(
    {
        WorkloadPermission.READ: MEMBER_ROLES,
        WorkloadPermission.WRITE: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        # The secretariat has no say for other departments; somebody of it may also be staff.
        WorkloadPermission.ANSWER: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
        WorkloadPermission.NAME: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF},
    }
)
