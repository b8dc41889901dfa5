"""When a network may be closed. Pure: no database, no clock, no request."""

from __future__ import annotations

import datetime as dt

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.exchange.networks.rules import check_not_closing, earliest_leaving


def check_closing(
    closed_on: dt.date | None, closing_on: dt.date, notice_months: int, today: dt.date
) -> None:
    """Refuse to close twice, and sooner than a town could leave by itself."""
    check_not_closing(closed_on)
    earliest = earliest_leaving(today, notice_months)
    if closing_on < earliest:
        raise InvalidInput(
            {
                "closing_on": [
                    _(
                        "予告の期間は%(months)sか月です。%(day)s以後の日にしてください。",
                        months=notice_months,
                        day=jp_date(earliest),
                    )
                ]
            }
        )


def check_still_open(closed_on: dt.date | None, today: dt.date) -> None:
    """Refuse to take back what was not set, or whose day has come."""
    if closed_on is None or closed_on <= today:
        raise RuleViolation(_("取り消せる閉鎖の予定はありません。"))
