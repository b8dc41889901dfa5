"""Who may choose what is public. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class PublicFiguresPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    CHOOSE = "public-figures:choose", _l("一般に公開する広域の数字を決める")


grant({PublicFiguresPermission.CHOOSE: {Role.COORDINATOR}})
