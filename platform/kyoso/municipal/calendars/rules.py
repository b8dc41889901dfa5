"""What a calendar shows, and which month an address asks for. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
import re
import uuid
from dataclasses import dataclass

from kyoso.core.i18n import lazy_gettext as _l

_MONTH = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])", re.ASCII)


class DateKind(enum.StrEnum):
    """What happens on a day."""

    PILOT = "pilot"
    MILESTONE = "milestone"
    TASK = "task"
    REPORT = "report"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_KINDS[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _KINDS[self][1]

    @property
    def page(self) -> str:
        """Which of the project's pages tells more."""
        return _KINDS[self][2]


_KINDS = {
    DateKind.PILOT: (_l("実証"), "info", ""),
    DateKind.MILESTONE: (_l("節目"), "success", "/milestones"),
    DateKind.TASK: (_l("やること"), "neutral", "/tasks"),
    DateKind.REPORT: (_l("活動レポート"), "neutral", "/reports"),
}


@dataclass(frozen=True, slots=True)
class DateEntry:
    """Something on a day, or from one day to another."""

    kind: DateKind
    id: uuid.UUID
    first: dt.date
    last: dt.date
    title: str
    project_id: uuid.UUID
    number: int
    #: Who does it, for tasks.
    who: str = ""
    done: bool = False


def month_of(asked: str, today: dt.date) -> dt.date:
    """Return the first day of the month that an address asks for; else of this month."""
    if _MONTH.fullmatch(asked):
        return dt.date.fromisoformat(f"{asked}-01")
    return today.replace(day=1)


def last_of(month: dt.date) -> dt.date:
    """Return the last day of a month."""
    return next_of(month) - dt.timedelta(days=1)


def next_of(month: dt.date) -> dt.date:
    """Return the first day of the month after."""
    return (month + dt.timedelta(days=32)).replace(day=1)


def before(month: dt.date) -> dt.date:
    """Return the first day of the month before."""
    return (month - dt.timedelta(days=1)).replace(day=1)
