"""Who may do what with departures. Data only; `core.access` decides."""

from kyoso.core.access import Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class DeparturePermission(Permission):
    """One permission for each kind of thing that can be done here."""

    NOTE = "departures:note", _l("人材台帳から抜けることを自治体に知らせる")


# The person themselves, whose word a job carries into the town.
grant({DeparturePermission.NOTE: {Role.TALENT}})
