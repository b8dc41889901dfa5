"""When a town's month may be counted and published, and what of it. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import JST
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.metrics import Month

_MONTH = re.compile(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])")

#: In these first nights of a month every town's month before is counted, once each night.
COUNTING_NIGHTS = 5
#: From this day the months of towns that wish it are published by themselves, and until the
#: other it is tried again.
AUTOMATIC_FROM, AUTOMATIC_UNTIL = 6, 10
#: After this day of the next month a town is reminded.
REMIND_AFTER = 10
#: How many months back are counted when a town joins or asks.
BACK = 24
COMMENT_LENGTH, REASON_LENGTH = 1000, 500

#: For so long it is shown how far a counting is that somebody asked for.
PROGRESS_FOR = dt.timedelta(minutes=10)

#: What a month's figures say, by the metric's id; see models.py.
Entries = Mapping[str, Mapping[str, Any]]


class MonthState(enum.StrEnum):
    """How far a town is with one of its months."""

    UNCOUNTED = "uncounted"
    RUNNING = "running"
    COUNTED = "counted"
    PUBLISHED = "published"
    CHANGED = "changed"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATES[self][1]


_STATES = {
    MonthState.UNCOUNTED: (_l("未集計"), "neutral"),
    MonthState.RUNNING: (_l("途中経過"), "neutral"),
    MonthState.COUNTED: (_l("集計済み・未公開"), "warning"),
    MonthState.PUBLISHED: (_l("公開済み"), "success"),
    MonthState.CHANGED: (_l("公開した数と違います"), "warning"),
}


def month_of(text: str) -> Month:
    """Return the month of an address, such as ``2026-10``, or NotFound."""
    if not _MONTH.fullmatch(text):
        raise NotFound
    year, number = map(int, text.split("-"))
    return Month(year, number)


def is_over(month: Month, moment: dt.datetime) -> bool:
    """Tell whether a month is complete at a moment."""
    return month.ends <= moment


def months_back(today: dt.date, joined_on: dt.date, count: int = BACK) -> list[Month]:
    """Return the complete months that a member can count, the oldest first.

    The month in which the town joined is counted whole; none before it.
    """
    this = Month.of(today)
    first = max(Month.of(joined_on), this + -count)
    months = []
    while first < this:
        months.append(first)
        first = first.next
    return months


def check_countable(month: Month, joined_on: dt.date | None, today: dt.date) -> None:
    """Refuse a month that has not begun, or in which the town was no member yet."""
    if month.first > today:
        raise RuleViolation(_("%(month)sはまだ始まっていません。", month=month.label))
    if joined_on is None or joined_on > month.last:
        raise RuleViolation(
            _("%(month)sには、まだこのネットワークに加盟していません。", month=month.label)
        )


def published_part(figures: Entries, withheld: Collection[str]) -> dict[str, Any]:
    """Return the figures that a network sees."""
    return {key: dict(entry) for key, entry in figures.items() if key not in withheld}


def seal_of(figures: Entries, comment: str) -> str:
    """Return the mark of what would be published: another one once a number or a word changes."""
    said = json.dumps([figures, comment], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def mark_of(comment: str, withheld: Collection[str]) -> str:
    """Return the mark of what is said of a month: another one once somebody changed it."""
    return seal_of({key: {} for key in withheld}, comment)


def check_unchanged(seen: str, mark: str) -> None:
    """Refuse remarks on a page that is older than what somebody else saved."""
    if seen and seen != mark:
        raise InvalidInput(
            {
                "comment": [
                    _(
                        "ほかの人が先に保存しました。いまの「公開しない」の印を確かめて、もう一度"
                        "保存してください。"
                    )
                ]
            }
        )


def check_complete(month: Month, measured_at: dt.datetime) -> None:
    """Refuse to publish what was counted before the month was over."""
    if not is_over(month, measured_at):
        raise RuleViolation(
            _(
                "%(month)sが終わってから集計した数だけを公開できます。集計し直してください。",
                month=month.label,
            )
        )


def check_same(based_on: int, version: int, seal: str, sealed: str) -> None:
    """Refuse if somebody published, or the numbers changed, since the preview was shown."""
    if based_on != version:
        raise RuleViolation(
            _("ほかの人が先に公開しました。画面を読み込み直して、内容を確かめてください。")
        )
    if seal != sealed:
        raise RuleViolation(
            _("確かめたあとで数が変わりました。画面を読み込み直して、もう一度確かめてください。")
        )


def check_news(before: str, after: str) -> None:
    """Refuse a version that says what the one before said."""
    if before == after:
        raise RuleViolation(_("公開した内容から変わったところがありません。"))


def check_reason(version: int, reason: str) -> None:
    """Refuse a correction without a reason."""
    if version > 1 and not reason:
        raise InvalidInput({"reason": [_("訂正の理由を入力してください。")]})


def counts_tonight(month: Month, measured_at: dt.datetime | None, today: dt.date) -> bool:
    """Tell whether the night's work counts an unpublished month: once each night at first.

    After the first nights only what was never counted since the month was over.
    """
    begins = dt.datetime.combine(today, dt.time(), JST)
    since = begins if today.day <= COUNTING_NIGHTS else month.ends
    return measured_at is None or measured_at < since
