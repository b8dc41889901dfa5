"""Which months a page is about, who was expected to publish them, and how they compare. Pure."""

from __future__ import annotations

import datetime as dt
import re
import statistics
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from kyoso.core.i18n import fiscal_label
from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import Direction, Metric, Month, Unit
from kyoso.exchange.networks.rules import MemberStatus
from kyoso.joint_metrics.totals import AT_THE_END, Total, over, say

#: How many years a series may go back.
YEARS = (1, 3, 5)
#: How many months the small pictures of the towns show.
TOWN_MONTHS = 12
_PERIOD = re.compile(r"(?:fy(\d{4})|(\d{4})-(\d{2}))")


@dataclass(frozen=True, slots=True)
class Period:
    """A month, or a fiscal year as far as it is published."""

    #: The month to which it reaches.
    last: Month
    is_year: bool = False

    @property
    def key(self) -> str:
        """As addresses write it: ``2026-10`` or ``fy2026``."""
        return f"fy{self.last.fiscal_year}" if self.is_year else str(self.last)

    @property
    def label(self) -> str:
        """As people call it."""
        if not self.is_year:
            return self.last.label
        year = fiscal_label(self.last.fiscal_year)
        if self.last.number == 3:
            return year
        return _("%(year)s（%(month)sまで）", year=year, month=self.last.label)

    @property
    def year_so_far(self) -> list[Month]:
        """The months of its fiscal year, as far as it reaches."""
        first = Month(self.last.fiscal_year, 4)
        count = (self.last.year - first.year) * 12 + self.last.number - first.number + 1
        return [first + n for n in range(count)]

    @property
    def months(self) -> list[Month]:
        """What it is about."""
        return self.year_so_far if self.is_year else [self.last]

    @property
    def year_before(self) -> list[Month]:
        """The same months of the fiscal year before."""
        return [month + -12 for month in self.year_so_far]

    def count_reports(self, published: Mapping[Month, int]) -> tuple[int, int]:
        """Return how many towns' months are in the year before, and in the year so far."""
        months = (self.year_before, self.year_so_far)
        before, now = (sum(published.get(month, 0) for month in year) for year in months)
        return before, now


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filters of a page ask for, and what could not be done of it."""

    period: Period
    metric: Metric
    years: int
    by_value: bool
    problems: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What distinguishes what is drawn for it."""
        return (self.period, self.metric.id, self.years, self.by_value, self.problems)

    @property
    def series_months(self) -> list[Month]:
        """The months of its series, the oldest first."""
        return [self.period.last + -n for n in range(self.years * 12 - 1, -1, -1)]

    @property
    def town_months(self) -> list[Month]:
        """The months of the small pictures of its towns."""
        return [self.period.last + -n for n in range(TOWN_MONTHS - 1, -1, -1)]


def choose(
    wanted: Mapping[str, str], published: Sequence[Month], metrics: Mapping[str, Metric]
) -> Asked:
    """Return what filters ask for; what is unknown or contradicts itself is said and left out.

    `published` are the months that any town published, in their order; there is at least one.
    """
    problems = []
    period = Period(published[-1])
    asked = wanted.get("period", "").strip()
    if asked:
        found = _period(asked, published)
        if found is None:
            problems.append(
                _(
                    "その期間の公開はありません。最新の%(month)sを表示しています。",
                    month=period.label,
                )
            )
        period = found or period
    default = next(iter(metrics.values()))
    name = wanted.get("metric", "").strip()
    metric = metrics.get(name, default)
    if name and name not in metrics:
        problems.append(
            _("その指標はありません。「%(metric)s」を表示しています。", metric=metric.label)
        )
    years = wanted.get("years", "").strip()
    if years and years not in map(str, YEARS):
        problems.append(_("推移は、1年・3年・5年のどれかで表示できます。5年を表示しています。"))
    length = int(years) if years in map(str, YEARS) else YEARS[-1]
    order = wanted.get("order", "").strip()
    if order not in {"", "code", "value"}:
        problems.append(
            _("自治体の並び順は、団体コード順か数の順です。団体コード順で表示しています。")
        )
    return Asked(period, metric, length, order == "value", tuple(problems))


def _period(asked: str, published: Sequence[Month]) -> Period | None:
    found = _PERIOD.fullmatch(asked)
    if not found:
        return None
    if found[1]:
        inside = [month for month in published if month.fiscal_year == int(found[1])]
        return Period(inside[-1], is_year=True) if inside else None
    month = Month(int(found[2]), int(found[3]))
    return Period(month) if month in published else None


def list_periods(published: Sequence[Month]) -> list[Period]:
    """Return what may be chosen: the fiscal years, then the months, the newest first."""
    years: dict[int, Month] = {}
    for month in published:
        years[month.fiscal_year] = month
    found = [Period(month, is_year=True) for _year, month in sorted(years.items(), reverse=True)]
    return found + [Period(month) for month in reversed(published)]


@dataclass(frozen=True, slots=True)
class Town:
    """A town that is or was a member, as far as its numbers are concerned."""

    id: uuid.UUID
    code: str
    name: str
    status: MemberStatus
    #: None of a town that left and is invited again: what it published stays.
    joined_on: dt.date | None
    left_on: dt.date | None
    suspended_on: dt.date | None

    def expected_in(self, month: Month) -> bool:
        """Tell whether it was a member at any time of a month, and so may publish it."""
        ended = min(filter(None, (self.left_on, self.suspended_on)), default=None)
        joined = self.joined_on is not None and self.joined_on <= month.last
        return joined and (ended is None or ended > month.first)

    @classmethod
    def of(cls, row: Sequence[str | None]) -> Self:
        """Return the town of a row of the database's JSON."""
        ident, code, name, status, joined, left, suspended = row
        day = dt.date.fromisoformat
        return cls(
            uuid.UUID(ident or ""),
            code or "",
            name or "",
            MemberStatus(status or ""),
            day(joined) if joined else None,
            day(left) if left else None,
            day(suspended) if suspended else None,
        )


@dataclass(frozen=True, slots=True)
class Card:
    """One metric at a glance."""

    metric: Metric
    #: The last month of the period.
    month: Total | None
    year: Total | None
    #: The same months of the year before.
    before: Total | None
    target: float | None
    #: How many towns were members in the last month.
    expected: int
    #: A town's own, on its own page.
    own_month: Total | None = None
    own_year: Total | None = None
    #: For how many months of the year, and of the year before, anything was published.
    counted: tuple[int, int] = (0, 0)

    @property
    def published(self) -> int:
        """How many towns published it in the last month."""
        return self.month.towns if self.month else 0

    @property
    def change(self) -> str:
        """How the year so far compares with the same months of the year before, in words."""
        if self.year is None or self.before is None:
            return ""
        now, then = self.year.value, self.before.value
        if now is None or then is None or self.year.is_few or self.before.is_few:
            return ""
        gap = round(now - then, 1)
        if gap == 0:
            return _("前年と同じ")
        sign = "+" if gap > 0 else "−"
        if self.metric.unit is Unit.PERCENT:
            return _("%(sign)s%(n)sポイント", sign=sign, n=f"{abs(gap):.1f}")
        return f"{sign}{say(self.metric, abs(gap))}"

    @property
    def towns(self) -> tuple[int, int]:
        """How many towns published the year before, and this year."""
        return (self.before.towns if self.before else 0, self.year.towns if self.year else 0)

    def hints(self, usual: tuple[int, int]) -> list[str]:
        """What has to be known to compare the two years.

        What is so with most metrics is said once for the whole page.
        """
        found = []
        if self.year and not self.month and self.metric.kind in AT_THE_END:
            found.append(_("年度の数は、公開のある最後の月のものです。"))
        if self.year and self.before:
            if self.year.towns != self.before.towns and self.towns != usual:
                found.append(
                    _(
                        "公開した自治体の数が違います（前年%(before)s、今年%(now)s）。",
                        before=self.before.towns,
                        now=self.year.towns,
                    )
                )
            if self.counted[0] != self.counted[1]:
                found.append(
                    _(
                        "公開のある月の数が違います（前年%(before)sか月、今年%(now)sか月）。",
                        before=self.counted[1],
                        now=self.counted[0],
                    )
                )
            if self.year.versions != self.before.versions:
                found.append(_("前年とは数え方が違います。"))
        return found

    @property
    def progress(self) -> str:
        """How far the year is with its target, in words."""
        if self.target is None:
            return ""
        aim = say(self.metric, self.target)
        value = self.year.value if self.year else None
        if value is None:
            return _("目標 %(aim)s", aim=aim)
        if self.metric.direction is Direction.LESS:
            if value <= self.target:
                return _("目標 %(aim)s以下：達成しています", aim=aim)
            return _("目標 %(aim)s以下：まだ届いていません", aim=aim)
        if value >= self.target:
            return _("目標 %(aim)s：達成しています", aim=aim)
        if self.metric.unit is Unit.PERCENT or not self.target:
            return _("目標 %(aim)s：まだ届いていません", aim=aim)
        return _("目標 %(aim)sの%(n)s%%", aim=aim, n=f"{value * 100 / self.target:.0f}")


def usual_towns(cards: Sequence[Card]) -> tuple[int, int]:
    """Return how many towns published most metrics the year before, and this year."""
    counted = Counter(card.towns for card in cards if card.year and card.before)
    return counted.most_common(1)[0][0] if counted else (0, 0)


def year_of(months: Sequence[Month], found: Mapping[Month, Total | None]) -> Total | None:
    """Return some months of one metric as one; those without a number are left out."""
    return over([found.get(month) for month in months])


def count_published(months: Sequence[Month], found: Mapping[Month, Total | None]) -> int:
    """Return for how many of the months there is a number."""
    return sum(1 for month in months if found.get(month) is not None)


@dataclass(frozen=True, slots=True)
class TownRow:
    """A town beside the others: its numbers of some months."""

    town: Town
    totals: Sequence[Total | None]
    expected: Sequence[bool]
    #: Of the whole period, and whether the town was a member in any month of it.
    period: Total | None = None
    expected_at_all: bool = True
    is_own: bool = False

    @property
    def last(self) -> Total | None:
        """Its number of the last month."""
        return self.totals[-1] if self.totals else None

    @property
    def missing(self) -> bool:
        """Tell whether it should have published the last month and did not."""
        return bool(self.expected) and self.expected[-1] and self.last is None


def in_order(rows: Sequence[TownRow], *, by_value: bool) -> list[TownRow]:
    """Return towns by their codes; by their numbers only if somebody asked for that."""
    by_code = sorted(rows, key=lambda row: row.town.code)
    if not by_value:
        return by_code

    def place(row: TownRow) -> tuple[bool, float]:
        value = row.period.value if row.period else None
        return (value is None, -(value or 0))

    return sorted(by_code, key=place)


def middle_of(rows: Sequence[TownRow]) -> float | None:
    """Return the middle of the towns' numbers; of fewer than three it would name one of them."""
    values = [value for row in rows if row.period and (value := row.period.value) is not None]
    return float(statistics.median(values)) if len(values) >= 3 else None


@dataclass(frozen=True, slots=True)
class Pressing:
    """A published figure that asks for attention: whose, of which metric, how many."""

    metric: Metric
    total: Total
    towns: Sequence[tuple[str, str]] = field(default_factory=tuple)
