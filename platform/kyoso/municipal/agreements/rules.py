"""What holds of an agreement: kinds, clauses, periods, renewal. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l


class AgreementKind(enum.StrEnum):
    """What is agreed on."""

    COMPREHENSIVE = "comprehensive"
    PILOT = "pilot"
    NETWORK = "network"
    ENGAGEMENT = "engagement"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_KINDS[self])


_KINDS = {
    AgreementKind.COMPREHENSIVE: _l("包括連携協定"),
    AgreementKind.PILOT: _l("実証協定"),
    AgreementKind.NETWORK: _l("広域・共創ネットワーク協定"),
    AgreementKind.ENGAGEMENT: _l("委嘱・契約"),
}


class AgreementStatus(enum.StrEnum):
    """What has been done with it; whether it is in force is a question of the day."""

    DRAFT = "draft"
    SIGNED = "signed"
    ENDED = "ended"
    TERMINATED = "terminated"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self])


_STATUSES = {
    AgreementStatus.DRAFT: _l("案"),
    AgreementStatus.SIGNED: _l("締結済み"),
    AgreementStatus.ENDED: _l("終了"),
    AgreementStatus.TERMINATED: _l("解除・取りやめ"),
}

#: For each status, those that may follow it. A draft that comes to nothing is given up, not lost.
NEXT: dict[AgreementStatus, frozenset[AgreementStatus]] = {
    AgreementStatus.DRAFT: frozenset({AgreementStatus.SIGNED, AgreementStatus.TERMINATED}),
    AgreementStatus.SIGNED: frozenset({AgreementStatus.ENDED, AgreementStatus.TERMINATED}),
    AgreementStatus.ENDED: frozenset(),
    AgreementStatus.TERMINATED: frozenset(),
}


class Renewal(enum.StrEnum):
    """What happens on the last day."""

    NONE = "none"
    AUTOMATIC = "automatic"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_l("自動更新あり") if self is Renewal.AUTOMATIC else _l("自動更新なし"))


class Clause(enum.StrEnum):
    """What a text may have to say; WORDINGS has a first wording of each."""

    PURPOSE = "purpose"
    MATTERS = "matters"
    POSITION = "position"
    NO_PROMISE = "no_promise"
    PERIOD = "period"
    COST = "cost"
    DATA = "data"
    IP = "ip"
    PUBLICITY = "publicity"
    MEMBERS = "members"
    DUTIES = "duties"
    EXIT = "exit"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_CLAUSES[self])


C = Clause

_CLAUSES = {
    C.PURPOSE: _l("目的"),
    C.MATTERS: _l("連携する事項"),
    C.POSITION: _l("実証の位置付け"),
    C.NO_PROMISE: _l("実装を約束しないこと"),
    C.PERIOD: _l("期間"),
    C.COST: _l("費用負担"),
    C.DATA: _l("データの取扱い"),
    C.IP: _l("知的財産"),
    C.PUBLICITY: _l("広報"),
    C.MEMBERS: _l("加入と脱退"),
    C.DUTIES: _l("担う仕事と時間"),
    C.EXIT: _l("終了・原状回復"),
}

#: The clauses that a kind is asked about, in the order of its text.
CLAUSES: Mapping[AgreementKind, tuple[Clause, ...]] = {
    AgreementKind.PILOT: (
        *(C.PURPOSE, C.POSITION, C.NO_PROMISE, C.PERIOD, C.COST),
        *(C.DATA, C.IP, C.PUBLICITY, C.EXIT),
    ),
    AgreementKind.COMPREHENSIVE: (
        *(C.PURPOSE, C.MATTERS, C.COST, C.DATA, C.PUBLICITY, C.PERIOD, C.EXIT),
    ),
    AgreementKind.NETWORK: (*(C.PURPOSE, C.MATTERS, C.MEMBERS, C.COST, C.DATA, C.PERIOD, C.EXIT),),
    AgreementKind.ENGAGEMENT: (C.PURPOSE, C.DUTIES, C.COST, C.DATA, C.IP, C.PERIOD, C.EXIT),
}
#: Without these a pilot may not begin; nobody can say that they are not needed.
REQUIRED: Mapping[AgreementKind, frozenset[Clause]] = {
    **dict.fromkeys(AgreementKind, frozenset({C.PURPOSE, C.PERIOD})),
    AgreementKind.PILOT: frozenset({C.PURPOSE, C.PERIOD, C.COST, C.DATA, C.IP, C.NO_PROMISE}),
}


class ClauseState(enum.StrEnum):
    """Whether the text says it."""

    INCLUDED = "included"
    NOT_NEEDED = "not_needed"
    MISSING = "missing"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATES[self][0])

    @property
    def tone(self) -> str:
        """The tone of the tag beside the word: see components/page.html."""
        return _STATES[self][1]


_STATES = {
    ClauseState.INCLUDED: (_l("あり"), "success"),
    ClauseState.NOT_NEEDED: (_l("不要"), "neutral"),
    ClauseState.MISSING: (_l("まだ無い"), "warning"),
}


@dataclass(frozen=True, slots=True)
class ClauseAnswer:
    """What somebody says of one clause."""

    clause: Clause
    state: ClauseState
    text: str = ""
    reason: str = ""


class Terms(Protocol):
    """What the rules read of an agreement."""

    @property
    def status(self) -> AgreementStatus:
        """What has been done with it."""

    @property
    def signed_on(self) -> dt.date | None:
        """The day of signing; None where it is not documented."""

    @property
    def starts_on(self) -> dt.date | None:
        """The first day; None is the day of signing."""

    @property
    def ends_on(self) -> dt.date | None:
        """The last day as the text says it; None is open."""

    @property
    def renewal_months(self) -> int | None:
        """By how much it renews itself; None if it does not."""

    @property
    def ended_on(self) -> dt.date | None:
        """The last day in fact, if it was ended or terminated."""


#: Days before the end on which somebody is told, the earlier first; and how early it shows.
THRESHOLDS = (90, 30)
SOON = THRESHOLDS[0]


def check_move(now: AgreementStatus, to: AgreementStatus) -> None:
    """Refuse a step that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _("「%(now)s」の協定を「%(to)s」にすることはできません。", now=now.label, to=to.label)
        )


def check_draft(status: AgreementStatus) -> None:
    """Refuse to rewrite a text that was signed or given up."""
    if status is not AgreementStatus.DRAFT:
        raise RuleViolation(_("締結した協定や終了した協定の文案は、書き換えられません。"))


def check_period(starts_on: dt.date | None, ends_on: dt.date | None) -> None:
    """Refuse a period that ends before it begins."""
    if starts_on and ends_on and ends_on < starts_on:
        raise InvalidInput({"ends_on": [_("終わりの日は、始まりの日より後にしてください。")]})


def check_renewal(renewal: Renewal, months: int | None, ends_on: dt.date | None) -> None:
    """Refuse a renewal that does not say by how much, or of what."""
    if renewal is not Renewal.AUTOMATIC:
        return
    errors = {}
    if not months:
        errors["renewal_months"] = [_("自動更新の月数を入力してください。")]
    if ends_on is None:
        errors["ends_on"] = [_("自動更新するときは、はじめの期間の終わりの日を入力してください。")]
    if errors:
        raise InvalidInput(errors)


def check_signing(signed_on: dt.date, ends_on: dt.date | None, today: dt.date) -> None:
    """Refuse a signing that has not happened yet, or one after the period."""
    if signed_on > today:
        raise InvalidInput({"signed_on": [_("締結の日に、まだ来ていない日は書けません。")]})
    if ends_on is not None and signed_on > ends_on:
        raise InvalidInput({"signed_on": [_("締結の日が、期間の終わりの日より後になっています。")]})


def check_ending(terms: Terms, to: AgreementStatus, ended_on: dt.date) -> None:
    """Refuse what is no end, and an end before the beginning."""
    if NEXT[to]:
        raise RuleViolation(_("終わり方を選んでください。"))
    check_move(terms.status, to)
    begins = terms.starts_on or terms.signed_on
    # A draft that is given up need not wait for the day on which it would have begun.
    if terms.status is AgreementStatus.SIGNED and begins and ended_on < begins:
        raise InvalidInput({"ended_on": [_("終わった日は、始まりの日より後にしてください。")]})


def check_answer(kind: AgreementKind, answer: ClauseAnswer) -> dict[str, list[str]]:
    """Return what is wrong with an answer, by the name of its field in the form."""
    if answer.state is not ClauseState.NOT_NEEDED:
        return {}
    if answer.clause in REQUIRED[kind]:
        said = _(
            "「%(clause)s」は%(kind)sに欠かせません。", clause=answer.clause.label, kind=kind.label
        )
        return {f"{answer.clause}_state": [said]}
    if not answer.reason:
        said = _("「%(clause)s」が不要な理由を書いてください。", clause=answer.clause.label)
        return {f"{answer.clause}_reason": [said]}
    return {}


def missing_clauses(
    kind: AgreementKind, states: Mapping[Clause, ClauseState]
) -> tuple[Clause, ...]:
    """Return the clauses without which it may not be relied on, in the order of the text."""
    return tuple(
        clause
        for clause in CLAUSES[kind]
        if clause in REQUIRED[kind] and states.get(clause) is not ClauseState.INCLUDED
    )


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day some months later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return dt.date(year, month, min(day.day, monthrange(year, month)[1]))


def term_end(terms: Terms, on: dt.date) -> dt.date | None:
    """Return the last day of the term that runs on a day; None if it is open.

    Every renewal is counted from the first end, so that 31 March stays the end of March.
    """
    if terms.ended_on is not None:
        return terms.ended_on
    if terms.ends_on is None or not terms.renewal_months or terms.ends_on >= on:
        return terms.ends_on
    after = terms.ends_on + dt.timedelta(days=1)
    missed = (on.year - after.year) * 12 + on.month - after.month
    terms_run = max(1, missed // terms.renewal_months)
    while True:
        end = add_months(after, terms_run * terms.renewal_months) - dt.timedelta(days=1)
        if end >= on:
            return end
        terms_run += 1


def in_force(terms: Terms, on: dt.date) -> bool:
    """Tell whether both sides are bound by it on a day."""
    if terms.status is AgreementStatus.DRAFT:
        return False
    if terms.status is not AgreementStatus.SIGNED and terms.signed_on is None:
        # Given up before it was signed, or ended on a day that says nothing of its beginning.
        return False
    begins, end = terms.starts_on or terms.signed_on, term_end(terms, on)
    return (begins is None or begins <= on) and (end is None or on <= end)


def covers(terms: Terms, starts_on: dt.date, ends_on: dt.date | None) -> bool:
    """Tell whether it is in force through a whole period: that of a pilot.

    One that renews itself covers what comes until somebody ends it; an open period is covered
    only by an open agreement.
    """
    if not in_force(terms, starts_on):
        return False
    if terms.renewal_months and terms.ended_on is None:
        return True
    end = term_end(terms, starts_on)
    return end is None or (ends_on is not None and ends_on <= end)


def days_left(terms: Terms, on: dt.date) -> int | None:
    """Return how many days the running term still has; None if it is open or nothing runs."""
    if terms.status is not AgreementStatus.SIGNED:
        return None
    end = term_end(terms, on)
    return None if end is None else (end - on).days


def due_threshold(left: int | None, told: Collection[int]) -> int | None:
    """Return which reminder is due; one that was missed is left out for the nearer one."""
    if left is None or left < 0:
        return None
    near = [threshold for threshold in THRESHOLDS if left <= threshold]
    return near[-1] if near and not any(t <= near[-1] for t in told) else None


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agreement stands on a day, for a tag."""

    label: str
    tone: str


def standing(terms: Terms, on: dt.date) -> Standing:
    """Say how it stands, and how near its end is."""
    if terms.status is not AgreementStatus.SIGNED:
        return Standing(terms.status.label, "neutral")
    begins, left = terms.starts_on or terms.signed_on, days_left(terms, on)
    if begins is not None and on < begins:
        return Standing(_("始まる前"), "info")
    if left is None or left > SOON:
        return Standing(_("有効"), "success")
    if left < 0:
        return Standing(_("期間が過ぎています"), "danger")
    return Standing(_("期限まで%(days)s日", days=left), "warning")


def acts_for(actor: Actor, department_id: uuid.UUID | None) -> bool:
    """Tell whether somebody may write for a department: the secretariat for all, staff for theirs."""
    if actor.roles & {Role.ADMIN, Role.SECRETARIAT}:
        return True
    return department_id is not None and department_id in actor.department_ids


def check_department(actor: Actor, department_id: uuid.UUID | None) -> None:
    """Refuse staff who write for a department that is not theirs."""
    if not acts_for(actor, department_id):
        raise Forbidden(
            _("この協定を変更できるのは、担当する課の職員か事務局です。事務局にご相談ください。")
        )
