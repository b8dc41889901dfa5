"""Who may close a network: of the founding town only, which the operations check."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class ClosingPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    CLOSE = "closings:close", _l("町が作ったネットワークを閉じる")


grant({ClosingPermission.CLOSE: {Role.ADMIN}})
