"""Periods of months, as reports and letters speak of them: fiscal years, half-years. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Self

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import fiscal_label
from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import Month

#: The longest period of one report.
LONGEST = 36
_WRITTEN = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


def parse_month(text: str) -> Month | None:
    """Return the month that is written ``2026-10``, or None."""
    found = _WRITTEN.fullmatch(text)
    return Month(int(found[1]), int(found[2])) if found else None


def months_between(first: Month, last: Month) -> list[Month]:
    """Return the months from one to another, both included."""
    count = (last.year - first.year) * 12 + last.number - first.number + 1
    return [first + n for n in range(max(0, count))]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The months from the first to the last, both included."""

    first: Month
    last: Month

    @classmethod
    def of_year(cls, year: int) -> Self:
        """Return a fiscal year."""
        return cls(Month(year, 4), Month(year + 1, 3))

    @classmethod
    def of_half(cls, year: int, half: int) -> Self:
        """Return the first or the second half of a fiscal year."""
        return cls(Month(year, 4) + 6 * (half - 1), Month(year, 3) + 6 * half)

    @classmethod
    def year_to(cls, month: Month) -> Self:
        """Return the fiscal year of a month, up to it."""
        return cls(Month(month.fiscal_year, 4), month)

    @property
    def months(self) -> list[Month]:
        """Its months, in order."""
        return months_between(self.first, self.last)

    @property
    def before(self) -> Self:
        """The same months of the year before."""
        return type(self)(self.first + -12, self.last + -12)

    @property
    def name(self) -> str:
        """What people call it, where it has a name: a fiscal year or half of one; else ""."""
        year = self.first.fiscal_year
        if self == self.of_year(year):
            return fiscal_label(year)
        if self == self.of_half(year, 1):
            return _("%(year)s上期", year=fiscal_label(year))
        if self == self.of_half(year, 2):
            return _("%(year)s下期", year=fiscal_label(year))
        return ""

    @property
    def span(self) -> str:
        """From which month to which."""
        if self.first == self.last:
            return self.first.label
        return _("%(first)s〜%(last)s", first=self.first.label, last=self.last.label)

    @property
    def label(self) -> str:
        """Its name and its months."""
        if not self.name:
            return self.span
        return _("%(name)s（%(span)s）", name=self.name, span=self.span)


def check_period(first: Month, last: Month) -> Period:
    """Return the period, or refuse one that ends before it begins or is too long."""
    if last < first:
        raise RuleViolation(_("終わりの月は、始まりの月より後にしてください。"))
    if first + LONGEST <= last:
        raise RuleViolation(_("期間は%(months)sか月までにしてください。", months=LONGEST))
    return Period(first, last)


def offered(today: dt.date) -> list[Period]:
    """Return the periods that people report on, those that ended last first."""
    this = Month.of(today).fiscal_year
    known = [
        period
        for year in (this, this - 1)
        for period in (Period.of_half(year, 2), Period.of_half(year, 1), Period.of_year(year))
    ]
    return [period for period in known if period.first.first <= today]


def usual(today: dt.date) -> Period:
    """Return the half-year that ended last: what is reported on next."""
    halves = [
        period for period in offered(today) if len(period.months) == 6 and period.last.last < today
    ]
    return max(halves)
