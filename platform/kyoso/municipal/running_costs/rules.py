"""What a plan must say, what it adds up to, and by when it must be asked for. Pure."""

from __future__ import annotations

import calendar
import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.core.clock import fiscal_year
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import fiscal_label
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

#: A plan looks this many fiscal years ahead.
YEARS = 5
ITEMS_MAX = 40
#: More is a slip of the hand: ten times what a small town spends in a year.
YEN_MAX = 50_000_000_000
HOURS_MAX = 100_000


class FundingSource(enum.StrEnum):
    """Where the money comes from."""

    GENERAL = "general"
    GRANT = "grant"
    SPECIAL_TAX = "special_tax"
    BOND = "bond"
    DONATION = "donation"
    PROPOSER = "proposer"
    SUBSIDY = "subsidy"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_SOURCES[self])


_SOURCES = {
    FundingSource.GENERAL: _l("一般財源"),
    FundingSource.GRANT: _l("交付金"),
    FundingSource.SPECIAL_TAX: _l("特別交付税"),
    FundingSource.BOND: _l("起債"),
    FundingSource.DONATION: _l("寄附・ふるさと納税"),
    FundingSource.PROPOSER: _l("提案者負担"),
    FundingSource.SUBSIDY: _l("国県補助"),
    FundingSource.OTHER: _l("その他の財源"),
}


class CostCategory(enum.StrEnum):
    """What the money is spent on."""

    EQUIPMENT = "equipment"
    OUTSOURCING = "outsourcing"
    LICENCE = "licence"
    MAINTENANCE = "maintenance"
    SUPPLIES = "supplies"
    PEOPLE = "people"
    TRAVEL = "travel"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_CATEGORIES[self])


_CATEGORIES = {
    CostCategory.EQUIPMENT: _l("機器・設備"),
    CostCategory.OUTSOURCING: _l("委託"),
    CostCategory.LICENCE: _l("使用料・通信"),
    CostCategory.MAINTENANCE: _l("保守・修繕"),
    CostCategory.SUPPLIES: _l("消耗品"),
    CostCategory.PEOPLE: _l("報酬・謝金"),
    CostCategory.TRAVEL: _l("旅費"),
    CostCategory.OTHER: _l("その他の費用"),
}


class PlanState(enum.StrEnum):
    """Whether a plan is still being written."""

    DRAFT = "draft"
    COMPLETE = "complete"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_l("完成") if self is PlanState.COMPLETE else _l("下書き"))

    @property
    def tone(self) -> str:
        """The tone of the tag beside the word: see components/page.html."""
        return "success" if self is PlanState.COMPLETE else "warning"


Yen = int | None
NO_YEARS: tuple[None, ...] = (None,) * YEARS


@dataclass(frozen=True, slots=True)
class CostItem:
    """One line: what it is, who pays, the pilot's cost and each year's. None: not said yet."""

    name: str
    category: CostCategory
    source: FundingSource | None = None
    pilot_yen: Yen = None
    yearly_yen: tuple[Yen, ...] = NO_YEARS

    @property
    def operation_yen(self) -> int:
        """What the five years cost."""
        return sum(value or 0 for value in self.yearly_yen)


@dataclass(frozen=True, slots=True)
class CostSheet:
    """Everything a plan says."""

    #: When operation is planned to begin; the first of the five fiscal years holds it.
    starts_on: dt.date | None = None
    items: tuple[CostItem, ...] = ()
    staff_hours: tuple[int | None, ...] = NO_YEARS
    #: 撤去・終了費用; 0 is an answer, None is not.
    exit_yen: Yen = None
    exit_note: str = ""
    #: Which budget pays: 一般会計 2款1項 …
    budget_source: str = ""
    assumptions: str = ""
    #: When it was put into the town's budget request (予算要求).
    requested_on: dt.date | None = None

    @property
    def years(self) -> list[int]:
        """The five fiscal years, or none before the beginning is known."""
        return fiscal_years(self.starts_on) if self.starts_on else []

    @property
    def pilot_total(self) -> int:
        """What the pilot costs."""
        return sum(item.pilot_yen or 0 for item in self.items)

    @property
    def year_totals(self) -> list[int]:
        """What each of the five years costs."""
        return [sum(item.yearly_yen[n] or 0 for item in self.items) for n in range(YEARS)]

    @property
    def five_year_total(self) -> int:
        """What the five years cost together, without the exit."""
        return sum(self.year_totals)

    @property
    def by_source(self) -> dict[FundingSource | None, list[int]]:
        """The pilot and the five years by who pays, those that pay nothing left out."""
        found: dict[FundingSource | None, list[int]] = {}
        for source in (*FundingSource, None):
            mine = [item for item in self.items if item.source is source]
            pilot = sum(item.pilot_yen or 0 for item in mine)
            sums = [pilot, *(sum(i.yearly_yen[n] or 0 for i in mine) for n in range(YEARS))]
            if any(sums):
                found[source] = sums
        return found


def fiscal_years(starts_on: dt.date) -> list[int]:
    """Return the five fiscal years from the one in which operation begins."""
    first = fiscal_year(starts_on)
    return [first + n for n in range(YEARS)]


def year_labels(sheet: CostSheet) -> list[str]:
    """Return the five years as people call them: 令和9年度, or 1年目 while it is open."""
    if sheet.years:
        return [fiscal_label(year) for year in sheet.years]
    return [_("%(n)s年目", n=n) for n in range(1, YEARS + 1)]


def per_resident(yen: int, population: int | None) -> int | None:
    """Return what each resident bears, rounded to the yen; None where nobody is counted."""
    return None if not population else (yen * 2 + population) // (population * 2)


def is_drafted(sheet: CostSheet) -> bool:
    """Tell whether somebody has thought about operation: when, and what it costs."""
    return sheet.starts_on is not None and any(
        value is not None for item in sheet.items for value in item.yearly_yen
    )


def missing(sheet: CostSheet) -> list[str]:
    """Return what a complete plan would still have to say, each part by its name."""
    found = []
    if sheet.starts_on is None:
        found.append(_("実装を始める予定日"))
    if not sheet.items:
        found.append(_("費用の項目"))
    labels = year_labels(sheet)
    for item in sheet.items:
        empty = [labels[n] for n in range(YEARS) if item.yearly_yen[n] is None]
        if empty:
            years = _("、").join(empty)
            found.append(_("「%(name)s」の金額（%(years)s）", name=item.name, years=years))
        if item.source is None:
            found.append(_("「%(name)s」の財源", name=item.name))
    empty = [labels[n] for n in range(YEARS) if sheet.staff_hours[n] is None]
    if empty:
        found.append(_("職員の時間（%(years)s）", years=_("、").join(empty)))
    if sheet.exit_yen is None:
        found.append(_("撤去・終了費用"))
    return found


def check_complete(sheet: CostSheet) -> None:
    """Refuse to call a plan complete that leaves something open, and name it."""
    if parts := missing(sheet):
        raise RuleViolation(
            _(
                "完成にするには、次が足りません：%(parts)s。下書きとしてなら保存できます。",
                parts=_("、").join(parts),
            )
        )


def check_version(now: int, seen: int, changed_by: str) -> None:
    """Refuse to save over what somebody else saved after this page was opened."""
    if now != seen:
        raise RuleViolation(
            _(
                "この画面を開いたあとに、%(name)sさんが保存しました。入力した内容は下に残っています。"
                "「いまの計画」と見比べてから、もう一度保存してください。",
                name=changed_by,
            )
        )


@dataclass(frozen=True, slots=True)
class BudgetCalendar:
    """Until which day of the year before a town takes budget requests (予算要求)."""

    month: int = 10
    day: int = 31

    @classmethod
    def of(cls, declaration: Mapping[str, Any]) -> BudgetCalendar:
        """Return what a town declares."""
        said = declaration.get("budget", {})
        return cls(said.get("request_month", cls().month), said.get("request_day", cls().day))


def request_by(starts_on: dt.date, rule: BudgetCalendar) -> dt.date:
    """Return the last day to ask for the money of the fiscal year in which operation begins.

    That year's budget is put together in the fiscal year before; a day that a month does not
    have is its last.
    """
    first = fiscal_year(starts_on)
    year = first - 1 if rule.month >= 4 else first
    last = calendar.monthrange(year, rule.month)[1]
    return dt.date(year, rule.month, min(rule.day, last))


#: How many days before the last day the desk is reminded, and on the day itself.
REMIND_BEFORE = (60, 30, 7, 0)


def due_reminder(days_left: int, sent: int | None) -> int | None:
    """Return which reminder is due: the latest one reached and not sent yet, or None."""
    reached = [days for days in REMIND_BEFORE if days_left <= days]
    if not reached or days_left < 0:
        return None
    due = min(reached)
    return due if sent is None or due < sent else None


def source_label(source: FundingSource | None) -> str:
    """Return who pays, in words."""
    return source.label if source else _("財源は未定")


def sums_of(items: Sequence[CostItem]) -> dict[CostCategory, int]:
    """Return what the five years cost by category, those of nothing left out."""
    found = {c: sum(i.operation_yen for i in items if i.category is c) for c in CostCategory}
    return {category: yen for category, yen in found.items() if yen}
