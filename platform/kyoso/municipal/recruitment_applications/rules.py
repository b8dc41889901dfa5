"""How an application moves, who may handle it, and how long it is kept. Pure."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kyoso.core.access import Actor
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.i18n import JST
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.needs.rules import acts_for

#: How many addresses of their work somebody may give, and how many files.
LINKS_MAX, FILES_MAX = 5, 5
#: How long a town keeps what those wrote whom it did not choose, unless it says otherwise.
KEEP_DAYS = 365


class ApplicationState(enum.StrEnum):
    """Where the town stands with somebody who applied."""

    RECEIVED = "received"
    IN_CONVERSATION = "in_conversation"
    SELECTED = "selected"
    NOT_SELECTED = "not_selected"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The word the town sees."""
        return str(_STATES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATES[self][1]

    @property
    def told(self) -> str:
        """The word the applicant sees."""
        return str(_STATES[self][2])

    @property
    def meaning(self) -> str:
        """What it means for the applicant, and what comes next."""
        return str(_STATES[self][3])


A = ApplicationState
_STATES = {
    A.RECEIVED: (
        _l("新着"),
        "warning",
        _l("受け付けました"),
        _l("応募を受け取りました。担当者が読み、メールとこのページでご連絡します。"),
    ),
    A.IN_CONVERSATION: (
        _l("やり取り中"),
        "info",
        _l("やり取り中"),
        _l("町が内容を読み、検討しています。お尋ねすることがあるかもしれません。"),
    ),
    A.SELECTED: (
        _l("お願いする"),
        "success",
        _l("ご一緒したい方"),
        _l(
            "ぜひご一緒したいと考えています。別のメールでお送りした招待から、参加の手続きをお願いします。"
        ),
    ),
    A.NOT_SELECTED: (
        _l("今回はお願いしない"),
        "neutral",
        _l("お返事しました"),
        _l("ご応募をありがとうございました。町からのお返事を、下に載せています。"),
    ),
    A.WITHDRAWN: (
        _l("取下げ"),
        "neutral",
        _l("取り下げました"),
        _l("この応募は取り下げられました。ありがとうございました。"),
    ),
}

#: For each state, the states that may follow it. A "no" that was not sent yet may be thought over.
NEXT_STATES = {
    A.RECEIVED: frozenset({A.IN_CONVERSATION, A.SELECTED, A.NOT_SELECTED, A.WITHDRAWN}),
    A.IN_CONVERSATION: frozenset({A.SELECTED, A.NOT_SELECTED, A.WITHDRAWN}),
    A.NOT_SELECTED: frozenset({A.IN_CONVERSATION, A.SELECTED, A.WITHDRAWN}),
    A.SELECTED: frozenset({A.WITHDRAWN}),
    A.WITHDRAWN: frozenset[ApplicationState](),
}
#: Nobody has decided yet.
UNDECIDED = frozenset({A.RECEIVED, A.IN_CONVERSATION})
#: Somebody in one of these is told when the recruitment ends.
TO_TELL = UNDECIDED | {A.NOT_SELECTED}


class MessageKind(enum.StrEnum):
    """Who wrote to whom."""

    TOWN = "town"
    APPLICANT = "applicant"
    #: Of the town among itself; the applicant never sees it.
    NOTE = "note"


class Applied(Protocol):
    """What the rules read of an application."""

    @property
    def state(self) -> ApplicationState:
        """Where the town stands with them."""

    @property
    def told_at(self) -> dt.datetime | None:
        """When they were told that they were not chosen."""


def check_state(application: Applied, to: ApplicationState) -> None:
    """Refuse a move that the table above does not list, and any after the answer was sent."""
    if application.told_at is not None or to not in NEXT_STATES[application.state]:
        raise RuleViolation(
            _(
                "「%(now)s」の応募は「%(to)s」にできません。画面を読み込み直してください。",
                now=application.state.label,
                to=to.label,
            )
        )


def check_silent_move(application: Applied, to: ApplicationState) -> None:
    """Refuse a move that has to be told, and any that the table does not list."""
    if to not in {A.IN_CONVERSATION, A.NOT_SELECTED}:
        raise RuleViolation(_("この状態には、専用のボタンから変えてください。"))
    check_state(application, to)


def check_not_erased(erased_at: dt.datetime | None) -> None:
    """Refuse to write where everything was erased."""
    if erased_at is not None:
        raise RuleViolation(_("保存期間が過ぎ、この応募の個人情報は消去されています。"))


def erased_on(ended_at: dt.datetime | None, keep: int) -> dt.date | None:
    """Return the day on which what somebody told is erased; None while nothing has ended."""
    if ended_at is None:
        return None
    return (ended_at + dt.timedelta(days=keep)).astimezone(JST).date()


def check_erasable(ended_at: dt.datetime | None, keep: int, now: dt.datetime) -> None:
    """Refuse to erase what was promised to be kept, or what is still under way."""
    if ended_at is None or now < ended_at + dt.timedelta(days=keep):
        raise RuleViolation(_("まだ保存期間の中です。"))


def in_talk(application: Applied) -> bool:
    """Tell whether town and applicant may write to each other."""
    return application.told_at is None and application.state is not A.WITHDRAWN


def check_in_talk(application: Applied) -> None:
    """Refuse a message once the last word was said."""
    if not in_talk(application):
        raise RuleViolation(_("この応募のやり取りは終わっています。"))


def check_links(links: Sequence[str]) -> None:
    """Refuse what is no address of a page, or too many of them."""
    if len(links) > LINKS_MAX:
        raise InvalidInput({"links": [_("リンクは%(max)sつまでです。", max=LINKS_MAX)]})
    wrong = [link for link in links if not link.startswith(("https://", "http://"))]
    if wrong:
        raise InvalidInput(
            {
                "links": [
                    _(
                        "「%(link)s」は https:// で始まるアドレスにしてください。",
                        link=wrong[0][:80],
                    )
                ]
            }
        )


def check_files(number: int) -> None:
    """Refuse more files than somebody reads."""
    if number > FILES_MAX:
        raise InvalidInput({"files": [_("ファイルは全部で%(n)s個までです。", n=FILES_MAX)]})


def may_handle(actor: Actor, department_id: uuid.UUID, assigned_to: uuid.UUID | None) -> bool:
    """Tell whether somebody may read an application: their department's, or entrusted to them."""
    return acts_for(actor, department_id) or (
        assigned_to is not None and assigned_to == actor.membership_id
    )


def check_may_handle(actor: Actor, department_id: uuid.UUID, assigned_to: uuid.UUID | None) -> None:
    """Refuse staff of another department to whom the application was not entrusted."""
    if not may_handle(actor, department_id, assigned_to):
        raise Forbidden(
            _("応募は、募集した課の職員と、担当になった人だけが扱えます。事務局にご相談ください。")
        )


def check_letters(expected: Iterable[uuid.UUID], given: Iterable[uuid.UUID]) -> None:
    """Refuse to end with other letters than those that were shown: somebody came or went since."""
    if set(expected) != set(given):
        raise RuleViolation(
            _(
                "画面を開いてから、応募の状況が変わりました。もう一度、全員へのお返事をご確認ください。"
            )
        )


def check_all_answered(undecided: int, agreed: bool) -> None:
    """Refuse to end over people on whom nobody decided, unless that was said."""
    if undecided and not agreed:
        raise InvalidInput(
            {
                "tell_undecided": [
                    _(
                        "まだ決めていない方が%(n)s名います。お返事を送って終えるときは、チェックを入れてください。",
                        n=undecided,
                    )
                ]
            }
        )


def visible_state(application: Applied) -> ApplicationState:
    """Return the state as the applicant sees it: a "no" shows only once it was sent."""
    if application.state is A.NOT_SELECTED and application.told_at is None:
        return A.IN_CONVERSATION
    return application.state


def receipt_number(number: int, created_at: dt.datetime) -> str:
    """Return the number on the receipt, such as ``R2026-0012``."""
    return f"R{created_at.astimezone(JST).year}-{number:04}"


def keep_days(declaration: Mapping[str, Any]) -> int:
    """Return for how many days a town keeps what those wrote whom it did not choose."""
    return int(declaration.get("recruitment", {}).get("keep_days", KEEP_DAYS))


@dataclass(frozen=True, slots=True)
class Ending:
    """How many people an ending concerns, and how."""

    selected: int
    withdrawn: int
    #: Decided against, not told yet.
    declined: int
    undecided: int
    #: Told before, by an earlier ending.
    told: int

    @property
    def letters(self) -> int:
        """How many letters go out."""
        return self.declined + self.undecided


def count_ending(applications: Iterable[Applied]) -> Ending:
    """Return how many people the end of their recruitment concerns."""
    each = list(applications)
    waiting = [one for one in each if one.told_at is None]
    return Ending(
        sum(one.state is A.SELECTED for one in each),
        sum(one.state is A.WITHDRAWN for one in each),
        sum(one.state is A.NOT_SELECTED for one in waiting),
        sum(one.state in UNDECIDED for one in waiting),
        sum(one.told_at is not None for one in each),
    )
