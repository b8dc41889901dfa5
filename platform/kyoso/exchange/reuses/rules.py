"""What may be said of a reuse, and when. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

#: So many days after a town took something it is asked what came of it.
ASK_AFTER = dt.timedelta(days=60)
#: So long a report that came back is news at the author's desk.
NEWS_FOR = dt.timedelta(days=14)


class Outcome(enum.StrEnum):
    """What came of using it."""

    IN_USE = "in_use"
    CHANGED = "changed"
    CONSIDERED = "considered"
    NOT_USED = "not_used"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_OUTCOMES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _OUTCOMES[self][1]


_OUTCOMES = {
    Outcome.IN_USE: (_l("そのまま使っている"), "success"),
    Outcome.CHANGED: (_l("変えて使っている"), "success"),
    Outcome.CONSIDERED: (_l("検討に役立てた"), "info"),
    Outcome.NOT_USED: (_l("使わなかった"), "neutral"),
}


def ask_on(borrowed_on: dt.date) -> dt.date:
    """Return the day on which a town is asked what came of it."""
    return borrowed_on + ASK_AFTER


def check_running(ended_at: dt.datetime | None) -> None:
    """Refuse to report where the towns share no network any more."""
    if ended_at is not None:
        raise RuleViolation(_("ネットワークを離れたため、この活用記録はもう変えられません。"))


def check_due(
    asked_at: dt.datetime | None, reported_at: dt.datetime | None, ask_on: dt.date, today: dt.date
) -> None:
    """Refuse to ask too early, or again."""
    if asked_at is not None or reported_at is not None or ask_on > today:
        raise RuleViolation(_("この活用記録について、いま尋ねることはありません。"))
