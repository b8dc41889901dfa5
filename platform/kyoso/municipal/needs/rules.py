"""How a need moves and when it is open. Pure: no database, no clock, no request."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterable
from typing import Any, Protocol

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date, yen
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.identity.profiles.rules import SKILL_GROUPS


class NeedStatus(enum.StrEnum):
    """Where a need stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_LABELS[self])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _TONES[self]


_LABELS = {
    NeedStatus.DRAFT: _l("下書き"),
    NeedStatus.PUBLISHED: _l("公開中"),
    NeedStatus.CLOSED: _l("募集終了"),
}
_TONES = {
    NeedStatus.DRAFT: "neutral",
    NeedStatus.PUBLISHED: "success",
    NeedStatus.CLOSED: "info",
}

#: For each status, the statuses that may follow it.
NEXT = {
    NeedStatus.DRAFT: {NeedStatus.PUBLISHED},
    NeedStatus.PUBLISHED: {NeedStatus.CLOSED},
    NeedStatus.CLOSED: {NeedStatus.PUBLISHED},
}

#: The vocabulary that profiles use too. A need may name other skills as well. What is stored is
#: the Japanese word.
SKILLS: dict[str, tuple[Any, dict[str, Any]]] = {
    group.id: (_l(group.words), {words: _l(words) for _id, words in group.skills})
    for group in SKILL_GROUPS
}
#: How many skills one need may name, and how long a free one may be.
SKILLS_MAX, SKILL_LENGTH = 12, 30

_SKILL_LABELS = {
    skill: label for _group, skills in SKILLS.values() for skill, label in skills.items()
}

#: Who may act for every department; staff act for their own.
_FOR_ALL = frozenset({Role.ADMIN, Role.SECRETARIAT})


class Period(Protocol):
    """What the rules read of a need."""

    @property
    def status(self) -> NeedStatus:
        """Where it stands."""

    @property
    def opens_on(self) -> dt.date | None:
        """The first day to answer it; None is as soon as it is published."""

    @property
    def closes_on(self) -> dt.date | None:
        """The last day; None is until it is closed."""


def is_known(skill: str) -> bool:
    """Tell whether a skill is in the vocabulary."""
    return skill in _SKILL_LABELS


def skill_label(skill: str) -> str:
    """Return a skill in the reader's language; a free one stays as it was typed."""
    return str(_SKILL_LABELS.get(skill, skill))


def budget_words(budget_yen: int | None) -> str:
    """Return a budget in words: none decided, none at all, or how much."""
    if budget_yen is None:
        return str(_("未定"))
    return yen(budget_yen) if budget_yen else str(_("予算なし"))


def hours_words(hours_a_month: int | None) -> str:
    """Return how much time is asked for, in words."""
    if hours_a_month is None:
        return str(_("未定"))
    return str(_("月に%(hours)s時間ほど", hours=hours_a_month))


def days_words(opens_on: dt.date | None, closes_on: dt.date | None) -> str:
    """Return from when to when a need can be answered, in words."""
    if opens_on is None and closes_on is None:
        return str(_("期限なし"))
    if closes_on is None:
        return str(_("%(first)sから", first=jp_date(opens_on)))
    if opens_on is None:
        return str(_("%(last)sまで", last=jp_date(closes_on)))
    return str(_("%(first)sから%(last)sまで", first=jp_date(opens_on), last=jp_date(closes_on)))


def is_open(need: Period, today: dt.date) -> bool:
    """Tell whether proposals may answer the need today."""
    return (
        need.status is NeedStatus.PUBLISHED
        and (need.opens_on is None or need.opens_on <= today)
        and (need.closes_on is None or today <= need.closes_on)
    )


def check_open(need: Period, today: dt.date) -> None:
    """Refuse to answer a need that is not open."""
    if not is_open(need, today):
        raise RuleViolation(
            _(
                "この「求めていること」への提案は、いまは受け付けていません。ほかのものをお選びください。"
            )
        )


def check_move(now: NeedStatus, to: NeedStatus) -> None:
    """Refuse a move that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」の求めていることは「%(to)s」にできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )


def check_draft(now: NeedStatus) -> None:
    """Refuse to publish what was published before: what was closed is reopened."""
    if now is not NeedStatus.DRAFT:
        raise RuleViolation(_("すでに公開されています。画面を読み込み直してください。"))


def check_reopening(now: NeedStatus) -> None:
    """Refuse to reopen what was not closed."""
    if now is not NeedStatus.CLOSED:
        raise RuleViolation(_("募集を終了していません。画面を読み込み直してください。"))


def check_days(opens_on: dt.date | None, closes_on: dt.date | None) -> None:
    """Refuse a last day before the first."""
    if opens_on is not None and closes_on is not None and closes_on < opens_on:
        raise InvalidInput(
            {"closes_on": [_("募集を終える日は、始める日と同じか、それより後にしてください。")]}
        )


def check_not_over(closes_on: dt.date | None, today: dt.date) -> None:
    """Refuse to publish what is over already."""
    if closes_on is not None and closes_on < today:
        raise RuleViolation(
            _("募集を終える日が過ぎています。日付を今日以降に直してから、公開してください。")
        )


def check_skills(skills: Iterable[str]) -> None:
    """Refuse more or longer skills than a reader takes in."""
    skills = list(skills)
    if len(skills) > SKILLS_MAX:
        raise InvalidInput(
            {
                "skills": [
                    _(
                        "スキルは%(max)sまでにしてください（いま%(now)s）。",
                        max=SKILLS_MAX,
                        now=len(skills),
                    )
                ]
            }
        )
    if any(len(skill) > SKILL_LENGTH for skill in skills):
        raise InvalidInput(
            {
                "other_skills": [
                    _("スキルは一つ%(max)s文字以内で入力してください。", max=SKILL_LENGTH)
                ]
            }
        )


def acts_for(actor: Actor, department_id: uuid.UUID) -> bool:
    """Tell whether somebody may write for a department: the secretariat for all, staff for theirs."""
    return bool(actor.roles & _FOR_ALL) or department_id in actor.department_ids


def acts_for_any(actor: Actor) -> bool:
    """Tell whether there is a department that somebody may write for."""
    return bool(actor.roles & _FOR_ALL or actor.department_ids)


def check_department(actor: Actor, department_id: uuid.UUID) -> None:
    """Refuse staff who write for a department that is not theirs."""
    if not acts_for(actor, department_id):
        raise Forbidden(
            _(
                "所属していない課の「求めていること」は変更できません。その課の職員か事務局にご相談ください。"
            )
        )
