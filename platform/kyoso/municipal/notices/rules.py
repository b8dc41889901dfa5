"""How a notice moves. Pure: no database, no clock, no request."""

from __future__ import annotations

import enum

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l


class NoticeStatus(enum.StrEnum):
    """Where a notice stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_LABELS[self])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _TONES[self]


_LABELS = {
    NoticeStatus.DRAFT: _l("下書き"),
    NoticeStatus.PUBLISHED: _l("公開中"),
    NoticeStatus.WITHDRAWN: _l("取下げ"),
}
_TONES = {
    NoticeStatus.DRAFT: "neutral",
    NoticeStatus.PUBLISHED: "success",
    NoticeStatus.WITHDRAWN: "warning",
}

#: For each status, the statuses that may follow it.
NEXT = {
    NoticeStatus.DRAFT: {NoticeStatus.PUBLISHED},
    NoticeStatus.PUBLISHED: {NoticeStatus.WITHDRAWN},
    NoticeStatus.WITHDRAWN: {NoticeStatus.PUBLISHED},
}


def check_move(now: NoticeStatus, to: NoticeStatus) -> None:
    """Refuse a move that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」のお知らせは「%(to)s」にできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )
