"""What projects add to a department month by month, and whether it can carry it. Pure."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date, jp_month
from kyoso.core.i18n import lazy_gettext as _l

#: Hours a month: more is a slip of the hand.
HOURS_MAX = 10_000
#: How far a department's page looks ahead.
MONTHS_SHOWN = 12
#: A period longer than this is a slip of the hand.
MONTHS_MAX = 240


class Consent(enum.StrEnum):
    """What a department says to the hours that a project brings it."""

    NONE = "none"
    CONSENTED = "consented"
    HESITATING = "hesitating"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_CONSENTS[self][0])

    @property
    def tone(self) -> str:
        """The tone of the tag beside the word: see components/page.html."""
        return _CONSENTS[self][1]


_CONSENTS = {
    Consent.NONE: (_l("同意待ち"), "warning"),
    Consent.CONSENTED: (_l("同意"), "success"),
    Consent.HESITATING: (_l("ためらい"), "danger"),
}


class Load(Protocol):
    """What the rules read of a workload."""

    @property
    def from_month(self) -> dt.date:
        """The first day of the first month."""

    @property
    def until_month(self) -> dt.date:
        """The first day of the last month."""

    @property
    def hours_added(self) -> int:
        """Hours a month that come."""

    @property
    def hours_removed(self) -> int:
        """Hours a month that fall away."""


class Said(Protocol):
    """What the rules read of a capacity; of two for one month, the later in order holds."""

    @property
    def from_month(self) -> dt.date:
        """The first day of the month from which it holds."""

    @property
    def hours_a_month(self) -> int:
        """How much the department can carry."""


def month_of(day: dt.date) -> dt.date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def months_from(start: dt.date, count: int = MONTHS_SHOWN) -> list[dt.date]:
    """Return months in a row, each by its first day."""
    first = start.year * 12 + start.month - 1
    return [dt.date((first + n) // 12, (first + n) % 12 + 1, 1) for n in range(count)]


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the months of a period, both ends included; none if it is reversed."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return months_from(first, max(0, count))


def net_in(loads: Iterable[Load], month: dt.date) -> int:
    """Return the hours that a month brings in all: added less removed."""
    return sum(
        load.hours_added - load.hours_removed
        for load in loads
        if load.from_month <= month <= load.until_month
    )


def added_in(loads: Iterable[Load], month: dt.date) -> int:
    """Return the hours that a month adds."""
    return sum(x.hours_added for x in loads if x.from_month <= month <= x.until_month)


def removed_in(loads: Iterable[Load], month: dt.date) -> int:
    """Return the hours that a month takes off."""
    return sum(x.hours_removed for x in loads if x.from_month <= month <= x.until_month)


def capacity_in(said: Sequence[Said], month: dt.date) -> int | None:
    """Return what the department said it can carry in a month, or None if it said nothing yet."""
    held = [one for one in said if one.from_month <= month]
    return (
        max(enumerate(held), key=lambda p: (p[1].from_month, p[0]))[1].hours_a_month
        if held
        else None
    )


@dataclass(frozen=True, slots=True)
class Excess:
    """A month in which a department would carry more than it said it can."""

    month: dt.date
    hours: int
    capacity: int


def over_capacity(
    loads: Sequence[Load], said: Sequence[Said], months: Iterable[dt.date]
) -> list[Excess]:
    """Return the months in which the hours go above what the department can carry."""
    found = []
    for month in months:
        hours, capacity = net_in(loads, month), capacity_in(said, month)
        if capacity is not None and hours > capacity:
            found.append(Excess(month, hours, capacity))
    return found


def excess_words(department: str, found: Sequence[Excess]) -> str:
    """Return the warning, with the months and the worst of them."""
    worst = max(found, key=lambda excess: excess.hours - excess.capacity)
    return _(
        "%(department)sが「引き受けられる」と言った時間を超える月が%(count)sか月あります"
        "（%(first)sから。最も多い%(worst)sは月%(hours)s時間、引き受けられるのは月%(capacity)s時間）。",
        department=department,
        count=len(found),
        first=jp_month(found[0].month),
        worst=jp_month(worst.month),
        hours=worst.hours,
        capacity=worst.capacity,
    )


def check_period(first: dt.date, last: dt.date) -> None:
    """Refuse months in the wrong order, and a period nobody can plan for."""
    if last < first:
        raise RuleViolation(
            _(
                "終わりの月（%(last)s）が、始まりの月（%(first)s）より前です。",
                first=jp_month(first),
                last=jp_month(last),
            )
        )
    if len(months_between(first, last)) > MONTHS_MAX:
        raise RuleViolation(_("期間は%(years)s年までにしてください。", years=MONTHS_MAX // 12))


def check_hours(added: int, removed: int) -> None:
    """Refuse a workload without any hours."""
    if added < 0 or removed < 0:
        raise RuleViolation(_("時間は0以上で入力してください。"))
    if added == removed == 0:
        raise RuleViolation(_("増える時間か減る時間の、どちらかを1時間以上にしてください。"))


def check_apart(first: dt.date, last: dt.date, others: Iterable[Load]) -> None:
    """Refuse a second workload of one project and department for the same months."""
    for other in others:
        if first <= other.until_month and other.from_month <= last:
            raise RuleViolation(
                _(
                    "この課には、すでに%(first)sから%(last)sまでの業務負荷があります。"
                    "期間が重ならないようにするか、そちらを直してください。",
                    first=jp_month(other.from_month),
                    last=jp_month(other.until_month),
                )
            )


def check_department_lasts(
    name: str, ends_on: dt.date | None, last: dt.date, today: dt.date
) -> None:
    """Refuse hours for a unit that is no more, or that ends before the hours do."""
    if ends_on is None:
        return
    if ends_on < today:
        raise RuleViolation(
            _(
                "%(name)sは%(day)sに終了しました。引き継いだ課を選んでください。",
                name=name,
                day=jp_date(ends_on),
            )
        )
    if month_of(ends_on) < last:
        raise RuleViolation(
            _(
                "%(name)sは%(day)sに終了する予定です。終わりの月をその月までにしてください。",
                name=name,
                day=jp_date(ends_on),
            )
        )


def runs_all(actor: Actor) -> bool:
    """Tell whether the actor may say something for every department: the administrator."""
    return Role.ADMIN in actor.roles


def may_answer(actor: Actor, department_id: uuid.UUID) -> bool:
    """Tell whether the actor may speak for a department: its own staff, or an administrator."""
    return runs_all(actor) or department_id in actor.department_ids


def check_may_answer(actor: Actor, department_id: uuid.UUID) -> None:
    """Refuse people of other departments."""
    if not may_answer(actor, department_id):
        raise Forbidden(_("この課の同意を入力できるのは、その課の職員と管理者だけです。"))


def state_of(consents: Sequence[Consent]) -> Consent:
    """Return what a department says to a project in all: one hesitation counts before the rest."""
    if Consent.HESITATING in consents:
        return Consent.HESITATING
    if consents and all(consent is Consent.CONSENTED for consent in consents):
        return Consent.CONSENTED
    return Consent.NONE


def check_term(
    first: dt.date, last: dt.date | None, others: Iterable[tuple[dt.date, dt.date | None]]
) -> None:
    """Refuse a promoter's term that ends before it begins, or doubles one of the same person."""
    if last is not None and last < first:
        raise RuleViolation(_("任期の終わりが、始まりより前です。"))
    for start, end in others:
        if (end is None or first <= end) and (last is None or start <= last):
            raise RuleViolation(_("この方の任期が、すでにある任期と重なっています。"))
