"""How an engagement moves, and what its terms must keep to. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.agreements import rules as agreements
from kyoso.municipal.agreements.rules import AgreementKind, AgreementStatus, add_months
from kyoso.municipal.talent_programmes.rules import (
    Cost,
    Neighbour,
    PayUnit,
    Programmes,
    Terms,
    cost_in,
)

#: An engagement that ends within so many days is shown as ending soon.
ENDING_SOON = dt.timedelta(days=60)
#: Longer ones are renewed: nobody plans further.
LONGEST_YEARS = 5


class EngagementStatus(enum.StrEnum):
    """Where an engagement stands."""

    OFFERED = "offered"
    ACTIVE = "active"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


_STATUSES = {
    EngagementStatus.OFFERED: (_l("返事待ち"), "warning"),
    EngagementStatus.ACTIVE: (_l("契約中"), "success"),
    EngagementStatus.DECLINED: (_l("辞退"), "neutral"),
    EngagementStatus.WITHDRAWN: (_l("取下げ"), "neutral"),
    EngagementStatus.ENDED: (_l("終了"), "neutral"),
}

#: For each status, the statuses that may follow it.
NEXT: dict[EngagementStatus, set[EngagementStatus]] = {
    EngagementStatus.OFFERED: {
        EngagementStatus.ACTIVE,
        EngagementStatus.DECLINED,
        EngagementStatus.WITHDRAWN,
    },
    # An agreed one can still be taken back before its first day.
    EngagementStatus.ACTIVE: {EngagementStatus.ENDED, EngagementStatus.WITHDRAWN},
    EngagementStatus.DECLINED: set(),
    EngagementStatus.WITHDRAWN: set(),
    EngagementStatus.ENDED: set(),
}
#: They take up the period: another of the same role beside them would be the same one twice.
HOLDING = (EngagementStatus.OFFERED, EngagementStatus.ACTIVE, EngagementStatus.ENDED)
#: They can be renewed, also when they are over.
RENEWABLE = (EngagementStatus.ACTIVE, EngagementStatus.ENDED)
#: They are still before us.
OPEN = (EngagementStatus.OFFERED, EngagementStatus.ACTIVE)


class _Labelled(enum.StrEnum):
    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_WORDS[self])


class ContractKind(_Labelled):
    """On what ground somebody works for the town."""

    COMMISSION = "commission"
    OUTSOURCING = "outsourcing"
    EMPLOYMENT = "employment"
    PRO_BONO = "pro_bono"


class AgreedBy(_Labelled):
    """How both sides came to agree."""

    PERSON = "person"
    PAPER = "paper"


_WORDS: dict[enum.StrEnum, Any] = {
    ContractKind.COMMISSION: _l("委嘱"),
    ContractKind.OUTSOURCING: _l("委託"),
    ContractKind.EMPLOYMENT: _l("雇用"),
    ContractKind.PRO_BONO: _l("プロボノ（無償）"),
    AgreedBy.PERSON: _l("本人が画面で返事"),
    AgreedBy.PAPER: _l("紙の契約を登録"),
}


def check_move(now: EngagementStatus, to: EngagementStatus) -> None:
    """Refuse a move that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」の関与は「%(to)s」にできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )


def roles_of(declaration: Mapping[str, Any]) -> list[str]:
    """Return the roles that a town gives to people from outside, in its own order."""
    said = declaration.get("roles", {})
    return list(dict.fromkeys([*said.get("core_line", []), *said.get("members", [])]))


def check_terms(terms: Terms, contract_kind: ContractKind) -> None:
    """Refuse terms that contradict themselves, each at its field."""
    errors: dict[str, list[str]] = {}
    if terms.ends_on < terms.starts_on:
        errors["ends_on"] = [_("終わりの日は、始まりの日より後にしてください。")]
    elif terms.ends_on >= add_months(terms.starts_on, LONGEST_YEARS * 12):
        errors["ends_on"] = [
            _("期間は%(n)s年までです。その先は更新してください。", n=LONGEST_YEARS)
        ]
    if contract_kind is ContractKind.PRO_BONO and terms.pay_unit is not PayUnit.NONE:
        errors["pay_unit"] = [_("プロボノは無償です。報酬の単位を「無償」にしてください。")]
    elif terms.pay_unit is PayUnit.NONE and terms.pay_yen:
        errors["pay_yen"] = [_("「無償」のときは、報酬の額を空けてください。")]
    elif terms.pay_unit is not PayUnit.NONE and not terms.pay_yen:
        errors["pay_yen"] = [_("報酬の額を入力してください。")]
    if terms.pay_unit is PayUnit.DAY and not terms.days_a_month:
        errors["days_a_month"] = [_("1日あたりの報酬のときは、月の日数を入力してください。")]
    if terms.days_a_month and (terms.in_town_days or 0) > terms.days_a_month:
        errors["in_town_days"] = [_("町内にいる日数が、月の日数より多くなっています。")]
    if errors:
        raise InvalidInput(errors)


def check_not_doubled(other: Neighbour | None, role: str) -> None:
    """Refuse a second engagement of one person in one role of one department at a time."""
    if other is None:
        return
    words = _(
        "%(name)sさんは、この課の「%(role)s」として、%(first)sから%(last)sまでの関与がすでにあります。"
        "重ならない期間にしてください。",
        name=other.person_name,
        role=role,
        first=jp_date(other.starts_on),
        last=jp_date(other.ends_on),
    )
    raise InvalidInput({"starts_on": [words]})


class Registered(Protocol):
    """Somebody of the town's register."""

    @property
    def name(self) -> str:
        """Who."""

    @property
    def left_at(self) -> dt.datetime | None:
        """When they left it."""


def check_registered(talent: Registered) -> None:
    """Refuse somebody who left the register."""
    if talent.left_at is not None:
        raise RuleViolation(_("%(name)sさんは人材台帳から外れています。", name=talent.name))


def check_answerable(ends_on: dt.date, revision: int, read: int, today: dt.date) -> None:
    """Refuse to accept other words than those that were read, or what is over."""
    if revision != read:
        raise RuleViolation(
            _("内容が変わりました。新しい内容を読んでから、もう一度お返事ください。")
        )
    if ends_on < today:
        raise RuleViolation(_("期間が過ぎているため、承諾できません。町の担当者にご連絡ください。"))


def booked_from(terms: Terms, today: dt.date, renewed: Terms | None) -> dt.date:
    """Return the day from whose month on hours are booked: what is past is past.

    The month in which a renewal follows has been booked for what it renews.
    """
    first = max(terms.starts_on, today)
    covered = renewed is not None and renewed.hours_a_month >= terms.hours_a_month
    return after_month_of(renewed, first) if renewed and covered else first


def after_month_of(renewed: Terms, first: dt.date) -> dt.date:
    """Return the first day, or that of the month after it, where the renewed one reaches into it."""
    same = (renewed.ends_on.year, renewed.ends_on.month) == (first.year, first.month)
    return add_months(first.replace(day=1), 1) if same else first


def check_withdrawable(status: EngagementStatus, starts_on: dt.date, today: dt.date) -> None:
    """Refuse to take back what was declined, is over, or has begun."""
    check_move(status, EngagementStatus.WITHDRAWN)
    if status is EngagementStatus.ACTIVE and starts_on <= today:
        raise RuleViolation(
            _("もう始まっています。途中でやめるときは「早く終える」を使ってください。")
        )


def check_last_day(last_day: dt.date, starts_on: dt.date, ends_on: dt.date) -> None:
    """Refuse an early end that is not early, or before the beginning."""
    if not starts_on <= last_day < ends_on:
        words = _(
            "最後の日は、%(first)sから%(last)sまでの日にしてください。",
            first=jp_date(starts_on),
            last=jp_date(ends_on - dt.timedelta(days=1)),
        )
        raise InvalidInput({"last_day": [words]})


class Contract(agreements.Terms, Protocol):
    """An agreement of the register, as far as an engagement can rest on it."""

    @property
    def kind(self) -> AgreementKind:
        """What is agreed on."""

    @property
    def title(self) -> str:
        """What it is called."""


def check_agreement(agreement: Contract, terms: Terms) -> None:
    """Refuse an agreement that is none of a person's work, or does not hold all the time."""
    if agreement.kind is not AgreementKind.ENGAGEMENT:
        raise InvalidInput({"agreement_id": [_("「委嘱・契約」の協定を選んでください。")]})
    if agreement.status is AgreementStatus.DRAFT:
        raise InvalidInput({"agreement_id": [_("まだ締結されていない協定です。")]})
    if not agreements.covers(agreement, terms.starts_on, terms.ends_on):
        words = _(
            "関与の期間が、協定「%(title)s」の期間（%(first)sから%(last)sまで）に収まっていません。",
            title=agreement.title,
            first=jp_date(agreement.starts_on or agreement.signed_on),
            last=jp_date(agreements.term_end(agreement, terms.starts_on)) or _("期限なし"),
        )
        raise InvalidInput({"agreement_id": [words]})


class Costed(Protocol):
    """An engagement, as far as it costs something."""

    @property
    def talent_id(self) -> uuid.UUID:
        """Whose it is."""

    @property
    def programme(self) -> str | None:
        """What it is held under."""

    @property
    def status(self) -> EngagementStatus:
        """Whether it is agreed on."""

    @property
    def terms(self) -> Terms:
        """What is paid."""


@dataclass(frozen=True, slots=True)
class ProgrammeCost:
    """What the people of one programme cost the town in a fiscal year, and may cost."""

    key: str
    #: "" for what is held under no programme.
    name: str
    people: int
    agreed: Cost
    offered: Cost
    #: For all of them together; None where nothing is said.
    cap: int | None

    @property
    def left(self) -> int | None:
        """What may still be agreed on."""
        return None if self.cap is None else self.cap - self.agreed.total - self.offered.total


def costs_of(
    engagements: Sequence[Costed], programmes: Programmes, year: int
) -> list[ProgrammeCost]:
    """Return what each programme costs in a fiscal year, as the town declares them; none last."""
    found = []
    known = {key: one.name for key, one in programmes.programmes.items()}
    gone = {one.programme: one.programme for one in engagements if one.programme}
    for key, name in {**known, **{k: known.get(k, v) for k, v in gone.items()}, "": ""}.items():
        mine = [one for one in engagements if (one.programme or "") == key]
        if not mine:
            continue
        agreed = [one for one in mine if one.status is not EngagementStatus.OFFERED]
        offered = [one for one in mine if one.status is EngagementStatus.OFFERED]
        people = len({one.talent_id for one in mine})
        programme = programmes.programmes.get(key)
        cap = programme.cap if programme else None
        found.append(
            ProgrammeCost(
                key,
                name,
                people,
                sum((cost_in(one.terms, year) for one in agreed), Cost()),
                sum((cost_in(one.terms, year) for one in offered), Cost()),
                None if cap is None else cap * people,
            )
        )
    return found
