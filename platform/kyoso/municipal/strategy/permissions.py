"""Who may do what with the strategy. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class StrategyPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    SYNC = "strategy:sync", _l("将来像・戦略・戦術の宣言を反映する")


grant({StrategyPermission.SYNC: {Role.SYSTEM}})
