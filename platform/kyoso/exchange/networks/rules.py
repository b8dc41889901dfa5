"""When a town is in a network, and how it comes and goes. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
import re
from typing import Protocol

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.agreements.rules import AgreementKind, AgreementStatus, add_months

SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class MemberStatus(enum.StrEnum):
    """What was done with a town's membership; whether it is in force is a question of the day."""

    INVITED = "invited"
    DECLINED = "declined"
    REVOKED = "revoked"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


S = MemberStatus

_STATUSES = {
    S.INVITED: (_l("招待中"), "info"),
    S.DECLINED: (_l("招待を辞退"), "neutral"),
    S.REVOKED: (_l("招待の取消し"), "neutral"),
    S.ACTIVE: (_l("加盟中"), "success"),
    S.SUSPENDED: (_l("参加を休止中"), "warning"),
    S.LEFT: (_l("脱退済み"), "neutral"),
}

#: For each status, those that may follow it.
NEXT: dict[MemberStatus, frozenset[MemberStatus]] = {
    S.INVITED: frozenset({S.ACTIVE, S.DECLINED, S.REVOKED}),
    S.DECLINED: frozenset({S.INVITED}),
    S.REVOKED: frozenset({S.INVITED}),
    S.ACTIVE: frozenset({S.SUSPENDED, S.LEFT}),
    S.SUSPENDED: frozenset({S.ACTIVE, S.LEFT}),
    S.LEFT: frozenset({S.INVITED}),
}


class Standing(Protocol):
    """What the rules read of a membership."""

    @property
    def status(self) -> MemberStatus:
        """What was done with it."""

    @property
    def joined_on(self) -> dt.date | None:
        """Its first day."""

    @property
    def left_on(self) -> dt.date | None:
        """The first day without it."""


class Signed(Protocol):
    """What the rules read of an agreement."""

    @property
    def kind(self) -> AgreementKind:
        """What is agreed on."""

    @property
    def status(self) -> AgreementStatus:
        """What has been done with it."""


def in_force(member: Standing, today: dt.date) -> bool:
    """Tell whether a town is in the network on a day: as the database's own function has it."""
    return (
        member.status is S.ACTIVE
        and member.joined_on is not None
        and member.joined_on <= today
        and (member.left_on is None or member.left_on > today)
    )


def check_move(now: MemberStatus, to: MemberStatus) -> None:
    """Refuse a step that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」の自治体を「%(to)s」にすることはできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )


def earliest_leaving(today: dt.date, notice_months: int) -> dt.date:
    """Return the first day on which a town that gives notice today can be out."""
    return add_months(today, notice_months)


def check_leaving(member: Standing) -> None:
    """Refuse to leave where the town is not, and to say so twice."""
    check_move(member.status, S.LEFT)
    if member.left_on is not None:
        raise RuleViolation(_("すでに脱退の予告をしています。"))


def check_notice(member: Standing, leaving_on: dt.date, notice_months: int, today: dt.date) -> None:
    """Refuse a notice that was given already, or that is too short."""
    check_leaving(member)
    earliest = earliest_leaving(today, notice_months)
    if leaving_on < earliest:
        raise InvalidInput(
            {
                "leaving_on": [
                    _(
                        "予告の期間は%(months)sか月です。%(day)s以後の日にしてください。",
                        months=notice_months,
                        day=jp_date(earliest),
                    )
                ]
            }
        )


def check_still_coming(member: Standing, today: dt.date) -> None:
    """Refuse to take back a notice that there is not, or whose day has come."""
    if member.left_on is None or member.left_on <= today or member.status is S.LEFT:
        raise RuleViolation(_("取り下げられる脱退の予告はありません。"))


def check_due(member: Standing, today: dt.date, closed_on: dt.date | None) -> None:
    """Refuse to end a membership before its day."""
    if not is_due(member, today, closed_on):
        raise RuleViolation(_("脱退の日は、まだ来ていません。"))


def check_resuming(member: Standing, today: dt.date, closed_on: dt.date | None) -> None:
    """Refuse to resume what is not suspended, or what ended meanwhile."""
    if member.status is not S.SUSPENDED or is_due(member, today, closed_on):
        raise RuleViolation(_("参加を再開できる状態ではありません。"))


def last_day(member: Standing, closed_on: dt.date | None) -> dt.date | None:
    """Return the first day without the town: it leaves, or the network is closed before that."""
    return min((day for day in (member.left_on, closed_on) if day is not None), default=None)


def is_due(member: Standing, today: dt.date, closed_on: dt.date | None) -> bool:
    """Tell whether the day of leaving or closing has come but nothing was done about it yet."""
    day = last_day(member, closed_on)
    return member.status in {S.ACTIVE, S.SUSPENDED} and day is not None and day <= today


def is_closed(closed_on: dt.date | None, today: dt.date) -> bool:
    """Tell whether nobody is a member of a network any more."""
    return closed_on is not None and closed_on <= today


def check_not_closing(closed_on: dt.date | None) -> None:
    """Refuse to build on a network that is closed, or whose day of closing is set."""
    if closed_on is not None:
        raise RuleViolation(
            _(
                "このネットワークは%(day)sに閉じるため、この操作はできません。",
                day=jp_date(closed_on),
            )
        )


def check_agreement(agreement: Signed) -> None:
    """Refuse an agreement on something else, or one that nobody signed."""
    if (
        agreement.kind is not AgreementKind.NETWORK
        or agreement.status is not AgreementStatus.SIGNED
    ):
        said = _("締結済みの「広域・共創ネットワーク協定」を選んでください。")
        raise InvalidInput({"agreement_id": [said]})


def check_slug(slug: str) -> None:
    """Refuse a short name that does not fit into an address."""
    if not SLUG.fullmatch(slug):
        said = _("半角の英小文字・数字・ハイフンで、英字から始めてください（例：sancho-mirai）。")
        raise InvalidInput({"slug": [said]})
