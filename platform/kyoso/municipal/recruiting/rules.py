"""When a project looks for people, and how an answer moves. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from typing import Protocol

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l


class AnswerState(enum.StrEnum):
    """Where the town stands with somebody who wants to join."""

    NEW = "new"
    CONTACTED = "contacted"
    JOINED = "joined"
    DECLINED = "declined"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATES[self][1]


_STATES = {
    AnswerState.NEW: (_l("新着"), "warning"),
    AnswerState.CONTACTED: (_l("連絡済み"), "info"),
    AnswerState.JOINED: (_l("参加"), "success"),
    AnswerState.DECLINED: (_l("見送り"), "neutral"),
}

A = AnswerState
#: For each state, the states that may follow it; a step back corrects a mistake.
NEXT = {
    A.NEW: frozenset({A.CONTACTED, A.JOINED, A.DECLINED}),
    A.CONTACTED: frozenset({A.JOINED, A.DECLINED}),
    A.JOINED: frozenset({A.CONTACTED}),
    A.DECLINED: frozenset({A.CONTACTED}),
}


class Wanted(Protocol):
    """A role that is wanted until a day, or until it is closed."""

    until: dt.date | None
    closed_at: dt.datetime | None


def is_open(opening: Wanted, today: dt.date) -> bool:
    """Tell whether somebody can still answer."""
    return opening.closed_at is None and (opening.until is None or opening.until >= today)


def takes_answers(recruiting: bool, openings: Sequence[Wanted], today: dt.date) -> bool:
    """Tell whether a project takes answers: it recruits, and not only for roles that are over."""
    return recruiting and (not openings or any(is_open(each, today) for each in openings))


def check_takes_answers(recruiting: bool, openings: Sequence[Wanted], today: dt.date) -> None:
    """Refuse an answer to a project that looks for nobody now."""
    if not takes_answers(recruiting, openings, today):
        raise RuleViolation(_("このプロジェクトの募集は終わりました。"))


def check_until(until: dt.date | None, today: dt.date) -> None:
    """Refuse to look for people until a day that is over."""
    if until is not None and until < today:
        raise InvalidInput({"until": [_("締切が過ぎた日です。今日から先の日にしてください。")]})


def check_move(now: AnswerState, to: AnswerState) -> None:
    """Refuse a move that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」の応募は「%(to)s」にできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )
