"""What the programmes of the state ask of those who work for a town. Pure: no database."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kyoso.core.clock import fiscal_year
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import fiscal_label, jp_date, jp_month, yen
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.agreements.rules import add_months


class PayUnit(enum.StrEnum):
    """What the pay is counted by."""

    NONE = "none"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_UNITS[self])


_UNITS = {
    PayUnit.NONE: _l("無償"),
    PayUnit.HOUR: _l("1時間あたり"),
    PayUnit.DAY: _l("1日あたり"),
    PayUnit.MONTH: _l("1か月あたり"),
    PayUnit.YEAR: _l("1年あたり"),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What both sides agree on, as far as rules ask about it."""

    role: str
    programme: str | None
    starts_on: dt.date
    ends_on: dt.date
    hours_a_month: int
    pay_unit: PayUnit
    days_a_month: int | None = None
    in_town_days: int | None = None
    pay_yen: int = 0
    travel_yen_a_year: int = 0
    employer: str = ""
    public_servant: bool = False
    permit_by: str = ""
    permit_on: dt.date | None = None


def as_of_label(declared: str) -> str:
    """Return a declared day, month or year in words."""
    try:
        if len(declared) == len("2026-11"):
            return jp_month(dt.date.fromisoformat(f"{declared}-01"))
        return jp_date(dt.date.fromisoformat(declared))
    except ValueError:  # A year alone, or words of the town's own.
        return declared


@dataclass(frozen=True, slots=True)
class TalentProgramme:
    """A programme (制度) under which people from outside work for a town, as it is declared."""

    key: str
    name: str
    #: The roles it is for.
    roles: tuple[str, ...]
    #: Where its rules stand, and as of when; `recheck` where that was long ago.
    source: str
    as_of: str
    #: What a picture has room for.
    short_name: str = ""
    recheck: bool = False
    months_min: int | None = None
    months_max: int | None = None
    days_a_month_min: int | None = None
    hours_a_month_min: int | None = None
    in_town_days_a_month_min: int | None = None
    fee_yen_a_year_max: int | None = None
    travel_yen_a_year_max: int | None = None
    yen_a_year_max: int | None = None
    employer_needed: bool = False
    per_municipality: int | None = None

    @property
    def as_of_label(self) -> str:
        """As of when its rules are known, in words."""
        return as_of_label(self.as_of)

    @property
    def cap(self) -> int | None:
        """What one person may cost in a fiscal year, fee and travel; None: nothing is said."""
        if self.yen_a_year_max is not None:
            return self.yen_a_year_max
        if self.fee_yen_a_year_max is None or self.travel_yen_a_year_max is None:
            return None
        return self.fee_yen_a_year_max + self.travel_yen_a_year_max


@dataclass(frozen=True, slots=True)
class PublicServants:
    """What is asked of public servants of elsewhere, as it is declared."""

    source: str
    as_of: str
    hours_a_week_guide: int
    hours_a_month_guide: int


@dataclass(frozen=True, slots=True)
class Programmes:
    """The rules of the field that a town declares."""

    programmes: Mapping[str, TalentProgramme] = field(default_factory=dict)
    public_servants: PublicServants | None = None

    @classmethod
    def of(cls, declaration: Mapping[str, Any]) -> Programmes:
        """Return what a town's declaration says; what an old one lacks is asked of nobody."""
        said = declaration.get("talent_programmes", {})
        guide = said.get("public_servants")
        return cls(
            {
                key: TalentProgramme(key, **{**entry, "roles": tuple(entry["roles"])})
                for key, entry in said.get("programmes", {}).items()
            },
            PublicServants(**guide) if guide else None,
        )

    def of_role(self, role: str) -> list[TalentProgramme]:
        """Return the programmes that a role is held under."""
        return [one for one in self.programmes.values() if role in one.roles]


@dataclass(frozen=True, slots=True)
class Cost:
    """Yen that an engagement costs in a time."""

    fee: int = 0
    travel: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.fee + self.travel

    def __add__(self, other: Cost) -> Cost:
        """Return the sum."""
        return Cost(self.fee + other.fee, self.travel + other.travel)


class Neighbour(Protocol):
    """Another engagement, as far as it can be in the way."""

    @property
    def person_name(self) -> str:
        """Whose it is."""

    @property
    def starts_on(self) -> dt.date:
        """Its first day."""

    @property
    def ends_on(self) -> dt.date:
        """Its last day."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What there is besides the terms: the rules ask about it too."""

    #: The first day of the first of those that it renews; None: it renews nothing.
    since: dt.date | None = None
    #: What the same person costs under the same programme otherwise, by fiscal year.
    spent: Mapping[int, Cost] = field(default_factory=dict)
    #: Others of the same programme in the town whose period shares a day with this one.
    others: Sequence[Neighbour] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """A rule that the terms miss, at the field where it can be mended."""

    key: str
    field: str
    sentence: str


def missed_rules(terms: Terms, rules: Programmes, around: Surroundings) -> list[Missed]:
    """Return every rule of its programme, and of public servants, that the terms miss."""
    programme = rules.programmes.get(terms.programme or "")
    found = list(_of_programme(terms, programme, around)) if programme else []
    known = rules.of_role(terms.role)
    if known and programme not in known:
        names = _("、").join(one.name for one in known)
        words = _("「%(role)s」の制度（%(names)s）を選んでください。", role=terms.role, names=names)
        found.insert(0, Missed("role", "programme", words))
    if terms.public_servant and rules.public_servants:
        found += _of_public_servants(terms, rules.public_servants)
    return found


def _of_programme(
    terms: Terms, programme: TalentProgramme, around: Surroundings
) -> Iterable[Missed]:
    def missed(key: str, where: str, what: str) -> Missed:
        words = _(
            "「%(name)s」の条件：%(what)s 出典：%(source)s（%(as_of)s）",
            name=programme.name,
            what=what,
            source=programme.source,
            as_of=programme.as_of_label,
        )
        return Missed(key, where, words)

    if programme.employer_needed and not terms.employer:
        what = _("企業などに所属している人が対象です。所属する企業を入力してください。")
        yield missed("employer_needed", "employer", what)
    since = around.since or terms.starts_on
    day = dt.timedelta(days=1)
    least, most = programme.months_min, programme.months_max
    if least is not None and terms.ends_on < add_months(since, least) - day:
        yield missed("months_min", "ends_on", _("期間は%(n)sか月以上です。", n=least))
    if most is not None and terms.ends_on > add_months(since, most) - day:
        what = _(
            "期間は更新を含めて%(n)sか月までです（%(day)sから数えます）。",
            n=most,
            day=jp_date(since),
        )
        yield missed("months_max", "ends_on", what)
    for key, where, limit, given, words in (
        (
            *("days_a_month_min", "days_a_month", programme.days_a_month_min, terms.days_a_month),
            _l("月の日数は%(n)s日以上です（いま%(now)s日）。"),
        ),
        (
            *("hours_a_month_min", "hours_a_month"),
            *(programme.hours_a_month_min, terms.hours_a_month),
            _l("月の時間は%(n)s時間以上です（いま%(now)s時間）。"),
        ),
        (
            *("in_town_days_a_month_min", "in_town_days"),
            *(programme.in_town_days_a_month_min, terms.in_town_days),
            _l("町内にいる日は月に%(n)s日以上です（いま%(now)s日）。"),
        ),
    ):
        if limit is not None and (given or 0) < limit:
            yield missed(key, where, str(words) % {"n": limit, "now": given or 0})
    yield from _over_caps(terms, programme, around, missed)
    limit = programme.per_municipality
    if limit is not None and _most_at_once(terms, around.others) >= limit:
        names = _("、").join(
            _(
                "%(name)sさん（%(first)sから%(last)sまで）",
                name=one.person_name,
                first=jp_date(one.starts_on),
                last=jp_date(one.ends_on),
            )
            for one in around.others
        )
        what = _("同じ時期に町に置けるのは%(n)s人です。いま：%(names)s。", n=limit, names=names)
        yield missed("per_municipality", "programme", what)


def _over_caps(
    terms: Terms, programme: TalentProgramme, around: Surroundings, missed: Any
) -> Iterable[Missed]:
    for key, where, cap, part, word in (
        ("fee_yen_a_year_max", "pay_yen", programme.fee_yen_a_year_max, "fee", _l("報酬")),
        (
            *("travel_yen_a_year_max", "travel_yen_a_year"),
            *(programme.travel_yen_a_year_max, "travel", _l("旅費")),
        ),
        ("yen_a_year_max", "pay_yen", programme.yen_a_year_max, "total", _l("報酬と旅費の合計")),
    ):
        if cap is None:
            continue
        for year in fiscal_years(terms):
            cost = getattr(cost_in(terms, year) + around.spent.get(year, Cost()), part)
            if cost > cap:
                what = _(
                    "%(word)sは1人あたり年度に%(cap)sまでです（%(year)sは%(cost)s）。",
                    word=word,
                    cap=yen(cap),
                    year=fiscal_label(year),
                    cost=yen(cost),
                )
                yield missed(key, where, what)
                break


def _of_public_servants(terms: Terms, guide: PublicServants) -> Iterable[Missed]:
    source = _("出典：%(source)s（%(as_of)s）", source=guide.source, as_of=as_of_label(guide.as_of))
    if not terms.permit_by or terms.permit_on is None:
        what = _(
            "公務員の副業には任命権者の許可が要ります。だれがいつ許可したかを入力してください。"
        )
        yield Missed("permit", "permit_by", f"{what} {source}")
    if terms.hours_a_month > guide.hours_a_month_guide:
        what = _(
            "公務員の副業は週%(week)s時間、月%(month)s時間までが目安です（いま月%(now)s時間）。",
            week=guide.hours_a_week_guide,
            month=guide.hours_a_month_guide,
            now=terms.hours_a_month,
        )
        yield Missed("public_servant_hours", "hours_a_month", f"{what} {source}")


def _most_at_once(terms: Terms, others: Sequence[Neighbour]) -> int:
    starts = [one.starts_on for one in others if terms.starts_on <= one.starts_on <= terms.ends_on]
    return max(
        sum(one.starts_on <= day <= one.ends_on for one in others)
        for day in (terms.starts_on, *starts)
    )


def fiscal_years(terms: Terms) -> range:
    """Return the fiscal years that the period touches."""
    return range(fiscal_year(terms.starts_on), fiscal_year(terms.ends_on) + 1)


def cost_in(terms: Terms, year: int) -> Cost:
    """Return what the terms cost in a fiscal year: by the months that begin in it."""
    months, begins = 0, terms.starts_on
    while begins <= terms.ends_on and fiscal_year(begins) <= year:
        months += fiscal_year(begins) == year
        begins = add_months(
            terms.starts_on,
            (begins.year - terms.starts_on.year) * 12 + begins.month - terms.starts_on.month + 1,
        )
    monthly = {
        PayUnit.NONE: 0,
        PayUnit.HOUR: terms.pay_yen * terms.hours_a_month,
        PayUnit.DAY: terms.pay_yen * (terms.days_a_month or 0),
        PayUnit.MONTH: terms.pay_yen,
    }
    if terms.pay_unit is PayUnit.YEAR:
        fee = _share(terms.pay_yen, months)
    else:
        fee = monthly[terms.pay_unit] * months
    return Cost(fee, _share(terms.travel_yen_a_year, months))


def _share(yen_a_year: int, months: int) -> int:
    return (yen_a_year * months + 6) // 12


def check_missed(missed: Sequence[Missed], reason: str) -> None:
    """Refuse terms that miss a rule, each named, unless there is a reason for it."""
    if not missed or reason:
        return
    errors: dict[str, list[str]] = {}
    for one in missed:
        errors.setdefault(one.field, []).append(one.sentence)
    errors["override_reason"] = [
        _("制度の条件に合わない点が%(n)s件あります。直すか、理由を書いてください。", n=len(missed))
    ]
    raise InvalidInput(errors)
