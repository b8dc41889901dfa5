"""How a recruitment moves, and what it may say. Pure: no database, no clock, no request."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from typing import Protocol

from kyoso.core.access import Actor
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date, yen
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.needs.rules import acts_for
from kyoso.municipal.talent_programmes.rules import PayUnit

#: How many skills one recruitment or application may name.
SKILLS_MAX = 12


class RecruitmentStatus(enum.StrEnum):
    """Where a recruitment stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    FILLED = "filled"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


S = RecruitmentStatus
_STATUSES = {
    S.DRAFT: (_l("下書き"), "neutral"),
    S.PUBLISHED: (_l("公開中"), "success"),
    S.CLOSED: (_l("募集終了"), "neutral"),
    S.FILLED: (_l("決まりました"), "info"),
}

#: For each status, the statuses that may follow it; who was answered stays answered.
NEXT = {
    S.DRAFT: frozenset({S.PUBLISHED}),
    S.PUBLISHED: frozenset({S.CLOSED, S.FILLED}),
    S.CLOSED: frozenset({S.PUBLISHED}),
    S.FILLED: frozenset({S.PUBLISHED}),
}
#: How a recruitment may end.
ENDS = (S.FILLED, S.CLOSED)


class Wanted(Protocol):
    """What the rules read of a recruitment."""

    @property
    def status(self) -> RecruitmentStatus:
        """Where it stands."""

    @property
    def closes_on(self) -> dt.date | None:
        """The last day to apply; None is until it is closed."""


def is_open(recruitment: Wanted, today: dt.date) -> bool:
    """Tell whether somebody can apply today."""
    return recruitment.status is S.PUBLISHED and (
        recruitment.closes_on is None or today <= recruitment.closes_on
    )


def check_open(recruitment: Wanted, today: dt.date) -> None:
    """Refuse an application to what is over."""
    if not is_open(recruitment, today):
        raise RuleViolation(_("この募集の受付は終わりました。ご関心をありがとうございます。"))


def check_move(now: RecruitmentStatus, to: RecruitmentStatus) -> None:
    """Refuse a move that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」の募集は「%(to)s」にできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )


def check_days(starts_on: dt.date | None, ends_on: dt.date | None) -> None:
    """Refuse a period that ends before it begins."""
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise InvalidInput(
            {"ends_on": [_("活動を終える日は、始める日と同じか、それより後にしてください。")]}
        )


def check_not_over(closes_on: dt.date | None, today: dt.date) -> None:
    """Refuse to publish what nobody could apply to."""
    if closes_on is not None and closes_on < today:
        raise RuleViolation(
            _("応募の締切が過ぎています。締切を今日から先の日に直してから、公開してください。")
        )


def check_pay(unit: PayUnit, pay_yen: int | None) -> None:
    """Refuse a pay without its amount, and an amount without pay."""
    if unit is PayUnit.NONE and pay_yen:
        raise InvalidInput({"pay_yen": [_("無償のときは、金額を空のままにしてください。")]})
    if unit is not PayUnit.NONE and not pay_yen:
        raise InvalidInput({"pay_yen": [_("金額を入力してください。")]})


def check_skills(skills: Sequence[str]) -> None:
    """Refuse more skills than a reader takes in."""
    if len(skills) > SKILLS_MAX:
        raise InvalidInput({"skills": [_("スキルは%(max)sまでにしてください。", max=SKILLS_MAX)]})


def check_department(actor: Actor, department_id: uuid.UUID) -> None:
    """Refuse staff who write for a department that is not theirs."""
    if not acts_for(actor, department_id):
        raise Forbidden(
            _("所属していない課の募集は変更できません。その課の職員か事務局にご相談ください。")
        )


def pay_words(unit: PayUnit, pay_yen: int | None, note: str = "") -> str:
    """Return the pay in words."""
    if unit is PayUnit.NONE:
        words = unit.label
    else:
        words = _("%(unit)s %(amount)s", unit=unit.label, amount=yen(pay_yen))
    return _("%(pay)s（%(note)s）", pay=words, note=note) if note else words


def period_words(starts_on: dt.date | None, ends_on: dt.date | None) -> str:
    """Return from when to when somebody would work, in words."""
    if starts_on is None and ends_on is None:
        return _("未定（相談して決めます）")
    if ends_on is None:
        return _("%(first)sから", first=jp_date(starts_on))
    if starts_on is None:
        return _("%(last)sまで", last=jp_date(ends_on))
    return _("%(first)sから%(last)sまで", first=jp_date(starts_on), last=jp_date(ends_on))
