"""Who may do what with annual reports. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class AnnualReportPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "annual-reports:read", _l("年次報告を見る")
    REQUEST = "annual-reports:request", _l("年次報告の作成を頼む")
    MAKE = "annual-reports:make", _l("年次報告を作る")


grant(
    {
        AnnualReportPermission.READ: {Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR},
        AnnualReportPermission.REQUEST: {Role.ADMIN, Role.SECRETARIAT},
        AnnualReportPermission.MAKE: {Role.SYSTEM},
    }
)
