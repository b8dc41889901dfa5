"""Who may see the calendar. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, grant
from kyoso.core.i18n import lazy_gettext as _l


class CalendarPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "calendars:read", _l("プロジェクトの予定を見る")
    LINK = "calendars:link", _l("自分の予定表の専用アドレスを発行し、無効にする")


grant({CalendarPermission.READ: MEMBER_ROLES, CalendarPermission.LINK: MEMBER_ROLES})
