"""What a profile is made of, and who sees which part of it. Pure."""

from __future__ import annotations

import enum

from kyoso.core.i18n import lazy_gettext as _l


class WorkMode(enum.StrEnum):
    """Where a person wants to work."""

    ONLINE = "online"
    ON_SITE = "on_site"
    BOTH = "both"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_MODES[self])


_MODES = {
    WorkMode.ONLINE: _l("オンライン"),
    WorkMode.ON_SITE: _l("現地"),
    WorkMode.BOTH: _l("オンラインと現地"),
}
