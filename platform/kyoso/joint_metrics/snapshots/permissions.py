"""Who may do what with a town's months. Data only; `core.access` decides."""

from kyoso.core.access import MEMBER_ROLES, Permission, Role, grant
from kyoso.core.i18n import lazy_gettext as _l


class SnapshotPermission(Permission):
    """One permission for each kind of thing that can be done here."""

    READ = "snapshots:read", _l("町の月次の指標を見る（公開前を含む）")
    PUBLISH = "snapshots:publish", _l("月次の指標を集計し、確かめ、ネットワークに公開する")


grant(
    {
        SnapshotPermission.READ: MEMBER_ROLES,
        # The platform counts at night; it publishes only where the town chose that.
        SnapshotPermission.PUBLISH: {Role.ADMIN, Role.SECRETARIAT, Role.SYSTEM},
    }
)
