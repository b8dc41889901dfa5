"""How a consultation moves, and what it must hold. Pure: no database, no clock, no request."""

from __future__ import annotations

import datetime as dt
import enum
import re

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

#: After so long without an answer the coordinators are asked.
UNANSWERED_FOR = dt.timedelta(days=7)
#: So long an answer may be worded differently; afterwards others have read it.
EDITABLE_FOR = dt.timedelta(hours=24)
MOST_TAGS = 8
TAG_LENGTH = 20
TITLE_LENGTH, BODY_LENGTH = 100, 5000


class ConsultationStatus(enum.StrEnum):
    """Where a consultation stands."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


S = ConsultationStatus

_STATUSES = {
    S.OPEN: (_l("回答を募集中"), "info"),
    S.CLOSED: (_l("締め切りました"), "neutral"),
    S.WITHDRAWN: (_l("取下げ"), "neutral"),
}

#: For each status, those that may follow it.
NEXT: dict[ConsultationStatus, frozenset[ConsultationStatus]] = {
    S.OPEN: frozenset({S.CLOSED, S.WITHDRAWN}),
    S.CLOSED: frozenset({S.OPEN, S.WITHDRAWN}),
    S.WITHDRAWN: frozenset(),
}


class State(enum.StrEnum):
    """How a consultation is looked for: what stands in the search."""

    OPEN = "open"
    SOLVED = "solved"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATES[self])


_STATES = {
    State.OPEN: _l("回答を募集中"),
    State.SOLVED: _l("解決した"),
    State.CLOSED: _l("締め切りました"),
}


def state_of(status: ConsultationStatus, *, accepted: bool) -> State:
    """Return how a consultation is looked for."""
    if accepted:
        return State.SOLVED
    return State.OPEN if status is S.OPEN else State.CLOSED


def check_move(now: ConsultationStatus, to: ConsultationStatus) -> None:
    """Refuse a step that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」の相談は「%(to)s」にできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )


def check_open(status: ConsultationStatus) -> None:
    """Refuse to answer what is over."""
    if status is not S.OPEN:
        raise RuleViolation(_("この相談は「%(now)s」です。回答はできません。", now=status.label))


def check_editable(status: ConsultationStatus, answers_of_others: int) -> None:
    """Refuse to change a question under those who answered it."""
    check_open(status)
    if answers_of_others:
        raise RuleViolation(
            _(
                "回答が届いているため、本文は変えられません。伝えたいことは「補足」に書いてください。"
            )
        )


def editable_until(at: dt.datetime) -> dt.datetime:
    """Return until when an answer may be worded differently."""
    return at + EDITABLE_FOR


def check_answer_editable(
    at: dt.datetime, withdrawn_at: dt.datetime | None, now: dt.datetime
) -> None:
    """Refuse to change an answer that others have read for a day."""
    check_not_withdrawn(withdrawn_at)
    if now > editable_until(at):
        raise RuleViolation(
            _("書いてから24時間を過ぎたため、変えられません。続きは新しい回答に書いてください。")
        )


def check_not_withdrawn(withdrawn_at: dt.datetime | None) -> None:
    """Refuse to do anything with an answer that was taken back."""
    if withdrawn_at is not None:
        raise RuleViolation(_("この回答は取り下げられています。"))


def check_acceptable(*, by_asker: bool, withdrawn_at: dt.datetime | None) -> None:
    """Refuse to accept one's own words, or none."""
    check_not_withdrawn(withdrawn_at)
    if by_asker:
        raise RuleViolation(_("自分の補足を、解決した回答に選ぶことはできません。"))


def check_accepted_stays(answer_is_accepted: bool) -> None:
    """Refuse to take back what somebody was helped by."""
    if answer_is_accepted:
        raise RuleViolation(
            _("解決した回答に選ばれています。取り下げたいときは、広域事務局にご相談ください。")
        )


def check_convertible(accepted: bool, converted: bool) -> None:
    """Refuse to make know-how of what is not solved, and to make it twice."""
    if converted:
        raise RuleViolation(_("この相談からは、すでにノウハウの下書きを作っています。"))
    if not accepted:
        raise RuleViolation(_("解決した回答を選ぶと、ノウハウの下書きにできます。"))


def is_overdue(asked_at: dt.datetime, now: dt.datetime) -> bool:
    """Tell whether a consultation has waited so long that the coordinators are asked."""
    return now - asked_at >= UNANSWERED_FOR


def tags_of(typed: str) -> list[str]:
    """Return the tags that were typed, each once, in their order."""
    tags = list(dict.fromkeys(part for part in re.split(r"[\s,、，・#＃]+", typed) if part))
    if len(tags) > MOST_TAGS or any(len(tag) > TAG_LENGTH for tag in tags):
        raise InvalidInput(
            {
                "tags": [
                    _(
                        "タグは%(n)s個まで、それぞれ%(length)s文字までにしてください。",
                        n=MOST_TAGS,
                        length=TAG_LENGTH,
                    )
                ]
            }
        )
    return tags
