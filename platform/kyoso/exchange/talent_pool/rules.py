"""How a listing moves, and how well a person meets a need, in words. Pure: no database, no clock."""

from __future__ import annotations

import enum

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.identity.profiles.rules import ShownProfile as ShownProfile
from kyoso.identity.profiles.rules import WorkMode as WorkMode

#: What of a profile a listing keeps as it is; the mode is an enum there. Never the reading.
CONTENT = tuple(name for name in ShownProfile.__dataclass_fields__ if name not in {"kana", "mode"})


class ListingStatus(enum.StrEnum):
    """Where the listing of a person in a network stands."""

    ASKED = "asked"
    PUBLISHED = "published"
    DECLINED = "declined"
    #: Taken down by the person or by the town.
    WITHDRAWN = "withdrawn"
    #: By time or by what happened to others: see `end_reason`.
    ENDED = "ended"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


S = ListingStatus

_STATUSES = {
    S.ASKED: (_l("本人の同意待ち"), "info"),
    S.PUBLISHED: (_l("掲載中"), "success"),
    S.DECLINED: (_l("本人が辞退"), "neutral"),
    S.WITHDRAWN: (_l("取り下げ済み"), "neutral"),
    S.ENDED: (_l("掲載終了"), "neutral"),
}

#: For each status, those that may follow it. Published again: the person agreed anew.
NEXT: dict[ListingStatus, frozenset[ListingStatus]] = {
    S.ASKED: frozenset({S.PUBLISHED, S.DECLINED, S.WITHDRAWN, S.ENDED}),
    S.PUBLISHED: frozenset({S.PUBLISHED, S.WITHDRAWN, S.ENDED}),
    S.DECLINED: frozenset({S.ASKED}),
    S.WITHDRAWN: frozenset({S.ASKED}),
    S.ENDED: frozenset({S.ASKED}),
}
#: Of these something can still come, or is shown.
OPEN = (S.ASKED, S.PUBLISHED)


def check_move(now: ListingStatus, to: ListingStatus) -> None:
    """Refuse a move that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」の掲載は「%(to)s」にできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )


class EndReason(enum.StrEnum):
    """Why something ended of itself."""

    EXPIRED = "expired"
    TOWN_LEFT = "town_left"
    LEFT_REGISTER = "left_register"
    NEED_CLOSED = "need_closed"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_REASONS[self])


_REASONS = {
    EndReason.EXPIRED: _l("同意の期限が来た"),
    EndReason.TOWN_LEFT: _l("自治体がネットワークを離れた・休止した"),
    EndReason.LEFT_REGISTER: _l("人材台帳から外れた"),
    EndReason.NEED_CLOSED: _l("募集が終わった"),
}


class NeedStatus(enum.StrEnum):
    """Whether a need is shown to a network."""

    LISTED = "listed"
    ENDED = "ended"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str({NeedStatus.LISTED: _("掲載中"), NeedStatus.ENDED: _("取り下げ済み")}[self])
