"""What the work on a project consists of, and how a report moves. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.files import IMAGES
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

#: A report is a short read, no album.
MAX_PHOTOS = 12


class Side(enum.StrEnum):
    """Where somebody of the team belongs."""

    INSIDE = "inside"
    OUTSIDE = "outside"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_SIDES[self])


_SIDES = {Side.INSIDE: _l("役場の中"), Side.OUTSIDE: _l("役場の外")}


class StepKind(enum.StrEnum):
    """What a step is: a day to reach, or something to do."""

    MILESTONE = "milestone"
    TASK = "task"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STEPS[self])


_STEPS = {StepKind.MILESTONE: _l("節目"), StepKind.TASK: _l("やること")}


class ReportStatus(enum.StrEnum):
    """Where an activity report stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_REPORTS[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _REPORTS[self][1]


_REPORTS = {
    ReportStatus.DRAFT: (_l("下書き"), "neutral"),
    ReportStatus.PUBLISHED: (_l("公開中"), "success"),
    ReportStatus.WITHDRAWN: (_l("取下げ"), "warning"),
}

#: For each status, the statuses that may follow it.
NEXT = {
    ReportStatus.DRAFT: {ReportStatus.PUBLISHED},
    ReportStatus.PUBLISHED: {ReportStatus.WITHDRAWN},
    ReportStatus.WITHDRAWN: {ReportStatus.PUBLISHED},
}


def check_move(now: ReportStatus, to: ReportStatus) -> None:
    """Refuse a move that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」の活動レポートは「%(to)s」にできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )


def check_period(starts_on: dt.date | None, ends_on: dt.date | None) -> None:
    """Refuse a period that ends before it begins."""
    if starts_on and ends_on and ends_on < starts_on:
        raise InvalidInput(
            {"ends_on": [_("終わりの日が始まりの日より前です。日付を確かめてください。")]}
        )


def check_decided(decided_on: dt.date, today: dt.date) -> None:
    """Refuse to note today what is decided only later."""
    if decided_on > today:
        raise InvalidInput(
            {
                "decided_on": [
                    _("まだ来ていない日の決定は記録できません。決めた日を入れてください。")
                ]
            }
        )


def check_photo(media_type: str, there_are: int) -> None:
    """Refuse what is no picture, and more pictures than a report takes."""
    if media_type not in IMAGES:
        raise InvalidInput({"photo": [_("写真は PNG・JPEG・WebP の画像にしてください。")]})
    if there_are >= MAX_PHOTOS:
        raise InvalidInput(
            {"photo": [_("写真は%(n)s枚までです。どれかを取り除いてください。", n=MAX_PHOTOS)]}
        )
