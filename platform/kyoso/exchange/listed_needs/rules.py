"""How a need that is shown to a network moves. Pure: no database, no clock."""

from __future__ import annotations

import enum

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l


class ListedNeedStatus(enum.StrEnum):
    """Whether a need is shown to a network."""

    LISTED = "listed"
    ENDED = "ended"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


_STATUSES = {
    ListedNeedStatus.LISTED: (_l("掲載中"), "success"),
    ListedNeedStatus.ENDED: (_l("取り下げ済み"), "neutral"),
}


class EndReason(enum.StrEnum):
    """Why it is shown no more, where nobody took it down by hand."""

    NEED_CLOSED = "need_closed"
    TOWN_LEFT = "town_left"


def check_listed(status: ListedNeedStatus) -> None:
    """Refuse to take down what is not shown."""
    if status is not ListedNeedStatus.LISTED:
        raise RuleViolation(_("すでに取り下げられています。画面を読み込み直してください。"))
