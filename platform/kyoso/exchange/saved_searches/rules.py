"""When somebody is told of what is new in a search. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _

WEEK = dt.timedelta(days=7)
#: The job does not run at the same minute every night.
EARLY = dt.timedelta(hours=12)
#: Nobody reads more letters than that; and so many names are in one.
MOST_SEARCHES, NAMED = 20, 10


def is_due(told_until: dt.datetime, now: dt.datetime) -> bool:
    """Tell whether a week has passed since somebody was last told."""
    return told_until <= now - WEEK + EARLY


def check_room(kept: int) -> None:
    """Refuse one more search than a person may keep."""
    if kept >= MOST_SEARCHES:
        raise RuleViolation(
            _(
                "保存できる検索は%(most)s件までです。使わないものを消してください。",
                most=MOST_SEARCHES,
            )
        )
